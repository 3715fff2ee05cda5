"""Asking other sites: what they answer is understood, and no link reaches inside the network, by whatever way."""

import re
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import outside
from core.outside import problem_of
from tests.newsletters.web_server import running_web_server

HERE = {"127.0.0.1"}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    monkeypatch.setattr(outside, "PAUSE_SECONDS", 0)


@pytest.fixture
def web():
    with running_web_server() as server:
        yield server


@pytest.fixture
def names(monkeypatch):
    """What names resolve to, one answer after the other; the last one stays."""
    known = {}
    real = socket.getaddrinfo

    def resolve(host, *arguments, **options):
        if host in known:
            host = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        elif not re.fullmatch(r"[0-9a-f.:]+", host):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://localhost:8000/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://224.0.0.1/",
        "http://0.0.0.0/",
    ],
)
def test_no_address_inside_a_network_is_asked(url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("connected"))
    assert problem_of(url) == "private"


@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "http://a:99999/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://a/",
        "http://a:b@example.org/",
        "http://",
    ],
)
def test_other_kinds_of_address_are_refused(url):
    assert problem_of(url) == "address"


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "//192.168.0.1/x", "file:///etc/passwd", "http://127.0.0.2/"]
)
def test_a_redirect_leads_no_further_in_than_a_link(web, target):
    web.answers = {"/inn": (302, target)}
    assert problem_of(web.address + "/inn", allowed=HERE) == ("address" if "file" in target else "private")


def test_a_name_that_changes_its_mind_after_the_check_leads_nowhere_else(web, names):
    with running_web_server("127.0.0.2", int(web.address.rpartition(":")[2])) as inside:
        names["ute.example"] = ["127.0.0.1", "127.0.0.2"]
        url = web.address.replace("127.0.0.1", "ute.example")
        assert problem_of(url, allowed=HERE) == ""
        assert problem_of(url, allowed=HERE) == "private"
        assert (len(web.asked), inside.asked) == (1, [])


def test_one_private_address_among_a_names_addresses_is_enough_to_refuse(monkeypatch):
    rows = [(None, None, None, "", ("93.184.216.34", 80)), (None, None, None, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: rows)
    assert problem_of("http://begge.example/") == "private"


def test_an_unknown_host_is_told_from_a_name_server_that_is_away(names, monkeypatch):
    assert problem_of("http://finnes-ikke.example/") == "host"

    def away(*arguments, **options):
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    assert problem_of("http://example.org/") == "connection"


@pytest.mark.parametrize(
    ("answers", "problem", "asked"),
    [
        ({}, "", ["HEAD"]),
        ({"/": 404}, "404", ["HEAD", "GET"]),
        ({"/": 410}, "410", ["HEAD", "GET"]),
        ({"/": 403}, "403", ["HEAD", "GET"]),
        ({"/": 429}, "429", ["HEAD"]),
        ({"/": 405}, "405", ["HEAD", "GET"]),
        ({"/": 502}, "502", ["HEAD"]),
        ({"/": (302, "/videre")}, "", ["HEAD", "HEAD"]),
        ({"/": (302, "/")}, "redirects", ["HEAD"] * 6),
    ],
)
def test_answers_and_redirects_are_understood(web, answers, problem, asked):
    web.answers = answers
    assert problem_of(web.address + "/", allowed=HERE) == problem
    assert [method for method, _path in web.asked] == asked


def test_a_server_that_knows_no_head_is_asked_for_the_page(web):
    web.head_answers = {"/bare-get": 405}
    assert problem_of(web.address + "/bare-get", allowed=HERE) == ""
    assert web.asked == [("HEAD", "/bare-get"), ("GET", "/bare-get")]


def test_the_question_says_who_asks_and_carries_no_cookies(web, settings):
    settings.SITE_URL = "https://portal.example.no"
    assert problem_of(web.address + "/", allowed=HERE) == ""
    (headers,) = web.headers
    assert "+https://portal.example.no)" in headers["User-Agent"]
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


@pytest.mark.parametrize("path", ["/wiki/Ås?søk=ja nei", "/wiki/%C3%85s?s%C3%B8k=ja%20nei"])
def test_letters_beyond_ascii_are_asked_for_as_browsers_do(web, path):
    assert problem_of(web.address + path, allowed=HERE) == ""
    assert web.asked == [("HEAD", "/wiki/%C3%85s?s%C3%B8k=ja%20nei")]


def test_a_redirect_beyond_ascii_leads_where_browsers_go(web):
    web.answers = {"/gammel": (301, "/årsrapport".encode().decode("latin-1")), "/%C3%A5rsrapport": 404}
    assert problem_of(web.address + "/gammel", allowed=HERE) == "404"


def test_a_host_beyond_ascii_is_asked_for_under_its_dns_name(web, names):
    names["xn--bl-zia.example"] = ["127.0.0.1"]
    assert problem_of(web.address.replace("127.0.0.1", "blå.example"), allowed=HERE) == ""
    assert web.headers[0]["Host"].startswith("xn--bl-zia.example:")


def test_a_server_that_drips_its_answer_is_left_when_the_time_is_over(web, monkeypatch):
    monkeypatch.setattr(outside, "TIMEOUT_SECONDS", 0.4)
    began = time.monotonic()
    assert problem_of(web.address + "/dripping", allowed=HERE) in ("", "timeout")
    assert time.monotonic() - began < 3
    assert problem_of(web.address + "/slow", allowed=HERE) == "timeout"


def test_a_page_without_an_end_is_not_read(web):
    web.head_answers = {"/endless": 405}
    assert problem_of(web.address + "/endless", allowed=HERE) == ""
    assert [method for method, _path in web.asked] == ["HEAD", "GET"]


def test_a_chain_of_slow_redirects_has_one_limit_in_all(web, monkeypatch):
    monkeypatch.setattr(outside, "LIMIT_SECONDS", 0)
    assert problem_of(web.address + "/", allowed=HERE) == "timeout"
    assert web.asked == []


def make_certificate(path):
    """Write a key and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path


def test_a_certificate_nobody_vouches_for_is_told(web, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path / "both.pem"))
    with running_web_server(context=context) as secure:
        assert problem_of(secure.address + "/", allowed=HERE) == "certificate"
        assert secure.asked == []
    # A server that speaks no TLS at all.
    assert problem_of(web.address.replace("http:", "https:"), allowed=HERE) == "connection"


def test_a_host_is_given_a_pause_between_two_questions_and_others_are_not_held_up(monkeypatch):
    monkeypatch.setattr(outside, "PAUSE_SECONDS", 0.5)
    now, waited = [100.0], []
    pace = outside.Pace(lambda: now[0], waited.append)
    for host in ("a.example", "a.example", "b.example", "a.example"):
        pace.take_turn(host)
    assert waited == [0.5, 1.0]
    now[0] += 2
    pace.take_turn("a.example")
    assert waited == [0.5, 1.0]


@pytest.mark.parametrize(
    ("problem", "is_dead"),
    [
        ("404", True),
        ("410", True),
        ("host", True),
        ("private", True),
        ("redirects", False),
        ("403", False),
        ("429", False),
        ("500", False),
        ("timeout", False),
        ("connection", False),
        ("", False),
    ],
)
def test_only_what_nobody_can_reach_is_called_dead(problem, is_dead):
    assert outside.is_dead(problem) is is_dead
