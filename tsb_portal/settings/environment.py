"""Typed reading of environment variables that fails with a sentence naming the variable."""

import json
from datetime import date
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def fail(name: str, why: str) -> ImproperlyConfigured:
    """Return the error that stops the start: which variable is unusable, and why."""
    return ImproperlyConfigured(f"The environment variable {name} is unusable: {why}")


def read_bool(name: str, default: bool) -> bool:
    """Read a yes/no value; anything but the usual spellings is an error."""
    value = env.str(name, default="")
    if value == "":
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise fail(name, f"{value!r} is neither true nor false.")


def read_int(name: str, default: int, *, minimum: int = 0) -> int:
    """Read a whole number not below `minimum`."""
    value = env.str(name, default="")
    if value == "":
        return default
    try:
        number = int(value)
    except ValueError as error:
        raise fail(name, f"{value!r} is not a whole number.") from error
    if number < minimum:
        raise fail(name, f"{number} is below {minimum}.")
    return number


def read_date(name: str, default: str) -> str:
    """Read a day written as 2027-03-01; the value stays text."""
    value = env.str(name, default="") or default
    if value:
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise fail(name, f"{value!r} is not a date like 2027-03-01.") from error
    return value


def read_list(name: str, default: list[str]) -> list[str]:
    """Read a comma separated list; empty items are dropped."""
    value = env.str(name, default="")
    return [item.strip() for item in value.split(",") if item.strip()] or default


def read_url(name: str, default: str, *, schemes: tuple[str, ...]) -> str:
    """Read an address whose scheme must be one of `schemes` and which must name a host or a path."""
    value = env.str(name, default="") or default
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in schemes or not (parts.netloc or parts.path):
        raise fail(name, f"expected {' or '.join(s + ':…' for s in schemes)}, found {value!r}.")
    try:
        _ = parts.port
    except ValueError as error:
        raise fail(name, f"its port is not a number: {value!r}.") from error
    return value


def read_mailbox(name: str) -> str:
    """Read a mailbox's address: a Maildir, or IMAP over TLS. IMAP in the open is taken on this machine only.

    `pipe:` says that the mail server hands each mail to `process_bounces -`: nothing is polled.
    """
    if env.str(name, default="") == "pipe:":
        return "pipe:"
    value = read_url(name, "", schemes=("maildir", "imap", "imaps"))
    parts = urlsplit(value)
    if parts.scheme == "maildir" and parts.netloc:
        raise fail(name, f"a Maildir is written maildir:/path, found {value!r}.")
    if parts.scheme == "imap" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise fail(name, "imap:// would send the password in the open; use imaps://.")
    return value


def read_json(name: str, default: list) -> list:
    """Read a JSON list."""
    value = env.str(name, default="")
    if not value:
        return default
    try:
        data = json.loads(value)
    except json.JSONDecodeError as error:
        raise fail(name, f"it is not valid JSON ({error}).") from error
    if not isinstance(data, list):
        raise fail(name, "it must be a JSON list.")
    return data


def read_rates(name: str) -> dict[str, int]:
    """Read limits by domain, written as gmail.com=2,helse-nord.no=5; 0 means that the domain has none."""
    rates = {}
    for item in read_list(name, []):
        domain, _, number = (part.strip() for part in item.partition("="))
        if "." not in domain or not number.isdecimal():
            raise fail(name, f"{item!r} is not a limit like gmail.com=2.")
        rates[domain.lower()] = int(number)
    return rates


def read_smtp(name: str, default: str) -> dict[str, object]:
    """Split an SMTP address (smtp://, smtp+tls://, smtps://) into Django's mail settings."""
    value = read_url(name, default, schemes=("smtp", "smtp+tls", "smtps"))
    parts = urlsplit(value)
    if not parts.hostname:
        raise fail(name, f"it names no host: {value!r}.")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": parts.username or "",
        "EMAIL_HOST_PASSWORD": parts.password or "",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
