"""The admin's list of invitations: invite, send again, withdraw."""

import logging

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from accounts import invitations
from accounts.forms import InvitationForm
from accounts.models import Invitation

logger = logging.getLogger(__name__)


class InvitationActions(Column):
    """Buttons of an invitation that has not been accepted."""

    cell_template_name = "accounts/admin/invitation_actions.html"


class InvitationCreateView(generic.CreateView):
    """Invite by mail."""

    success_message = _("The invitation to %(object)s has been mailed.")

    def save_instance(self):
        """Make and log the invitation. It is mailed once it is stored: the mail server may be away."""
        data = self.form.cleaned_data
        return invitations.make(data["email"], data["role"], self.request.user)

    def save_action(self):
        """Mail the invitation; when that fails it stays in the list, to be sent again."""
        try:
            invitations.send(self.object)
        except OSError:
            logger.exception("The invitation %s could not be mailed", self.object.pk)
            messages.error(
                self.request,
                _t(
                    "The mail server does not answer. The invitation to %(email)s is kept, but not mailed. "
                    "Choose “Send again” in a little while."
                )
                % {"email": self.object},
            )
            return redirect(self.get_success_url())
        return super().save_action()

    def get_success_url(self):
        """Back to the list."""
        return reverse("accounts_invitations:index")


class InvitationViewSet(ModelViewSet):
    """Invitations of editors."""

    model = Invitation
    name = "accounts_invitations"
    url_prefix = "invitations"
    icon = "mail"
    menu_label = _("Invitations")
    menu_order = 110
    add_to_settings_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    add_view_class = InvitationCreateView
    search_fields = ["email"]
    search_backend_name = None
    list_display = [
        Column("email", label=_("E-mail"), accessor="email"),
        Column("role", label=_("Role"), accessor="role_label"),
        Column("state", label=_("State"), accessor="state"),
        DateColumn("created_at", label=_("Invited"), accessor="created_at"),
        DateColumn("expires_at", label=_("Valid until"), accessor="expires_at"),
        InvitationActions("actions", label="", accessor="pk"),
    ]

    def get_form_class(self, for_update=False):
        """Address and role."""
        return InvitationForm

    def get_urlpatterns(self):
        """An invitation is sent again or withdrawn, never edited."""
        kept = [p for p in super().get_urlpatterns() if p.name in ("index", "index_results", "add")]
        return [
            *kept,
            # The audit log and the messages link to an entry; it stands in the list.
            path("edit/<int:pk>/", to_list, name="edit"),
            path("<int:pk>/again/", send_again, name="again"),
            path("<int:pk>/withdraw/", withdraw, name="withdraw"),
        ]


@permission_required("accounts.add_invitation")
def to_list(request, pk: int):
    """Show the list of invitations."""
    return redirect("accounts_invitations:index")


@require_POST
@permission_required("accounts.add_invitation")
def send_again(request, pk: int):
    """Mail a new link; the earlier one stops working."""
    invitation = get_object_or_404(Invitation, pk=pk)
    try:
        invitations.resend(invitation, request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except OSError:
        logger.exception("The invitation %s could not be mailed again", pk)
        messages.error(
            request,
            _t(
                "The mail server does not answer, so the invitation to %(email)s was not mailed again. "
                "An earlier mail to them still works until its date. Try again in a little while."
            )
            % {"email": invitation},
        )
    else:
        messages.success(
            request, _t("The invitation to %(email)s has been mailed again.") % {"email": invitation}
        )
    return redirect("accounts_invitations:index")


@require_POST
@permission_required("accounts.add_invitation")
def withdraw(request, pk: int):
    """Make the link worthless."""
    invitation = get_object_or_404(Invitation, pk=pk)
    invitations.revoke(invitation, request.user)
    messages.success(request, _t("The invitation to %(email)s has been withdrawn.") % {"email": invitation})
    return redirect("accounts_invitations:index")
