"""Signals by which accounts tells the apps on its right, and what accounts does when others tell it something."""

from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.apps import apps
from django.contrib.auth import user_logged_in
from django.db.models.signals import post_delete, post_migrate, post_save
from django.dispatch import Signal, receiver
from wagtail.log_actions import log

from core.models import ContentPage
from core.signals import readiness_is_told, site_pages_stand

# Sent with `email` when an address without a log-in asks for a code. The register answers by making a log-in
# for a person who has this address.
unknown_address_asks_for_code = Signal()
# Sent with `user` when an address of the user has been confirmed (again): the register looks for its person.
address_is_confirmed = Signal()
# Sent with `user` and the dict `data`: each app adds what it keeps about the user under a key of its own.
own_data_is_collected = Signal()


@receiver(site_pages_stand)
def make_roles(**kwargs) -> None:
    """A new site has its roles at once."""
    from accounts.roles import ensure_roles

    ensure_roles()


@receiver(post_migrate)
def renew_roles(app_config, **kwargs) -> None:
    """New permissions of an upgrade reach the roles of a service that is set up."""
    if app_config != [config for config in apps.get_app_configs() if config.models_module][-1]:
        return
    from django.contrib.auth.models import Group

    from accounts.roles import GROUP_NAMES, Role, ensure_roles

    if Group.objects.filter(name=GROUP_NAMES[Role.ADVISER]).exists():
        ensure_roles()


@receiver([post_save, post_delete], sender="accounts.PageLeader")
def leaders_changed(instance, **kwargs) -> None:
    """Rights follow the table of leaders."""
    from accounts.leaders import sync_page

    page = ContentPage.objects.filter(pk=instance.page_id).first()
    if page is not None:
        sync_page(page)


@receiver(post_save)
def led_page_changed(sender, instance, raw=False, **kwargs) -> None:
    """A new title reaches group and collection."""
    if raw or not issubclass(sender, ContentPage):
        return
    from accounts.leaders import can_be_led, follow_title

    if can_be_led(instance):
        follow_title(instance)


@receiver(post_delete, sender="accounts.ManagedAccess")
def led_page_is_gone(instance, **kwargs) -> None:
    """Nothing of a deleted page's rights stays behind."""
    from accounts.leaders import clear_away

    clear_away(instance)


@receiver(user_logged_in)
def log_in_is_noted(user, **kwargs) -> None:
    """Those who can change the site leave a trace when they log in; others do not."""
    if user.has_perm("wagtailadmin.access_admin"):
        log(instance=user, action="accounts.log_in", user=user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def second_factor_changed(user, authenticator, signal, **kwargs) -> None:
    """A second factor that comes or goes is part of the audit log."""
    action = {
        id(authenticator_added): "accounts.second_factor_added",
        id(authenticator_removed): "accounts.second_factor_removed",
    }.get(id(signal), "accounts.second_factor_renewed")
    log(instance=user, action=action, user=user, data={"kind": str(authenticator.type)})


@receiver(readiness_is_told)
def tell_of_security_contact(details: dict, **kwargs) -> None:
    """Monitoring sees in time that the promise of security.txt runs out."""
    from accounts.views_security import days_left, expires_soon

    details["security_txt"] = f"expires in {days_left()} days" if expires_soon() else "ok"
