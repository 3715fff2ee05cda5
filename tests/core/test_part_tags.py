"""Cards, pictures and people as the templates ask for them: written once, and never mixed up."""

import pytest
from django.core.files.images import ImageFile
from django.template import engines
from django.utils.translation import override
from wagtail.images.tests.utils import get_test_image_file

from core.models import PortalImage, StaffRole
from core.parts import reading
from tests.core.factories import make_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def show(site, rf):
    """Fills a tag inside one reading, as several on one page are filled."""
    request = rf.get("/", HTTP_HOST="testserver")

    def fill(tag: str, **values) -> str:
        template = engines["django"].from_string("{% load part_tags %}" + tag)
        return template.render(values, request)

    with reading(request):
        yield fill


def test_a_card_asked_for_in_two_ways_is_two_cards(show):
    article = make_article(title="Søvn", lead="Om søvn.")
    plain = show("{% card page %}", page=article)
    assert '<h3 class="tp-card__title">' in plain
    assert '<h2 class="tp-card__title">' in show("{% card page level=2 %}", page=article)
    assert "Pågår" in show("{% card page date='Pågår' %}", page=article)
    assert "2024" in show("{% card page foot='2024' %}", page=article)
    assert "<b>" in plain
    assert "<b>" not in show("{% card page hide_type=True %}", page=article)
    assert show("{% card page %}", page=article) == plain


def test_the_same_card_asks_the_database_once(show, django_assert_num_queries):
    article = make_article(title="Søvn")
    first = show("{% card page %}", page=article)
    with django_assert_num_queries(0):
        assert show("{% card page %}", page=article) == first


def test_a_card_names_the_language_of_its_page_where_it_is_another(show):
    article = make_article(title="Søvn", language="nn")
    assert 'lang="nn"' in show("{% card page %}", page=article)
    with override("nn"):
        assert 'lang="nn"' not in show("{% card page %}", page=article)


def test_a_picture_shown_twice_keeps_the_text_of_each_place(show):
    file = ImageFile(get_test_image_file(size=(640, 480)).file, name="b.png")
    image = PortalImage.objects.create(title="Bilde", file=file, credit="Kari Tegner")
    one = show("{% picture image alt='En stue' %}", image=image)
    other = show("{% picture image alt='Et rom' caption='Slik ser det ut' %}", image=image)
    assert 'alt="En stue"' in one
    assert "Slik ser det ut" not in one
    assert 'alt="Et rom"' in other
    assert "Slik ser det ut" in other
    assert "Kari Tegner" in one


def test_no_picture_shows_nothing(show):
    assert show("{% picture image %}{% page_picture page %}", image=None, page=make_article()) == ""


def test_a_person_without_an_address_is_reached_at_the_service(show):
    role = StaffRole.objects.create(title="Rådgiver", name="Ola Nes")

    class Service:
        email = "post@tjeneste.no"

    assert "mailto:post@tjeneste.no" in show("{% person role %}", role=role, service=Service)
    role.email = "ola@tjeneste.no"
    assert "mailto:ola@tjeneste.no" in show("{% person role %}", role=role, service=Service)
