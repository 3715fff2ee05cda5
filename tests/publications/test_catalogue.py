"""The catalogue of publications and a publication's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from publications.citations import reference
from tests.conftest import SITE_NAME
from tests.core.factories import make_topic
from tests.publications.factories import make_publication
from tests.structured import structured_data

pytestmark = pytest.mark.django_db
CATALOGUE = "/publikasjoner/"


@pytest.fixture
def catalogue(site):
    topic = make_topic(title="LAR", slug="lar")
    make_publication(
        title="Håndbok om steroider", kind="handbook", year=2018, authors="Ola Hansen; Kari Berg"
    )
    make_publication(title="Status 2016", kind="report", year=2017, topics=[topic])
    make_publication(title="Status 2015", kind="report", year=2016, topics=[topic])
    return topic


def titles(response) -> list[str]:
    text = response.content.decode()
    return [title for title in ("Håndbok om steroider", "Status 2016", "Status 2015") if f">{title}<" in text]


def test_the_newest_publications_come_first(client, catalogue):
    text = client.get(CATALOGUE).content.decode()
    assert text.index("Håndbok om steroider") < text.index("Status 2016") < text.index("Status 2015")


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("type=report", ["Status 2016", "Status 2015"]),
        ("tema=lar&aar=2016", ["Status 2015"]),
        ("q=steroid", ["Håndbok om steroider"]),
        ("q=berg+ola", ["Håndbok om steroider"]),
        ("q=finnes+ikke", []),
        ("type=handbook&aar=2016", []),
    ],
)
def test_the_catalogue_is_narrowed_by_plain_addresses(client, catalogue, query, left):
    assert titles(client.get(f"{CATALOGUE}?{query}")) == left


@pytest.mark.parametrize(
    "query",
    [
        "type=banan", "tema=%00", "aar=-1", "aar=abc", "side=abc", "side=99999", "side=-3",
        "q=%00", "q=%25_'--", "type=&tema=&aar=", "tema=%F0%9F%8D%8C",
    ],
)  # fmt: skip
def test_unknown_values_are_no_choice(client, catalogue, query):
    response = client.get(f"{CATALOGUE}?{query}")
    assert response.status_code == 200
    assert len(titles(response)) == (0 if query == "q=%25_'--" else 3)


def test_an_empty_selection_offers_the_way_back(client, catalogue):
    text = client.get(f"{CATALOGUE}?q=finnes+ikke").content.decode()
    assert 'class="tp-empty"' in text
    assert f'href="{CATALOGUE}"' in text


def test_the_number_behind_a_choice_counts_what_it_would_leave(client, catalogue):
    text = client.get(f"{CATALOGUE}?tema=lar").content.decode()
    assert '<option value="report">' in text
    assert "(2)</option>" in text
    assert 'value="handbook"' not in text


def test_a_catalogue_costs_the_same_with_one_and_with_twenty_publications(
    client, site, django_assert_num_queries
):
    topic = make_topic()
    make_publication(topics=[topic])
    client.get(CATALOGUE)
    with django_assert_num_queries(CATALOGUE_QUERIES):
        client.get(CATALOGUE)
    for number in range(19):
        make_publication(title=f"Rapport {number}", topics=[topic])
    with django_assert_num_queries(CATALOGUE_QUERIES):
        client.get(CATALOGUE)


CATALOGUE_QUERIES = 8


def test_a_publication_shows_its_reference(client, site):
    page = make_publication(
        authors="Ola Hansen; Kari Berg", publisher="Senteret", series_number="1/2014", doi="10.1/abc"
    )
    line = "Ola Hansen og Kari Berg (2017). Rapport om ventetid (1/2014). Senteret. https://doi.org/10.1/abc"
    assert reference(page, "Tjenesten") == line
    assert line in client.get(page.url).content.decode()


def test_without_authors_the_publisher_stands_first_and_once(site):
    page = make_publication(publisher="", external_url="https://example.org/")
    assert reference(page, "Tjenesten") == "Tjenesten (2017). Rapport om ventetid. https://example.org/"


def test_a_guideline_summary_says_whose_the_guideline_is(client, site):
    page = make_publication(
        kind="guideline", publisher="Helsedirektoratet", source="IS-1701, LAR", source_version="2010",
        source_fetched=timezone.localdate() - timedelta(days=400),
    )  # fmt: skip
    text = client.get(page.url).content.decode()
    assert "Helsedirektoratet" in text
    assert "IS-1701, LAR" in text
    assert page.source_is_old
    assert 'class="ds-alert tp-source" data-color="warning"' in text


def test_a_source_read_lately_is_not_old(site):
    assert not make_publication(source_fetched=timezone.localdate()).source_is_old
    assert not make_publication(title="Uten dato", source_fetched=None).source_is_old


@pytest.mark.parametrize(
    ("kind", "schema_type"),
    [
        ("report", "Report"),
        ("handbook", "Report"),
        ("guideline", "Report"),
        ("article", "ScholarlyArticle"),
        ("chapter", "ScholarlyArticle"),
        ("thesis", "ScholarlyArticle"),
    ],
)
def test_a_publication_tells_search_engines_what_it_is_and_who_wrote_it(client, site, kind, schema_type):
    page = make_publication(
        kind=kind, authors="Ola Hansen; Kari Berg", publisher="Senteret", isbn="978-82-1", doi="10.1/abc"
    )
    data = structured_data(client.get(page.url).content.decode())
    assert (data["@type"], data["headline"], data["datePublished"]) == (schema_type, page.title, "2017")
    assert data["author"] == [
        {"@type": "Person", "name": "Ola Hansen"},
        {"@type": "Person", "name": "Kari Berg"},
    ]
    assert data["publisher"] == {"@type": "Organization", "name": "Senteret"}
    assert data["identifier"] == {"@type": "PropertyValue", "propertyID": "ISBN", "value": "978-82-1"}
    assert data["sameAs"] == "https://doi.org/10.1/abc"


def test_a_publication_without_authors_is_its_publishers_or_the_services(client, site):
    theirs = make_publication(publisher="Senteret", authors="")
    assert structured_data(client.get(theirs.url).content.decode())["author"]["name"] == "Senteret"
    ours = structured_data(client.get(make_publication(title="Vår egen").url).content.decode())
    assert ours["author"]["name"] == ours["publisher"]["name"] == SITE_NAME
