"""Log-in rules for those who can change the site."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.second_factor import has_one, must_have_one

GUARDED = "/admin/"
# Leaving must always be possible.
OPEN = ("/admin/logout/", "/admin/login/", "/admin/jsi18n/", "/admin/sprite/")


class EditorMfaMiddleware:
    """Send those who may publish or send to set up a second factor before they reach the admin.

    The setting MFA_REQUIRED turns it off, for the demo alone.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, or redirect to where the second factor is set up."""
        path = request.path
        if path.startswith(GUARDED) and not path.startswith(OPEN) and request.user.is_authenticated:
            return self._elsewhere(request) or self.get_response(request)
        return self.get_response(request)

    def _elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        """Return where someone goes who may not enter the admin, or not yet."""
        if not request.user.has_perm("wagtailadmin.access_admin"):
            # Wagtail would send them to log in again, and the log-in back here, in a circle.
            messages.error(request, _("Your log-in does not give access to the editing pages."))
            return redirect("accounts_my_page")
        if settings.MFA_REQUIRED and must_have_one(request.user) and not has_one(request.user):
            messages.warning(
                request,
                _("You can publish or send, so your log-in needs a second factor. Set it up here first."),
            )
            return redirect("mfa_activate_totp")
        return None
