"""Addresses and file names made of titles: ASCII alone, and no figures run together."""

import json
import re

import pytest
from django.urls import reverse

from core.address_words import AddressInput, address_words
from core.models import ArticlePage
from newsletters.services.next_letter import start_next
from tests.newsletters.factories import SeriesFactory, make_letter
from tests.newsletters.sent import sent_delivery
from tests.newsletters.test_figures import someone


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("TSB-lederbrev 2/2027: Prøve på Ås", "tsb-lederbrev-2-2027-prove-pa-as"),
        ("ÆRLIG – og bra!", "aerlig-og-bra"),
        ("Idé nr. 3", "ide-nr-3"),
        ("?!", ""),
    ],
)
def test_titles_become_words_of_ascii_with_numbers_kept_apart(title, words):
    assert address_words(title) == words


def test_every_page_types_address_follows_its_title_by_the_same_rules():
    field = ArticlePage.get_edit_handler().get_form_class().base_fields["slug"]
    assert isinstance(field.widget, AddressInput)
    assert field.widget.attrs["data-w-slug-allow-unicode-value"] == "false"
    rules = json.loads(field.widget.attrs["data-w-slug-formatters-value"])
    title = "Prøve på 2/2027"
    for (pattern, _flags), plain in rules:
        title = re.sub(pattern, plain, title)
    assert title == "Prove pa 2-2027"


@pytest.mark.django_db
def test_a_letter_and_its_files_are_named_alike(site, client, settings):
    settings.MFA_REQUIRED = False
    letter = make_letter(SeriesFactory(name="Brev på Ås"), title="Prøve på Å 2/2027", year=2027)
    made = start_next(letter.get_parent().specific)
    assert made.slug == f"brev-pa-as-{made.number}-{made.year}"
    delivery = sent_delivery(letter=letter)
    client.force_login(someone("view_deliverystatistics", "send_letter"))
    answer = client.get(reverse("newsletters_admin:export", args=[delivery.pk]))
    assert f'"prove-pa-a-2-2027-{delivery.pk}.csv"' in answer["Content-Disposition"]
