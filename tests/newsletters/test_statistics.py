"""From hits to figures: rolled up once, closed once, small cells hidden."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import ServiceSettings
from directory.services import erase_person
from newsletters import closing, tasks_statistics
from newsletters.models import ClickCount, Delivery, DeliveryStatistics, OpenCount, TrackingEvent
from newsletters.reports import mail_waiting_reports, report_receivers
from newsletters.rollup import _counted_before, count_events, refresh_totals, roll_up
from tests.newsletters.factories import OrganisationFactory, RegionFactory, make_sender
from tests.newsletters.sent import (
    click,
    let_time_pass,
    open_letter,
    reader,
    receiver,
    sent_delivery,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.fixture
def delivery():
    return sent_delivery()


def totals(delivery) -> DeliveryStatistics:
    return DeliveryStatistics.objects.get(delivery=delivery)


def measured_reader(delivery, place: int, **fields):
    """A consenting receiver who opens and clicks the first link."""
    got = receiver(delivery, consenting=True, **fields)
    client = reader(f"192.0.2.{place}")
    open_letter(delivery, of=got, client=client)
    click(delivery, 1, of=got, client=client)
    return got


def test_hits_become_counters_and_those_without_a_person_are_deleted(delivery):
    got = receiver(delivery, consenting=True)
    receiver(delivery)
    click(delivery, 1, client=reader("192.0.2.1"))
    click(delivery, 2, of=got, client=reader("192.0.2.2"))
    click(delivery, 2, client=reader("192.0.2.3", agent="curl/8"))
    open_letter(delivery, of=got, client=reader("192.0.2.2"))
    let_time_pass()
    assert roll_up() == 4
    rolled = totals(delivery)
    assert (rolled.clicks, rolled.machine_clicks, rolled.opens, rolled.machine_opens) == (2, 1, 1, 0)
    assert (rolled.recipients, rolled.delivered, rolled.consenting) == (2, 2, 1)
    assert (rolled.consenting_openers, rolled.consenting_clickers) == (1, 1)
    assert set(TrackingEvent.objects.values_list("recipient", "is_counted")) == {(got.pk, True)}
    assert sum(ClickCount.objects.filter(is_machine=False).values_list("clicks", flat=True)) == 2
    assert OpenCount.objects.get().opens == 1


def test_rolling_up_again_counts_nothing_twice(delivery):
    measured_reader(delivery, 1)
    let_time_pass()
    roll_up()
    before = totals(delivery)
    assert roll_up() == 0
    after = totals(delivery)
    assert (after.clicks, after.consenting_clickers) == (before.clicks, before.consenting_clickers) == (1, 1)


def test_the_same_person_clicking_again_later_is_one_person_and_two_clicks(delivery):
    got = measured_reader(delivery, 1)
    let_time_pass()
    roll_up()
    click(delivery, 2, of=got, client=reader("192.0.2.77"))
    let_time_pass()
    roll_up()
    assert (totals(delivery).clicks, totals(delivery).consenting_clickers) == (2, 1)


def test_a_hit_waits_until_it_may_no_longer_be_labelled(delivery):
    click(delivery)
    assert roll_up() == 0
    let_time_pass()
    assert roll_up() == 1


def test_whoever_clicks_without_pictures_has_opened(delivery):
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    let_time_pass()
    roll_up()
    assert (totals(delivery).opens, totals(delivery).consenting_openers) == (0, 1)


def test_machines_are_nobodys_unique_click(delivery):
    got = receiver(delivery, consenting=True)
    click(delivery, of=got, method="head")
    let_time_pass()
    roll_up()
    assert totals(delivery).consenting_clickers == 0
    assert totals(delivery).machine_clicks == 1


def test_random_numbers_count_people_without_knowing_who():
    delivery = sent_delivery("anonymous")
    for _person in range(6):
        receiver(delivery)
    from newsletters.tokens import anonymous_tracking_token

    for number, place in (("aa", 1), ("aa", 2), ("bb", 3)):
        token = anonymous_tracking_token("click", delivery.pk, number)
        click(delivery, token=token, client=reader(f"192.0.2.{place}"))
    let_time_pass()
    roll_up()
    rolled = totals(delivery)
    assert (rolled.clicks, rolled.consenting_clickers, rolled.consenting) == (3, 2, 6)


def test_whether_a_number_was_seen_before_is_asked_through_an_index():
    """However many hits a letter has had: the roll-up reads the new ones and looks the rest up."""
    delivery = sent_delivery("anonymous")
    with CaptureQueriesContext(connection) as asked:
        _counted_before(delivery.pk, {f"{number:024x}" for number in range(1200)})
    questions = [one["sql"] for one in asked if "trackingevent" in one["sql"]]
    assert len(questions) == 3  # in portions: for one long list the database would read the whole letter
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {questions[0]}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "event_of_token" in plan


def test_hits_and_receivers_carry_no_index_that_another_one_begins_with():
    """Each would be written with every hit and every receiver, and read by nobody."""
    with connection.cursor() as cursor:
        cursor.execute(SUPERFLUOUS, [["newsletters_recipient", "newsletters_trackingevent"]])
        assert cursor.fetchall() == []


SUPERFLUOUS = """
SELECT small.indexrelid::regclass::text FROM pg_index AS small JOIN pg_index AS large
    ON large.indrelid = small.indrelid AND large.indexrelid <> small.indexrelid
    AND large.indkey::text LIKE small.indkey::text || ' %%'
WHERE small.indrelid = ANY (%s::regclass[]) AND NOT small.indisunique
    AND small.indpred IS NULL AND large.indpred IS NULL
"""


def test_figures_by_region_kind_and_profession_come_from_the_snapshot(delivery):
    region = RegionFactory(name="Helse Nord")
    organisation = OrganisationFactory(region=region)
    place = {
        "region": region,
        "organisation": organisation,
        "organisation_kind": organisation.kind,
        "profession": "nurse",
    }
    measured_reader(delivery, 1, **place)
    receiver(delivery, **place)
    receiver(delivery)
    let_time_pass()
    roll_up()
    cells = totals(delivery).breakdown
    expected = {"delivered": 2, "consenting": 1, "openers": 1, "clickers": 1}
    assert cells["region"][str(region.pk)] == expected
    assert cells["kind"]["health_trust"] == expected
    assert cells["profession"]["nurse"] == expected
    assert cells["region"][""] == {"delivered": 1, "consenting": 0}


def test_figures_stand_when_a_person_is_erased(delivery):
    people = [measured_reader(delivery, place) for place in (1, 2)]
    let_time_pass()
    roll_up()
    erase_person(people[0].person)
    erase_person(people[1].person)
    refresh_totals(delivery)
    rolled = totals(delivery)
    assert (rolled.delivered, rolled.consenting, rolled.consenting_clickers, rolled.clicks) == (2, 2, 2, 2)
    assert not TrackingEvent.objects.exists()


def test_a_consent_given_after_the_letter_left_does_not_count(delivery):
    got = receiver(delivery)
    from tests.newsletters.factories import give_consent

    give_consent(got.person)
    assert refresh_totals(delivery).consenting == 0


@pytest.mark.django_db(transaction=True)
def test_two_roll_ups_at_once_count_every_hit_once(delivery):
    got = receiver(delivery, consenting=True)
    for place in range(30):
        click(delivery, 1 + place % 4, of=got if place % 2 else None, client=reader(f"198.51.100.{place}"))
    let_time_pass()
    counted = []

    def work():
        try:
            while number := count_events(TrackingEvent.objects.all(), limit=7):
                counted.append(number)
        finally:
            connection.close()

    threads = [Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counted) == 30
    assert (totals(delivery).clicks, totals(delivery).consenting_clickers) == (30, 1)
    assert sum(ClickCount.objects.values_list("clicks", flat=True)) == 30


def test_statistics_close_after_the_set_number_of_days_and_only_then(delivery, site):
    assert not closing.due_for_closing().exists()
    ServiceSettings.objects.filter(site=site).update(statistics_close_after_days=5)
    delivery.finished_at = timezone.now() - timedelta(days=5, minutes=1)
    delivery.save()
    assert list(closing.due_for_closing()) == [delivery]


def test_a_letter_that_was_cancelled_halfway_closes_too(delivery):
    """It is never finished, but what its readers left behind must be erased like everybody's."""
    measured_reader(delivery, 1)
    stopped = timezone.now() - timedelta(days=10, minutes=1)
    Delivery.objects.filter(pk=delivery.pk).update(
        status=Delivery.Status.CANCELLED, finished_at=None, last_progress_at=stopped
    )
    assert tasks_statistics.close_statistics() == 1
    assert not TrackingEvent.objects.exists()


def test_a_letter_that_was_paused_and_forgotten_is_cancelled_and_closes_too(delivery):
    measured_reader(delivery, 1)
    waiting = receiver(delivery, status="pending", sent_at=None)
    moved = timezone.now() - timedelta(days=9)
    paused = Delivery.objects.filter(pk=delivery.pk)
    paused.update(status=Delivery.Status.PAUSED, finished_at=None, last_progress_at=moved)
    assert tasks_statistics.close_statistics() == 0
    paused.update(last_progress_at=moved - timedelta(days=1, minutes=1))
    assert tasks_statistics.close_statistics() == 1
    assert not TrackingEvent.objects.exists()
    waiting.refresh_from_db()
    delivery.refresh_from_db()
    assert (waiting.status, delivery.status) == ("skipped", Delivery.Status.CANCELLED)
    assert "pause" in delivery.status_reason
    assert (totals(delivery).skipped, totals(delivery).delivered) == (1, 1)


@pytest.mark.parametrize("status", ["awaiting", "scheduled", "sending"])
def test_a_letter_that_was_set_going_since_somebody_looked_is_not_closed(delivery, status):
    measured_reader(delivery, 1)
    Delivery.objects.filter(pk=delivery.pk).update(status=status)
    assert not closing.close_statistics(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.statistics_closed_at) == (status, None)
    assert TrackingEvent.objects.exists()


def test_a_letter_that_never_started_is_not_closed_and_reported(delivery):
    long_ago = timezone.now() - timedelta(days=30)
    Delivery.objects.filter(pk=delivery.pk).update(
        status=Delivery.Status.CANCELLED, started_at=None, finished_at=None, last_progress_at=long_ago
    )
    assert not closing.due_for_closing().exists()


def test_closing_counts_the_last_hits_and_erases_what_is_tied_to_persons(delivery):
    measured_reader(delivery, 1)
    click(delivery, 2, client=reader("192.0.2.9"))
    assert closing.close_statistics(delivery.pk)
    assert not closing.close_statistics(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.statistics_closed_at
    assert not TrackingEvent.objects.exists()
    assert not delivery.recipients.filter(is_measured=True).exists()
    rolled = totals(delivery)
    assert (rolled.clicks, rolled.consenting, rolled.consenting_clickers) == (2, 1, 1)
    roll_up()
    assert totals(delivery).consenting == 1


def test_a_hit_that_slips_in_while_closing_is_deleted_uncounted(delivery):
    closing.close_statistics(delivery.pk)
    TrackingEvent.objects.create(delivery=delivery, kind="click", link=delivery.links.first())
    roll_up()
    assert not TrackingEvent.objects.exists()
    assert totals(delivery).clicks == 0


def test_the_report_is_mailed_once_to_the_sender_and_the_series(delivery):
    delivery.created_by = make_sender()
    delivery.save()
    closing.close_statistics(delivery.pk)
    assert report_receivers(delivery) == ["radgiver@tjenesten.example", "brev@tjenesten.example"]
    assert mail_waiting_reports() == 1
    assert mail_waiting_reports() == 0
    message = mail.outbox[0]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "/admin/brev/tall/" in message.body
    for part in (message.body, message.alternatives[0][0]):
        assert "Målt med samtykke" in part
        assert "anslag" in part


def test_the_report_is_not_lost_when_the_mail_server_is_away(delivery, monkeypatch):
    closing.close_statistics(delivery.pk)
    with monkeypatch.context() as away:
        away.setattr("newsletters.reports.send_system_mail", _no_server)
        with pytest.raises(OSError):
            mail_waiting_reports()
    assert mail_waiting_reports() == 1


def _no_server(*args, **kwargs):
    raise ConnectionRefusedError


def test_the_command_closes_what_is_due_and_can_only_look(delivery, capsys):
    delivery.finished_at = timezone.now() - timedelta(days=11)
    delivery.save()
    call_command("close_statistics", "--dry-run")
    assert "Would close" in capsys.readouterr().out
    call_command("close_statistics")
    assert "Closed" in capsys.readouterr().out
    assert len(mail.outbox) == 1
    with pytest.raises(CommandError):
        call_command("close_statistics", "--delivery", "0")


def test_the_jobs_run(delivery):
    delivery.finished_at = timezone.now() - timedelta(days=11)
    delivery.save()
    click(delivery)
    let_time_pass()
    assert tasks_statistics.roll_up() == 1
    assert tasks_statistics.close_statistics() == 1
    assert tasks_statistics.erase_old_signups() == 0
