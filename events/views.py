"""Public pages around an event: registering, cancelling, the calendar entry."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Site

from core.forms.anonymous import anonymous_post
from core.navigation import Crumb, breadcrumbs
from events import services
from events.calendars import calendar_of
from events.forms import CancelForm, RegistrationForm
from events.models import EventIndexPage, EventPage, Registration


def _event(request: HttpRequest, slug: str) -> EventPage:
    # Only below one index is a slug used once.
    index = EventIndexPage.objects.live().descendant_of(Site.find_for_request(request).root_page).first()
    events = EventPage.objects.live().public().child_of(index) if index else EventPage.objects.none()
    event = get_object_or_404(events, slug=slug.replace("\x00", ""))
    translation.activate(event.interface_language)
    return event


def _crumbs(request: HttpRequest, event: EventPage) -> list[Crumb]:
    return [*breadcrumbs(Site.find_for_request(request), event), Crumb(event.title, event.get_url(request))]


@anonymous_post("registration", limit=30)
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form and take the registration; the same form sent twice is one registration."""
    event = _event(request, slug)
    form = RegistrationForm(request.POST or None, request=request)
    context = {
        "event": event,
        "form": form,
        "crumbs": _crumbs(request, event),
        "crumb_title": _("Registration"),
        "is_full": services.free_places(event) == 0,
    }
    if request.method == "POST" and form.is_valid():
        form_id = form.cleaned_data["form_id"]
        try:
            registration = services.register(event.pk, form.participant, form_id)
        except ValidationError:
            # Closed between opening the form and sending it: the page says so.
            return render(request, "events/register.html", context, status=409)
        context |= {
            "is_waiting": services.public_status(registration, form_id) == Registration.Status.WAITING,
            "email": form.cleaned_data["email"],
        }
        return render(request, "events/registered.html", context)
    return render(request, "events/register.html", context, status=form.status)


@anonymous_post("cancel-registration", limit=30)
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will be cancelled; only the button cancels, since mail programs open links on their own."""
    registration = services.registration_of_token(token)
    if registration is None:
        return render(request, "events/cancel_unknown.html", {"crumbs": []}, status=404)
    event = registration.event
    translation.activate(event.interface_language)
    form = CancelForm(request.POST or None, request=request)
    context = {
        "event": event,
        "form": form,
        "registration": registration,
        "crumbs": _crumbs(request, event),
        "crumb_title": _("Cancel the registration"),
    }
    if request.method == "POST" and form.is_valid() and not event.is_past:
        context["registration"] = services.cancel(registration.pk)
    context["is_cancelled"] = context["registration"].status == Registration.Status.CANCELLED
    return render(request, "events/cancel.html", context, status=form.status)


def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the event as a file for the reader's calendar."""
    event = _event(request, slug)
    headers = {"Content-Disposition": f'attachment; filename="{event.slug}.ics"'}
    return HttpResponse(calendar_of(event), content_type="text/calendar; charset=utf-8", headers=headers)
