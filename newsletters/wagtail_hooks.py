"""What the letters add to the admin: menu, send pages, buttons."""

from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.widgets import Button

from newsletters import admin_statistics  # noqa: F401 - registers the pages of figures and the home panel
from newsletters.admin import deliveries, looking, next_letter, ordered, panels, send  # noqa: F401 - panels registers one for the first page
from newsletters.models import LetterPage
from newsletters.services.deliver import may_send
from newsletters.viewsets import LetterGroup


@hooks.register("register_admin_viewset")
def letters():
    """Deliveries, series, subscriptions, suppressed addresses."""
    return LetterGroup()


@hooks.register("register_admin_urls")
def send_pages() -> list:
    """Addresses of the send page and of deliveries."""
    pages = [
        path("<int:page_id>/neste/", next_letter.next_letter, name="next_letter"),
        path("<int:page_id>/send/", send.send, name="send"),
        path("<int:page_id>/send/kontroll/", looking.outside, name="outside"),
        path("<int:page_id>/send/prove/", looking.test_outcome, name="test_outcome"),
        path("<int:page_id>/send/vis/<slug:mode>/", looking.preview_mode, name="preview"),
        path("<int:page_id>/send/bekreft/", send.confirm, name="confirm"),
        path("utsending/<int:pk>/", deliveries.delivery, name="delivery"),
        path("utsending/<int:pk>/framdrift/", deliveries.delivery_progress, name="delivery_progress"),
        path("utsending/<int:pk>/avbryt/", deliveries.cancel, name="cancel"),
        path("utsending/<int:pk>/igjen/", deliveries.again, name="again"),
        path("utsending/<int:pk>/csv/", deliveries.export, name="export"),
        path("utsending/<int:pk>/vis/<slug:mode>/", ordered.ordered_preview, name="ordered_preview"),
        path("utsending/<int:pk>/<slug:action>/", deliveries.act, name="act"),
    ]
    return [path("brev/", include((pages, "newsletters_admin")))]


def _send_address(page) -> str:
    return reverse("newsletters_admin:send", args=[page.pk])


def _is_sendable(page, user) -> bool:
    return page is not None and page.specific_class is LetterPage and may_send(user)


@hooks.register("register_page_header_buttons")
def send_button(page, user, view_name, next_url=None):
    """Lead from a letter to its send page."""
    if _is_sendable(page, user):
        yield Button(_("Send …"), _send_address(page), icon_name="mail", priority=12)


@hooks.register("register_page_listing_more_buttons")
def send_button_in_listing(page, user, next_url=None):
    """The same in lists of pages."""
    if _is_sendable(page, user):
        yield Button(_("Send …"), _send_address(page), icon_name="mail", priority=12)


@hooks.register("register_page_header_buttons")
def next_letter_button(page, user, view_name, next_url=None):
    """Lead from a series' archive, or a letter in it, to the start of the next letter."""
    archive = next_letter.archive_of(page)
    if archive and archive.permissions_for_user(user).can_add_subpage():
        address = reverse("newsletters_admin:next_letter", args=[archive.pk])
        yield Button(_("Start from the last letter"), address, icon_name="copy", priority=14)


class SendMenuItem(ActionMenuItem):
    """Leads from the editor to the send page; publishing never sends."""

    label = _("Go to sending …")
    name = "action-go-to-sending"
    icon_name = "mail"
    order = 90

    def is_shown(self, context) -> bool:
        """On a saved letter, to those who may send."""
        page = context.get("page")
        return context["view"] == "edit" and _is_sendable(page, context["request"].user)

    def get_url(self, context) -> str:
        """The send page."""
        return _send_address(context["page"])


@hooks.register("register_page_action_menu_item")
def send_menu_item() -> SendMenuItem:
    """Put the way to the send page beside saving and publishing."""
    return SendMenuItem()
