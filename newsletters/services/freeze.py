"""Freezing a delivery: from here on nothing an editor changes reaches the receivers."""

import hashlib

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.models import ServiceSettings
from newsletters.audience import Audience
from newsletters.links import freeze_links
from newsletters.models import Delivery, LetterPage
from newsletters.rendering import render_letter

# One row per person of the audience, with where the person stands today: the position of highest leader level, else
# the latest one. The Message-ID depends only on delivery and person, so that a second copy can be recognised.
INSERT = """
INSERT INTO newsletters_recipient
    (delivery_id, person_id, key, email, first_name, region_id, organisation_id, organisation_kind, profession,
     status, message_id, attempts, is_uncertain, is_measured, next_attempt_at, smtp_reply)
SELECT %s, person.id, gen_random_uuid(), person.email, person.first_name, place.region_id, place.organisation_id,
       COALESCE(place.kind, ''), person.profession, 'pending',
       '<' || left(encode(sha256(convert_to(%s || ':' || person.id, 'UTF8')), 'hex'), 32) || '.' || %s || '>',
       0, false, false, %s, ''
FROM directory_person AS person
LEFT JOIN LATERAL (
    SELECT organisation.id AS organisation_id, organisation.region_id, organisation.kind
    FROM directory_position AS position
    JOIN directory_organisation AS organisation ON organisation.id = position.organisation_id
    WHERE position.person_id = person.id
      AND (position.from_date IS NULL OR position.from_date <= %s)
      AND (position.to_date IS NULL OR position.to_date >= %s)
    ORDER BY position.leader_level DESC, position.from_date DESC NULLS LAST, position.id
    LIMIT 1
) AS place ON true
WHERE person.id IN ({people})
"""


def latest_letter(letter: LetterPage) -> LetterPage:
    """Return the letter as it was last saved, published or not."""
    return letter.get_latest_revision_as_object() if letter.latest_revision_id else letter


def ordered_letter(delivery: Delivery) -> LetterPage:
    """Return the letter as it was ordered; as it was last saved where the delivery remembers no revision."""
    return delivery.revision.as_object() if delivery.revision else latest_letter(delivery.letter)


@transaction.atomic
def freeze(delivery: Delivery) -> int:
    """Store text, HTML, links and receivers of a delivery; return the number of receivers.

    The caller holds the delivery's row. All or nothing: a failure leaves it unfrozen.
    """
    letter = ordered_letter(delivery)
    _freeze_sender(delivery, letter)
    # The mark of the letter that is sent counts, whatever the audience was made with.
    delivery.audience = {**delivery.audience, "is_important": letter.is_important}
    rendered = render_letter(letter, delivery=delivery)
    delivery.html, delivery.text = freeze_links(delivery, rendered.html, rendered.text)
    delivery.frozen_at = timezone.now()
    delivery.save()
    return freeze_recipients(delivery)


def _freeze_sender(delivery: Delivery, letter: LetterPage) -> None:
    series = delivery.series
    delivery.subject = letter.subject_line
    delivery.sender_name, delivery.sender_email = series.sender_name, series.sender_email
    delivery.reply_to = series.reply_to
    delivery.greeting, delivery.greeting_fallback = series.greeting, series.greeting_fallback
    delivery.measuring_mode = measuring_mode()


def measuring_mode() -> str:
    """Return how the site measures letters now."""
    stored = ServiceSettings.objects.filter(site__is_default_site=True).values_list(
        "measuring_mode", flat=True
    )
    return stored.first() or ServiceSettings.MeasuringMode.CONSENT


def freeze_recipients(delivery: Delivery) -> int:
    """Write one row per person of the delivery's audience, in one statement; return how many."""
    people = Audience.from_dict(delivery.audience).people().order_by().values("pk")
    people_sql, people_params = people.query.sql_with_params()
    today = timezone.localdate()
    domain = delivery.sender_email.rpartition("@")[2]
    params = [
        delivery.pk,
        _message_id_salt(delivery),
        f"{delivery.key.hex[:12]}@{domain}",
        timezone.now(),
        today,
        today,
        *people_params,
    ]
    with connection.cursor() as cursor:
        # Compiling the statement costs more than it saves. The setting ends with the transaction.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(INSERT.format(people=people_sql), params)
        return cursor.rowcount


def _message_id_salt(delivery: Delivery) -> str:
    """Return what makes a Message-ID tell nothing about the person to those who do not hold the key."""
    return hashlib.sha256(f"newsletters.message-id:{settings.SECRET_KEY}:{delivery.key}".encode()).hexdigest()
