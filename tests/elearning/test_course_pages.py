"""The course catalogue, a course and its modules."""

import pytest

from elearning.listings import module_place
from elearning.models import ModulePage
from tests.conftest import SITE_NAME
from tests.core.factories import add_page, make_topic
from tests.elearning.factories import chapter, make_course
from tests.structured import structured_data

pytestmark = pytest.mark.django_db
LIST = "/kurs/"
LIST_QUERIES = 8
COURSE_QUERIES = 6
MODULE_QUERIES = 7


def test_own_courses_come_before_those_of_others(client, site):
    make_course(title="Hos andre", external_url="https://example.org/", provider="NK-ROP")
    make_course(title="Vårt eget")
    text = client.get(LIST).content.decode()
    assert text.index("Vårt eget") < text.index("Hos andre")
    assert "NK-ROP" in text


@pytest.mark.parametrize(
    ("query", "left"), [("fra=egne", 1), ("fra=andre", 1), ("fra=alle", 2), ("side=abc", 2)]
)
def test_the_catalogue_is_narrowed_by_who_offers_the_course(client, site, query, left):
    make_course(title="Hos andre", external_url="https://example.org/")
    make_course(title="Vårt eget")
    assert client.get(f"{LIST}?{query}").content.decode().count('class="tp-card"') == left


def test_a_course_of_others_leads_there(client, site):
    course = make_course(external_url="https://example.org/kurs", provider="NK-ROP")
    text = client.get(course.url).content.decode()
    assert 'href="https://example.org/kurs"' in text


def test_a_course_lists_its_modules_with_minutes(client, site):
    text = client.get(make_course(modules=3).url).content.decode()
    assert [f"Modul {number}" in text for number in (1, 2, 3)] == [True] * 3
    assert [f"{minutes} minutter" in text for minutes in (10, 30)] == [True, True]


def test_a_course_tells_search_engines_what_it_is_and_that_the_service_offers_it(client, site):
    course = make_course(lead="Hva som får folk til å bli.", minutes=90)
    data = structured_data(client.get(course.url).content.decode())
    assert (data["@context"], data["@type"]) == ("https://schema.org", "Course")
    assert (data["name"], data["description"]) == (course.title, course.lead)
    assert data["url"] == course.full_url
    assert data["provider"]["name"] == SITE_NAME
    assert (data["timeRequired"], data["inLanguage"]) == ("PT90M", "nb")
    assert "sameAs" not in data


def test_a_course_of_others_names_them_and_where_it_is(client, site):
    course = make_course(external_url="https://example.org/kurs", provider="NK-ROP", language="nn")
    data = structured_data(client.get(course.url).content.decode())
    assert data["provider"] == {"@type": "Organization", "name": "NK-ROP"}
    assert (data["sameAs"], data["inLanguage"]) == ("https://example.org/kurs", "nn")


def test_a_module_is_something_to_learn_from(client, site):
    module = ModulePage.objects.child_of(make_course(modules=1)).get()
    data = structured_data(client.get(module.url).content.decode())
    assert (data["@type"], data["timeRequired"]) == ("LearningResource", "PT10M")


def test_a_module_knows_its_neighbours(client, site):
    course = make_course(modules=3)
    first, second, third = ModulePage.objects.child_of(course).order_by("path")
    place = module_place(second)
    assert (place.number, place.previous.pk, place.next.pk) == (2, first.pk, third.pk)
    assert module_place(first).previous is None
    assert module_place(third).next is None
    assert 'rel="next"' in client.get(first.url).content.decode()


def test_chapters_with_the_same_title_have_different_anchors(client, site):
    course = make_course()
    module = add_page(
        course, ModulePage, title="Modul", chapters=[chapter("Oppsummering"), chapter("Oppsummering")]
    )
    text = client.get(module.url).content.decode()
    assert 'id="kapittel-1-oppsummering"' in text
    assert 'id="kapittel-2-oppsummering"' in text


def test_an_unpublished_module_is_not_listed(client, site):
    course = make_course(modules=1)
    add_page(course, ModulePage, title="Utkastmodul", live=False)
    assert "Utkastmodul" not in client.get(course.url).content.decode()


def test_a_catalogue_costs_the_same_with_one_and_with_twenty_courses(client, site, django_assert_num_queries):
    topic = make_topic()
    make_course(topics=[topic])
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    for number in range(19):
        make_course(title=f"Kurs {number}", topics=[topic])
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)


def test_a_course_and_a_module_cost_the_same_with_one_and_with_twenty_modules(
    client, site, django_assert_num_queries
):
    small, large = make_course(modules=1, title="Lite"), make_course(modules=20, title="Stort")
    client.get(small.url)
    for course in (small, large):
        with django_assert_num_queries(COURSE_QUERIES):
            client.get(course.url)
        module = ModulePage.objects.child_of(course).order_by("path").first()
        with django_assert_num_queries(MODULE_QUERIES):
            client.get(module.url)
