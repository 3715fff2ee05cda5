"""How many questions a page asks of the database when it is built anew: exact, so that each new one is seen."""

import pytest

from tests.gates.addresses import PAGE_TYPES

MOST = 15
# One uncached request to the page of each type that holds most. A change here is a change of speed: say why.
EXACT: dict[str, int] = {
    "core.ArticleIndexPage": 4,
    "core.ArticlePage": 2,
    "core.GuideIndexPage": 2,
    "core.GuidePage": 2,
    "core.ChapterPage": 4,
    "core.HomePage": 1,
    "core.SectionPage": 3,
    "core.StandardPage": 1,
    "core.ContactPage": 2,
    "core.TopicIndexPage": 2,
    "core.TopicPage": 5,
    "core.GlossaryPage": 2,
    "newsletters.LetterArchivePage": 7,
    "newsletters.LetterPage": 5,
    "publications.PublicationIndexPage": 1,
    "publications.PublicationPage": 2,
    "projects.ProjectIndexPage": 1,
    "projects.ProjectPage": 2,
    "networks.NetworkIndexPage": 2,
    "networks.NetworkPage": 3,
    "events.EventIndexPage": 4,
    "events.EventPage": 2,
    "elearning.CourseIndexPage": 3,
    "elearning.CoursePage": 2,
    "elearning.ModulePage": 3,
}


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_the_first_page_after_a_change_stays_within_the_budget(kind, facts):
    statements = facts["first_queries"][kind]
    told = "\n".join(f"  {number}. {text}" for number, text in enumerate(statements, 1))
    assert 0 < len(statements) <= MOST, f"{len(statements)} queries:\n{told}"


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_a_page_asks_exactly_so_many_questions(kind, facts):
    statements = facts["queries"][kind]
    assert statements, "the page could not be shown"
    told = "\n".join(f"  {number}. {text}" for number, text in enumerate(statements, 1))
    assert len(statements) <= MOST, f"{len(statements)} queries:\n{told}"
    assert len(statements) == EXACT.get(kind), f"{len(statements)} queries:\n{told}"
