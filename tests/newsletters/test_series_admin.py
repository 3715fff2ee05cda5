"""The register of series: its list, its form, and a series whose letters greet nobody."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters import sending
from newsletters.models import Series
from tests.newsletters.factories import OrganisationFactory, SeriesFactory, make_letter, make_running

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def adviser(site, client, settings) -> User:
    settings.MFA_REQUIRED = False
    ensure_roles()
    user = User.objects.create_user("noen@tjenesten.example", "et langt passord")
    user.groups.add(group_of(Role.ADMINISTRATOR))
    client.force_login(user)
    return user


def form_of(series: Series, **changes) -> dict:
    names = ("name", "slug", "description", "sender_name", "sender_email", "greeting", "greeting_fallback")
    kept = {name: getattr(series, name) for name in names}
    return {**kept, "header_shape": series.header_shape, "sort_order": 100, **changes}


def test_the_list_says_yes_and_no_and_counts_in_the_plural(client):
    SeriesFactory(is_public=True)
    SeriesFactory(is_public=False)
    page = client.get(reverse("letter_series:index")).content.decode()
    assert {"Ja", "Nei"} <= {word.strip() for word in page.replace("<", ">").split(">")}
    assert "True" not in page.partition("<table")[2].partition("</table>")[0]
    with translation.override("nb"):
        assert str(Series._meta.verbose_name_plural) == "brevserier"


def test_the_list_of_organisations_says_yes_and_no(client):
    OrganisationFactory()
    page = client.get(reverse("organisations:index")).content.decode()
    assert "True" not in page.partition("<table")[2].partition("</table>")[0]


def test_the_form_does_not_claim_that_a_series_is_used_nowhere(client):
    page = client.get(reverse("letter_series:edit", args=[SeriesFactory().pk])).content.decode()
    assert "Brukt 0 ganger" not in page


def test_a_series_without_a_greeting_is_saved_and_its_mail_begins_with_the_letter_itself(client, sink):
    series = SeriesFactory()
    answer = client.post(reverse("letter_series:edit", args=[series.pk]), form_of(series, greeting=""))
    assert answer.status_code == 302
    series.refresh_from_db()
    assert series.greeting == ""
    sending.send_delivery(make_running(1, letter=make_letter(series)).pk)
    (received,) = sink.received
    html, text = received.part("html"), received.part("plain")
    assert "Hei" not in html + text
    assert "slot:" not in html + text
    assert text.partition("hva de har lært.")[2].split()[:2] == ["Slik", "følger"]
    assert not re.findall(
        r"<div[^>]*>\s*</div>|<p[^>]*>\s*</p>", html.partition("<h1")[2].partition("Slik følger")[0]
    )
