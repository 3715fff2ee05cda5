"""The admin as the service's editors meet it: first page, menus, reports, what may be chosen."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.home import (
    LockedPagesPanel,
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.models import Page
from wagtail.permissions import page_permission_policy
from wagtail.snippets.models import register_snippet

from core import admin_words
from core.links import PortalLinkHandler
from core.panels import home_panels
from core.reports import REPORTS, ReportMenuItem, report_urls
from core.slugs import refuse_reserved
from core.viewsets import SharedContentGroup

register_snippet(SharedContentGroup)
admin_words.put_in()

# The order of Wagtail's own menu items among the portal's, which name their order themselves.
MENU_ORDER = {
    "explorer": 100,
    "images": 200,
    "documents": 210,
    "shared-content": 250,
    "register": 300,
    "reports": 800,
    "settings": 900,
}
# What the portal has a report of its own for, and what tells editors nothing.
UNUSED_REPORTS = {"aging-pages", "page-types-usage", "locked-pages"}


@hooks.register("register_rich_text_features", order=10)
def read_linked_pages_at_once(features) -> None:
    """Take the place of Wagtail's own reading of links to pages."""
    features.register_link_type(PortalLinkHandler)


@hooks.register("construct_admin_api", order=10)
def own_files_only(router) -> None:
    """Take the place of Wagtail's interface to all pictures and documents."""
    from core.admin_api import OwnDocuments, OwnImages

    router.register_endpoint("images", OwnImages)
    router.register_endpoint("documents", OwnDocuments)


@hooks.register("construct_homepage_panels")
def first_page(request: HttpRequest, panels: list) -> None:
    """Show what waits for this person instead of Wagtail's standard panels."""
    approvals = WorkflowObjectsToModeratePanel()
    approvals.order = 50
    waiting = UserObjectsInWorkflowModerationPanel()
    waiting.order = 150
    locked = LockedPagesPanel()
    locked.order = 600
    panels[:] = [approvals, waiting, locked, *home_panels(request)]


@hooks.register("construct_main_menu")
def order_menu(request: HttpRequest, menu_items: list) -> None:
    """Put the menu in the portal's order; help pages outside the portal are left out."""
    menu_items[:] = [item for item in menu_items if item.name != "help"]
    for item in menu_items:
        item.order = MENU_ORDER.get(item.name, item.order)


@hooks.register("construct_reports_menu")
def order_reports(request: HttpRequest, menu_items: list) -> None:
    """Leave out what the portal has a better report for; the audit log is the administrators'."""
    hidden = set(UNUSED_REPORTS)
    if not request.user.has_perm("accounts.change_user"):
        hidden.add("site-history")
    menu_items[:] = [item for item in menu_items if item.name not in hidden]


@hooks.register("register_admin_urls")
def reports() -> list:
    """Addresses of the portal's reports."""
    return [path("rapporter/", include((report_urls(), "core_reports")))]


def _menu_item(report, order: int):
    def register() -> ReportMenuItem:
        return ReportMenuItem(report, reverse(f"core_reports:{report.name}"), order)

    return register


for _number, _report in enumerate(REPORTS):
    hooks.register("register_reports_menu_item", _menu_item(_report, 100 + 10 * _number))


@hooks.register("insert_global_admin_css")
def admin_styles() -> str:
    """The portal's colours and the few classes its admin templates use."""
    return format_html('<link rel="stylesheet" href="{}">', static("core/admin.css"))


@hooks.register("insert_editor_js")
def table_words() -> str:
    """Norwegian for the editor of tables."""
    return format_html('<script src="{}"></script>', static("core/table-language.js"))


@hooks.register("construct_page_chooser_queryset")
def choosable_pages(pages, request: HttpRequest):
    """Nobody sees the title of a draft they could not open; published pages may be linked by all."""
    return visible_pages(request.user, pages)


def visible_pages(user, pages=None):
    """Return the pages whose titles the user may read in the admin: published ones and those of their own."""
    pages = Page.objects.all() if pages is None else pages
    if page_permission_policy.user_has_permission_for_instance(user, "publish", Page.get_first_root_node()):
        return pages
    own = page_permission_policy.explorable_instances(user).values("pk")
    return pages.filter(Q(live=True) | Q(pk__in=own))


@hooks.register("before_copy_page")
def refuse_copy_to_reserved(request: HttpRequest, page: Page):
    """A copy may not take an address of the portal's own either."""
    if request.method == "POST":
        number = request.POST.get("new_parent_page", "")
        parent = Page.objects.filter(pk=number).first() if number.isdecimal() else None
        return _refused(request, request.POST.get("new_slug", ""), parent, page)
    return None


@hooks.register("before_move_page")
def refuse_move_to_reserved(request: HttpRequest, page: Page, destination: Page):
    """Nor may a page that is moved."""
    return _refused(request, page.slug, destination, page)


def _refused(request: HttpRequest, slug: str, parent: Page | None, page: Page):
    try:
        refuse_reserved(slug, parent)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None
