"""Who gets which letters: sign-up with confirmation, preferences, leaving, coming back, being forgotten."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

from celery import Task
from django.core.mail import get_connection
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core.forms.anonymous import give_back, within_limit
from directory.models import Person
from newsletters.forgetting import SKIPPED_REPLY, forget_hits
from newsletters.models import (
    MeasuringConsent,
    Recipient,
    Series,
    SignupRequest,
    Subscription,
    SuppressedAddress,
    address_hash,
)
from newsletters.wishes import end_pause

logger = logging.getLogger(__name__)

# Confirmation mails to one address within an hour: nobody's inbox can be filled from our form.
MAILS_PER_ADDRESS = 3
SIGNUP_DAYS = 7
# A number no person has: the job for an unknown address finds nobody to mail.
NOBODY = 0


def wake_mailer() -> None:
    """Ask a worker to send the mails that wait. Without a broker the scheduler finds them within a minute."""
    from newsletters.tasks_statistics import mail_signups

    enqueue(mail_signups)


def enqueue(task: Task, *args: int) -> bool:
    """Queue a task; False, and a line in the log, when the broker does not answer."""
    try:
        task.apply_async(args, retry=False)
    except Exception:
        logger.exception("%s could not be queued", task.name)
        return False
    return True


def mail_person(purpose: str, person: Person | None) -> None:
    """Have a worker mail the person a link: `purpose` is "erasure" or "preferences". Few an hour, in silence.

    For nobody the same is done but the mail, so that neither time nor answer tells whether an address is known. Raises
    OSError when neither the queue nor the mail server answers.
    """
    from newsletters import tasks_statistics as tasks

    task = {"erasure": tasks.mail_erasure, "preferences": tasks.mail_preferences}[purpose]
    if person and not may_mail(purpose, person.email):
        person = None
    if enqueue(task, person.pk if person else NOBODY):
        return
    try:
        if person:
            task(person.pk)  # no broker: rather a slow page than a promise that is not kept
        else:
            _knock_at_mail_server()
    except SMTPRecipientsRefused:
        logger.warning("A mail with a link was refused: no such address.")
    except OSError:
        if person:
            give_back(_mail_key(purpose, person.email))
        raise


def may_mail(purpose: str, email: str) -> bool:
    """Whether the address has had few enough mails of this purpose within the hour; counts this one."""
    return within_limit(_mail_key(purpose, email), MAILS_PER_ADDRESS)


def _mail_key(purpose: str, email: str) -> str:
    return f"mail-{purpose}:{address_hash(email)[:32]}"


def _knock_at_mail_server() -> None:
    connection = get_connection()
    connection.open()
    connection.close()


@transaction.atomic
def request_subscription(
    email: str,
    series: Iterable[Series],
    *,
    first_name: str = "",
    last_name: str = "",
    language: str = "nb",
    wording: str = "",
    measuring_wording: str = "",
) -> SignupRequest | None:
    """Note a sign-up; a worker mails the link that confirms it. Nothing else is stored about the address.

    Returns None, with no mail, when the address has had too many mails or is blocked by hand. The caller answers the
    visitor the same in every case, so that nobody learns whether an address is known.
    """
    email = email.strip()
    blocked = SuppressedAddress.objects.filter(
        hash=address_hash(email), reason=SuppressedAddress.Reason.MANUAL
    )
    if blocked.exists() or not may_mail("signup", email):
        return None
    request = SignupRequest.objects.create(
        email=email,
        first_name=first_name,
        last_name=last_name,
        language=language,
        wording=wording,
        measuring_wording=measuring_wording,
    )
    request.series.set(series)
    transaction.on_commit(wake_mailer)
    return request


@transaction.atomic
def confirm(request_id: int) -> SignupRequest | None:
    """Make the sign-up count: register the person, start the subscriptions, note the consent to measuring.

    A second press changes nothing, not even for someone who has left meanwhile. None when the sign-up is erased.
    """
    request = SignupRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None or request.confirmed_at:
        return request
    person = _register(request)
    now = timezone.now()
    for series in request.series.all():
        Subscription.objects.update_or_create(
            person=person,
            series=series,
            defaults={
                "status": Subscription.Status.ACTIVE,
                "basis": Subscription.Basis.DOUBLE_OPT_IN,
                "wording": request.wording,
                "requested_at": request.requested_at,
                "confirmed_at": now,
                "ended_at": None,
                "end_reason": "",
            },
        )
    if request.measuring_wording:
        give_consent(person, request.measuring_wording)
    end_pause(person)
    _lift_suppression({request.email, person.email})
    request.confirmed_at = now
    request.save(update_fields=["confirmed_at"])
    transaction.on_commit(wake_mailer)
    return request


@transaction.atomic
def unsubscribe(
    person: Person, series: Series, *, recipient: Recipient | None = None, reason: str = ""
) -> None:
    """End the person's letters of the series, at once and also where they come through a network.

    Letters of the series that have not left yet are skipped. Pressed twice, the first time stands; a reason given
    later is added.
    """
    now = timezone.now()
    subscription, _made = Subscription.objects.select_for_update().get_or_create(
        person=person, series=series, defaults={"basis": Subscription.Basis.ROLE}
    )
    if subscription.status != Subscription.Status.UNSUBSCRIBED:
        subscription.status = Subscription.Status.UNSUBSCRIBED
        subscription.ended_at = now
        subscription.end_reason = reason[:200]
    elif reason:
        subscription.end_reason = reason[:200]
    subscription.save()
    if recipient:
        Recipient.objects.filter(pk=recipient.pk, unsubscribed_at=None).update(unsubscribed_at=now)
    _skip_waiting(Recipient.objects.filter(person=person, delivery__series=series))


def _skip_waiting(recipients: QuerySet[Recipient]) -> None:
    """Skip the letters that have not left yet."""
    recipients.filter(status=Recipient.Status.PENDING).update(
        status=Recipient.Status.SKIPPED, smtp_reply=SKIPPED_REPLY
    )


@transaction.atomic
def unsubscribe_from_all(person: Person, *, recipient: Recipient | None = None, reason: str = "") -> None:
    """End every letter to the person, of series they never had too: no import and no network begins one later.

    What was left before keeps its time and reason. The number of queries is the same however many series there are.
    """
    now = timezone.now()
    left = {"status": Subscription.Status.UNSUBSCRIBED, "ended_at": now, "end_reason": reason[:200]}
    Subscription.objects.bulk_create(
        [
            Subscription(person=person, series=series, basis=Subscription.Basis.ROLE, **left)
            for series in Series.objects.all()
        ],
        ignore_conflicts=True,
    )
    person.subscriptions.exclude(status=Subscription.Status.UNSUBSCRIBED).update(**left)
    if recipient:
        Recipient.objects.filter(pk=recipient.pk, unsubscribed_at=None).update(unsubscribed_at=now)
    _skip_waiting(Recipient.objects.filter(person=person))


@transaction.atomic
def resubscribe(person: Person, series: Series, *, wording: str = "") -> None:
    """Start a series from the person's own preference page, where the address is known to be theirs."""
    Subscription.objects.update_or_create(
        person=person,
        series=series,
        defaults={
            "status": Subscription.Status.ACTIVE,
            "basis": Subscription.Basis.DOUBLE_OPT_IN,
            "wording": wording,
            "confirmed_at": timezone.now(),
            "ended_at": None,
            "end_reason": "",
        },
    )


@transaction.atomic
def save_preferences(
    person: Person, wanted: list[Series], *, language: str, wording: str, measuring_wording: str
) -> None:
    """Make the person's letters, language and measuring what the preference page says.

    `measuring_wording` is the text beside the ticked box, empty when it is not ticked.
    """
    current = letters_of(person)
    for series in current:
        if series not in wanted:
            unsubscribe(person, series)
    for series in wanted:
        if series not in current:
            resubscribe(person, series, wording=wording)
    if measuring_wording:
        give_consent(person, measuring_wording)
    else:
        withdraw_consent(person)
    if person.language != language:
        person.language = language
        person.save(update_fields=["language", "updated_at"])


def letters_of(person: Person) -> list[Series]:
    """The series that reach the person now: active subscriptions, and those of current networks not left."""
    left = Q(subscriptions__person=person, subscriptions__status=Subscription.Status.UNSUBSCRIBED)
    active = Q(subscriptions__person=person, subscriptions__status=Subscription.Status.ACTIVE)
    got = Q(deliveries__recipients__person=person)
    return list(
        Series.objects.filter(active | got)
        .exclude(pk__in=Series.objects.filter(left).values("pk"))
        .distinct()
    )


def give_consent(person: Person, wording: str) -> None:
    """Note the yes to measuring with the words that were shown. A yes that stands keeps its date."""
    consent, made = MeasuringConsent.objects.get_or_create(person=person, defaults={"wording": wording})
    if not made and consent.withdrawn_at:
        consent.wording, consent.given_at, consent.withdrawn_at = wording, timezone.now(), None
        consent.save()


@transaction.atomic
def withdraw_consent(person: Person) -> None:
    """End the measuring of the person. What was noted about them so far is cut loose; the counters stay."""
    changed = MeasuringConsent.objects.filter(person=person, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    if changed:
        forget_hits(Recipient.objects.filter(person=person))


def has_consented(person: Person) -> bool:
    """Whether a yes to measuring stands."""
    return MeasuringConsent.objects.filter(person=person, withdrawn_at=None).exists()


def erase_old_requests() -> int:
    """Delete sign-ups older than a week, confirmed or not; return how many."""
    limit = timezone.now() - timedelta(days=SIGNUP_DAYS)
    return SignupRequest.objects.filter(requested_at__lt=limit).delete()[0]


def _register(request: SignupRequest) -> Person:
    """Find the person with the confirmed address or make one; a name already known is never overwritten."""
    person = Person.objects.by_email(request.email).first()
    if person is None:
        try:
            with transaction.atomic():
                return Person.objects.create(
                    email=request.email,
                    first_name=request.first_name,
                    last_name=request.last_name,
                    language=request.language,
                )
        except IntegrityError:  # somebody registered the same address this very moment
            person = Person.objects.get(email__iexact=request.email)
    if not person.name:
        person.first_name, person.last_name = request.first_name, request.last_name
        person.save(update_fields=["first_name", "last_name", "updated_at"])
    return person


def _lift_suppression(addresses: set[str]) -> None:
    """A person who confirms an address reads it and wants letters; only a block by hand stays."""
    hashes = [address_hash(address) for address in addresses]
    SuppressedAddress.objects.filter(hash__in=hashes).exclude(reason=SuppressedAddress.Reason.MANUAL).delete()
