"""Reading the mails that the demo's mail sink has kept."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from demo.services.places import outbox

NAME = re.compile(r"^(\d{20})-[\d-]+\.eml$")


@dataclass(frozen=True)
class Mail:
    """One kept mail: what a list shows of it."""

    name: str
    received: datetime
    sender: str
    recipients: str
    subject: str


def mails(query: str = "") -> list[Mail]:
    """Return the kept mails, newest first; `query` is looked for in addresses and subjects."""
    names = sorted((path.name for path in outbox().glob("[0-9]*.eml") if NAME.match(path.name)), reverse=True)
    kept = [_summary(outbox() / name) for name in names]
    wanted = query.strip().lower()
    return [mail for mail in kept if wanted in f"{mail.recipients} {mail.sender} {mail.subject}".lower()]


def path_of(name: str) -> Path | None:
    """Return the file of a mail, or nothing if the name is not that of a kept mail."""
    path = outbox() / name
    return path if NAME.match(name) and path.is_file() else None


def message(path: Path) -> EmailMessage:
    """Parse a kept mail."""
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[return-value]


def part(parsed: EmailMessage, kind: str) -> str:
    """Return the mail's body as `plain` or `html`; empty if it has none of that kind."""
    body = parsed.get_body(preferencelist=(kind,))
    if body is None:
        return ""
    payload = body.get_payload(decode=True)
    charset = body.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, "replace") if isinstance(payload, bytes) else ""
    except LookupError:
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def headers(parsed: EmailMessage) -> list[tuple[str, str]]:
    """Return every header as it reads, in order."""
    return [(name, _clean(value)) for name, value in parsed.items()]


@lru_cache(maxsize=5000)
def _summary(path: Path) -> Mail:
    """Read what the list shows; a kept mail never changes, so it is read once."""
    with path.open("rb") as file:
        head = b"".join(iter(lambda: _header_line(file), b""))
    parsed = email.message_from_bytes(head, policy=email.policy.default)
    received = datetime.fromtimestamp(int(path.name[:20]) / 1e9, tz=UTC)
    recipients = parsed.get("X-Envelope-To") or parsed.get("To") or ""
    sender, subject = parsed.get("From", ""), parsed.get("Subject", "")
    return Mail(path.name, received, _clean(sender), _clean(recipients), _clean(subject))


def _header_line(file: BinaryIO) -> bytes:
    line = file.readline()
    return line if line.strip() else b""


def _clean(value: object) -> str:
    return " ".join(str(value).split())
