"""docs/settings.md lists every environment variable that the settings read, and no other."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r'(?:env\.str|read_[a-z]+)\(\s*"([A-Z0-9_]+)"')
GOOD = {
    "SECRET_KEY": "x" * 50,
    "DATABASE_URL": "postgres://u:p@127.0.0.1:5432/x",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "SITE_URL": "https://portal.example.no",
    "ALLOWED_HOSTS": "portal.example.no",
    "SECURITY_CONTACT": "mailto:sikkerhet@portal.example.no",
    "SECURITY_TXT_EXPIRES": "2099-12-31",
}
SHOW_HSTS = "import tsb_portal.settings.production as s; print(s.SECURE_HSTS_SECONDS)"
# What the store of django-storages has made of its options and the environment.
SHOW_STORE = """
import django; django.setup()
from django.core.files.storage import default_storage as store
client = store.connection.meta.client.meta
print(store.bucket_name, store.access_key, store.secret_key, client.region_name, client.endpoint_url)
"""


def import_production(
    *, keep_empty: bool = False, program: str = SHOW_HSTS, **changes: str
) -> subprocess.CompletedProcess:
    changes["DJANGO_SETTINGS_MODULE"] = "tsb_portal.settings.production"
    wanted = {name: value for name, value in (GOOD | changes).items() if value or keep_empty}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=kept | wanted,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_environment_variable_is_documented_and_nothing_else_is():
    read = {"DJANGO_SETTINGS_MODULE"}
    for path in (ROOT / "tsb_portal" / "settings").glob("*.py"):
        read |= set(READ.findall(path.read_text()))
    documented = set(
        re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )
    assert documented == read


def test_production_settings_start_with_all_that_is_needed():
    result = import_production()
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "31536000"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_production_stops_with_a_sentence_when_something_needed_is_missing(name):
    result = import_production(**{name: ""})
    assert result.returncode != 0
    assert name in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://x/y"),
        ("REDIS_URL", "http://x"),
        ("EMAIL_URL", "smtp://"),
        ("SITE_URL", "portal.example.no"),
        ("OIDC_PROVIDERS", "not json"),
        ("OIDC_PROVIDERS", '[{"name": "x"}]'),
        ("PAGE_CACHE_SECONDS", "an hour"),
        ("TRUSTED_PROXIES", "-1"),
        ("UPLOAD_MAX_MB", "0"),
        ("HEALTH_TOKEN", "for kort"),
        ("DATABASE_POOL", "perhaps"),
        ("BOUNCE_MAILBOX", "pop3://x"),
        ("BOUNCE_MAILBOX", "imap://u:p@mail.example.no"),
        ("BOUNCE_MAILBOX", "maildir://var/mail"),
        ("BOUNCE_POLL_MINUTES", "0"),
        ("LETTER_DOMAIN_RATES", "gmail.com=many"),
        ("LETTER_LEASE_SECONDS", "179"),
        ("LETTER_MESSAGE_SECONDS", "0"),
        ("SECURITY_TXT_EXPIRES", "next year"),
        ("AWS_S3_ENDPOINT_URL", "objects.example.no"),
    ],
)
def test_an_unusable_value_stops_the_start_with_a_sentence_that_names_it(name, value):
    result = import_production(**{name: value})
    assert result.returncode != 0
    last = result.stderr.splitlines()[-1]
    assert f"The environment variable {name} is unusable" in last


def test_a_lease_too_short_for_the_messages_under_it_stops_the_start_and_without_one_it_grows_with_them():
    result = import_production(LETTER_MESSAGE_SECONDS="120", LETTER_LEASE_SECONDS="300")
    assert result.returncode != 0
    assert "LETTER_LEASE_SECONDS is unusable" in result.stderr
    assert "three times LETTER_MESSAGE_SECONDS" in result.stderr
    show = "import tsb_portal.settings.production as s; print(s.LETTER_LEASE_SECONDS)"
    assert import_production(LETTER_MESSAGE_SECONDS="120", program=show).stdout.strip() == "600"


def test_the_object_store_gets_its_key_region_and_address():
    result = import_production(
        S3_BUCKET="files",
        AWS_ACCESS_KEY_ID="name",
        AWS_SECRET_ACCESS_KEY="key",
        AWS_S3_REGION_NAME="eu-north-1",
        AWS_S3_ENDPOINT_URL="https://objects.example.no",
        program=SHOW_STORE,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["files", "name", "key", "eu-north-1", "https://objects.example.no"]


@pytest.mark.parametrize(("value", "asks"), [("", "True"), ("false", "False")])
def test_a_real_service_asks_other_sites_unless_told_not_to(value, asks):
    show = (
        "import tsb_portal.settings.production as s; print(s.LINK_CHECK_EXTERNAL, len(s.LINK_CHECK_ALLOWED))"
    )
    assert import_production(program=show, LINK_CHECK_EXTERNAL=value).stdout.split() == [asks, "0"]


def test_the_demo_leaves_other_sites_alone(settings):
    show = "import tsb_portal.settings.development as s; print(s.LINK_CHECK_EXTERNAL)"
    assert import_production(program=show).stdout.strip() == "False"
    assert settings.LINK_CHECK_EXTERNAL is False
