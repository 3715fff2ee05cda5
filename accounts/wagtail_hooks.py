"""What accounts adds to the admin: viewsets, addresses, actions of the audit log."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from accounts import invitation_viewset, panels, viewsets  # noqa: F401 - panels registers itself on the first page

ACTIONS = {
    "accounts.log_in": (_("Log in"), _("Logged in")),
    "accounts.invite": (_("Invite"), _("Invited")),
    "accounts.invite_again": (_("Invite again"), _("Invited again")),
    "accounts.revoke_invitation": (_("Withdraw invitation"), _("Invitation withdrawn")),
    "accounts.accept_invitation": (_("Accept invitation"), _("Invitation accepted")),
    "accounts.change_roles": (_("Change roles"), _("Roles changed")),
    "accounts.activate": (_("Open log-in"), _("Log-in opened")),
    "accounts.deactivate": (_("Close log-in"), _("Log-in closed")),
    "accounts.second_factor_added": (_("Add second factor"), _("Second factor added")),
    "accounts.second_factor_removed": (_("Remove second factor"), _("Second factor removed")),
    "accounts.second_factor_renewed": (_("Renew recovery codes"), _("Recovery codes renewed")),
    "accounts.reset_second_factor": (_("Reset second factor"), _("Second factor reset by an administrator")),
}


@hooks.register("register_log_actions")
def name_actions(actions) -> None:
    """Give the account actions their words in the audit log."""
    for action, (label, message) in ACTIONS.items():
        actions.register_action(action, label, message)


@hooks.register("register_admin_viewset")
def invitations():
    """Invitations stand beside users in the settings menu."""
    return invitation_viewset.InvitationViewSet()


@hooks.register("register_admin_urls")
def account_addresses():
    """Actions on users."""
    return [
        path(
            "users/<int:pk>/reset-second-factor/",
            viewsets.reset_second_factor,
            name="accounts_reset_second_factor",
        )
    ]
