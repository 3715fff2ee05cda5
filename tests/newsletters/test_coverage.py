"""Coverage: which organisations have no leader who subscribes, and who may see how many."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.admin.coverage import CoveragePanel
from newsletters.coverage import by_region, coverage, narrowed
from newsletters.models import Subscription, SuppressedAddress, address_hash
from tests.newsletters.factories import (
    OrganisationFactory,
    PersonFactory,
    RegionFactory,
    SeriesFactory,
    SubscriptionFactory,
    make_position,
)

pytestmark = pytest.mark.django_db
ADDRESS = "letter_coverage:index"


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    """The second factor has its own tests."""
    settings.MFA_REQUIRED = False


def trust(**fields):
    return OrganisationFactory(must_be_reached=True, **fields)


def leader(organisation, series=None, status=Subscription.Status.ACTIVE, **position):
    """A leader of the organisation; with a series, one who has a subscription."""
    person = SubscriptionFactory(series=series, status=status).person if series else PersonFactory()
    make_position(person, organisation, **{"leader_level": 2, **position})
    return person


def figures(organisation, series=None):
    row = next(row for row in coverage(series) if row.organisation == organisation)
    return row.leaders, row.subscribers, row.is_reached


def log_in(client, role) -> User:
    ensure_roles()
    user = User.objects.create_user("noen@tjenesten.example", "et langt passord")
    user.groups.add(group_of(role))
    client.force_login(user)
    return user


def test_an_organisation_is_reached_by_one_leader_who_subscribes():
    series, organisation = SeriesFactory(), trust()
    leader(organisation)
    assert figures(organisation) == (1, 0, False)
    leader(organisation, series)
    assert figures(organisation) == (2, 1, True)


def test_a_subscriber_who_leads_nothing_reaches_no_organisation():
    organisation = trust()
    leader(organisation, SeriesFactory(), leader_level=0)
    assert figures(organisation) == (0, 0, False)


def test_left_waiting_suppressed_and_former_leaders_do_not_count_as_reached():
    series, organisation = SeriesFactory(), trust()
    leader(organisation, series, Subscription.Status.UNSUBSCRIBED)
    leader(organisation, series, Subscription.Status.PENDING)
    gone = leader(organisation, series)
    SuppressedAddress.objects.create(hash=address_hash(gone.email), reason="hard_bounce")
    leader(organisation, series, to_date=timezone.localdate() - timedelta(1))
    assert figures(organisation) == (3, 0, False)


def test_a_leader_with_two_positions_and_two_series_is_counted_once():
    organisation = trust()
    person = leader(organisation, SeriesFactory())
    SubscriptionFactory(person=person)
    make_position(person, organisation, leader_level=3)
    assert figures(organisation) == (1, 1, True)


def test_one_series_is_not_covered_by_subscribers_of_another():
    mine, other, organisation = SeriesFactory(), SeriesFactory(), trust()
    leader(organisation, other)
    assert figures(organisation, mine) == (1, 0, False)
    assert figures(organisation, other) == (1, 1, True)


def test_only_active_organisations_that_count_are_listed_by_region_national_ones_last():
    south, north = RegionFactory(sort_order=2), RegionFactory(sort_order=1)
    rows = [trust(region=None), trust(region=south), trust(region=north)]
    OrganisationFactory(region=north)
    trust(region=north, is_active=False)
    found = coverage()
    assert [row.organisation for row in found] == rows[::-1]
    assert [group.region for group in by_region(found)] == [north, south, None]


def test_rows_are_narrowed_by_region_kind_and_what_is_missing():
    series, region = SeriesFactory(), RegionFactory()
    reached, missing = trust(region=region), trust(region=region)
    partner = trust(kind="private_partner")
    leader(reached, series)

    def names(**choice):
        return {row.organisation for row in narrowed(coverage(), **choice)}

    assert names(region=region.pk) == {reached, missing}
    assert names(kind="private_partner") == {partner}
    assert names(only_missing=True) == {missing, partner}


@pytest.mark.parametrize("number", [1, 15])
def test_coverage_costs_two_queries_however_many_organisations(number, django_assert_num_queries):
    series = SeriesFactory()
    for _n in range(number):
        leader(trust(), series)
    with django_assert_num_queries(2):
        assert all(row.is_reached and row.region for row in coverage(series))


def test_the_page_costs_the_same_for_one_organisation_and_for_many(site, client, django_assert_num_queries):
    log_in(client, Role.ADVISER)
    region = RegionFactory()
    trust(region=region)
    client.get(reverse(ADDRESS))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(reverse(ADDRESS))
    for _n in range(12):
        leader(trust(region=region), SeriesFactory())
    with django_assert_num_queries(len(few)):
        client.get(reverse(ADDRESS))


def test_an_adviser_sees_numbers_and_the_way_to_the_people_of_an_uncovered_trust(site, client):
    log_in(client, Role.ADVISER)
    series, organisation = SeriesFactory(), trust(name="Sykehuset Å HF", short_name="Å HF")
    for _n in range(3):
        leader(organisation)
    reached = trust()
    leader(reached, series)
    page = client.get(reverse(ADDRESS)).content.decode()
    assert "1 av 2 virksomheter har ingen leder på lista" in page
    assert "1 av 1 ledere" in page
    assert f"{reverse('people:index')}?organisation={organisation.pk}" in page
    only = client.get(reverse(ADDRESS), {"only_missing": "on"}).content.decode()
    assert "Å HF" in only
    assert reached.name not in only


def test_a_reader_of_reports_sees_yes_or_no_and_never_a_number_of_people(site, client):
    log_in(client, Role.READER)
    organisation = trust(name="Sykehuset Å HF")
    leader(organisation, SeriesFactory())
    page = client.get(reverse(ADDRESS)).content.decode()
    assert "Sykehuset Å HF" in page
    assert "1 av 1 ledere" not in page
    assert "Ledere som abonnerer" not in page
    assert reverse("people:index") not in page
    lines = client.get(reverse(ADDRESS), {"fil": "csv"}).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Helseregion;Virksomhet;Type;Leder på lista"
    assert lines[1].endswith("Sykehuset Å HF;Helseforetak;Ja")


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.CONSULTANT])
def test_others_do_not_reach_coverage(site, client, role):
    log_in(client, role)
    trust(name="Sykehuset Å HF")
    answer = client.get(reverse(ADDRESS), {"fil": "csv"}, follow=True)
    assert "Sykehuset Å HF" not in answer.content.decode()


def test_the_table_comes_as_csv_and_excel_with_the_chosen_rows_and_no_formulas(site, client):
    log_in(client, Role.ADVISER)
    trust(name="=HYPERLINK(1)", region=None)
    reached = trust(region=RegionFactory(name="Helse Nord"))
    leader(reached, SeriesFactory())
    query = {"only_missing": "on", "fil": "csv"}
    text = client.get(reverse(ADDRESS), query).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[1] == ["Hele landet", "'=HYPERLINK(1)", "Helseforetak", "Nei", "0", "0"]
    assert len(rows) == 2
    answer = client.get(reverse(ADDRESS), {"fil": "xlsx"})
    assert answer["Content-Disposition"] == 'attachment; filename="dekning.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[2]][:4] == ["Helse Nord", reached.name, "Helseforetak", "Ja"]
    assert [cell.value for cell in sheet[2]][4:] == [1, 1]
    assert sheet[3][1].data_type == "s"


@pytest.mark.parametrize("query", [{"series": "x"}, {"region": "999999"}, {"kind": "'"}, {"fil": "exe"}])
def test_an_invented_choice_is_passed_over(site, client, query):
    log_in(client, Role.ADVISER)
    organisation = trust()
    answer = client.get(reverse(ADDRESS), query)
    assert answer.status_code == 200
    assert organisation.name in answer.content.decode()


def test_the_first_page_tells_how_many_are_missing_to_those_who_may_see_it(site, client, rf):
    user = log_in(client, Role.READER)
    request = rf.get("/admin/")
    request.user = user
    assert not CoveragePanel(request).is_shown()
    trust()
    leader(trust(), SeriesFactory())
    assert "1 av 2 virksomheter har ingen leder på lista" in client.get("/admin/").content.decode()
    request.user = User.objects.create_user("leder@tjenesten.example")
    assert not CoveragePanel(request).is_shown()


def test_adding_a_person_begins_with_the_organisation_that_lacks_a_leader(site, client):
    log_in(client, Role.ADVISER)
    organisation = trust()
    link = f"{reverse('people_imports:add_one')}?organisation={organisation.pk}"
    assert link in client.get(reverse(ADDRESS)).content.decode()
    assert f'<option value="{organisation.pk}" selected>' in client.get(link).content.decode()
