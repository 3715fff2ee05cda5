"""What each answer tells the browser to forbid; the production settings add that it never comes unencrypted."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.gates.addresses import FORMS, PAGE_TYPES
from tests.gates.portal import ROOT

UNSAFE = ("'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "http:", "https:")
FILM_SERVICES = {"https://www.youtube-nocookie.com", "https://player.vimeo.com"}
SHOW_SETTINGS = """
import json, django
django.setup()
from django.conf import settings
from django.test import RequestFactory
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
answer = lambda secure: SecurityMiddleware(lambda request: HttpResponse())(
    RequestFactory().get("/", secure=secure, headers={"host": "portal.example.no"}))
print(json.dumps({
    "hsts": answer(True).headers.get("Strict-Transport-Security"),
    "redirect": answer(False).headers.get("Location"),
    "debug": settings.DEBUG, "demo": settings.DEMO, "mfa": settings.MFA_REQUIRED,
    "cookies": [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.CSRF_COOKIE_SECURE],
    "names": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME],
}))
"""


def policy_of(answer) -> dict[str, list[str]]:
    """The content security policy as directives with their sources."""
    parts = (part.split() for part in answer.headers["Content-Security-Policy"].split(";"))
    return {words[0]: words[1:] for words in parts if words}


@pytest.mark.parametrize("name", [*PAGE_TYPES, *FORMS])
def test_a_public_page_allows_no_script_or_style_but_its_own(name, page_of, facts, portal):
    path = page_of[name]["path"] if name in page_of else facts["forms"][name]
    answer = portal.get(path)
    policy = policy_of(answer)
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == ["'none'"]
    assert policy["frame-ancestors"] in (["'self'"], ["'none'"])
    assert policy["form-action"] == policy["base-uri"] == ["'self'"]
    assert set(policy["frame-src"]) - {"'self'"} <= FILM_SERVICES
    for directive in ("default-src", "script-src", "style-src", "connect-src", "font-src"):
        assert not set(policy.get(directive, [])) & set(UNSAFE), (path, directive)


@pytest.mark.parametrize("name", [*PAGE_TYPES, *FORMS])
def test_a_public_page_carries_the_other_headers(name, page_of, facts, portal):
    headers = portal.get(page_of[name]["path"] if name in page_of else facts["forms"][name]).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("strict-origin-when-cross-origin", "same-origin", "no-referrer")
    assert headers["X-Frame-Options"] in ("SAMEORIGIN", "DENY")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    for power in ("camera", "geolocation", "microphone", "payment"):
        assert f"{power}=()" in headers["Permissions-Policy"]


def test_a_page_from_the_page_cache_carries_the_same_headers(portal):
    first, second = portal.get("/", **{"X-Round": "1"}), portal.get("/", **{"X-Round": "2"})
    for name in (
        "Content-Security-Policy",
        "Permissions-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
    ):
        assert first.headers[name] == second.headers[name] is not None


def test_the_admin_has_a_policy_of_its_own_that_still_keeps_others_out(portal):
    """Wagtail's admin carries inline scripts; nobody sees it before log-in."""
    policy = policy_of(portal.get("/admin/"))
    assert "'unsafe-inline'" in policy["script-src"]
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == ["'self'"]
    assert not {"*", "https:", "http:", "'unsafe-eval'"} & {
        source for all_ in policy.values() for source in all_
    }


def test_a_sent_document_cannot_run_in_the_sites_name(portal, facts):
    assert facts["documents"], "the demo holds no document to download"
    for path in facts["documents"]:
        answer = portal.get(path)
        assert answer.status == 200, path
        assert answer.text.startswith("%PDF"), path
        headers = answer.headers
        assert headers["Content-Type"] == "application/pdf"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers.get_all("Content-Security-Policy") == ["default-src 'none'"]
        kind, name = headers["Content-Disposition"].split("; ", 1)
        assert kind == "inline"
        assert path.rsplit("/", 1)[1] in name
        assert headers.get_all("Set-Cookie") is None


def test_a_document_is_sent_under_its_own_name_only(portal, facts):
    """Whoever guesses a number does not get the file by any name, and an unknown one is a plain 404."""
    path = facts["documents"][0].rsplit("/", 1)[0]
    for address in (f"{path}/side.html", "/dokumenter/0/finnes-ikke.pdf"):
        answer = portal.get(address)
        assert answer.status == 404
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"].startswith("text/html")


def test_security_txt_says_where_to_report_and_has_not_run_out(portal):
    answer = portal.get("/.well-known/security.txt")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert not answer.headers.get_all("Set-Cookie")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines() if ": " in line)
    assert fields["Contact"].startswith(("mailto:", "https://"))
    end = datetime.fromisoformat(fields["Expires"])
    assert datetime.now(UTC) + timedelta(days=14) < end < datetime.now(UTC) + timedelta(days=366)
    assert fields["Canonical"] == f"{portal.address}/.well-known/security.txt"


@pytest.fixture(scope="module")
def production() -> dict:
    """What the production settings amount to, read by a process that starts with them."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.production",
        "SECRET_KEY": "a-key-for-one-test-which-is-long-enough-to-be-accepted",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://mail.example.no:25",
        "SITE_URL": "https://portal.example.no",
        "ALLOWED_HOSTS": "portal.example.no",
        "SECURITY_CONTACT": "mailto:sikkerhet@portal.example.no",
        "SECURITY_TXT_EXPIRES": "2099-12-31",
    }
    finished = subprocess.run(
        [sys.executable, "-c", SHOW_SETTINGS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def test_production_speaks_https_only_and_says_so_for_a_year(production):
    assert production["hsts"].startswith("max-age=31536000")
    assert production["redirect"] == "https://portal.example.no/"


def test_production_is_no_demo_and_asks_editors_for_a_second_factor(production):
    assert (production["debug"], production["demo"], production["mfa"]) == (False, False, True)


def test_cookies_of_production_travel_encrypted_and_belong_to_the_host(production):
    assert production["cookies"] == [True, True, True]
    assert all(name.startswith("__Host-") for name in production["names"])


def test_production_does_not_start_without_what_it_needs():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.production", "SECRET_KEY": ""}
    finished = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode != 0
    assert "SECRET_KEY" in finished.stderr
