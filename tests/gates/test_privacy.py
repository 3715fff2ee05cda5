"""Nothing is stored with an anonymous reader, and nothing leaves the site before a click."""

import pytest

from tests.gates.addresses import FORMS, FORMS_WITH_COOKIES, PAGE_TYPES

pytestmark = pytest.mark.browser
FILM_SERVICES = ("https://www.youtube-nocookie.com/", "https://player.vimeo.com/")


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_an_anonymous_visit_sets_no_cookie_and_asks_no_third_party(kind, page_of, surveyor):
    visit = surveyor.visit(page_of[kind]["path"])
    assert visit.cookies == []
    assert visit.requests, "the browser wrote no request down"
    assert surveyor.outsiders(visit.requests) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_form_sets_no_cookie_unless_it_logs_someone_in(form, facts, surveyor):
    visit = surveyor.visit(facts["forms"][form])
    assert surveyor.outsiders(visit.requests) == []
    assert set(visit.cookies) <= ({"csrftoken"} if form in FORMS_WITH_COOKIES else set())


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_the_browser_has_nothing_to_complain_of_on_any_page_type(kind, page_of, surveyor):
    """A script or style that the content security policy stops is written to the console, as are missing files."""
    assert surveyor.visit(page_of[kind]["path"]).complaints == []


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("not_found", "bad_token")])
def test_the_browser_has_nothing_to_complain_of_on_any_form(form, facts, surveyor):
    assert surveyor.visit(facts["forms"][form]).complaints == []


def test_a_film_is_fetched_from_its_service_only_after_a_click(facts, surveyor):
    assert facts["film_page"], "no page of the demo shows a film of a film service"
    with surveyor.reader() as page:
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(surveyor.address + facts["film_page"], wait_until="load")
        assert surveyor.outsiders(requests) == []
        page.locator("[data-film]").first.click()
        page.locator("[data-film-stage] iframe").first.wait_for(state="attached")
        page.wait_for_timeout(500)
        asked = surveyor.outsiders(requests)
        assert asked, "the click fetched nothing"
        assert all(url.startswith(FILM_SERVICES) for url in asked), asked
        assert page.context.cookies() == []
