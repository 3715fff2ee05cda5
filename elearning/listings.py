"""What the course catalogue, a course and a module show."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from core.facets import Facet, Listing, narrowed, topics_of
from core.listings import latest_of
from core.pictures import ready_renditions
from elearning.models import CourseIndexPage, CoursePage, ModulePage

OWN, OTHERS = "egne", "andre"


@latest_of("courses")
def all_courses() -> QuerySet[CoursePage]:
    """Return published courses in the editors' order."""
    return CoursePage.objects.live().order_by("path")


def course_list(index: CourseIndexPage, request: HttpRequest) -> Listing:
    """Return one turn of the catalogue, own courses first (5 queries); `?fra=egne|andre`, `?tema=`, `?side=`."""
    pages = all_courses().child_of(index)
    rows = sorted(pages.values("pk", "external_url"), key=lambda row: bool(row["external_url"]))
    of_page, titles = topics_of(pages)
    facets = [
        Facet(
            "fra",
            _("Offered by"),
            _("Everyone"),
            lambda row: [OTHERS if row["external_url"] else OWN],
            {OWN: _("Our own courses"), OTHERS: _("Courses of others")},
        ),
        Facet("tema", _("Topic"), _("All topics"), lambda row: of_page.get(row["pk"], ()), titles),
    ]
    return narrowed(pages, rows, facets, request.GET)


def modules_of(course: CoursePage) -> list[ModulePage]:
    """Return the course's published modules in order, without their chapters (1 query)."""
    if not course.pk:
        return []
    return list(ModulePage.objects.live().child_of(course).order_by("path").defer("chapters"))


@dataclass(frozen=True)
class ModulePlace:
    """Where a module stands in its course."""

    course: CoursePage | None
    modules: list[ModulePage]
    number: int
    previous: ModulePage | None
    next: ModulePage | None


def module_place(module: ModulePage) -> ModulePlace:
    """Return the course, all its modules and the neighbours (2 queries)."""
    course = CoursePage.objects.filter(path=module.path[: -module.steplen]).first() if module.path else None
    modules = modules_of(course) if course else []
    here = next((place for place, other in enumerate(modules) if other.pk == module.pk), None)
    if here is None:
        return ModulePlace(course, modules, 0, None, None)
    before = modules[here - 1] if here else None
    after = modules[here + 1] if here + 1 < len(modules) else None
    return ModulePlace(course, modules, here + 1, before, after)


@dataclass(frozen=True)
class Chapter:
    """A chapter as the page shows it: its anchor is unique on the page."""

    anchor: str
    title: str
    body: object


def chapters_in(module: ModulePage) -> list[Chapter]:
    """Return the module's chapters with their anchors; the pictures of all are made ready at once (at most 1 query)."""
    chapters = []
    pictures = [
        child.value["image"]
        for block in module.chapters
        for child in block.value["body"]
        if child.block_type == "picture" and child.value["image"]
    ]
    ready_renditions(pictures)
    for number, block in enumerate(module.chapters, start=1):
        anchor = f"kapittel-{number}-{slugify(block.value['title'])}".rstrip("-")
        chapters.append(Chapter(anchor, block.value["title"], block.value["body"]))
    return chapters
