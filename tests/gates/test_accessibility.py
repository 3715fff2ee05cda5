"""WCAG 2.1 A and AA as far as a machine can tell: axe with every rule, contrast included, at two widths."""

import pytest

from tests.gates.addresses import FORMS, NOT_OK, PAGE_TYPES
from tests.gates.survey import PHONE, WIDE, audit, onward

pytestmark = pytest.mark.browser
# What tells more about a field: a choice among several belongs to the group that is described.
DESCRIBED_BY = """field => [field, field.closest("fieldset")].filter(Boolean)
  .flatMap(element => (element.getAttribute("aria-describedby") || "").split(" ")).filter(Boolean)"""


def _report(visit) -> str:
    return "\n".join(
        f"  at {width} px: {problem}" for width, problems in visit.axe.items() for problem in problems
    )


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_axe_finds_nothing_on_a_page_of_every_type(kind, page_of, surveyor):
    visit = surveyor.visit(page_of[kind]["path"])
    assert visit.status == 200
    assert set(visit.axe) == {WIDE, PHONE}
    assert not any(visit.axe.values()), f"{page_of[kind]['path']}\n{_report(visit)}"


@pytest.mark.parametrize("form", FORMS)
def test_axe_finds_nothing_on_forms_and_notices(form, facts, surveyor):
    visit = surveyor.visit(facts["forms"][form])
    expected = NOT_OK.get(form, 200)
    assert expected is None or visit.status == expected
    assert not any(visit.axe.values()), f"{facts['forms'][form]}\n{_report(visit)}"


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_a_page_of_every_type_fits_a_window_of_320_pixels(kind, page_of, surveyor):
    """400 % zoom of a 1280 pixel window (WCAG 1.4.10)."""
    out = surveyor.visit(page_of[kind]["path"]).too_wide
    assert not out, "\n".join(out)


@pytest.mark.parametrize("form", FORMS)
def test_forms_and_notices_fit_a_window_of_320_pixels(form, facts, surveyor):
    out = surveyor.visit(facts["forms"][form]).too_wide
    assert not out, "\n".join(out)


@pytest.mark.parametrize(
    "form", ["letter_signup", "event_registration", "order", "preferences_link", "log_in"]
)
def test_a_form_that_was_filled_in_wrong_says_so_at_the_field_and_passes_axe(form, facts, surveyor):
    with surveyor.reader() as page:
        page.goto(surveyor.address + facts["forms"][form], wait_until="load")
        # As when the browser's own check is passed by: the server's answer is what everyone can rely on.
        page.evaluate("document.querySelectorAll('main form').forEach(form => { form.noValidate = true })")
        with onward(page):
            page.locator("main form [type=submit]").last.click()
        wrong = page.locator("main [aria-invalid=true]")
        assert wrong.count() > 0
        for number in range(wrong.count()):
            described = wrong.nth(number).evaluate(DESCRIBED_BY)
            said = [page.locator(f"[id='{key}']").inner_text().strip() for key in described]
            assert any(said), f"nothing tells what is wrong with field {number + 1}"
        assert audit(page) == []
