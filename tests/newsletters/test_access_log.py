"""The web server's log must not tell who followed a link in a letter."""

from pathlib import Path

import pytest
from django.urls import reverse
from gunicorn.glogging import Logger

from newsletters.tokens import make_token
from tsb_portal.gunicorn_conf import QuietLogger, logger_class


@pytest.fixture
def logged(monkeypatch):
    lines = []
    monkeypatch.setattr(Logger, "__init__", lambda self: None)
    monkeypatch.setattr(
        Logger, "access", lambda self, resp, req, environ, time: lines.append(environ["PATH_INFO"])
    )

    def request(path: str) -> list[str]:
        QuietLogger().access(None, None, {"PATH_INFO": path}, None)
        return lines

    return request


@pytest.mark.parametrize(
    "name", ["open", "unsubscribe", "preferences", "ask_for_erasure", "erase", "confirm", "trial_copy"]
)
def test_addresses_with_a_token_are_left_out_of_the_access_log(logged, name):
    assert logged(reverse(f"newsletters:{name}", args=[make_token("open", 1)])) == []


def test_links_of_letters_are_left_out_of_the_access_log(logged):
    address = reverse("newsletters:link", args=["11111111-1111-1111-1111-111111111111", 1])
    assert logged(address) == []


def test_other_pages_are_logged(logged):
    assert logged("/aktuelt/") == ["/aktuelt/"]


def test_the_start_script_uses_the_configuration():
    script = Path(__file__).resolve().parents[2] / "scripts" / "start_web.sh"
    assert "--config python:tsb_portal.gunicorn_conf" in script.read_text()
    assert logger_class is QuietLogger


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("events:cancel", ["abc"]),
        ("accounts_invitation", ["abc"]),
        ("directory_erase", ["abc"]),
        ("account_reset_password_from_key", ["1", "2-3"]),
    ],
)
def test_other_addresses_that_hold_a_key_are_left_out_too(logged, name, arguments):
    assert logged(reverse(name, args=arguments)) == []
