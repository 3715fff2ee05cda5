"""A letter as it arrives: what link scanners do to it, what tells receivers apart, what is stored of their clicks."""

import html
import re
from datetime import timedelta
from itertools import cycle

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from directory.models import Person
from directory.services import erase_person
from newsletters import mails, sending
from newsletters.models import (
    Delivery,
    MeasuringConsent,
    Recipient,
    SignupRequest,
    Subscription,
    TrackingEvent,
)
from newsletters.rollup import roll_up
from newsletters.signing_up import request_subscription
from newsletters.slots import slot_values
from newsletters.tokens import PURPOSES, erase_token, make_token, personal_tracking_token, unsubscribe_token
from tests.newsletters.factories import PersonFactory, give_consent, make_letter, make_running
from tests.newsletters.sent import let_time_pass, reader, receiver, sent_delivery
from tests.newsletters.smtp_sink import Received
from tests.outage.own_servers import wait_until
from tests.outage.own_web import running_webs

pytestmark = pytest.mark.django_db

ADDRESS = re.compile(r"https?://[^\s<>\"')]+")
# What may differ between two people's mails besides the named slots.
OWN_HEADERS = {"To", "Message-ID", "List-Unsubscribe"}


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


def addresses(received: Received) -> list[str]:
    """Every address of the mail as a scanner finds it: in both parts and in the header."""
    found = ADDRESS.findall(html.unescape(received.part("html"))) + ADDRESS.findall(received.part("plain"))
    found += ADDRESS.findall(received.message["List-Unsubscribe"])
    return list(dict.fromkeys(found))


def own_paths(found: list[str]) -> list[str]:
    """Those of them that lead to the portal."""
    return [one.split("8000", 1)[1] for one in found if one.startswith("http://localhost:8000/")]


def mail_of(sink, email: str) -> Received:
    return next(received for received in sink.received if received.receiver == email)


@pytest.fixture
def scanned(site, sink, monkeypatch) -> tuple[Delivery, list[list[str]]]:
    """A letter to two readers, one of them measured, and a waiting sign-up: the paths of all addresses in each mail."""
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: True)
    links = "".join(
        f'<p><a href="https://example.no/{number}">Sak {number}</a></p>' for number in (1, 2, 3, 4)
    )
    delivery = make_running(2, letter=make_letter(body=[("text", links)]))
    give_consent(delivery.recipients.first().person)
    sending.send_delivery(delivery.pk)
    request_subscription("ny@sykehus.example", [delivery.series])
    mails.send_waiting_signup_mails()
    confirmation = ADDRESS.findall(mail.outbox[-1].body)
    found = [own_paths(addresses(received) + confirmation) for received in sink.received]
    for paths in found:
        assert {path.split("/")[1] for path in paths} >= {"l", "avmeld", "preferanser", "brev"}
    return delivery, found


def nobody_left_or_joined() -> bool:
    """Whether everything but the hits is as it was when the letter had been sent."""
    return (
        set(Subscription.objects.values_list("status", flat=True)) == {"active"}
        and not Recipient.objects.filter(unsubscribed_at__isnull=False).exists()
        and MeasuringConsent.objects.get().withdrawn_at is None
        and not SignupRequest.objects.filter(confirmed_at__isnull=False).exists()
        and not Person.objects.filter(email="ny@sykehus.example").exists()
    )


@pytest.mark.parametrize("order", [("head", "get"), ("get", "head")])
def test_a_scanner_that_fetches_every_address_of_a_letter_leaves_everything_as_it_was(scanned, order):
    delivery, mails_paths = scanned
    # An ordinary browser's name: only what it does gives the scanner away.
    scanner = reader("198.51.100.7")
    for paths in mails_paths:
        for method in order:
            for path in paths:
                assert getattr(scanner, method)(path).status_code in (200, 302)
    assert nobody_left_or_joined()
    events = TrackingEvent.objects.all()
    assert events.filter(kind="click").count() >= 2 * delivery.links.count()
    assert set(events.values_list("is_machine", flat=True)) == {True}
    let_time_pass()
    roll_up()
    delivery.statistics.refresh_from_db()
    figures = delivery.statistics
    assert (figures.clicks, figures.consenting_clickers, figures.consenting_openers) == (0, 0, 0)
    assert figures.machine_clicks >= 2 * delivery.links.count()


@pytest.mark.django_db(transaction=True)
def test_a_scanner_that_avoids_the_trap_is_known_by_its_haste_over_two_web_servers(scanned):
    """The servers' own timers write the hits. Only the burst tells that the clicks without HEAD are machines'."""
    delivery, mails_paths = scanned
    # Later than the seconds in which every click of somebody who is measured belongs to machines.
    delivery.recipients.update(sent_at=timezone.now() - timedelta(minutes=10))
    trap = f"/l/{delivery.key}/{delivery.links.get(is_trap=True).number}"
    clicks = 0
    with running_webs(2, TEST_HITS_SECONDS="0.3") as webs:
        for method in ("GET", "HEAD"):
            for paths in mails_paths:
                followed = [path for path in paths if path.split("?")[0] != trap]
                clicks += sum(path.startswith("/l/") for path in followed)
                for path, web in zip(followed, cycle(webs)):
                    assert web.ask(path, method) in (200, 302)
        events = TrackingEvent.objects.filter(kind="click")
        wait_until(lambda: events.count() >= clicks, "every click is written", 30)
        wait_until(lambda: not events.filter(is_machine=False).exists(), "every click is labelled", 10)
        assert events.count() == clicks
    assert nobody_left_or_joined()


def comparable(received: Received, recipient: Recipient) -> tuple[list, list]:
    """The mail with the receiver's own values blanked: its headers, and its parts with theirs, decoded."""
    values = slot_values(recipient.delivery, recipient, consenting=False)
    # Tokens carry the second they were made in, so they are told by their place and not by their letters.
    kinds = "|".join(
        re.escape(values[name].rpartition("/")[0]) for name in ("unsubscribe_url", "preferences_url")
    )
    headers = [(name, "" if name in OWN_HEADERS else str(value)) for name, value in received.message.items()]
    parts = []
    for part in received.message.walk():
        content = "" if part.is_multipart() else part.get_content()
        for greeting in (values["greeting"], html.escape(values["greeting"])):
            content = content.replace(greeting, "#greeting#")
        content = re.sub(rf"({kinds})/[\w-]+", r"\1/#token#", content)
        parts.append((part.get_content_type(), part.get_boundary(), content))
    return headers, parts


def test_mails_to_two_people_without_consent_are_the_same_but_for_the_named_places(site, sink):
    delivery = make_running(0)
    people = [
        PersonFactory(first_name="Åse", email="ase@nord.example", profession="doctor", language="nn"),
        PersonFactory(first_name="Per & Pål", email="per@en-annen-arbeidsgiver.example"),
    ]
    rows = [Recipient.objects.create(delivery=delivery, person=one, email=one.email,
            first_name=one.first_name, message_id=f"<{one.pk}@x.example>") for one in people]  # fmt: skip
    sending.send_delivery(delivery.pk)
    first, second = (comparable(mail_of(sink, row.email), row) for row in rows)
    assert first == second
    # The blanking did not swallow the letter.
    assert "#greeting#" in first[1][1][2]
    assert "#token#" in first[1][2][2]
    assert "/l/" in first[1][2][2]
    assert "Date" in dict(first[0])
    assert all(name not in first[1][2][2] for name in ("Åse", "Pål", "?t=", "/o/"))


def rows_of_every_table() -> set[str]:
    """Every row of the database as text, with its table's name."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            found |= {f"{table} {row}" for (row,) in cursor.fetchall()}
    return found


def start_numbers_high() -> None:
    """Give people and receivers numbers that nothing else has, so that each can be searched for."""
    with connection.cursor() as cursor:
        for table, number in (("directory_person", 731_000_101), ("newsletters_recipient", 842_000_303)):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {number})")


def traces(recipient: Recipient) -> list[str]:
    """Everything that tells of a receiver."""
    return [
        str(recipient.pk), str(recipient.person_id), str(recipient.key), recipient.key.hex, recipient.email,
        recipient.message_id, recipient.first_name,
    ]  # fmt: skip


def test_after_everybody_has_clicked_nothing_in_the_database_ties_a_click_to_those_who_said_no(site, sink):
    start_numbers_high()
    delivery = make_running(4)
    rows = list(delivery.recipients.order_by("pk"))
    give_consent(rows[0].person)
    give_consent(rows[1].person)
    consented, silent = rows[0], rows[2:]
    sending.send_delivery(delivery.pk)
    # Minutes later, so that no click belongs to the machines of the first seconds.
    delivery.recipients.update(sent_at="2026-01-01T00:00Z")
    MeasuringConsent.objects.update(given_at="2025-01-01T00:00Z")
    MeasuringConsent.objects.filter(person=rows[1].person).update(withdrawn_at="2026-01-01T00:00Z")
    silent.append(rows[1])
    before = rows_of_every_table()
    for place, row in enumerate(rows):
        browser = reader(f"203.0.113.{place + 1}")
        links = [path for path in own_paths(addresses(mail_of(sink, row.email))) if path.startswith("/l/")]
        for path in links[1:3]:
            browser.get(path)
        # Even with a token that is theirs, as an earlier mail may have held.
        browser.get(links[1].split("?")[0], {"t": personal_tracking_token("click", delivery.pk, row.pk)})
        browser.get(reverse("newsletters:open", args=[personal_tracking_token("open", delivery.pk, row.pk)]))
    written = rows_of_every_table() - before
    let_time_pass()
    roll_up()
    written |= rows_of_every_table() - before
    assert any(str(consented.pk) in row for row in written), "the search finds those who said yes"
    for row in silent:
        for trace in traces(row):
            assert not [
                one for one in written if trace in one and not one.startswith("newsletters_recipient ")
            ]
        # The receiver's own row has not changed either.
        assert not [one for one in written if one.startswith("newsletters_recipient ") and str(row.pk) in one]
    assert not [one for one in written if "203.0.113." in one or "Firefox" in one]


@pytest.mark.parametrize(
    "name", ["unsubscribe", "preferences", "ask_for_erasure", "erase", "confirm", "fewer"]
)
def test_no_address_takes_a_token_made_for_another(site, client, name):
    person, delivery = PersonFactory(), sent_delivery()
    got = receiver(delivery)
    own = {"ask_for_erasure": "preferences", "fewer": "unsubscribe"}.get(name, name)
    for purpose in sorted(PURPOSES - {own}):
        for parts in ((person.pk,), (person.pk, delivery.series_id, got.pk), (delivery.pk, got.pk)):
            address = reverse(f"newsletters:{name}", args=[make_token(purpose, *parts)])
            assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert Person.objects.filter(pk=person.pk).exists()
    assert not mail.outbox


def test_the_links_of_a_letter_do_nothing_once_their_owner_is_erased(site, sink, client):
    delivery = make_running(2)
    row, other = delivery.recipients.order_by("pk")
    give_consent(row.person)
    sending.send_delivery(delivery.pk)
    erase_person(row.person)
    for path in own_paths(addresses(mail_of(sink, row.email))):
        assert client.get(path).status_code in (200, 302, 410)
    client.get(reverse("newsletters:open", args=[personal_tracking_token("open", delivery.pk, row.pk)]))
    leave = reverse(
        "newsletters:unsubscribe", args=[unsubscribe_token(row.person_id, delivery.series_id, row.pk)]
    )
    assert client.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not TrackingEvent.objects.filter(recipient__isnull=False).exists()
    assert not TrackingEvent.objects.filter(kind="open").exists()
    row.refresh_from_db()
    assert (row.person, row.unsubscribed_at) == (None, None)
    assert Subscription.objects.get().person == other.person


@pytest.mark.parametrize(
    ("name", "hours"),
    [("erase", 3), ("preferences", 24 * 366), ("confirm", 24 * 8), ("ask_for_erasure", 24 * 366)],
)
def test_a_token_that_is_too_old_does_nothing_and_says_so(site, client, time_machine, name, hours):
    person = PersonFactory()
    purpose = "preferences" if name == "ask_for_erasure" else name
    token = erase_token(person.pk, person.email) if name == "erase" else make_token(purpose, person.pk)
    address = reverse(f"newsletters:{name}", args=[token])
    time_machine.move_to(timezone.now() + timedelta(hours=hours))
    assert client.post(address).status_code == 410
    assert Person.objects.filter(pk=person.pk).exists()
    assert not mail.outbox
