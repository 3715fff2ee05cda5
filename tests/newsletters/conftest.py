"""Fixtures of the letters' tests: a mail server, and workers that are woken but do not run."""

import pytest

from tests.newsletters.smtp_sink import running_sink


@pytest.fixture
def sink(settings):
    """A real SMTP server that the portal sends to."""
    with running_sink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def woken(monkeypatch):
    """Which deliveries workers were woken for, in order; no worker runs."""
    calls = []
    monkeypatch.setattr("newsletters.tasks.send_delivery.delay", calls.append)
    monkeypatch.setattr(
        "newsletters.tasks.send_delivery.apply_async", lambda args, **options: calls.append(args[0])
    )
    return calls
