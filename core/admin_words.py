"""Words that Wagtail's own lists write in English, or leave out, where no catalogue reaches them."""

from django.utils.text import capfirst
from wagtail.admin.views.pages.search import SearchView
from wagtail.models import Page, Site
from wagtail.sites.views import IndexView as SiteList


def put_in() -> None:
    """Name what the search for pages lists, and the columns of the list of sites."""
    SearchView.verbose_name = Page._meta.verbose_name
    SearchView.verbose_name_plural = Page._meta.verbose_name_plural
    for column in SiteList.columns:
        if column.name in ("port", "site_name", "root_page"):
            column.label = capfirst(Site._meta.get_field(column.name).verbose_name)
