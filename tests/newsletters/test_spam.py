"""The spam score: what the programs say is understood, and where it is installed the real one is asked."""

import os
import shutil
import socket
import stat
import subprocess

import pytest
from django.core.cache import cache

from newsletters import outside_checks, spam
from newsletters.services.trial import example_message
from newsletters.spam import NoScore, spam_score
from newsletters.tasks import check_outside
from tests.newsletters.factories import make_letter
from tests.outage.own_servers import wait_until

pytestmark = pytest.mark.django_db

PLAIN = b"From: Brev <brev@example.no>\r\nSubject: Hei\r\n\r\nHei\r\n"
# What every installation of SpamAssassin calls spam.
GTUBE = PLAIN + b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
TABLE = (
    "\nInnhold: 9.9 NO_RULE_BUT_A_LINE of the letter\n\n pts rule name              description\n"
    "---- ---------------------- ------------------------------\n"
    " 3.5 SUBJ_ALL_CAPS          Subject is all capitals\n-0.1 DKIM_VALID             Signed\n"
    " 0.0 HTML_MESSAGE           BODY: HTML included in message\n"
    "1000 GTUBE                  BODY: Generic Test\n\n 7.7 AFTER_THE_TABLE nothing\n"
)
CLIENT = "6.1/5.0\n" + TABLE
PROGRAM = (
    "From: a\nX-Spam-Status: Yes, score=6.1 required=5.0\n tests=DKIM_VALID,GTUBE\n"
    " autolearn=no version=4.0.0\nSubject: b\n\n" + TABLE
)
program = pytest.mark.skipif(not shutil.which("spamassassin"), reason="SpamAssassin is not installed")


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.LINK_CHECK_EXTERNAL = False
    settings.SPAMASSASSIN = ""
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    cache.clear()


@pytest.fixture
def queued(monkeypatch):
    """The jobs that were queued; no worker runs."""
    calls = []
    monkeypatch.setattr(check_outside, "apply_async", lambda args, **options: calls.append(args))
    return calls


@pytest.fixture
def only_the_program(settings):
    settings.SPAMASSASSIN = shutil.which("spamassassin")


def make_program(path, name, says, mistake=""):
    """Put a program there that keeps the message it gets and says what SpamAssassin says."""
    program = path / name
    (path / "says").write_text(says)
    program.write_text(
        f'#!/bin/sh\ncat > {path}/message\necho "$@" > {path}/arguments\necho "{mistake}" >&2\ncat {path}/says\n'
    )
    os.chmod(program, stat.S_IRWXU)
    return str(program)


def is_listening(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def reason_of(message=PLAIN):
    with pytest.raises(NoScore) as told:
        spam_score(message)
    return told.value.reason


@pytest.mark.parametrize(("name", "says"), [("spamc", CLIENT), ("spamassassin", PROGRAM)])
def test_a_score_above_the_limit_is_told_with_the_rules_that_spoke_against_it(
    site, settings, tmp_path, queued, name, says
):
    settings.SPAMASSASSIN = make_program(tmp_path, name, says)
    letter = make_letter()
    assert outside_checks.outside_state(letter).is_open
    outside_checks.begin(letter)
    check_outside(*queued[0])
    (warning,) = [check for check in outside_checks.outside_state(letter).checks if check.level == "warn"]
    assert "6,1" in warning.text
    assert "GTUBE, SUBJ_ALL_CAPS." in warning.text
    message = (tmp_path / "message").read_bytes()
    assert b"List-Unsubscribe: " in message
    assert b"[Test]" not in message


def test_an_innocent_letter_is_told_so(site, settings, tmp_path, queued):
    settings.SPAMASSASSIN = make_program(tmp_path, "spamc", "0.4/5.0\n")
    letter = make_letter()
    outside_checks.begin(letter)
    check_outside(*queued[0])
    assert any("0,4" in check.text for check in outside_checks.outside_state(letter).checks)


@pytest.mark.parametrize(
    ("says", "mistake", "reason", "sentence"),
    [
        ("0/0\n", "", "silent", "svarte ikke"),
        ("", "config: no rules were found!  Do you need to run 'sa-update'?", "rules", "sa-update"),
    ],
)
def test_why_there_is_no_score_is_said_in_a_sentence(
    site, settings, tmp_path, queued, says, mistake, reason, sentence
):
    settings.SPAMASSASSIN = make_program(tmp_path, "spamc", says, mistake)
    assert reason_of() == reason
    letter = make_letter()
    outside_checks.begin(letter)
    check_outside(*queued[0])
    state = outside_checks.outside_state(letter)
    assert sentence in state.checks[-1].text
    assert not state.is_open


def test_a_program_that_is_not_there_or_does_not_end_gives_no_score(settings, tmp_path, monkeypatch):
    settings.SPAMASSASSIN = str(tmp_path / "borte")
    assert reason_of() == "silent"
    monkeypatch.setattr(spam, "PATIENCE_SECONDS", 0.2)
    program = tmp_path / "spamc"
    program.write_text("#!/bin/sh\nexec sleep 20\n")
    os.chmod(program, stat.S_IRWXU)
    settings.SPAMASSASSIN = str(program)
    assert reason_of() == "silent"


def test_a_client_without_its_daemon_gives_way_to_the_program(tmp_path, monkeypatch):
    make_program(tmp_path, "spamassassin", PROGRAM)
    client = tmp_path / "spamc"
    client.write_text("#!/bin/sh\necho 0/0\n")
    os.chmod(client, stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert spam_score(PLAIN).points == 6.1


def test_a_daemon_elsewhere_is_named_in_the_setting(settings, tmp_path):
    settings.SPAMASSASSIN = make_program(tmp_path, "spamc", "0.4/5.0\n") + " -d spam.example -p 7830"
    assert spam_score(PLAIN).points == 0.4
    assert (tmp_path / "arguments").read_text() == "-d spam.example -p 7830 -R\n"


def test_without_spamassassin_one_line_says_so(site, monkeypatch):
    monkeypatch.setattr("newsletters.spam.shutil.which", lambda name: None)
    notes = [check.text for check in outside_checks.outside_state(make_letter()).checks]
    assert len([text for text in notes if "SpamAssassin" in text]) == 1


# The real program


@program
def test_the_real_program_scores_a_letter_and_knows_spam(site, only_the_program):
    score = spam_score(example_message(make_letter()))
    assert not score.is_spam
    assert score.limit == 5.0
    spam = spam_score(GTUBE)
    assert spam.is_spam
    assert spam.points > 900
    assert "GTUBE" in spam.rules


@program
def test_the_machines_language_changes_nothing(only_the_program, tmp_path, monkeypatch):
    if not shutil.which("localedef"):
        pytest.skip("localedef is not installed")
    for name in ("nb_NO", "de_DE"):
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", tmp_path / f"{name}.UTF-8"], check=False)
    monkeypatch.setenv("LOCPATH", str(tmp_path))
    found = set()
    for name in ("C", "nb_NO.UTF-8", "de_DE.UTF-8"):
        monkeypatch.setenv("LC_ALL", name)
        found.add(spam_score(GTUBE))
    assert len(found) == 1


@program
def test_the_real_program_leaves_nothing_behind(only_the_program, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for _again in range(2):
        spam_score(PLAIN)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


@program
def test_the_real_program_without_rules_is_told_apart(settings, tmp_path):
    where = f"--configpath={tmp_path} --siteconfigpath={tmp_path}"
    settings.SPAMASSASSIN = f"{shutil.which('spamassassin')} {where}"
    assert reason_of() == "rules"


@pytest.mark.skipif(
    not (shutil.which("spamd") and shutil.which("spamc")), reason="spamd and spamc are not installed"
)
def test_the_real_client_and_its_daemon_give_the_programs_score(settings, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.SPAMASSASSIN = f"{shutil.which('spamc')} -d 127.0.0.1 -p {port}"
    assert reason_of() == "silent"
    command = [shutil.which("spamd"), "-L", "-x", "-m1", "--min-children=1", "--max-spare=1"]
    command += [f"--listen=127.0.0.1:{port}", f"--pidfile={tmp_path}/pid", "-s", str(tmp_path / "log")]
    daemon = subprocess.Popen(command)
    try:
        wait_until(lambda: is_listening(port), "spamd")
        score = spam_score(GTUBE)
    finally:
        daemon.terminate()
        daemon.wait(10)
    assert score.is_spam
    assert "GTUBE" in score.rules
