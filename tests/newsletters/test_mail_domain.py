"""check_mail_domain: what DNS lacks for letters, in plain sentences, against a name server of the test's own."""

from base64 import b64encode

import pytest
from django.core.management import CommandError, call_command

from newsletters.alignment import are_aligned
from newsletters.mail_domain import resolver
from tests.newsletters.dns_server import running_name_server
from tests.newsletters.factories import SeriesFactory


def key_of(size):
    """A key record's value of so many bytes, in two strings, as a long record is written."""
    key = b64encode(b"k" * size).decode()
    return f'"v=DKIM1; k=rsa; p={key[:200]}" "{key[200:]}"'


GOOD = {
    ("tjenesten.example", "TXT"): ['"v=spf1 include:_spf.relay.example -all"', '"another=thing"'],
    ("_spf.relay.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"'],
    ("tjenesten.example", "MX"): ["10 a.tjenesten.example."],
    ("a.tjenesten.example", "A"): ["192.0.2.7"],
    ("b.tjenesten.example", "AAAA"): ["2001:db8::7"],
    ("retur.tjenesten.example", "TXT"): ['"v=spf1 ip4:192.0.2.1 ~all"'],
    ("s1._domainkey.tjenesten.example", "TXT"): [key_of(294)],
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
    assert "MANGLER" not in said
    assert "SE PÅ" not in said
    assert "går til a.tjenesten.example, b.tjenesten.example" in said


@pytest.mark.parametrize(
    ("gone", "sentence", "record"),
    [
        ("tjenesten.example", "SPF: tjenesten.example sier ikke", 'TXT "v=spf1 include:'),
        ("retur.tjenesten.example", "SPF: retur.tjenesten.example sier ikke", "MX 10"),
        ("s1._domainkey.tjenesten.example", "ingen nøkkel på s1._domainkey", 'TXT "v=DKIM1; k=rsa; p='),
        ("_dmarc.tjenesten.example", "DMARC: tjenesten.example sier ikke", 'TXT "v=DMARC1; p=none; rua='),
    ],
)
def test_what_is_missing_is_said_with_the_record_to_write(names, capsys, gone, sentence, record):
    names.records = {key: value for key, value in GOOD.items() if key[0] != gone}
    said, code = look(names, capsys)
    assert code == 1
    assert sentence in said
    assert record in said


@pytest.mark.parametrize(
    ("records", "level", "sentence", "record"),
    [
        (["v=spf1 mx -all", "v=spf1 a ~all"], "MANGLER", "har 2 poster", "v=spf1 a mx ~all"),
        (["v=spf1 mx +all"], "MANGLER", "lar hvem som helst sende (+all)", "v=spf1 mx ~all"),
        (["v=spf1 mx all"], "MANGLER", "lar hvem som helst sende (all)", "v=spf1 mx ~all"),
        (["v=spf1 mx ?all"], "SE PÅ", "lar hvem som helst sende (?all)", "v=spf1 mx ~all"),
        (["v=spf1 mx"], "SE PÅ", "slutter ikke med -all", "v=spf1 mx ~all"),
        (["v=spf1 ipv4:192.0.2.1 -all"], "MANGLER", "en feil, «ipv4:192.0.2.1»", ""),
        (["v=spf1 ip4:192.0.2.300 -all"], "MANGLER", "en feil, «ip4:192.0.2.300»", ""),
        (["v=spf1 include: -all"], "MANGLER", "en feil, «include:»", ""),
        (
            ["v=spf1 mx include:borte.example -all"],
            "MANGLER",
            "borte.example, som ikke har",
            "v=spf1 mx -all",
        ),
        (["v=spf1 redirect=borte.example"], "MANGLER", "borte.example, som ikke har", "v=spf1 include:<"),
        (
            ["v=spf1 include:flere.example -all"],
            "MANGLER",
            "flere.example, som har flere",
            "v=spf1 include:<",
        ),
        (
            ["v=spf1 include:feil.example -all"],
            "MANGLER",
            "feil.example, som har en SPF-post med en feil",
            "v=",
        ),
        (["v=spf1 include:viser.example -all"], "MANGLER", "viser til borte.example, som ikke har", ""),
        (["v=spf1 " + "a:x.example " * 11 + "-all"], "MANGLER", "mer enn 10 oppslag", ""),
        # What a receiver never gets to is no fault.
        (["v=spf1 mx -all include:borte.example"], "i orden", "v=spf1 mx -all", ""),
        (["v=spf1 mx redirect=borte.example -all"], "i orden", "v=spf1 mx redirect", ""),
        (
            ["v=spf1 mx/24 a//64 exp=hvorfor.example ra=post exists:%{i}.x.example -all"],
            "i orden",
            "mx/24",
            "",
        ),
    ],
)
def test_spf_records_that_do_not_hold_are_told_apart(names, capsys, records, level, sentence, record):
    names.records["flere.example", "TXT"] = ['"v=spf1 -all"', '"v=spf1 mx -all"']
    names.records["feil.example", "TXT"] = ['"v=spf1 tull -all"']
    names.records["viser.example", "TXT"] = ['"v=spf1 include:borte.example -all"']
    names.records["tjenesten.example", "TXT"] = [f'"{text}"' for text in records]
    said, code = look(names, capsys)
    assert code == (1 if level == "MANGLER" else 0)
    lines = said.splitlines()
    place = next(number for number, line in enumerate(lines) if sentence in line)
    assert lines[place].split()[0] == level.split()[0]
    if record:
        assert f'skriv: tjenesten.example. TXT "{record}' in lines[place + 1]


@pytest.mark.parametrize(
    ("record", "code", "sentence"),
    [
        ('"v=DKIM1; p="', 1, "trukket tilbake"),
        ('"v=DKIM1; p=ikke base64!"', 1, "er ødelagt"),
        (key_of(162), 0, "er kort"),
        (key_of(94), 1, "færre enn 1024 bit"),
        (key_of(294).replace("k=rsa", "h=sha1"), 1, "gamle sjekksummer"),
        (key_of(294).replace("k=rsa", "t=s:y"), 0, "merket som en prøve"),
        (key_of(294).replace("DKIM1", "DKIM2"), 1, "ikke en DKIM1-post"),
        (key_of(32).replace("rsa", "ed25519"), 0, "i orden  DKIM: Det står en nøkkel"),
    ],
)
def test_dkim_keys_that_do_not_hold_are_told_apart(names, capsys, record, code, sentence):
    names.records["s1._domainkey.tjenesten.example", "TXT"] = [record]
    said, ended = look(names, capsys)
    assert sentence in said
    assert ended == code


def test_two_keys_at_one_selector_are_told(names, capsys):
    names.records["s1._domainkey.tjenesten.example", "TXT"] = [key_of(294), key_of(300)]
    said, code = look(names, capsys)
    assert code == 1
    assert "Det står 2 nøkler" in said


REPORTS = "rua=mailto:dmarc@tjenesten.example"


@pytest.mark.parametrize(
    ("records", "code", "sentence", "record"),
    [
        ([f"v=DMARC1; p=none; {REPORTS}"], 0, "er none", f"v=DMARC1; p=quarantine; {REPORTS}"),
        (["v=DMARC1; p=reject"], 0, "Ingen adresse får", f"v=DMARC1; p=reject; {REPORTS}"),
        ([f"v=DMARC1; {REPORTS}"], 1, "har ingen regel", f"v=DMARC1; p=none; {REPORTS}"),
        ([f"v=DMARC1; p=tull; {REPORTS}"], 1, "har ingen regel", f"v=DMARC1; p=none; {REPORTS}"),
        ([f"v=DMARC1; p=none; {REPORTS}", "v=DMARC1; p=reject"], 1, "Det står flere poster", ""),
        ([f"v=DMARC1; p=reject; sp=none; {REPORTS}"], 0, "åpne (sp=none)", f"v=DMARC1; p=reject; sp=reject; {REPORTS}"),
        ([f"v=DMARC1; p=reject; t=y; {REPORTS}"], 0, "på prøve", f"v=DMARC1; p=reject; {REPORTS}"),
        ([f"v=DMARC1; p=reject; pct=20; {REPORTS}"], 0, "på prøve", f"v=DMARC1; p=reject; {REPORTS}"),
        (["v=DMARC1; p=reject; rua=https://x.example"], 0, "ingen adresse for rapporter", ""),
        ([f"v=DMARC1; p=reject; aspf=s; {REPORTS}"], 0, "teller ikke for tjenesten.example", ""),
    ],
)  # fmt: skip
def test_dmarc_records_that_do_not_hold_are_told_apart(names, capsys, records, code, sentence, record):
    names.records["_dmarc.tjenesten.example", "TXT"] = [f'"{text}"' for text in records]
    said, ended = look(names, capsys)
    assert ended == code, said
    lines = said.splitlines()
    place = next(number for number, line in enumerate(lines) if sentence in line)
    if record:
        assert lines[place + 1].strip() == f'skriv: _dmarc.tjenesten.example. TXT "{record}"'


def test_reports_to_another_organisation_need_its_consent(names, capsys):
    names.records["_dmarc.tjenesten.example", "TXT"] = [
        '"v=DMARC1; p=reject; rua=mailto:a@rapport.example!10m"'
    ]
    said, code = look(names, capsys)
    assert code == 0
    consent = "tjenesten.example._report._dmarc.rapport.example"
    assert f'skriv: {consent}. TXT "v=DMARC1"' in said
    names.records[consent, "TXT"] = ['"v=DMARC1"']
    assert "rapport.example har sagt ja" not in look(names, capsys)[0]


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
    assert "mer enn 10 oppslag" in said


def test_records_that_include_each_other_end_at_the_limit(names, capsys):
    names.records["tjenesten.example", "TXT"] = includes("a.example")
    names.records["a.example", "TXT"] = includes("tjenesten.example")
    assert "mer enn 10 oppslag" in look(names, capsys)[0]


def test_a_null_mail_server_takes_no_bounces(names, capsys):
    names.records["retur.tjenesten.example", "MX"] = ["0 ."]
    said, code = look(names, capsys)
    assert code == 1
    assert "Ingen tar imot e-post for retur.tjenesten.example" in said


@pytest.fixture
def letters(names):
    """A sender's domain below that of its organisation."""
    names.records["brev.tjenesten.example", "TXT"] = ['"v=spf1 mx -all"']
    names.records["brev.tjenesten.example", "MX"] = ["10 a.tjenesten.example."]


def test_a_subdomain_is_covered_by_the_organisations_record_and_key(names, letters, capsys):
    said, code = look(names, capsys, "brev.tjenesten.example")
    assert code == 0, said
    assert "SE PÅ" not in said
    assert "Regelen for brev.tjenesten.example er quarantine (_dmarc.tjenesten.example)" in said
    assert "nøkkel på s1._domainkey.tjenesten.example" in said


def test_what_a_record_says_of_subdomains_holds_for_them(names, letters, capsys):
    record = "v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@tjenesten.example"
    names.records["_dmarc.tjenesten.example", "TXT"] = [f'"{record}"']
    said, _code = look(names, capsys, "brev.tjenesten.example")
    assert "Regelen for brev.tjenesten.example er none" in said
    assert f'skriv: _dmarc.tjenesten.example. TXT "{record.replace("sp=none", "sp=quarantine")}"' in said


def test_the_walk_up_the_tree_needs_no_list_of_suffixes(names, letters, capsys):
    """Without a record of its own, a name under a shared suffix that says so is not taken for its neighbour's."""
    names.records["_dmarc.tjenesten.example", "TXT"] = ['"v=DMARC1; p=reject; psd=y"']
    said, code = look(names, capsys, "brev.tjenesten.example")
    assert code == 1
    # retur.tjenesten.example and the key's tjenesten.example are other bodies then.
    assert "SPF for retur.tjenesten.example (BOUNCE_DOMAIN) teller ikke for brev.tjenesten.example" in said
    names.records["_dmarc.brev.tjenesten.example", "TXT"] = ['"v=DMARC1; p=reject; psd=n"']
    names.asked.clear()
    look(names, capsys, "brev.tjenesten.example")
    assert names.asked[0] == ("_dmarc.brev.tjenesten.example", "TXT")
    assert names.asked[1] != ("_dmarc.tjenesten.example", "TXT")


def test_a_very_long_name_is_not_walked_label_by_label(names, capsys):
    long = ".".join("abcdefghijkl") + ".tjenesten.example"
    look(names, capsys, long)
    asked = [name for name, _kind in names.asked if name.startswith("_dmarc.")]
    assert asked[:3] == [
        f"_dmarc.{long}",
        "_dmarc.h.i.j.k.l.tjenesten.example",
        "_dmarc.i.j.k.l.tjenesten.example",
    ]
    assert ("_dmarc.example", "TXT") in names.asked


def test_a_relay_that_signs_for_itself_only_does_not_count(names, capsys, settings):
    names.records["s9._domainkey.relay.example", "TXT"] = [key_of(294)]
    said, code = look(names, capsys, "tjenesten.example", "--selector", "s9:relay.example")
    assert code == 0
    assert "signatur fra relay.example teller ikke for tjenesten.example" in said
    settings.BOUNCE_DOMAIN = "retur.relay.example"
    names.records["retur.relay.example", "TXT"] = ['"v=spf1 mx -all"']
    names.records["retur.relay.example", "MX"] = ["10 a.tjenesten.example."]
    said, code = look(names, capsys, "tjenesten.example", "--selector", "s9:relay.example")
    assert code == 1
    assert "Bruk et navn under tjenesten.example" in said
    assert "Verken SPF eller DKIM teller for tjenesten.example" in said


def test_mail_servers_must_be_there_and_a_host_without_one_is_told(names, capsys):
    names.records["retur.tjenesten.example", "MX"] = ["10 borte.example."]
    said, code = look(names, capsys)
    assert code == 1
    assert "går til borte.example, men det finnes ingen slik maskin" in said
    del names.records["retur.tjenesten.example", "MX"]
    names.records["retur.tjenesten.example", "A"] = ["192.0.2.9"]
    said, code = look(names, capsys)
    assert code == 0
    assert "skriv: retur.tjenesten.example. MX 10" in said
    names.records["tjenesten.example", "MX"] = ["0 ."]
    assert "Ingen tar imot e-post for tjenesten.example" in look(names, capsys)[0]


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
    assert "BOUNCE_DOMAIN er ikke satt" in said
    assert look(names, capsys, "tjenesten.example", "--selector", "s1")[1] == 0


def test_a_name_server_that_is_silent_or_no_address_is_no_verdict(names, capsys, monkeypatch):
    monkeypatch.setattr(resolver, "LIFETIME_SECONDS", 0.3)
    names.is_silent = True
    said, code = look(names, capsys)
    assert code == 2
    assert "ingenting er kjent" in said
    with pytest.raises(CommandError, match="kan ikke brukes"):
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
