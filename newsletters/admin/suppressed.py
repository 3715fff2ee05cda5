"""Suppressed addresses: the register of hashes, and the page that looks one address up, blocks it or lets it go."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import LogFormatter

from directory.models import Person
from newsletters import suppression
from newsletters.admin.registers import ReadOnlyPolicy
from newsletters.admin.suppressed_forms import BlockForm, LiftForm, LookUpForm
from newsletters.models import SuppressedAddress
from newsletters.subscriptions import has_left_all

Reason = SuppressedAddress.Reason


@never_cache
@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest) -> HttpResponse:
    """Ask for an address and tell whether letters to it are stopped. It comes by POST, so that no log keeps it."""
    _require(request, "view")
    form = LookUpForm(request.POST or None)
    return _told(request, form.cleaned_data["email"]) if form.is_valid() else _page(request, form)


@never_cache
@sensitive_post_parameters("email")
@require_POST
def lift(request: HttpRequest) -> HttpResponse:
    """Let the address have letters again."""
    _require(request, "delete")
    address = LookUpForm(request.POST)
    if not address.is_valid():
        return _page(request, address)
    email = address.cleaned_data["email"]
    form = LiftForm(request.POST, stop=suppression.stop_of(email), email=email)
    if form.is_valid():
        told = form.cleaned_data
        try:
            suppression.lift(
                email, reason=told["reason"], user=request.user, has_asked=told.get("has_asked", False)
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(address)s can get letters again.") % {"address": email})
            return redirect("suppressed:look_up")
    return _told(request, email, lift_form=form)


@never_cache
@sensitive_post_parameters("email")
@require_POST
def block(request: HttpRequest) -> HttpResponse:
    """Stop letters to the address."""
    _require(request, "add")
    address = LookUpForm(request.POST)
    if not address.is_valid():
        return _page(request, address)
    email = address.cleaned_data["email"]
    form = BlockForm(request.POST, email=email)
    if form.is_valid():
        try:
            suppression.block(email, reason=form.cleaned_data["reason"], user=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("%(address)s gets no more letters.") % {"address": email})
            return redirect("suppressed:look_up")
    return _told(request, email, block_form=form)


def _require(request: HttpRequest, action: str) -> None:
    """Looking needs the right to see the register, lifting the one to delete its rows, blocking to add them."""
    for needed in ("view", action):
        if not request.user.has_perm(f"newsletters.{needed}_suppressedaddress"):
            raise PermissionDenied


def _told(
    request: HttpRequest,
    email: str,
    *,
    lift_form: LiftForm | None = None,
    block_form: BlockForm | None = None,
) -> HttpResponse:
    """Say how an address stands, with what may be done."""
    stop = suppression.stop_of(email)
    person = Person.objects.by_email(email).first()
    user = request.user
    may_lift = bool(stop) and stop.reason != Reason.ERASED
    # A form that was refused is shown again, with why.
    may_block = block_form is not None or stop is None or stop.reason == Reason.HARD_BOUNCE
    context = {
        "email": email,
        "stop": stop,
        "person": person,
        "has_left_all": person is not None and has_left_all(person),
        "lift_form": (lift_form or LiftForm(stop=stop, email=email))
        if may_lift and user.has_perm("newsletters.delete_suppressedaddress")
        else None,
        "block_form": (block_form or BlockForm(email=email))
        if may_block and user.has_perm("newsletters.add_suppressedaddress")
        else None,
    }
    return _page(request, LookUpForm(initial={"email": email}), **context)


def _page(request: HttpRequest, form: LookUpForm, **context: Any) -> HttpResponse:
    title = _("Look up an address")
    frame = {"page_title": title, "header_title": title, "header_icon": "no-view", "form": form}
    return render(request, "newsletters/admin/suppressed.html", {**frame, **context})


class SuppressedIndexView(generic.IndexView):
    """The register, and the way to the page that looks an address up."""

    page_title = gettext_lazy("Suppressed addresses")

    @cached_property
    def header_buttons(self) -> list:
        """Nobody finds an address in a list of hashes."""
        return [HeaderButton(_("Look up an address"), url=reverse("suppressed:look_up"), icon_name="search")]


class SuppressedViewSet(ModelViewSet):
    """Addresses that are never mailed; only their hash is kept, so the list shows when and why."""

    model = SuppressedAddress
    name = "suppressed"
    url_prefix = "brev/sperret"
    icon = "no-view"
    menu_label = gettext_lazy("Suppressed addresses")
    menu_order = 90
    copy_view_enabled = False
    add_to_reference_index = False
    form_fields = ["reason"]
    index_view_class = SuppressedIndexView
    list_display = [
        Column("hash", label=gettext_lazy("Mark of the address"), accessor=lambda row: f"{row.hash[:8]}…"),
        Column("reason", label=gettext_lazy("Reason"), accessor="get_reason_display", sort_key="reason"),
        Column("since", label=gettext_lazy("Since"), sort_key="since"),
    ]
    list_filter = ["reason"]

    @property
    def permission_policy(self):
        """Rows are written by bounces and erasure, and on the page that looks an address up; none in a form."""
        return ReadOnlyPolicy(self.model)

    def get_urlpatterns(self) -> list:
        """The list, and the page for one address."""
        return [
            *super().get_urlpatterns(),
            path("finn/", look_up, name="look_up"),
            path("finn/opphev/", lift, name="lift"),
            path("finn/sperr/", block, name="block"),
        ]


class _ReasonFormatter(LogFormatter):
    """Says the reason beside what was done."""

    def format_comment(self, log_entry) -> str:
        return log_entry.data.get("reason", "")


class LiftedFormatter(_ReasonFormatter):
    """An address may have letters again."""

    label = message = gettext_lazy("Lift the stop of an address")


class BlockedFormatter(_ReasonFormatter):
    """An address was blocked by hand."""

    label = message = gettext_lazy("Block an address")


@hooks.register("register_log_actions")
def name_actions(actions) -> None:
    """Wagtail's log tells these by name."""
    actions.register_action(suppression.LIFTED)(LiftedFormatter)
    actions.register_action(suppression.BLOCKED)(BlockedFormatter)
