"""Sign-up with confirmation: nothing counts, and nobody is registered, before the owner of the address says yes."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from directory.models import Person
from directory.services import correct_address
from newsletters.consents import give_consent
from newsletters.link_mails import may_mail, wake_mailer
from newsletters.models import Series, SignupRequest, SuppressedAddress, address_hash
from newsletters.posting import FRESH
from newsletters.subscriptions import start
from newsletters.suppression import lift_confirmed, stop_of
from newsletters.wishes import end_pause

SIGNUP_DAYS = 7


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
    for series in request.series.all():
        start(person, series, wording=request.wording, requested_at=request.requested_at)
    if request.measuring_wording:
        give_consent(person, request.measuring_wording)
    end_pause(person)
    lift_confirmed(request.email)
    _write_to_confirmed(person, request.email)
    now = timezone.now()
    # Whoever confirms has the first mail, whatever its worker has heard by now: the row waits for the second.
    first = {"mailed_at": request.mailed_at or now, "gave_up_at": None, "confirmed_at": now}
    SignupRequest.objects.filter(pk=request.pk).update(**FRESH, **first)
    request.refresh_from_db()
    transaction.on_commit(wake_mailer)
    return request


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


def _write_to_confirmed(person: Person, confirmed: str) -> None:
    """A main address that gets no letters gives way to the further one that was confirmed.

    Nothing proves that the main one works. A block by hand, of either, stands.
    """
    stop = stop_of(person.email)
    if stop and stop.reason != SuppressedAddress.Reason.MANUAL and not stop_of(confirmed):
        correct_address(person, confirmed)
