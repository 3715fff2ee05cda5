"""What the logs must not tell."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.log_filters import TOKEN_PATHS, BlankTokens

ROOT = Path(__file__).resolve().parent.parent.parent
# Each handler of a started portal that writes what the filter has not seen.
BARE_HANDLERS = """
import logging, django
django.setup()
from core.log_filters import BlankTokens
for name in ["", *logging.root.manager.loggerDict]:
    for handler in logging.getLogger(name).handlers:
        is_filtered = any(isinstance(one, BlankTokens) for one in handler.filters)
        if not is_filtered and not isinstance(handler, logging.NullHandler):
            print(name, handler)
print("all seen")
"""
# A worker's log as Celery sets it up, one line by the root's handler and one by the tasks'.
WORKERS_LOG = """
import logging
from tsb_portal.celery import app
app.log.setup(loglevel="INFO", redirect_stdouts=False)
logging.getLogger("portal").info("GET %s", "/avmeld/hemmelig")
logging.getLogger("celery.task").info("GET %s", "/avmeld/hemmelig")
"""


def logged(message: str, *args: object, error: BaseException | None = None) -> str:
    """The line that is written."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, message, args, info)
    assert BlankTokens().filter(record)
    return logging.Formatter().format(record)


@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_what_follows_a_path_of_tokens_is_blanked(path):
    assert logged("%s: %s", "Gone", f"{path}hemmelig-A_1/slett?t=hemmelig") == f"Gone: {path}***"
    assert logged(f"GET https://portal.example{path}hemmelig HTTP/1.1") == (
        f"GET https://portal.example{path}*** HTTP/1.1"
    )


def test_a_traceback_is_blanked_too():
    try:
        raise ValueError("no way to '/avmeld/hemmelig'")
    except ValueError as error:
        text = logged("Failed", error=error)
    assert "ValueError: no way to '/avmeld/***'" in text
    assert "hemmelig" not in text.replace("'/avmeld/hemmelig'\")", "")


def test_other_lines_are_written_as_they_are():
    assert logged("Not Found: %s (%d %%)", "/preferanser/", 5) == "Not Found: /preferanser/ (5 %)"
    assert logged("100 % of /aktuelt/sak/") == "100 % of /aktuelt/sak/"


class Unspeakable:
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("Sent to /avmeld/hemmelig", ("left over",)),
        ("%d letters", ("three",)),
        ("%s", (Unspeakable(),)),
        (Unspeakable(), ()),
    ],
)
def test_a_wrong_log_call_is_written_with_its_place_and_does_not_stop_the_caller(message, args):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(BlankTokens())
    logger = logging.getLogger("careless")
    logger.propagate = False
    logger.handlers = [handler]
    logger.warning(message, *args)
    assert f"[wrong log call in {__file__}, line " in stream.getvalue()
    assert "hemmelig" not in stream.getvalue()


def test_worker_and_scheduler_write_no_tokens_either():
    shown = subprocess.run(
        [sys.executable, "-c", WORKERS_LOG],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.development"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stderr.count("/avmeld/***") == 2
    assert "hemmelig" not in shown.stderr


@pytest.mark.parametrize("debug", ["true", "false"])
def test_no_handler_writes_what_the_filter_has_not_seen(debug):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.development",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DEBUG": debug,
    }
    shown = subprocess.run(
        [sys.executable, "-c", BARE_HANDLERS],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split("\n") == ["all seen", ""]
