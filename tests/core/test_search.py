"""Search: stems, beginnings, synonyms, visibility, counts, excerpts."""

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from core.models import ServiceSettings
from core.search.query import search
from core.search.suggestions import suggest
from core.search.terms import query_parts, words_of
from tests.core.factories import GlossaryTermFactory, StaffRoleFactory, make_article, make_guide, make_topic

pytestmark = pytest.mark.django_db


def titles(text, site, **filters):
    return [str(hit.object) for hit in search(text, site, **filters).hits]


def test_a_word_finds_its_other_forms(site):
    make_article(title="Behandlinger som virker")
    assert titles("behandlingen", site) == ["Behandlinger som virker"]


def test_the_beginning_of_a_compound_word_finds_it(site):
    make_article(title="Kvalitet i rusbehandling")
    assert titles("rus", site) == ["Kvalitet i rusbehandling"]


def test_every_word_must_be_found(site):
    make_article(title="Kvalitet i rusbehandling")
    assert titles("kvalitet fjelltur", site) == []


def test_a_synonym_from_the_settings_finds_the_other_word(site):
    settings = ServiceSettings.for_site(site)
    settings.search_synonyms = "drop-out, behandlingsavbrudd"
    settings.save()
    make_article(title="Forebygge behandlingsavbrudd")
    assert titles("drop-out", site) == ["Forebygge behandlingsavbrudd"]


def test_the_glossary_long_form_finds_the_abbreviation(site):
    GlossaryTermFactory(term="LAR", long_form="legemiddelassistert rehabilitering")
    make_article(title="Status for LAR i 2016")
    assert "Status for LAR i 2016" in titles("legemiddelassistert rehabilitering", site)


def test_glossary_terms_and_public_roles_are_found_and_hidden_roles_are_not(site):
    GlossaryTermFactory(term="Kvarus", explanation="Nasjonalt kvalitetsregister.")
    StaffRoleFactory(title="Registeransvarlig for kvarus")
    StaffRoleFactory(title="Skjult kvarus-rolle", is_public=False)
    found = titles("kvarus", site)
    assert set(found) == {"Kvarus", "Registeransvarlig for kvarus"}


def test_drafts_and_restricted_pages_are_never_found(site):
    make_article(title="Hemmelig kladd", live=False)
    closed = make_guide(title="Hemmelig veileder", chapters=1)
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    assert titles("hemmelig", site) == []
    assert titles("kapittel", site) == []


def test_counts_by_kind_and_topic_cover_all_hits_while_a_filter_narrows_the_list(site):
    topic = make_topic(title="Legemidler")
    for number in range(12):
        make_article(title=f"Nytt om nalokson {number}", topics=[topic] if number < 3 else [])
    results = search("nalokson", site)
    assert results.total == 12
    assert len(results.hits) == 10
    assert [(kind.model, n) for kind, n in results.types] == [("articlepage", 12)]
    assert results.topics == [(topic.pk, 3)]
    narrowed = search("nalokson", site, topic_id=topic.pk)
    assert narrowed.total == 3
    assert narrowed.types[0][1] == 12


def test_found_words_are_marked_and_everything_else_is_escaped(site):
    make_article(title="Ventetid", lead="<script>alert(1)</script> ventetiden går ned")
    (hit,) = search("ventetid", site).hits
    assert "<mark>Ventetid</mark>" in hit.title
    assert "<script>" not in hit.excerpt
    assert "<mark>ventetiden</mark>" in hit.excerpt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "&|!()<>:*",
        "'",
        "\\",
        "'; DROP TABLE x; --",
        "a" * 5000,
        "-",
        "<->",
        "<script>alert(1)",
        "\x00",
    ],
)
def test_odd_input_never_breaks_the_search(site, text):
    make_article(title="Kvalitet i rusbehandling")
    assert search(text, site).hits == []
    assert suggest(text, site) == []
    response = Client().get("/sok/", {"q": text})
    assert response.status_code == 200
    assert "<script" not in response.content.decode().split("<main")[1]
    assert titles("kvalitet", site) == ["Kvalitet i rusbehandling"]


def test_a_query_is_built_of_quoted_words_only():
    assert query_parts("lar ' | !x", []) == ["('lar':*)", "('x':*)"]
    assert words_of("Drop-out 2017") == ["drop-out", "2017"]


def test_a_search_costs_the_same_however_many_hits(site, django_assert_num_queries):
    for number in range(3):
        make_article(title=f"Nalokson {number}")
    search("nalokson", site)
    with django_assert_num_queries(6):
        search("nalokson", site)
    for number in range(10):
        make_article(title=f"Nalokson igjen {number}")
    with django_assert_num_queries(6):
        search("nalokson", site)


def test_suggestions_name_pages_by_the_beginning_of_a_word(site):
    article = make_article(title="Kvalitet i rusbehandling")
    GlossaryTermFactory(term="Rusreform")
    found = suggest("rus", site)
    assert {"title": "Kvalitet i rusbehandling", "url": article.url, "type": found[0]["type"]} == found[0]
    assert found[1]["title"] == "Rusreform"


def test_suggestions_lead_from_a_public_role_to_the_contact_page(site):
    StaffRoleFactory(title="Fagansvarlig for avrusning")
    StaffRoleFactory(title="Fagansvarlig som har sluttet", is_public=False)
    (found,) = suggest("fagansv", site)
    assert found == {"title": "Fagansvarlig for avrusning", "url": "/kontakt/", "type": found["type"]}


def test_no_more_than_seven_are_suggested(site):
    for number in range(4):
        make_article(title=f"Nalokson {number}")
        GlossaryTermFactory(term=f"Nalokson {number}")
        StaffRoleFactory(title=f"Nalokson {number}")
    assert len(suggest("nalok", site)) == 7


def test_the_excerpt_is_running_text_without_the_names_of_choices(site):
    body = [("heading", {"text": "Ventetid", "level": "2"}), ("text", "<p>Ventetiden går ned.</p>")]
    make_article(title="Tall", body=body, topics=[make_topic(title="Ledelse")])
    (hit,) = search("ventetid", site).hits
    assert "Tall" in hit.title
    assert "Ledelse" not in hit.title
    assert "<mark>Ventetid</mark>. <mark>Ventetiden</mark> går" in hit.excerpt


def test_words_that_the_index_leaves_out_narrow_nothing(site):
    article = make_article(title="Nettverk samler ledere")
    assert [hit.object.pk for hit in search("nettverk for ledere", site).hits] == [article.pk]
    assert search("for og i", site).total == 0


def test_beyond_the_last_turn_the_last_is_shown(site, client):
    for number in range(11):
        make_article(title=f"Nalokson {number}")
    page = client.get("/sok/?q=nalokson&side=400")
    assert page.context["page_obj"].number == 2
    assert len(page.context["results"].hits) == 1
