"""Every field an editor fills in says what it does, and every one that may be left empty what happens then."""

import re
from functools import cache

import pytest

from tests.core.admin_fields import Told, told_fields

# Rows that nobody adds or changes, and Wagtail's own switch inside its panel of comments.
NOT_FILLED_IN = re.compile(r"^newsletters\.SuppressedAddress\.reason$|\.comment_notifications$")
# How a text says what an empty field, no choice or no tick means.
SAYS_WHAT_EMPTY_MEANS = re.compile(r"\b(står det tomt|tomt|uten|slått av|0 viser)\b", re.I)
ENGLISH = re.compile(r"\b(the|left empty|turned off|shown)\b", re.I)
# What the admin is known to hold, so that a form the search no longer finds is missed.
MUST_BE_FOUND = {
    "accounts.Invitation.role",
    "accounts.PageLeader.user",
    "accounts.User.first_name",
    "core.ArticlePage.seo_title",
    "core.Film.captions",
    "core.GlossaryTerm.term",
    "core.PortalDocument.file",
    "core.PortalDocument.title",
    "core.PortalImage, several.tags",
    "core.PortalImage.description",
    "core.PortalImage.title",
    "core.ServiceSettings.theme",
    "core.StaffRole.email",
    "directory.HealthRegion.slug",
    "directory.Organisation.parent",
    "directory.Person.further_addresses.email",
    "directory.Person.positions.unit",
    "directory.Unit.kind",
    "events.EventPage.programme.text",
    "events.Registration.needs",
    "events.Registration.status",
    "networks.Membership.to_date",
    "networks.NetworkGroup.mentor",
    "newsletters.Series.greeting",
    "newsletters.Subscription.basis",
    "projects.ProjectPage.milestones.activities.deadline",
    "projects.TrafficLight.comment",
    "publications.PrintOrder.address",
    "reporting.ReportedFigure.source",
    "AudienceForm.subscribers",
    "ChapterBlock.title",
    "ChartBlock.unit",
    "LatestBlock.count",
    "LinkBlock.url",
    "MergeForm.keep",
    "PictureBlock.alt",
}


@cache
def fields() -> list[Told]:
    """All fields that somebody fills in."""
    return [field for field in told_fields() if not NOT_FILLED_IN.search(field.place)]


def test_the_forms_and_blocks_of_the_admin_are_all_looked_at():
    assert {field.place for field in fields()} >= MUST_BE_FOUND


def test_every_field_says_what_it_does():
    assert [field.place for field in fields() if len(field.help) < 10] == []


def test_every_field_that_may_be_left_empty_says_what_happens_then():
    silent = [
        f"{field.place}: {field.help}"
        for field in fields()
        if field.may_be_empty and not SAYS_WHAT_EMPTY_MEANS.search(field.help)
    ]
    assert silent == []


def test_no_help_text_is_left_in_english():
    assert [f"{field.place}: {field.help}" for field in fields() if ENGLISH.search(field.help)] == []


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("Vises under bildet. Står det tomt, vises bare krediteringen.", True),
        ("Uten valg: hele landet.", True),
        ("Slått av kan personen ikke logge inn.", True),
        ("Vises under bildet.", False),
        ("Utenlandsk adresse.", False),
    ],
)
def test_the_judge_tells_such_a_text_from_another(text, enough):
    assert bool(SAYS_WHAT_EMPTY_MEANS.search(text)) is enough
