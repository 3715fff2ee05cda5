"""Start from the last letter: a draft of the next one, and nothing is published or sent."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.models import LetterArchivePage, LetterPage
from newsletters.services.next_letter import start_next
from tests.newsletters.factories import SeriesFactory, make_letter, make_running
from tests.newsletters.sent import sent_delivery

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    """The second factor has its own tests."""
    settings.MFA_REQUIRED = False


@pytest.fixture
def letter(site) -> LetterPage:
    return make_letter(SeriesFactory(name="TSB-lederbrev"), live=True, number=7, year=YEAR, is_important=True)


def archive_of(letter) -> LetterArchivePage:
    return letter.get_parent().specific


def log_in(client, role) -> User:
    ensure_roles()
    user = User.objects.create_user("noen@tjenesten.example", "et langt passord")
    user.groups.add(group_of(role))
    client.force_login(user)
    return user


def test_the_next_letter_is_a_draft_with_the_last_ones_blocks_and_the_next_number(letter):
    made = start_next(archive_of(letter)).get_latest_revision_as_object()
    assert (made.number, made.year, made.live) == (8, YEAR, False)
    assert made.title == f"TSB-lederbrev 8/{YEAR}"
    assert made.body.get_prep_value() == letter.body.get_prep_value()
    assert made.lead == letter.lead
    assert (made.subject, made.preheader, made.is_important) == ("", "", False)


def test_it_starts_from_what_was_last_saved_even_if_that_is_not_published(letter):
    letter.lead = "Ny ingress"
    letter.save_revision()
    assert start_next(archive_of(letter)).lead == "Ny ingress"


def test_it_starts_from_the_last_letter_that_was_sent_and_an_unsent_draft_only_counts_its_number(
    letter, client
):
    sent_delivery(letter=letter)
    make_letter(letter.series, title="Et utkast", lead="Uferdig", number=8, year=YEAR)
    log_in(client, Role.ADVISER)
    page = client.get(reverse("newsletters_admin:next_letter", args=[archive_of(letter).pk])).content.decode()
    assert letter.title in page
    assert "Et utkast" not in page
    assert "siste brevet som er sendt" in page
    made = start_next(archive_of(letter))
    assert (made.number, made.year, made.lead) == (9, YEAR, letter.lead)


def test_a_published_letter_goes_before_a_draft_while_none_has_been_sent(letter):
    make_letter(letter.series, title="Et utkast", lead="Uferdig", number=8, year=YEAR)
    assert start_next(archive_of(letter)).lead == letter.lead


def test_a_new_year_begins_with_number_one(letter):
    LetterPage.objects.update(year=YEAR - 1)
    made = start_next(archive_of(letter))
    assert (made.number, made.year) == (1, YEAR)


def test_deliveries_and_their_receivers_stay_with_the_old_letter(letter):
    make_running(2, letter=letter)
    assert not start_next(archive_of(letter)).deliveries.exists()


def test_the_button_of_its_page_makes_one_draft_and_looking_makes_none(letter, client):
    user = log_in(client, Role.ADVISER)
    archive = archive_of(letter)
    url = reverse("newsletters_admin:next_letter", args=[archive.pk])
    page = client.get(reverse("wagtailadmin_explore", args=[archive.pk])).content.decode()
    assert url in page
    assert f"8/{YEAR}" in client.get(url).content.decode()
    assert LetterPage.objects.count() == 1
    answer = client.post(url)
    made = LetterPage.objects.exclude(pk=letter.pk).get()
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[made.pk])
    assert made.owner == user
    assert client.get(answer["Location"]).status_code == 200


def test_an_archive_without_letters_leads_to_an_empty_one(letter, client):
    log_in(client, Role.ADVISER)
    archive = archive_of(letter)
    letter.delete()
    answer = client.post(reverse("newsletters_admin:next_letter", args=[archive.pk]))
    assert answer["Location"] == reverse("wagtailadmin_pages:add_subpage", args=[archive.pk])
    assert not LetterPage.objects.exists()


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.READER, Role.CONSULTANT])
def test_who_may_not_write_letters_makes_none(letter, client, role):
    log_in(client, role)
    client.post(reverse("newsletters_admin:next_letter", args=[archive_of(letter).pk]))
    assert LetterPage.objects.count() == 1
