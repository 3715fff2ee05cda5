"""The guides call menus and buttons what the admin calls them."""

from pathlib import Path

import pytest

from tests.accounts.test_access import edit

pytestmark = pytest.mark.django_db
GUIDES = Path(__file__).resolve().parent.parent.parent / "docs" / "guides"


def _bold_in(guide: str, words: str) -> bool:
    return f"**{words}**" in (GUIDES / f"{guide}.md").read_text()


def test_a_leader_finds_the_button_that_sends_a_page_for_approval(log_in, own):
    assert "Send til Godkjenning" in log_in("project_leader").get(edit(own)).content.decode()
    assert _bold_in("prosjektleder", "Send til Godkjenning")


@pytest.mark.parametrize(
    ("who", "guide"), [("consultant", "administrasjonskonsulent"), ("adviser", "kommunikasjonsradgiver")]
)
def test_who_keeps_the_register_finds_the_list_of_duplicates(log_in, who, guide):
    client = log_in(who)
    # The menu is built by script from what the page holds.
    assert "Mulige dubletter" in client.get("/admin/").content.decode()
    assert "Mulige dubletter" in client.get("/admin/register/duplicates/").content.decode()
    assert _bold_in(guide, "Mulige dubletter")
