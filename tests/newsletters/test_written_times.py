"""Times and figures in the letters' admin pages are written in one way."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from newsletters import outside_checks
from newsletters.figure_text import decimal
from newsletters.models import Delivery
from newsletters.spam import SpamScore
from tests.newsletters.factories import make_delivery, make_letter, make_sender

WORDS = settings.BASE_DIR / "templates" / "newsletters"


@pytest.mark.django_db
def test_a_scheduled_delivery_says_its_start_with_kl_and_a_full_stop(site, client, settings):
    settings.MFA_REQUIRED = False
    delivery = make_delivery(
        frozen=False,
        status=Delivery.Status.SCHEDULED,
        scheduled_for=datetime(2026, 11, 29, 2, 30, tzinfo=UTC),
    )
    client.force_login(make_sender())
    page = client.get(reverse("newsletters_admin:delivery", args=[delivery.pk])).content.decode()
    assert "29. november 2026 kl. 03.30" in page
    assert "03:30" not in page


@pytest.mark.parametrize("path", sorted(WORDS.rglob("*.*")), ids=lambda path: path.name)
def test_no_page_about_letters_writes_the_clock_with_a_colon(path: Path):
    assert "H:i" not in path.read_text()


@pytest.mark.django_db
def test_figures_below_zero_have_a_minus_and_no_hyphen(site, monkeypatch):
    assert decimal(-0.3) == "−0,3"
    cache.clear()
    monkeypatch.setattr(outside_checks, "is_installed", lambda: True)
    monkeypatch.setattr(outside_checks, "spam_score", lambda message: SpamScore(-0.3, 5.0))
    letter = make_letter()
    outside_checks.find_out(letter, [], scores=True)
    said = " ".join(check.text for check in outside_checks.outside_state(letter).checks)
    assert "−0,3" in said
    assert "-0,3" not in said
