"""Hits wait in the process for at most a second and are then written together, with one statement for all.

A hit that waits lies in memory only: a killed process loses its last second's counts, one that is stopped writes them
first. While the database is away they wait on, up to a limit. Consent, closing and measuring mode are asked for when
a hit is written, so that nothing is written about a person who has just said no.
"""

import atexit
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DataError, Error, ProgrammingError, connection

from newsletters import bursts
from newsletters.models import TrackingEvent

logger = logging.getLogger(__name__)

# As many hits as this do not wait for the second to end; they are also the most that one statement writes.
BATCH = 200
# While the database is away, no more than so many wait; the oldest are dropped.
MOST_WAITING = 20_000
# How long to wait before a database that is away is asked again (seconds).
RETRY_SECONDS = 3.0
# Scanners open a letter while it is delivered; people need longer to reach it (seconds).
FIRST_SECONDS = 15

# The numbers are drawn first, so that each hit is known by its own afterwards. An open is about somebody, or nothing:
# one whose consent is gone adds no row; a click then counts for nobody in particular. A yes is locked: whoever takes it
# back at this moment is either waited for and seen, or waits himself and then deletes what was written here.
# A yes counts for letters that began after it: whoever takes it back and gives it anew is not counted a second time.
WRITE = """
WITH hit AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('newsletters_trackingevent', 'id')) AS id, d.id AS delivery_id,
           d.measuring_mode, d.started_at, given.place, given.kind, given.link, given.number, given.machine, given.at,
           given.recipient
    FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::boolean[],
                %s::timestamptz[])
         AS given(place, kind, delivery, link, recipient, number, machine, at)
    JOIN newsletters_delivery d ON d.id = given.delivery
    WHERE d.statistics_closed_at IS NULL AND d.measuring_mode <> 'off'
), said_yes AS MATERIALIZED (
    SELECT c.person_id, c.given_at FROM newsletters_measuringconsent c
    WHERE c.withdrawn_at IS NULL AND c.person_id IN (
        SELECT r.person_id FROM hit JOIN newsletters_recipient r ON r.id = hit.recipient
        WHERE r.delivery_id = hit.delivery_id AND hit.measuring_mode = 'consent')
    ORDER BY c.person_id
    FOR SHARE
), labelled AS (
    UPDATE newsletters_trackingevent SET is_machine = true WHERE id = ANY(%s::bigint[]) AND NOT is_machine
), written AS (
    INSERT INTO newsletters_trackingevent
        (id, delivery_id, link_id, recipient_id, token, kind, is_machine, at, is_counted)
    SELECT hit.id, hit.delivery_id, hit.link, r.id,
           CASE WHEN hit.measuring_mode = 'anonymous' THEN hit.number ELSE '' END, hit.kind,
           hit.machine OR (r.id IS NOT NULL
                           AND COALESCE(r.sent_at > hit.at - %s * interval '1 second', true)), hit.at, false
    FROM hit
    LEFT JOIN newsletters_recipient r
        ON r.id = hit.recipient AND r.delivery_id = hit.delivery_id AND hit.measuring_mode = 'consent'
        AND EXISTS (SELECT FROM said_yes WHERE said_yes.person_id = r.person_id
                    AND said_yes.given_at <= COALESCE(hit.started_at, hit.at))
    WHERE hit.kind = 'click' OR r.id IS NOT NULL OR (hit.measuring_mode = 'anonymous' AND hit.number <> '')
    RETURNING id
)
SELECT hit.place, hit.id FROM hit JOIN written USING (id)
"""


@dataclass(slots=True)
class Hit:
    """A click or an open as the request told it: of a receiver's number, an anonymous number, or nobody."""

    kind: str
    delivery: int
    at: float  # seconds since 1970
    is_machine: bool
    link: int | None = None
    number: int = 0  # the link's number in the letter
    is_trap: bool = False
    recipient: int | None = None
    token: str = ""
    source: str = ""  # a keyed hash, for bursts.py; never written to the database, gone after a minute


def write(hits: Sequence[Hit]) -> list[int]:
    """Judge the hits together and write them; return events that turned out to be machines' meanwhile, for `label`.

    Raises django.db.Error; nothing is written then, unless the connection broke after the database had agreed.
    """
    judgement = bursts.judge(hits)
    columns: list[Any] = [
        list(range(len(hits))),
        [hit.kind for hit in hits],
        [hit.delivery for hit in hits],
        [hit.link for hit in hits],
        [hit.recipient for hit in hits],
        [hit.token for hit in hits],
        [hit.is_machine for hit in hits],
        [bursts.moment(hit.at) for hit in hits],
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [*columns, judgement.earlier, FIRST_SECONDS])
        written = cursor.fetchall()
    events = defaultdict(list)
    for place, event in written:
        if hits[place].source:
            events[hits[place].source].append(event)
    return judgement.remember(events)


def label(events: Sequence[int]) -> None:
    """Note that these events were a machine's. Raises django.db.Error."""
    TrackingEvent.objects.filter(pk__in=events, is_machine=False).update(is_machine=True)


class HitBuffer:
    """The hits of one process that are not written yet."""

    def __init__(self) -> None:
        self.waiting: list[Hit] = []
        # Written, and a machine's as another process found meanwhile.
        self.to_label: list[int] = []
        self.timer: threading.Timer | None = None
        self.lock = threading.Lock()
        self.writing = threading.Lock()
        self.is_ending = False
        atexit.register(self._flush_at_exit)

    def add(self, hit: Hit) -> None:
        """Take a hit; it is written within a second. Never raises for what the database does."""
        with self.lock:
            self.waiting.append(hit)
            del self.waiting[:-MOST_WAITING]
            if settings.LETTER_HITS_SECONDS:
                self._flush_in(settings.LETTER_HITS_SECONDS)
        if not settings.LETTER_HITS_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what waits, in this thread; what the database does not take waits on."""
        with self.writing:
            while batch := self._take():
                if not self._write(batch):
                    return
            self._label()

    def _take(self) -> list[Hit]:
        with self.lock:
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
        return batch

    def _write(self, batch: list[Hit]) -> bool:
        try:
            self.to_label += write(batch)
        except (DataError, ProgrammingError):  # would fail again
            logger.exception("%d hits could not be written and are lost.", len(batch))
        except Error as error:
            logger.warning("The database is away; %d hits wait: %s", len(batch), error)
            with self.lock:
                self.waiting = batch + self.waiting
                self._flush_in(RETRY_SECONDS)
            self._forget_sources()
            return False
        return True

    def _label(self) -> None:
        """Label what is written already; apart from writing, so that nothing is written twice when this fails."""
        try:
            if self.to_label:
                label(self.to_label)
        except Error as error:
            logger.warning("The database is away; %d hits wait to be labelled: %s", len(self.to_label), error)
            with self.lock:
                self._flush_in(RETRY_SECONDS)
        else:
            self.to_label = []

    def _forget_sources(self) -> None:
        """Judge what has waited for nearly a minute once more, and forget where it came from."""
        limit = time.time() - bursts.SOURCE_SECONDS + RETRY_SECONDS
        with self.lock:
            old = [hit for hit in self.waiting if hit.source and hit.at < limit]
        bursts.judge(old)
        for hit in old:
            hit.source = ""

    def _flush_in(self, seconds: float) -> None:
        if self.timer is None and not self.is_ending:
            self.timer = threading.Timer(seconds, self._flush_from_timer)
            self.timer.daemon = True
            self.timer.start()

    def _flush_from_timer(self) -> None:
        with self.lock:
            self.timer = None
        try:
            self.flush()
        finally:
            connection.close()

    def _flush_at_exit(self) -> None:
        """Write what waits while the process ends; what fails now is told if there still is a log, and lost."""
        self.is_ending = True
        is_loud, logging.raiseExceptions = logging.raiseExceptions, False
        try:
            self.flush()
        except Exception:
            logger.exception("Hits could not be written when the process ended.")
        else:
            if self.waiting:
                logger.warning("The process ended; %d hits are lost.", len(self.waiting))
        finally:
            logging.raiseExceptions = is_loud


buffer = HitBuffer()
