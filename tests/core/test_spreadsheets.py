"""What a stranger wrote is no formula in a table that is opened in a spreadsheet."""

import pytest

from core.spreadsheets import HarmlessExport, harmless
from directory.viewsets import PersonIndexView
from events.viewsets import RegistrationIndexView
from networks.viewsets import MembershipIndexView
from newsletters.viewsets import SubscriptionIndexView
from publications.viewsets import OrderIndexView


@pytest.mark.parametrize("text", ["=1+1", "+47", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_starts_like_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Åse", "", "1+1", -3, 2.5, None])
def test_all_else_is_left_as_it_is(value):
    assert harmless(value) == value


@pytest.mark.parametrize(
    "view",
    [PersonIndexView, RegistrationIndexView, MembershipIndexView, SubscriptionIndexView, OrderIndexView],
)
@pytest.mark.parametrize("export_format", ["csv", "xlsx"])
def test_every_list_that_holds_peoples_own_words_is_harmless(view, export_format):
    class Named:
        def __str__(self):
            return "=1+1"

    assert issubclass(view, HarmlessExport)
    assert view().preprocess_field_value("name", Named(), export_format) == "'=1+1"
    assert view().preprocess_field_value("copies", -2, export_format) == -2
