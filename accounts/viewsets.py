"""The admin's lists of users and leaders."""

import logging

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log
from wagtail.users.views import users

from accounts import second_factor
from accounts.forms import PageLeaderForm, UserForm
from accounts.models import PageLeader, User
from accounts.roles import roles_of

logger = logging.getLogger(__name__)


class UserIndexView(users.IndexView):
    """Users with their roles."""

    add_item_label = _("Invite")

    @property
    def columns(self):
        """Name, address, roles, second factor, last log-in."""
        # Wagtail's first column ticks users for bulk actions, which know nothing of roles.
        kept = [
            column
            for column in super().columns
            if column.name not in ("bulk_actions", "email", "is_superuser")
        ]
        own = [
            Column("email", label=_("E-mail"), accessor="email", sort_key="email"),
            Column("roles", label=_("Roles"), accessor=_role_names),
            Column("second_factor", label=_("Second factor"), accessor=_second_factor),
        ]
        return [kept[0], *own, *kept[1:]]

    def get_base_queryset(self):
        """Users with groups and second factor, in a fixed number of queries."""
        return second_factor.with_second_factor(super().get_base_queryset().prefetch_related("groups"))


class InviteInsteadView(generic.CreateView):
    """Nobody makes a user by hand; the button leads to the invitation."""

    def dispatch(self, request, *args, **kwargs):
        """Go to the invitation."""
        return redirect("accounts_invitations:add")


class UserEditView(users.EditView):
    """Change name, roles and whether the user may log in."""

    template_name = "accounts/admin/user_edit.html"

    def setup(self, request, *args, **kwargs):
        """Only a technical operator changes a technical operator."""
        super().setup(request, *args, **kwargs)
        if self.object.is_superuser and not request.user.is_superuser:
            raise PermissionDenied

    def save_instance(self):
        """Write what changed to the audit log; someone who may not log in is logged out."""
        before = {str(role.label) for role in roles_of(self.object)}
        user = super().save_instance()
        after = {str(role.label) for role in roles_of(user)}
        if before != after:
            data = {"before": sorted(before), "after": sorted(after)}
            log(instance=user, action="accounts.change_roles", user=self.request.user, data=data)
        if "is_active" in self.form.changed_data:
            action = "accounts.activate" if user.is_active else "accounts.deactivate"
            log(instance=user, action=action, user=self.request.user)
            if not user.is_active:
                second_factor.end_sessions(user)
        return user

    def get_context_data(self, **kwargs):
        """Tell the template about second factor and led pages."""
        context = super().get_context_data(**kwargs)
        context["has_second_factor"] = second_factor.has_one(self.object)
        context["led_pages"] = self.object.led_pages.select_related("page")
        context["reset_url"] = reverse("accounts_reset_second_factor", args=[self.object.pk])
        return context


class UserViewSet(users.UserViewSet):
    """Users of the portal."""

    menu_order = 100
    index_view_class = UserIndexView
    add_view_class = InviteInsteadView
    edit_view_class = UserEditView
    copy_view_enabled = False
    template_prefix = "wagtailusers/users/"

    @property
    def edit_template_name(self):
        """Roles stand where Wagtail has groups."""
        return "accounts/admin/user_edit.html"

    def get_form_class(self, for_update=False):
        """One form; new users come by invitation."""
        return UserForm


@require_POST
@permission_required("accounts.change_user")
def reset_second_factor(request, pk: int):
    """Remove a lost second factor; the user sets up a new one at the next log-in."""
    user = get_object_or_404(User, pk=pk)
    if user == request.user:
        messages.error(request, _t("Another administrator must remove your second factor."))
    else:
        second_factor.reset(user, request.user)
        _tell_of_reset(request, user)
    return redirect("wagtailusers_users:edit", user.pk)


def _tell_of_reset(request, user: User) -> None:
    """Mail the user, and tell the administrator what was done and whether the mail left."""
    try:
        second_factor.tell_of_reset(user, request.user)
    except OSError:
        logger.exception("The mail about the second factor of user %s could not be sent", user.pk)
        text = _t(
            "The second factor of %(user)s has been removed, but the mail server does not answer and the mail "
            "about it was not sent. Tell them yourself."
        )
        messages.warning(request, text % {"user": user})
        return
    messages.success(
        request, _t("The second factor of %(user)s has been removed and a mail sent.") % {"user": user}
    )


class PageLeaderViewSet(ModelViewSet):
    """Who leads which project or network."""

    model = PageLeader
    name = "page_leaders"
    url_prefix = "leaders"
    icon = "group"
    menu_label = _("Project leaders")
    menu_order = 500
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = ["page", "user", "since"]
    search_fields = ["page__title", "user__email", "user__last_name"]
    search_backend_name = None
    list_export = ["page", "user", "since"]
    export_filename = "prosjektledere"

    def get_form_class(self, for_update=False):
        """Page, user, since when."""
        return PageLeaderForm


def _role_names(user: User) -> str:
    if user.is_superuser:
        return _t("Technical operator")
    names = [str(role.label) for role in _roles_from_prefetch(user)]
    return ", ".join(names) or _t("None")


def _roles_from_prefetch(user: User):
    from accounts.roles import GROUP_NAMES

    held = {group.name for group in user.groups.all()}
    return [role for role, name in GROUP_NAMES.items() if name in held]


def _second_factor(user: User) -> str:
    return _t("Yes") if user.second_factor_exists else _t("No")
