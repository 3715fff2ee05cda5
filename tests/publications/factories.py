"""Factories of publications. Pages stand under the index page that `set_up_site` made."""

from typing import Any

import factory

from publications.models import PrintOrder, PublicationIndexPage, PublicationPage
from tests.core.factories import add_page


def make_publication(**fields: Any) -> PublicationPage:
    """Add a publication to the catalogue."""
    standard = {"title": "Rapport om ventetid", "kind": "report", "year": 2017}
    return add_page(PublicationIndexPage.objects.get(), PublicationPage, **{**standard, **fields})


class PrintOrderFactory(factory.django.DjangoModelFactory):
    """An order of printed copies."""

    form_id = factory.Sequence(lambda n: f"form-{n}")
    copies = 10
    organisation = "Ruspoliklinikken"
    name = "Kari Eksempel"
    email = factory.Sequence(lambda n: f"kari{n}@example.org")
    address = "Eksempelveien 1, 0001 Oslo"

    class Meta:
        model = PrintOrder
