"""What logs must not tell: addresses that hold a person's token, or that tell who read what, and when."""

import logging
import re
from typing import Any

# Links and pixels of letters, and the pages whose address holds a token or a key.
TOKEN_PATHS = (
    "/l/",
    "/o/",
    "/avmeld/",
    "/preferanser/",
    "/brev/bekreft/",
    "/brev/prove/",
    "/arrangementer/avmelding/",
    "/konto/invitasjon/",
    "/konto/password/reset/key/",
    "/min-side/slett/",
)
_TOKENS = re.compile(rf"({'|'.join(map(re.escape, TOKEN_PATHS))})[^\s\"'<>]+")
_formatter = logging.Formatter()


class BlankTokens(logging.Filter):
    """Lets every record through, with `***` in place of what follows such a path, in a traceback too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Blank the record's text."""
        record.msg, record.args = blank_tokens(_text(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = blank_tokens(record.exc_text)
        return True


def _text(record: logging.LogRecord) -> str:
    """Return what the record says; of a wrong call, where it stands: no error of the log may reach the caller."""
    try:
        return record.getMessage()
    except Exception:  # the arguments do not fit, or one of them cannot be told
        message = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        return f"{message} [wrong log call in {record.pathname}, line {record.lineno}]"


def blank_event(event: Any, hint: object = None) -> Any:
    """Return what is about to be reported to Sentry with its texts blanked, at any depth.

    The query of an address that holds a token goes too. `hint` is Sentry's own and not used.
    """
    request = event.get("request", {})
    if _TOKENS.search(request.get("url", "")):
        request.pop("query_string", None)
    return _blanked(event)


def _blanked(value: Any) -> Any:
    if isinstance(value, str):
        return blank_tokens(value)
    if isinstance(value, dict):
        return {_blanked(key): _blanked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_blanked(one) for one in value]
    return value


def blank_tokens(text: str) -> str:
    """Return the text with what follows the paths blanked."""
    return _TOKENS.sub(r"\1***", text)
