"""Factories of courses. Pages stand under the index page that `set_up_site` made."""

from typing import Any

from elearning.models import CourseIndexPage, CoursePage, ModulePage
from tests.core.factories import add_page


def make_course(modules: int = 0, **fields: Any) -> CoursePage:
    """Add a course with so many modules of one chapter each."""
    course = add_page(CourseIndexPage.objects.get(), CoursePage, **{"title": "Forebygge avbrudd", **fields})
    for number in range(1, modules + 1):
        add_page(
            course, ModulePage, title=f"Modul {number}", minutes=10, chapters=[chapter("Hva er avbrudd?")]
        )
    course.refresh_from_db()
    return course


def chapter(title: str) -> tuple[str, dict]:
    """Return a chapter as a module's stream takes it."""
    return "chapter", {"title": title, "body": [("text", "<p>Et avbrudd er når pasienten slutter.</p>")]}
