"""lift_suppression: a domain whose mail server was wrong for a morning gets its letters back, and nobody else."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import ModelLogEntry

from directory.models import PersonAddress
from newsletters.models import SuppressedAddress, address_hash
from tests.newsletters.factories import PersonFactory

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 3, 7, 30, tzinfo=UTC)


def stop(email: str, reason: str = "hard_bounce", since: datetime = MORNING) -> None:
    SuppressedAddress.objects.create(hash=address_hash(email), reason=reason, since=since)


def lift(*extra: str, domain="sykehus.example", since="2026-11-03", until="2026-11-03") -> str:
    out = StringIO()
    call_command(
        "lift_suppression", "--domain", domain, "--since", since, "--until", until, *extra, stdout=out
    )
    return out.getvalue()


def stopped() -> int:
    return SuppressedAddress.objects.count()


def test_the_hard_bounces_of_the_domain_and_period_are_lifted_and_counted_and_logged():
    for name in ("Kari", "ola"):
        person = PersonFactory(email=f"{name}@Sykehus.example")
        stop(person.email)
    PersonAddress.objects.create(person=person, email="ola.gammel@sykehus.example")
    stop("ola.gammel@sykehus.example")
    assert "3 adresser på sykehus.example i registeret, 3 sperringer opphevet" in lift()
    assert stopped() == 0
    entries = ModelLogEntry.objects.filter(action="newsletters.lift_suppression")
    assert entries.count() == 3
    assert "sykehus.example 2026-11-03" in entries[0].data["reason"]
    assert "0 sperringer opphevet" in lift()


@pytest.mark.parametrize(
    ("email", "reason", "since"),
    [
        ("kari@annet.example", "hard_bounce", MORNING),
        ("kari@post.sykehus.example", "hard_bounce", MORNING),
        ("kari@detsykehus.example", "hard_bounce", MORNING),
        ("kari@sykehus.example", "complaint", MORNING),
        ("kari@sykehus.example", "erased", MORNING),
        ("kari@sykehus.example", "manual", MORNING),
        ("kari@sykehus.example", "hard_bounce", MORNING.replace(day=2)),
        ("kari@sykehus.example", "hard_bounce", MORNING.replace(day=4)),
    ],
)
def test_other_domains_other_reasons_and_other_days_stay(email, reason, since):
    PersonFactory(email=email)
    stop(email, reason, since)
    assert "0 sperringer opphevet" in lift()
    assert stopped() == 1


def test_an_address_that_nobody_in_the_register_has_is_not_found():
    stop("borte@sykehus.example")
    assert "0 adresser" in lift()
    assert stopped() == 1


def test_a_dry_run_counts_and_lifts_nothing():
    stop(PersonFactory(email="kari@sykehus.example").email)
    assert "1 sperringer ville blitt opphevet" in lift("--dry-run")
    assert stopped() == 1
    assert not ModelLogEntry.objects.exists()


@pytest.mark.parametrize(
    ("since", "until", "lifted"),
    [
        ("2026-11-03T08:00", "2026-11-03T09:00", 1),  # 7.30 UTC is 8.30 in Norway
        ("2026-11-03T09:00", "2026-11-03T12:00", 0),
        ("2026-11-03T07:30:00+00:00", "2026-11-03T07:31:00+00:00", 1),
        ("2026-11-01", "2026-11-03", 1),
    ],
)
def test_the_period_is_days_with_the_last_whole_or_moments_in_the_sites_time(since, until, lifted):
    stop(PersonFactory(email="kari@sykehus.example").email)
    assert f"{lifted} sperringer" in lift(since=since, until=until)


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "sykehus"},
        {"domain": "kari@sykehus.example"},
        {"since": "i går"},
        {"since": "2026-13-03"},
        {"until": "2026-11-02"},
    ],
)
def test_a_domain_or_period_that_is_none_ends_with_code_1_and_lifts_nothing(wrong):
    stop(PersonFactory(email="kari@sykehus.example").email)
    with pytest.raises(CommandError) as refusal:
        lift(**wrong)
    assert refusal.value.returncode == 1
    assert stopped() == 1
