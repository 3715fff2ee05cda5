"""What is left of a person's letters when they are forgotten, however many they got."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletters.forgetting import forget_person, forget_receivers
from newsletters.imports import bar_erased
from newsletters.models import Recipient, SuppressedAddress, address_hash
from tests.newsletters.factories import PersonFactory, make_delivery, make_letter

pytestmark = pytest.mark.django_db


def letters_to(person, number: int) -> list[Recipient]:
    """Rows of so many letters to one person; the last one waits."""
    series = make_letter(slug=f"brev-{person.pk}").series
    rows = []
    for n in range(number):
        delivery = make_delivery(make_letter(series, slug=f"brev-{person.pk}-{n}"), frozen=False)
        status = "pending" if n == number - 1 else "sent"
        rows.append(
            delivery.recipients.create(
                person=person, email=person.email, first_name="Kari", smtp_reply="OK", status=status
            )
        )
    return rows


def test_only_numbers_stay_of_a_forgotten_persons_letters_and_only_one_that_waits_is_skipped(site):
    rows = letters_to(PersonFactory(), 3)
    other = letters_to(PersonFactory(), 1)
    forget_receivers(rows)
    left = list(Recipient.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    assert [row.status for row in left] == ["sent", "sent", "skipped"]
    assert [row.email for row in left] == [f"erased-{row.key.hex}@invalid.invalid" for row in rows]
    assert {(row.first_name, row.smtp_reply, row.person, row.organisation) for row in left} == {
        ("", "", None, None)
    }
    assert Recipient.objects.get(pk=other[0].pk).status == "pending"


def test_forgetting_costs_as_much_for_one_letter_as_for_twenty(site):
    def queries(number: int) -> int:
        rows = letters_to(PersonFactory(), number)
        with CaptureQueriesContext(connection) as captured:
            forget_receivers(rows)
        return len(captured)

    assert queries(20) == queries(1)


@pytest.mark.parametrize("before", ["hard_bounce", "manual", "complaint"])
def test_an_address_that_was_stopped_before_is_barred_as_an_erased_persons(before, site):
    person = PersonFactory(email="kari@sykehus.example")
    SuppressedAddress.objects.create(hash=address_hash(person.email), reason=before)
    forget_person(person)
    barred: dict[str, str] = {}
    bar_erased(["kari@sykehus.example"], barred)
    assert list(barred) == ["kari@sykehus.example"]
