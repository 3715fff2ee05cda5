"""What `manage.py check --deploy` says about the letters' settings."""

import pytest
from django.core.checks import run_checks


def warnings():
    return [found for found in run_checks(include_deployment_checks=True) if found.id == "newsletters.W001"]


@pytest.mark.parametrize(
    ("domain", "mailbox", "names"),
    [
        ("", "", "BOUNCE_DOMAIN and BOUNCE_MAILBOX"),
        ("retur.example", "", "BOUNCE_MAILBOX"),
        ("", "maildir:/x", "BOUNCE_DOMAIN"),
    ],
)
def test_a_check_warns_where_nobody_reads_what_comes_back(settings, domain, mailbox, names):
    settings.BOUNCE_DOMAIN, settings.BOUNCE_MAILBOX = domain, mailbox
    (warning,) = warnings()
    assert warning.msg.startswith(f"{names} not set")
    # Nobody is troubled on a machine that runs no site.
    assert "newsletters.W001" not in {found.id for found in run_checks()}


def test_nothing_is_said_where_somebody_does(settings):
    settings.BOUNCE_DOMAIN, settings.BOUNCE_MAILBOX = "retur.example", "maildir:/x"
    assert not warnings()
