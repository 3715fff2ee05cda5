"""Reports of use: the right numbers, a fixed number of queries, and only for those who may read them."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import PageLeader, User
from core.models import DocumentDownloadCount, PageViewCount, PortalDocument
from reporting import figures
from reporting.models import ReportedFigure
from reporting.periods import read_period
from tests.core.factories import make_article
from tests.projects.factories import TrafficLightFactory, make_project
from tests.reporting.factories import FeedbackResponseFactory

pytestmark = pytest.mark.django_db
REPORTS = ["most-read", "downloads", "feedback", "portfolio"]


def login(client, *codenames: str) -> User:
    user = User.objects.create_user(f"{'-'.join(codenames) or 'ingen'}@example.org", "x" * 14)
    user.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", *codenames]))
    client.force_login(user)
    return user


@pytest.fixture
def used(site) -> None:
    """A page that was read and answered about, a document that was fetched, a project with a light."""
    today = timezone.localdate()
    page = make_article(title="Ventetid i tall")
    PageViewCount.objects.create(page=page, date=today, views=234)
    for score in (7, 8, 7, 8):
        FeedbackResponseFactory(page=page, relevance=score, comment="Klart skrevet")
    document = PortalDocument.objects.create(title="Sjekkliste", file=ContentFile(b"x", name="liste.txt"))
    DocumentDownloadCount.objects.create(document=document, date=today, downloads=567)
    TrafficLightFactory(page=make_project(title="Rett og frist"), cost="red", comment="Reisene ble dyrere")


@pytest.mark.parametrize(
    ("name", "shown", "taken_along"),
    [
        ("most-read", ["Ventetid i tall", "234"], ["Ventetid i tall", "Artikkel", 234]),
        ("downloads", ["Sjekkliste", "567"], ["Sjekkliste", "txt", 567]),
        ("feedback", ["Ventetid i tall", "7,5 (4)"], ["Ventetid i tall", 4, 7.5]),
        (
            "portfolio",
            ["Rett og frist", "Reisene ble dyrere"],
            ["Rett og frist", "red", "Reisene ble dyrere"],
        ),
    ],
)
def test_who_reads_reports_reads_them_all_and_takes_them_along(client, used, name, shown, taken_along):
    login(client, "view_reports")
    for address in (f"/admin/bruk/{name}/", f"/admin/bruk/{name}/results/"):
        text = client.get(address).content.decode()
        assert [part for part in shown if part not in text] == [], address
    rows = list(csv.reader(io.StringIO(client.get(f"/admin/bruk/{name}/?export=csv").getvalue().decode())))
    sheet = load_workbook(io.BytesIO(client.get(f"/admin/bruk/{name}/?export=xlsx").getvalue())).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    for table in (rows, cells):
        (head, row) = table
        assert all(head), "a column without a heading"
        found = [str(value) for value in row]
        assert [str(value) for value in taken_along if str(value) not in found] == []


@pytest.mark.parametrize("name", REPORTS)
def test_others_do_not(client, site, name):
    login(client)
    assert client.get(f"/admin/bruk/{name}/").status_code in (302, 403)


@pytest.mark.parametrize("period", ["banan", "", "-1", "9999999", "%00"])
def test_an_unknown_period_is_the_standard_one(client, site, period):
    login(client, "view_reports")
    lately, before = make_article(title="Lest i dag"), make_article(title="Lest i fjor")
    PageViewCount.objects.create(page=lately, date=timezone.localdate(), views=5)
    PageViewCount.objects.create(page=before, date=timezone.localdate() - timedelta(days=365), views=5)
    text = client.get(f"/admin/bruk/most-read/?period={period}").content.decode()
    assert "Lest i dag" in text
    assert "Lest i fjor" not in text
    assert read_period(period) == read_period("30")


def test_the_most_read_page_of_the_period_comes_first(site):
    today = timezone.localdate()
    much, little = make_article(title="Mye lest"), make_article(title="Lite lest")
    PageViewCount.objects.create(page=much, date=today, views=50)
    PageViewCount.objects.create(page=little, date=today, views=5)
    PageViewCount.objects.create(page=little, date=today - timedelta(days=200), views=500)
    assert [page.views for page in figures.most_read(read_period("30"))] == [50, 5]
    assert [page.views for page in figures.most_read(read_period("alt"))] == [505, 50]


def test_feedback_is_counted_per_page_with_the_number_it_rests_on(site):
    page = make_article()
    for score in (8, 9, 10):
        FeedbackResponseFactory(page=page, relevance=score)
    FeedbackResponseFactory(page=page, was_useful=False, comment="For langt")
    FeedbackResponseFactory(page=page, was_useful=None, comment="Takk", is_handled=True)
    row = figures.feedback_by_page(read_period("30")).get()
    assert (row.answers, row.said, row.useful, row.comments, row.unhandled) == (5, 4, 3, 2, 1)
    assert figures.average(row.relevance_average, row.relevance_n) == "9,0 (3)"
    assert figures.average(row.structure_average, row.structure_n) == "– (0)"
    assert figures.share(row.useful, row.said) == "75 % (4)"


def test_a_comment_is_marked_as_handled_by_those_who_may(client, site):
    answer = FeedbackResponseFactory(page=make_article(), comment="For langt")
    login(client, "view_reports")
    assert "For langt" in client.get(f"/admin/bruk/feedback/{answer.page_id}/").content.decode()
    client.post(f"/admin/bruk/feedback/handled/{answer.pk}/")
    answer.refresh_from_db()
    assert not answer.is_handled
    login(client, "view_reports", "change_feedbackresponse")
    client.post(f"/admin/bruk/feedback/handled/{answer.pk}/")
    answer.refresh_from_db()
    assert answer.is_handled


def test_the_portfolio_shows_the_latest_light_and_the_gravest_first(site, django_assert_num_queries):
    green, red, silent = (
        make_project(title="A grønt"),
        make_project(title="B rødt"),
        make_project(title="C stille"),
    )
    make_project(title="Ferdig", status="completed")
    TrafficLightFactory(page=green, month=date(2026, 9, 1), time="red", comment="Sent ute")
    TrafficLightFactory(page=green, month=date(2026, 10, 1))
    TrafficLightFactory(page=red, month=date(2026, 10, 1), cost="red", comment="Dyrt")
    leader = User.objects.create_user("leder@example.org", first_name="Kari", last_name="Leder")
    PageLeader.objects.create(page=red.contentpage_ptr, user=leader)
    with django_assert_num_queries(3):
        rows = figures.portfolio(date(2026, 11, 20))
    assert [row.project.title for row in rows] == ["B rødt", "A grønt", "C stille", "Ferdig"]
    assert [row.is_late for row in rows] == [False, False, True, False]
    assert rows[0].leaders == "Kari Leder"
    assert rows[2].project.pk == silent.pk


def test_a_figure_reported_by_hand_is_refused_without_its_source(client, site):
    login(client, "add_reportedfigure", "view_reportedfigure")
    told = {"kind": "film_views", "number": "709", "counted_on": "2018-04-01"}
    answer = client.post("/admin/reported-figures/new/", told)
    assert "Dette feltet er påkrevet." in answer.content.decode()
    assert not ReportedFigure.objects.exists()
    assert client.post("/admin/reported-figures/new/", {**told, "source": "Egenrapport"}).status_code == 302
    assert "709" in str(ReportedFigure.objects.get())
    assert "Egenrapport" in client.get("/admin/reported-figures/").content.decode()
