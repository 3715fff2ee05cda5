"""Who reaches what in the admin, tried with real requests."""

import pytest
from django.urls import reverse
from wagtail.models import Page, Revision

from newsletters.models import LetterArchivePage, LetterPage
from tests.core.factories import add_page

pytestmark = pytest.mark.django_db


def is_refused(response) -> bool:
    """Whether the admin turned the request away: 403, 404, or back to its first page."""
    if response.status_code in (403, 404):
        return True
    target = response.headers.get("Location", "")
    return response.status_code == 302 and target in (reverse("wagtailadmin_home"), "/min-side/")


def edit(page) -> str:
    """Return the address of a page's editor."""
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def form_of(client, page) -> dict:
    """Return what the page's editor would post, from the form the client is shown."""
    from wagtail.test.utils.form_data import querydict_from_html

    response = client.get(edit(page))
    fields = querydict_from_html(response.content.decode(), form_id="page-edit-form")
    # The body is built by script in the browser; an empty one is sent here.
    return {**fields, "body-count": "0"}


@pytest.mark.parametrize(
    ("who", "own_page", "foreign_page", "news"),
    [
        ("administrator", True, True, True),
        ("adviser", True, True, True),
        ("project_leader", True, False, False),
        ("consultant", False, False, False),
        ("reader", False, False, False),
        ("member", False, False, False),
    ],
)
def test_each_role_opens_only_its_pages(log_in, own, foreign, article, who, own_page, foreign_page, news):
    client = log_in(who)
    for page, allowed in ((own, own_page), (foreign, foreign_page), (article, news)):
        response = client.get(edit(page))
        assert (response.status_code == 200) is allowed
        assert is_refused(response) is not allowed


ADDRESSES = {
    "settings": "/admin/settings/core/servicesettings/",
    "register": "/admin/register/people/",
    "users": "/admin/users/",
    "invitations": "/admin/invitations/",
    "leaders": "/admin/leaders/",
    "groups": "/admin/groups/",
    "overdue": "/admin/rapporter/overdue/",
    "links": "/admin/rapporter/broken-links/",
    "glossary": "/admin/snippets/core/glossaryterm/",
    "redirects": "/admin/redirects/",
    "workflows": "/admin/workflows/list/",
}
REACHED = {
    "administrator": set(ADDRESSES) - {"groups"},
    "adviser": {"settings", "register", "leaders", "overdue", "links", "glossary", "redirects"},
    "project_leader": set(),
    "consultant": {"register"},
    "reader": {"overdue", "links"},
    "member": set(),
}


@pytest.mark.parametrize("who", REACHED)
def test_each_role_reaches_only_its_part_of_the_admin(log_in, own, who):
    client = log_in(who)
    reached = set()
    for name, address in ADDRESSES.items():
        response = client.get(address, follow=False)
        # The settings and workflow indexes lead on to the first entry.
        if response.status_code == 302 and not is_refused(response):
            response = client.get(response.headers["Location"])
        if response.status_code == 200:
            reached.add(name)
    assert reached == REACHED[who]


def test_a_leader_changes_own_project_and_cannot_publish(log_in, own):
    client = log_in("project_leader")
    data = {**form_of(client, own), "title": "Steroider og helse", "action-publish": "1"}
    client.post(edit(own), data)
    own.refresh_from_db()
    assert own.title == "Steroideprosjektet"
    assert own.get_latest_revision_as_object().title == "Steroider og helse"


def test_a_leader_cannot_post_to_another_project(log_in, own, foreign, people):
    adviser = log_in("adviser")
    data = {**form_of(adviser, foreign), "title": "Overtatt", "action-publish": "1"}
    before = Revision.objects.count()
    assert is_refused(log_in("project_leader").post(edit(foreign), data))
    foreign.refresh_from_db()
    assert foreign.title == "Rett og frist"
    assert Revision.objects.count() == before


@pytest.mark.parametrize("action", ["delete", "unpublish", "copy", "move"])
def test_a_leader_cannot_act_on_another_project(log_in, own, foreign, action):
    address = reverse(f"wagtailadmin_pages:{action}", args=[foreign.pk])
    client = log_in("project_leader")
    assert is_refused(client.get(address))
    assert is_refused(client.post(address, {}))
    assert Page.objects.get(pk=foreign.pk).live


def test_a_leader_cannot_publish_unpublish_or_delete_the_own_live_page(log_in, own):
    client = log_in("project_leader")
    for action in ("unpublish", "delete"):
        assert is_refused(client.post(reverse(f"wagtailadmin_pages:{action}", args=[own.pk]), {}))
    assert Page.objects.get(pk=own.pk).live


def test_a_leader_cannot_move_or_copy_the_own_page_elsewhere(log_in, own, foreign, home):
    client = log_in("project_leader")
    client.post(reverse("wagtailadmin_pages:move_confirm", args=[own.pk, home.pk]), {})
    data = {"new_title": "Kopi", "new_slug": "kopi", "new_parent_page": own.get_parent().pk}
    client.post(reverse("wagtailadmin_pages:copy", args=[own.pk]), data)
    own.refresh_from_db()
    assert own.url_path == "/hjem/prosjekter/steroideprosjektet/"
    assert not Page.objects.filter(slug="kopi").exists()


def test_a_leader_cannot_add_pages_beside_the_own_project(log_in, own, home):
    client = log_in("project_leader")
    parent = own.get_parent()
    address = reverse("wagtailadmin_pages:add", args=["projects", "projectpage", parent.pk])
    assert is_refused(client.get(address))
    assert is_refused(client.post(address, {"title": "Nytt", "slug": "nytt"}))
    under_own = reverse("wagtailadmin_pages:add", args=["core", "standardpage", own.pk])
    assert client.get(under_own).status_code == 200


def test_the_explorer_shows_a_leader_only_the_own_branch(log_in, own, foreign, article):
    client = log_in("project_leader")
    parent = own.get_parent()
    response = client.get(reverse("wagtailadmin_explore", args=[parent.pk]), follow=True)
    shown = response.content.decode()
    assert own.title in shown
    assert foreign.title not in shown


def test_the_admin_api_tells_a_leader_nothing_of_other_pages(log_in, own, foreign, article):
    client = log_in("project_leader")
    listed = client.get("/admin/api/main/pages/?limit=20").json()["items"]
    assert foreign.pk not in {item["id"] for item in listed}
    assert client.get(f"/admin/api/main/pages/{foreign.pk}/").status_code == 404
    assert client.get(f"/admin/api/main/pages/{article.pk}/").status_code == 404
    assert client.post(f"/admin/api/main/pages/{foreign.pk}/action/unpublish/").status_code in (403, 404)
    assert Page.objects.get(pk=foreign.pk).live


def test_a_foreign_draft_is_neither_browsed_nor_searched_nor_chosen(log_in, own, foreign):
    draft = add_page(foreign.get_parent(), type(foreign), title="Hemmelig utkast", live=False)
    client = log_in("project_leader")
    places = [
        reverse("wagtailadmin_choose_page_child", args=[foreign.get_parent().pk]),
        reverse("wagtailadmin_choose_page_child", args=[draft.pk]),
        reverse("wagtailadmin_choose_page_search") + "?q=Hemmelig",
        reverse("wagtailadmin_choose_page_chosen_multiple") + f"?id={draft.pk}",
        reverse("wagtailadmin_pages:search") + "?q=Hemmelig",
        reverse("wagtailadmin_pages:view_draft", args=[draft.pk]),
        reverse("wagtailadmin_pages:history", args=[draft.pk]),
        reverse("wagtailadmin_pages:usage", args=[draft.pk]),
        reverse("wagtailadmin_pages:preview_on_edit", args=[draft.pk]),
        reverse("wagtailadmin_reports:site_history"),
    ]
    for place in places:
        response = client.get(place)
        assert "Hemmelig utkast" not in response.content.decode(), place


def test_a_leader_may_link_to_another_published_page(log_in, own, foreign):
    client = log_in("project_leader")
    shown = client.get(reverse("wagtailadmin_choose_page_child", args=[foreign.get_parent().pk]))
    assert foreign.title in shown.json()["html"]


def test_only_those_with_the_right_send_letters(log_in, own, people, site):
    from newsletters.models import Series

    series = Series.objects.create(
        name="TSB-lederbrev", slug="tsb", description="d", sender_name="s", sender_email="s@example.no"
    )
    home = site.root_page
    archive = LetterArchivePage.objects.first() or add_page(
        home, LetterArchivePage, title="Brev", series=series
    )
    letter = add_page(archive, LetterPage, title="Lederbrev 1", number=1, year=2026, live=False)
    for who in ("project_leader", "consultant", "reader"):
        assert is_refused(log_in(who).get(edit(letter)))
        assert not people[who].has_perm("newsletters.send_letter")
    assert log_in("adviser").get(edit(letter)).status_code == 200


def test_a_member_without_a_role_is_led_to_the_own_page(log_in):
    response = log_in("member").get("/admin/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/min-side/"


def test_the_consultant_edits_and_publishes_events_and_nothing_else(log_in, own, site):
    index = Page.objects.get(content_type__app_label="events", content_type__model="eventindexpage")
    client = log_in("consultant")
    assert client.get(reverse("wagtailadmin_explore", args=[index.pk])).status_code == 200
    address = reverse("wagtailadmin_pages:add", args=["events", "eventpage", index.pk])
    assert client.get(address).status_code == 200
    assert is_refused(client.get(reverse("wagtailadmin_pages:add", args=["projects", "projectpage", own.pk])))


def test_an_anonymous_visitor_is_sent_to_the_one_log_in(client, own):
    response = client.get(edit(own))
    assert response.headers["Location"].startswith("/konto/login/?next=/admin/")
