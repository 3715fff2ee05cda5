"""The approval step by real requests: what a second person approved is what leaves."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Delivery
from newsletters.services import deliver
from tests.newsletters.factories import SeriesFactory, SubscriptionFactory, make_letter, make_sender

pytestmark = pytest.mark.django_db


def test_a_letter_changed_after_the_approval_stays_until_it_is_approved_anew(site, client, settings, woken):
    settings.MFA_REQUIRED = False
    letter = make_letter(SeriesFactory(approval_required=True))
    letter.save_revision()
    SubscriptionFactory(series=letter.series)
    later = timezone.localtime() + timedelta(hours=2)
    query = f"?subscribers=on&at={later:%Y-%m-%dT%H:%M}"
    confirm = reverse("newsletters_admin:confirm", args=[letter.pk]) + query

    client.force_login(make_sender())
    form_id = client.get(confirm).context["form_id"]
    client.post(confirm, {"form_id": str(form_id)})
    delivery = Delivery.objects.get()
    page = reverse("newsletters_admin:delivery", args=[delivery.pk])
    approve = reverse("newsletters_admin:act", args=[delivery.pk, "approve"])

    client.force_login(make_sender("annen@tjenesten.example"))
    seen = client.get(page).context["delivery"].letter.latest_revision_id
    client.post(approve, {"revision": seen})
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SCHEDULED
    letter.title = "Skrevet om siden"
    letter.save_revision()
    Delivery.objects.update(scheduled_for=timezone.now() - timedelta(minutes=1))
    deliver.start_due()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.AWAITING
    assert not delivery.recipients.exists()
    assert "endret etter godkjenningen" in client.get(page).content.decode()

    answer = client.post(approve, {"revision": seen}, follow=True).content.decode()
    assert "endret mens du så på det" in answer
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.AWAITING

    field = f'name="revision" value="{letter.latest_revision_id}"'
    assert field in client.get(page).content.decode()
    client.post(approve, {"revision": letter.latest_revision_id})
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SENDING
    assert "Skrevet om siden" in delivery.html
