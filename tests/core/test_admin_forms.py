"""The editors' forms and lists: Wagtail's own fields, Norwegian dates and words, nothing that says "None"."""

import json
from datetime import date

import pytest
from django.urls import reverse
from wagtail.images.widgets import AdminImageChooser
from wagtail.models import Collection, Page, get_page_models
from wagtail.snippets.widgets import AdminSnippetChooser

from accounts.roles import Role
from core.blocks.data import TableBlock
from core.models import ArticlePage, ContentPage
from core.setup import set_up_site
from scripts.messages import po
from tests.accounts.factories import make_user
from tests.core.factories import make_article
from tests.core.test_admin_language import OWN

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser(site, client, settings):
    """A client logged in as someone who publishes everything."""
    settings.MFA_REQUIRED = False
    client.force_login(make_user(Role.ADVISER), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_page_type_has_choosers_in_its_form_and_no_bare_lists_of_all_pictures():
    models = [model for model in get_page_models() if issubclass(model, ContentPage)]
    assert len(models) > 15
    for model in models:
        fields = model.get_edit_handler().get_form_class().base_fields
        for name, widget in (("picture", AdminImageChooser), ("responsible_role", AdminSnippetChooser)):
            if name in fields:
                assert isinstance(fields[name].widget, widget), (model.__name__, name)


def test_dates_are_written_as_norwegians_write_them_and_read_so(adviser):
    article = make_article(date=date(2026, 3, 9))
    page = adviser.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content.decode()
    assert 'value="09.03.2026"' in page
    form = ArticlePage.get_edit_handler().get_form_class().base_fields["date"]
    assert form.clean("24.12.2026") == form.clean("2026-12-24") == date(2026, 12, 24)


def test_the_search_for_pages_names_what_it_found(adviser):
    make_article(title="Ventetid i Finnmark")
    page = adviser.get(reverse("wagtailadmin_pages:search"), {"q": "Finnmark"}).content.decode()
    assert "Ventetid i Finnmark" in page
    assert "(None)" not in page


def test_what_lies_above_all_pages_and_collections_has_a_norwegian_name(site, adviser):
    Page.objects.filter(depth=1).update(title="Root", draft_title="Root")
    Collection.objects.filter(depth=1).update(name="Root")
    set_up_site("Tjenesten")
    assert adviser.get(reverse("wagtailadmin_explore_root"), follow=True).status_code == 200
    names = [*Page.objects.filter(depth=1).values_list("title", "draft_title").get()]
    assert [*names, Collection.objects.get(depth=1).name] == ["Nettstedet", "Nettstedet", "Felles"]


def test_a_root_that_somebody_has_named_keeps_its_name(site):
    Page.objects.filter(depth=1).update(title="Våre sider")
    set_up_site("Tjenesten")
    assert Page.objects.get(depth=1).title == "Våre sider"


def test_the_list_of_sites_has_no_english_headings(client, site, settings):
    settings.MFA_REQUIRED = False
    administrator = make_user(Role.ADMINISTRATOR, is_superuser=True)
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("wagtailsites:index")).content.decode()
    assert "Site name" not in page
    assert "Root page" not in page
    assert "Nettstedsnavn" in page


def test_the_table_editor_has_words_for_its_menu_in_the_language_it_asks_for(adviser):
    assert TableBlock().table_options["language"] == "nb-NO"
    article = make_article()
    page = adviser.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content.decode()
    assert page.index("handsontable") < page.index("core/table-language.js")
    catalogue = adviser.get(reverse("wagtailadmin_javascript_catalog")).content.decode()
    own = po.read(OWN / "djangojs.po")
    assert json.dumps(own[None, "Insert row above"].translations[0])[1:-1] in catalogue


def test_browsers_find_an_icon_where_no_page_names_one(client, site):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer.url.endswith(".svg")
