"""The demo's letters: subscribers, sent letters with figures made by the real tracking code, a draft, a scheduled one.

Receivers and links are frozen by the same code as in a real delivery. Only the handing over to a mail server is left
out: the outcome of a delivery months ago is written as it would have been. Then invented readers follow links and load
pixels through the same functions that the public addresses call, and the roll-up and the closing count them.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from demo.loading.content import read_folder
from demo.loading.library import Library
from demo.loading.register import SEED
from directory.models import Person, Position
from newsletters.audience import Audience
from newsletters.closing import close_statistics, due_for_closing
from newsletters.hits import write as write_hits
from newsletters.models import (
    Delivery,
    LetterPage,
    MeasuringConsent,
    Recipient,
    Series,
    Subscription,
    TrackingEvent,
)
from newsletters.rollup import count_events, refresh_totals
from newsletters.services.deliver import order_delivery
from newsletters.services.freeze import freeze
from newsletters.tokens import make_token
from newsletters.tracking import find_link, read_click, read_open

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)
SCANNER = "Mozilla/5.0 (compatible; Proofpoint URL Defense)"
CONSENT_SHARE = 0.42
CLICKS_PER_RECEIVER = 0.55
# When readers open a letter: most within a day, few after a week (hours after sending).
FIRST_HOURS = 5
WORDING = "Ja, dere kan måle om jeg åpner brevene og hvilke lenker jeg følger."


def load_subscriptions(people: list[Person]) -> None:
    """Let the leaders subscribe to the leader-letter, some members to the network's, and some say yes to measuring."""
    if Subscription.objects.exists():
        return
    chance = random.Random(SEED + 2)
    leaders = set(Position.objects.filter(leader_level__gt=0).values_list("person_id", flat=True))
    letters = {series.slug: series for series in Series.objects.all()}
    subscriptions, consents = [], []
    for person in people:
        since = timezone.now() - timedelta(days=400 + chance.randrange(700))
        if person.pk in leaders and chance.random() < 0.93:
            subscriptions.append(_subscription(person, letters["tsb-lederbrev"], since, "role"))
        if chance.random() < 0.3:
            subscriptions.append(
                _subscription(person, letters["familienettverksbrev"], since, "double_opt_in")
            )
        if chance.random() < CONSENT_SHARE:
            consents.append(MeasuringConsent(person=person, wording=WORDING, given_at=since))
    Subscription.objects.bulk_create(subscriptions)
    MeasuringConsent.objects.bulk_create(consents)


def _subscription(person: Person, series: Series, since: datetime, basis: str) -> Subscription:
    return Subscription(
        person=person,
        series=series,
        status=Subscription.Status.ACTIVE,
        basis=basis,
        wording=series.description,
        requested_at=since,
        confirmed_at=since,
    )


def load_deliveries(library: Library) -> None:
    """Send, schedule or leave each letter as its text says."""
    adviser = User.objects.filter(email="radgiver@example.no").first()
    for told in sorted(_letters(), key=lambda told: str(told.get("sent_at", "9"))):
        letter = LetterPage.objects.get(pk=library.page(f"letter/{told['slug']}").pk)
        if letter.deliveries.exists():
            continue
        audience = Audience.of_series(letter.series)
        if told["status"] == "scheduled" and told["scheduled_at"] > timezone.now():
            order_delivery(letter, audience, user=adviser, at=told["scheduled_at"])
        if told["status"] == "sent":
            _send_in_the_past(letter, audience, told["sent_at"], adviser)


def _letters() -> Iterator[dict]:
    yield from (told for told in read_folder("letters") if "subject" in told)


def _send_in_the_past(letter: LetterPage, audience: Audience, at: datetime, user: User | None) -> None:
    delivery = Delivery.objects.create(
        letter=letter,
        series=letter.series,
        audience=audience.as_dict(),
        created_by=user,
        created_at=at,
        scheduled_for=at,
        status=Delivery.Status.FINISHED,
    )
    freeze(delivery)
    chance = random.Random(SEED + delivery.pk)
    _write_outcomes(delivery, at, chance)
    Delivery.objects.filter(pk=delivery.pk).update(
        frozen_at=at, started_at=at, finished_at=at + timedelta(minutes=2)
    )
    delivery.refresh_from_db()
    refresh_totals(delivery)
    _read_letter(delivery, at, chance)
    events = TrackingEvent.objects.filter(delivery=delivery)
    while count_events(events):
        pass
    refresh_totals(delivery)
    if due_for_closing().filter(pk=delivery.pk).exists():
        close_statistics(delivery.pk)


def _write_outcomes(delivery: Delivery, at: datetime, chance: random.Random) -> None:
    rows = list(delivery.recipients.order_by("pk"))
    delivery.recipients.update(
        status=Recipient.Status.SENT, attempts=1, smtp_code=250, smtp_reply="2.0.0 Ok: queued"
    )
    for row in rows:
        row.sent_at = at + timedelta(seconds=chance.randrange(110))
    failed = {row.pk for row in chance.sample(rows, min(2, len(rows)))}
    for row in chance.sample(rows, min(3, len(rows))):
        if row.pk not in failed and chance.random() < 0.4:
            row.unsubscribed_at = at + timedelta(hours=chance.randrange(1, 90))
    Recipient.objects.bulk_update(rows, ["sent_at"])
    Recipient.objects.bulk_update([row for row in rows if row.unsubscribed_at], ["unsubscribed_at"])
    delivery.recipients.filter(pk__in=failed).update(
        status=Recipient.Status.FAILED,
        sent_at=None,
        smtp_code=452,
        smtp_reply="4.2.2 The recipient's mailbox is full",
    )


def _read_letter(delivery: Delivery, at: datetime, chance: random.Random) -> None:
    """Invented readers open the letter and follow links; some scanners do too."""
    links = [link for link in delivery.links.all() if not link.is_trap]
    consents = set(MeasuringConsent.objects.filter(withdrawn_at=None).values_list("person_id", flat=True))
    for recipient in delivery.recipients.filter(status=Recipient.Status.SENT):
        is_known = recipient.person_id in consents
        if is_known and chance.random() < 0.63:
            _open(delivery, recipient)
        for _n in range(_clicks(chance) if links else 0):
            _click(
                delivery,
                chance.choice(links[: max(1, len(links) - 1)]).number,
                recipient if is_known else None,
                chance,
            )
        if links and chance.random() < 0.08:
            _click(delivery, chance.choice(links).number, None, chance, agent=SCANNER)
    _spread_over_days(delivery, at, chance)


def _clicks(chance: random.Random) -> int:
    return 0 if chance.random() > CLICKS_PER_RECEIVER else chance.choice([1, 1, 1, 2, 3])


def _request(path: str, chance: random.Random | None = None, agent: str = PHONE):
    source = (
        f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        if chance
        else "10.0.0.1"
    )
    return RequestFactory().get(path, HTTP_USER_AGENT=agent, REMOTE_ADDR=source)


def _open(delivery: Delivery, recipient: Recipient) -> None:
    hit = read_open(_request("/o/"), make_token("open", delivery.pk, recipient.pk))
    assert hit is not None
    write_hits([hit])


def _click(
    delivery: Delivery, number: int, recipient: Recipient | None, chance: random.Random, agent: str = PHONE
) -> None:
    token = make_token("click", delivery.pk, recipient.pk) if recipient else ""
    write_hits([read_click(_request("/l/", chance, agent), find_link(delivery.key, number), token)])


def _spread_over_days(delivery: Delivery, at: datetime, chance: random.Random) -> None:
    """Move the hits from now, when they were made, to the days after the letter was sent."""
    hits = list(TrackingEvent.objects.filter(delivery=delivery))
    for hit in hits:
        hours = chance.expovariate(1 / FIRST_HOURS) if chance.random() < 0.75 else chance.uniform(20, 220)
        hit.at = at + timedelta(hours=min(hours, 230), minutes=2)
    TrackingEvent.objects.bulk_update(hits, ["at"], batch_size=500)
