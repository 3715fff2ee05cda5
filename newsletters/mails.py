"""Mails of the portal itself about letters: confirm a sign-up, welcome, erase, the closing report."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from wagtail.models import Site

from core.models import ServiceSettings
from directory.models import Person
from newsletters.colours import chosen_colour, dark_colours, light_colours
from newsletters.handing_over import hand_over
from newsletters.models import Series, SignupRequest
from newsletters.posting import send_waiting
from newsletters.tokens import ERASE_AGE, erase_token, make_token, preferences_token, unsubscribe_token

# A sign-up that could not be mailed for so long must be made again (hours).
GIVE_UP_HOURS = 24
# Nobody's absence notice shall answer a machine's mail (RFC 3834; the second is Exchange's own).
SYSTEM_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
Attachment = tuple[str, bytes, str]  # file name, content, MIME type


def service_settings() -> ServiceSettings:
    """Return the service's settings, outside a request."""
    site = Site.objects.filter(is_default_site=True).first()
    return ServiceSettings.for_site(site) if site else ServiceSettings()


def address(name: str, *args: Any) -> str:
    """Return a full address of one of this app's views."""
    return settings.SITE_URL + reverse(f"newsletters:{name}", args=args)


def send_system_mail(
    template: str,
    subject: str,
    to: list[str],
    context: dict[str, Any],
    *,
    sender: Series | None = None,
    headers: dict[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Send one mail, text and HTML, made from templates/newsletters/mail/<template>.txt and .html.

    `ready` is called when it is made. Raises what newsletters.handing_over does.
    """
    service = service_settings()
    accent = chosen_colour(service)
    colours = {"light": light_colours(accent), "dark": dark_colours(accent)}
    context = {**context, **colours, "service": service, "subject": subject, "site_url": settings.SITE_URL}
    name, from_address, reply = service.service_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1], None
    if sender:
        name, from_address = sender.sender_name, sender.sender_email
        reply = [sender.reply_to or sender.sender_email]
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"newsletters/mail/{template}.txt", context),
        from_email=formataddr((name, from_address)),
        to=to,
        reply_to=reply,
        headers={**SYSTEM_HEADERS, **(headers or {})},
    )
    mail.attach_alternative(render_to_string(f"newsletters/mail/{template}.html", context), "text/html")
    for attachment in attachments:
        mail.attach(*attachment)
    ready()
    hand_over(mail)


def send_waiting_signup_mails() -> int:
    """Send the confirmation and welcome mails that wait; return how many. Several workers never send one twice.

    Raises OSError when there is no mail server; whatever waits is mailed the next time.
    """
    lately = SignupRequest.objects.filter(requested_at__gt=timezone.now() - timedelta(hours=GIVE_UP_HOURS))
    sent = send_waiting(lately.filter(mailed_at=None), _confirmation, "mailed_at")
    welcome = lately.filter(welcomed_at=None, confirmed_at__isnull=False)
    return sent + send_waiting(welcome, _welcome, "welcomed_at")


def send_erasure_mail(person: Person) -> None:
    """Mail the person the link that erases them: only who reads the mailbox can do it."""
    with translation.override(person.language):
        link = address("erase", erase_token(person.pk, person.email))
        context = {"person": person, "link": link, "hours": ERASE_AGE // 3600}
        send_system_mail(
            "erase", translation.gettext("Erase what we know about you"), [person.email], context
        )


def send_preferences_mail(person: Person) -> None:
    """Mail the person a fresh link to the preference page."""
    with translation.override(person.language):
        context = {"person": person, "link": address("preferences", preferences_token(person.pk))}
        send_system_mail("preferences", translation.gettext("Your letters from us"), [person.email], context)


def _confirmation(request: SignupRequest, ready: Callable[[], None]) -> None:
    with translation.override(request.language):
        link = address("confirm", make_token("confirm", request.pk))
        series = list(request.series.all())
        context = {"request": request, "series": series, "link": link}
        subject = translation.gettext("Confirm that you want our letters")
        sender = _only(series)
        headers = _message_id("confirm", request, sender)
        send_system_mail(
            "confirm", subject, [request.email], context, sender=sender, headers=headers, ready=ready
        )


def _welcome(request: SignupRequest, ready: Callable[[], None]) -> None:
    person = Person.objects.by_email(request.email).first()
    series = list(request.series.all())
    if person is None or not series:
        return
    leaving = [(one, address("unsubscribe", unsubscribe_token(person.pk, one.pk))) for one in series]
    preferences = address("preferences", preferences_token(person.pk))
    context = {"person": person, "leaving": leaving, "preferences": preferences}
    sender = _only(series)
    headers = _message_id("welcome", request, sender)
    if sender:
        headers |= {
            "List-Unsubscribe": f"<{leaving[0][1]}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    with translation.override(request.language):
        subject = translation.gettext("Welcome as a reader of our letters")
        send_system_mail(
            "welcome", subject, [request.email], context, sender=sender, headers=headers, ready=ready
        )


def _message_id(purpose: str, request: SignupRequest, sender: Series | None) -> dict[str, str]:
    """Return the same Message-ID for each try: should a mail be sent twice, mail programs can drop the copy."""
    number = salted_hmac("newsletters.mails", f"{purpose}:{request.pk}").hexdigest()[:32]
    domain = (sender.sender_email if sender else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]).rpartition("@")[2]
    return {"Message-ID": f"<{purpose}.{number}@{domain}>"}


def _only(series: list[Series]) -> Series | None:
    return series[0] if len(series) == 1 else None
