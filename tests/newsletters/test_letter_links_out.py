"""Where letters and archive pages lead readers: to the sign-up in their language, to the privacy notice."""

import pytest
from django.core.cache import cache

from core.models import HomePage, ServiceSettings
from newsletters.models import DeliveryLink, LetterArchivePage
from tests.newsletters.factories import make_delivery, make_letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_stored_pages():
    cache.clear()


@pytest.mark.parametrize(("language", "query"), [("nb", ""), ("nn", "?sprak=nn")])
def test_archive_and_browser_copy_lead_to_the_sign_up_in_their_own_language(client, site, language, query):
    letter = make_letter(live=True, language=language)
    archive = letter.get_parent().specific
    LetterArchivePage.objects.update(language=language)
    delivery = make_delivery(letter, subscribers=1)
    for url in (letter.url, archive.url):
        assert f'href="/brev/abonner/{archive.series.slug}/{query}"' in client.get(url).content.decode()
    assert f'href="/brev/abonner/{query}"' in client.get(archive.get_parent().url).content.decode()
    copy = client.get(f"/brev/utsending/{delivery.key}/").content.decode()
    assert f'/brev/abonner/{query}"' in copy


def test_the_text_part_leads_to_the_privacy_notice_too_and_neither_part_counts_it(site):
    notice = HomePage.objects.get()
    ServiceSettings.objects.update(privacy_page=notice)
    delivery = make_delivery(make_letter(), subscribers=1)
    address = "http://localhost:8000" + notice.url.removeprefix("http://localhost")
    assert f"Personvern:\n{address}\n" in delivery.text
    assert f'href="{address}"' in delivery.html
    assert not DeliveryLink.objects.filter(url=address, is_trap=False).exists()


def test_a_service_without_a_privacy_notice_names_none(site):
    ServiceSettings.objects.update(privacy_page=None)
    assert "Personvern" not in make_delivery(make_letter(), subscribers=1).text
