"""An IMAP mailbox: mails are fetched unseen, and marked or moved once they have been handled."""

import imaplib
import logging
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from django.conf import settings

from newsletters.bounces.classify import Kind

logger = logging.getLogger(__name__)

TIMEOUT = 30
# So many mails are handled in one visit; the rest waits for the next.
PER_VISIT = 500
FAULTS = (OSError, imaplib.IMAP4.error)


def mails(address: str) -> Iterator[tuple[bytes, Callable[[Kind], None]]]:
    """Hand out the mails that wait in the mailbox `imaps://user:password@host:port/folder` (folder: INBOX).

    Raises OSError or imaplib.IMAP4.error when the server is away or refuses.
    """
    connection = _open(address)
    try:
        for uid in _waiting(connection):
            raw = _fetch(connection, uid)
            if raw is not None:
                yield raw, lambda kind, uid=uid: _done(connection, uid, kind)
    finally:
        try:
            connection.logout()
        except FAULTS:
            logger.info("The IMAP server was gone before the goodbye.")


def in_words(error: Exception) -> str:
    """Return an error's text. imaplib gives some as bytes."""
    first = error.args[0] if error.args else ""
    return (
        first.decode("utf-8", "replace") if isinstance(first, bytes) else str(error) or type(error).__name__
    )


def _open(address: str) -> imaplib.IMAP4:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "imaps":
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, parts.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
        )
    else:  # the settings take it for this machine only
        connection = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
    try:
        connection.login(unquote(parts.username or ""), unquote(parts.password or ""))
        _checked(connection.select(_quoted(unquote(parts.path.strip("/")) or "INBOX")))
    except BaseException:
        connection.shutdown()
        raise
    return connection


def _waiting(connection: imaplib.IMAP4) -> list[str]:
    """Return the numbers of the mails to handle, oldest first.

    Where handled mails are moved away, all that is left counts, also what a person has opened meanwhile.
    """
    wanted = "UNDELETED" if settings.BOUNCE_HANDLED_FOLDER else "UNSEEN UNDELETED"
    (found,) = _checked(connection.uid("SEARCH", *wanted.split()))[:1] or [b""]
    return (found or b"").decode().split()[:PER_VISIT]


def _fetch(connection: imaplib.IMAP4, uid: str) -> bytes | None:
    """Return a mail without marking it as seen; None when it has gone meanwhile."""
    parts = _checked(connection.uid("FETCH", uid, "(BODY.PEEK[])"))
    return next((part[1] for part in parts if isinstance(part, tuple)), None)


def _done(connection: imaplib.IMAP4, uid: str, kind: Kind) -> None:
    """Delete a bounce that is known, if the settings say so; move the mail or mark it as seen otherwise."""
    if kind is Kind.BOUNCE and settings.BOUNCE_DELETE_KNOWN:
        _delete(connection, uid)
    elif settings.BOUNCE_HANDLED_FOLDER:
        _move(connection, uid, _quoted(settings.BOUNCE_HANDLED_FOLDER))
    else:
        _checked(connection.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))


def _move(connection: imaplib.IMAP4, uid: str, folder: str) -> None:
    if "MOVE" in connection.capabilities:
        _checked(connection.uid("MOVE", uid, folder))
    else:
        _checked(connection.uid("COPY", uid, folder))
        _delete(connection, uid)


def _delete(connection: imaplib.IMAP4, uid: str) -> None:
    """Delete one mail. Without UIDPLUS it is only marked: EXPUNGE alone would take what others have marked too."""
    _checked(connection.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Deleted)"))
    if "UIDPLUS" in connection.capabilities:
        _checked(connection.uid("EXPUNGE", uid))


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _checked(answer: tuple) -> list:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(data[0] if data else status)
    return data
