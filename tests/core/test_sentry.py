"""What is reported to Sentry tells of the fault, and not whose page it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.log_filters import TOKEN_PATHS, blank_event

ROOT = Path(__file__).resolve().parent.parent.parent
# A request that fails, as no database answers; what would be sent is printed, a line for each report.
FAILING_REQUEST = """
import io, json, logging, sentry_sdk
from contextlib import suppress
from sentry_sdk.transport import Transport

class Printed(Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            if item.type == "event":
                print(json.dumps(item.payload.json))

from tsb_portal.wsgi import application
sentry_sdk.get_client().transport = Printed()
sentry_sdk.add_breadcrumb(message="seen: /min-side/slett/hemmelig-1")
logging.getLogger("portal").error("no way")
form = b"csrfmiddlewaretoken=" + b"a" * 32 + b"&mail=hemmelig-5"
request = {
    "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/avmeld/hemmelig-3/", "QUERY_STRING": "t=hemmelig-4",
    "SERVER_NAME": "portal", "SERVER_PORT": "443", "HTTP_HOST": "portal.example.no",
    "HTTP_X_FORWARDED_PROTO": "https", "HTTP_REFERER": "https://portal.example.no/l/hemmelig-2",
    "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(form)),
    "HTTP_COOKIE": "__Host-csrftoken=" + "a" * 32, "wsgi.input": io.BytesIO(form), "wsgi.url_scheme": "https",
}
with suppress(Exception):  # the page that tells of a fault needs collected files
    application(request, lambda *args: None)
"""


def test_a_fault_is_reported_without_the_token_of_the_address_that_failed():
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
        "SENTRY_DSN": "http://key@127.0.0.1:1/1",
    }
    shown = subprocess.run(
        [sys.executable, "-c", FAILING_REQUEST],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    reports = [json.loads(line) for line in shown.stdout.splitlines() if line.startswith("{")]
    failed = next(one for one in reports if "request" in one)
    assert failed["request"]["url"] == "https://portal.example.no/avmeld/***"
    assert "/min-side/slett/***" in json.dumps(reports[0]["breadcrumbs"])
    assert failed["exception"]["values"]
    assert "hemmelig" not in json.dumps(reports)
    assert "hemmelig" not in shown.stderr


@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_addresses_of_a_report_are_blanked_wherever_they_stand(path):
    address = f"https://portal.example{path}hemmelig"
    report = {
        "transaction": f"{path}hemmelig",
        "request": {"url": address, "query_string": "t=hemmelig", "method": "GET"},
        "breadcrumbs": {"values": [{"data": {"url": address}, "level": "info"}]},
        "spans": ({"description": f"GET {address}"},),
        "timestamp": 1,
    }
    blanked = blank_event(report)
    assert "hemmelig" not in json.dumps(blanked)
    assert blanked["request"] == {"url": f"https://portal.example{path}***", "method": "GET"}
    assert blanked["timestamp"] == 1


def test_another_report_is_sent_as_it_is():
    report = {"request": {"url": "https://portal.example/sok/", "query_string": "q=rus"}, "message": "Failed"}
    assert blank_event(dict(report)) == report
    assert blank_event({"message": "Failed"}) == {"message": "Failed"}
