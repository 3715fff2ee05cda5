"""Log-in routes that shadow the admin's, the invitation, and a member's own page."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts import invitations
from accounts.forms import AcceptInvitationForm
from accounts.signals import own_data_is_collected


def to_login(request: HttpRequest) -> HttpResponse:
    """The admin's own log-in form would let a password alone in; there is one log-in for everybody."""
    target = request.GET.get("next", "/admin/")
    if not get_adapter().is_safe_url(target):
        target = "/admin/"
    return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


def admin_logout(request: HttpRequest) -> HttpResponse:
    """Log out on POST, as the admin's button does; a mere visit asks first."""
    if request.method != "POST":
        return redirect("account_logout")
    get_adapter().logout(request)
    return redirect("account_login")


def gone(request: HttpRequest, **kwargs) -> HttpResponse:
    """An address of Wagtail's that the portal does not offer."""
    raise Http404


@never_cache
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set name and password. Reading the link changes nothing; a used, old or forged one says what to do."""
    invitation = invitations.from_token(token)
    if invitation is None:
        return render(request, "accounts/invitation_invalid.html", status=410)
    form = AcceptInvitationForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invitations.accept(
                invitation,
                first_name=data["first_name"],
                last_name=data["last_name"],
                password=data["password1"],
            )
        except ValidationError:
            return render(request, "accounts/invitation_invalid.html", status=410)
        messages.success(
            request, _("Your log-in is ready. Log in with your address and the password you chose.")
        )
        return redirect(f"{reverse('account_login')}?{urlencode({'next': '/admin/'})}")
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/invitation.html", context)


@never_cache
@login_required
def my_page(request: HttpRequest) -> HttpResponse:
    """What a member sees of themselves, with the ways to change it."""
    context = {
        "data": _own_data(request.user),
        "is_editor": request.user.has_perm("wagtailadmin.access_admin"),
    }
    return render(request, "accounts/my_page.html", context)


@never_cache
@login_required
@require_GET
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything stored about the one who asks, as a file."""
    response = JsonResponse(_own_data(request.user), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = 'attachment; filename="mine-opplysninger.json"'
    return response


def _own_data(user) -> dict:
    data = {
        "account": {
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "joined": user.date_joined.isoformat(),
        }
    }
    own_data_is_collected.send(sender=type(user), user=user, data=data)
    return data
