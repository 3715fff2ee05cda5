"""How long it is known who got a letter, and what still works when it is not."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import ServiceSettings
from newsletters import closing, retention
from newsletters.models import Delivery, DeliveryStatistics, MergedReceiver, Recipient, Subscription
from newsletters.return_keys import UNSUBSCRIBE, fits, return_key
from newsletters.services.again import send_again
from newsletters.subscriptions import unsubscribe
from newsletters.tasks_statistics import erase_receivers
from newsletters.tokens import unsubscribe_token
from tests.newsletters.factories import OrganisationFactory, PersonFactory, SubscriptionFactory, make_sender
from tests.newsletters.sent import receiver, sent_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


def old_delivery(*, days_ago: int = 366, is_closed: bool = True, receivers: int = 1) -> Delivery:
    """A letter to so many, and to one for whom it failed."""
    delivery = sent_delivery()
    organisation = OrganisationFactory()
    for _person in range(receivers):
        receiver(
            delivery,
            first_name="Kari",
            organisation=organisation,
            organisation_kind=organisation.kind,
            profession="nurse",
            message_id="<letter@tjenesten.example>",
        )
    receiver(delivery, status="failed", smtp_code=452, smtp_reply="452 mailbox of kari@example.no is full")
    if is_closed:
        closing.close_statistics(delivery.pk)
    ended = timezone.now() - timedelta(days=days_ago)
    Delivery.objects.filter(pk=delivery.pk).update(started_at=ended, finished_at=ended)
    delivery.refresh_from_db()
    return delivery


def is_erased(delivery: Delivery) -> bool:
    return not delivery.recipients.filter(person__isnull=False).exists()


def test_who_left_is_a_number_only_when_the_statistics_are_closed():
    delivery = sent_delivery()
    early, late = receiver(delivery), receiver(delivery)
    unsubscribe(early.person, delivery.series, recipient=early)
    closing.close_statistics(delivery.pk)
    unsubscribe(late.person, delivery.series, recipient=late)
    assert not delivery.recipients.filter(unsubscribed_at__isnull=False).exists()
    assert DeliveryStatistics.objects.get(delivery=delivery).unsubscribed == 1


def test_receivers_are_forgotten_after_the_set_number_of_months_and_never_before_the_figures_closed(site):
    assert ServiceSettings.for_site(site).receivers_kept_months == 12
    young, old = old_delivery(days_ago=364), old_delivery(days_ago=366)
    still_open = old_delivery(days_ago=800, is_closed=False)
    assert erase_receivers() == 2
    assert [is_erased(one) for one in (young, old, still_open)] == [False, True, False]
    ServiceSettings.objects.filter(site=site).update(receivers_kept_months=6)
    cache.clear()
    assert erase_receivers() == 2
    assert erase_receivers() == 0
    assert is_erased(young)


def test_an_erased_row_tells_of_nobody_and_still_counts():
    delivery = old_delivery()
    before = list(delivery.recipients.order_by("pk").values_list("status", "smtp_code", "sent_at"))
    person, merged = PersonFactory(), delivery.recipients.get(status="failed")
    MergedReceiver.objects.create(recipient=merged, person=person)
    erase_receivers()
    assert list(delivery.recipients.order_by("pk").values_list("status", "smtp_code", "sent_at")) == before
    for row in delivery.recipients.all():
        told = [
            row.person, row.first_name, row.region, row.organisation, row.organisation_kind, row.profession,
            row.smtp_reply, row.message_id, row.unsubscribed_at,
        ]  # fmt: skip
        assert not any(told)
        assert row.email == f"erased-{row.pk}@invalid.invalid"
    assert not MergedReceiver.objects.exists()
    statistics = DeliveryStatistics.objects.get(delivery=delivery)
    assert (statistics.recipients, statistics.delivered, statistics.failed) == (2, 1, 1)


def test_the_report_says_when_the_names_were_erased_and_keeps_the_outcomes(client, settings):
    delivery = old_delivery()
    addresses = list(delivery.recipients.values_list("email", flat=True))
    erase_receivers()
    settings.MFA_REQUIRED = False
    client.force_login(make_sender())
    html = client.get(f"/admin/brev/utsending/{delivery.pk}/").content.decode()
    csv = b"".join(client.get(f"/admin/brev/utsending/{delivery.pk}/csv/").streaming_content).decode()
    today = timezone.localdate()
    assert f"ble slettet {today.day}.{today.month}.{today.year}" in html
    for text in (html, csv):
        assert not any(address in text for address in addresses)
        assert "invalid.invalid" not in text
        assert "slettet" in text
        assert "Feilet" in text


def test_a_letter_whose_receivers_are_forgotten_cannot_be_sent_again():
    delivery = old_delivery()
    erase_receivers()
    with pytest.raises(ValidationError, match="avsluttet"):
        send_again(Delivery.objects.get(pk=delivery.pk), user=make_sender())


def test_the_link_for_leaving_in_an_old_letter_still_works(client):
    delivery = old_delivery()
    row = delivery.recipients.get(status="sent")
    subscription = SubscriptionFactory(person=row.person, series=delivery.series)
    token = unsubscribe_token(row.person_id, delivery.series_id, row.pk)
    erase_receivers()
    answer = client.post(f"/avmeld/{token}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    subscription.refresh_from_db()
    assert subscription.status == Subscription.Status.UNSUBSCRIBED
    row.refresh_from_db()
    assert (row.person, row.unsubscribed_at) == (None, None)


def test_no_mail_leads_to_an_erased_row():
    """A mail that asks to leave is kept for an adviser, not taken as done: the row knows nobody any more."""
    row = old_delivery().recipients.get(status="sent")
    key, old_key = return_key(UNSUBSCRIBE, row), row.key
    erase_receivers()
    row.refresh_from_db()
    assert not fits(UNSUBSCRIBE, key, row)
    assert not Recipient.objects.filter(key=old_key).exists()


def test_many_receivers_are_erased_in_portions_and_an_interrupted_round_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(retention, "BATCH", 2)
    broken, other = old_delivery(days_ago=400, receivers=4), old_delivery()
    erase_some, rounds = retention._erase_some, []

    def fail_once(delivery_id: int, after: int) -> list[int]:
        rounds.append(delivery_id)
        if len(rounds) == 2:
            raise OSError("the database went away")
        return erase_some(delivery_id, after)

    monkeypatch.setattr(retention, "_erase_some", fail_once)
    assert erase_receivers() == 2
    assert f"delivery {broken.pk} could not be erased" in caplog.text
    assert broken.recipients.filter(person=None).count() == 2
    assert is_erased(other)
    assert erase_receivers() == 3
    assert is_erased(broken)
