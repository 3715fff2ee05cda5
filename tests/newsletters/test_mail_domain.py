"""check_mail_domain: what DNS lacks for letters, in plain sentences, against a name server of the test's own."""

from base64 import b64encode

import pytest
from django.core.management import CommandError, call_command

from newsletters import mail_domain
from newsletters.alignment import are_aligned
from tests.newsletters.dns_server import running_name_server
from tests.newsletters.factories import SeriesFactory

LONG_KEY = b64encode(b"k" * 294).decode()
GOOD = {
    ("tjenesten.example", "TXT"): ['"v=spf1 include:_spf.relay.example -all"', '"another=thing"'],
    ("retur.tjenesten.example", "TXT"): ['"v=spf1 ip4:192.0.2.1 ~all"'],
    # Two strings, as a long record is written.
    ("s1._domainkey.tjenesten.example", "TXT"): [f'"v=DKIM1; k=rsa; p={LONG_KEY[:200]}" "{LONG_KEY[200:]}"'],
    ("_dmarc.tjenesten.example", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@tjenesten.example"'],
    ("retur.tjenesten.example", "MX"): ["20 b.tjenesten.example.", "10 a.tjenesten.example."],
}


@pytest.fixture
def names():
    with running_name_server() as server:
        server.records = dict(GOOD)
        yield server


@pytest.fixture(autouse=True)
def sender(settings):
    settings.BOUNCE_DOMAIN = "retur.tjenesten.example"
    settings.DKIM_SELECTORS = ["s1"]


def look(names, capsys, *arguments):
    """Run the command; return what it says and its exit code."""
    try:
        call_command("check_mail_domain", *(arguments or ["tjenesten.example"]), "--server", names.address)
    except CommandError as error:
        return capsys.readouterr().out + str(error), error.returncode
    return capsys.readouterr().out, 0


def test_a_domain_with_all_it_needs_passes(names, capsys):
    said, code = look(names, capsys)
    assert code == 0
    assert "MISSING" not in said
    assert "look at" not in said
    assert "goes to a.tjenesten.example, b.tjenesten.example" in said


@pytest.mark.parametrize(
    ("gone", "sentence", "record"),
    [
        ("tjenesten.example", "SPF: tjenesten.example says nothing", 'TXT "v=spf1 include:'),
        ("retur.tjenesten.example", "SPF: retur.tjenesten.example says nothing", "MX 10"),
        ("s1._domainkey.tjenesten.example", "there is no key at s1._domainkey", 'TXT "v=DKIM1; k=rsa; p='),
        ("_dmarc.tjenesten.example", "DMARC: tjenesten.example says nothing", 'TXT "v=DMARC1; p=none; rua='),
    ],
)
def test_what_is_missing_is_said_with_the_record_to_write(names, capsys, gone, sentence, record):
    names.records = {key: value for key, value in GOOD.items() if key[0] != gone}
    said, code = look(names, capsys)
    assert code == 1
    assert sentence in said
    assert record in said


@pytest.mark.parametrize(
    ("name", "records", "sentence"),
    [
        ("tjenesten.example", ['"v=spf1 -all"', '"v=spf1 mx -all"'], "has 2 records"),
        ("tjenesten.example", ['"v=spf1 mx +all"'], "lets anyone send"),
        ("tjenesten.example", ['"v=spf1 mx"'], "does not end with -all"),
        ("tjenesten.example", ['"v=spf1 ' + "include:a.example " * 11 + '-all"'], "more than 10 further"),
        ("s1._domainkey.tjenesten.example", ['"v=DKIM1; p="'], "means withdrawn"),
        ("s1._domainkey.tjenesten.example", ['"v=DKIM1; p=ikke base64!"'], "is broken"),
        ("s1._domainkey.tjenesten.example", [f'"v=DKIM1; p={b64encode(b"k" * 162).decode()}"'], "is short"),
        ("_dmarc.tjenesten.example", ['"v=DMARC1; p=none; rua=mailto:a@b.example"'], "policy is none"),
        ("_dmarc.tjenesten.example", ['"v=DMARC1; p=reject"'], "no address gets the reports"),
        ("_dmarc.tjenesten.example", ['"v=DMARC1; rua=mailto:a@b.example"'], "has no policy"),
        ("_dmarc.tjenesten.example", ['"v=DMARC1; p=reject; aspf=s; rua=mailto:a@b.example"'], "aspf=s"),
    ],
)
def test_records_that_do_not_hold_are_told_apart(names, capsys, name, records, sentence):
    names.records[name, "TXT"] = records
    said, _code = look(names, capsys)
    assert sentence in said


def includes(*names) -> list[str]:
    return ['"v=spf1 ' + "".join(f"include:{name} " for name in names) + '-all"']


def test_look_ups_of_included_records_count_and_each_name_is_asked_once(names, capsys):
    names.records["tjenesten.example", "TXT"] = includes("a.example", "b.example")
    names.records["a.example", "TXT"] = ['"v=spf1 mx a:x.example a:y.example redirect=c.example"']
    names.records["b.example", "TXT"] = [
        '"v=spf1 ip4:192.0.2.1 include:c.example exists:%{i}.d.example ~all"'
    ]
    names.records["c.example", "TXT"] = ['"v=spf1 mx ip4:192.0.2.2 -all"']
    said, code = look(names, capsys)
    assert code == 0, said
    assert names.asked.count(("c.example", "TXT")) == 1
    # Ten so far; the eleventh stands two records away.
    names.records["c.example", "TXT"] = ['"v=spf1 mx ptr ip4:192.0.2.2 -all"']
    said, code = look(names, capsys)
    assert code == 1
    assert "more than 10 further" in said


def test_records_that_include_each_other_end_at_the_limit(names, capsys):
    names.records["tjenesten.example", "TXT"] = includes("a.example")
    names.records["a.example", "TXT"] = includes("tjenesten.example")
    assert "more than 10 further" in look(names, capsys)[0]


def test_a_null_mail_server_takes_no_bounces(names, capsys):
    names.records["retur.tjenesten.example", "MX"] = ["0 ."]
    said, code = look(names, capsys)
    assert code == 1
    assert "nobody takes mail for retur.tjenesten.example" in said


def test_a_subdomain_is_covered_by_the_organisations_dmarc(names, capsys):
    names.records["brev.tjenesten.example", "TXT"] = ['"v=spf1 mx -all"']
    names.records["s1._domainkey.brev.tjenesten.example", "TXT"] = [
        f'"p={LONG_KEY[:200]}" "{LONG_KEY[200:]}"'
    ]
    said, code = look(names, capsys, "brev.tjenesten.example")
    assert code == 0, said
    assert ("_dmarc.tjenesten.example", "TXT") in names.asked


def test_an_answer_too_long_for_udp_is_fetched_over_tcp(names, capsys):
    names.records["tjenesten.example", "TXT"] = [f'"{letter * 250}"' for letter in "abcd"] + [
        '"v=spf1 mx -all"'
    ]
    assert look(names, capsys)[1] == 0
    assert names.over_tcp == 1


def test_unset_selectors_and_bounce_domain_are_told(names, capsys, settings):
    settings.DKIM_SELECTORS, settings.BOUNCE_DOMAIN = [], ""
    said, code = look(names, capsys)
    assert code == 1
    assert "DKIM_SELECTORS" in said
    assert "BOUNCE_DOMAIN is not set" in said
    assert look(names, capsys, "tjenesten.example", "--selector", "s1")[1] == 0


def test_a_name_server_that_is_silent_or_no_address_is_no_verdict(names, capsys, monkeypatch):
    monkeypatch.setattr(mail_domain, "LIFETIME_SECONDS", 0.3)
    names.is_silent = True
    said, code = look(names, capsys)
    assert code == 2
    assert "nothing is known" in said
    with pytest.raises(CommandError, match="cannot be used"):
        call_command("check_mail_domain", "tjenesten.example", "--server", "ikke-en-adresse")


@pytest.mark.django_db
def test_without_a_name_the_senders_of_series_and_portal_are_looked_up(names, capsys, settings):
    settings.DEFAULT_FROM_EMAIL = "Portalen <portal@portal.example>"
    SeriesFactory(sender_email="brev@Tjenesten.example")
    call_arguments = ["--server", names.address]
    with pytest.raises(CommandError):
        call_command("check_mail_domain", *call_arguments)
    said = capsys.readouterr().out
    assert "tjenesten.example\n" in said
    assert "portal.example\n" in said


def test_domains_of_one_body_are_aligned_and_neighbours_under_a_shared_suffix_are_not():
    assert are_aligned("brev.tjenesten.no", "retur.tjenesten.no")
    assert are_aligned("tjenesten.no", "RETUR.tjenesten.no")
    assert not are_aligned("tjenesten.no", "relay.no")
    assert not are_aligned("oslo.kommune.no", "bergen.kommune.no")
