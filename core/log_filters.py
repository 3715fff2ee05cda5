"""What logs must not tell: addresses that hold a person's token, or that tell who read what, and when."""

import logging
import re

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
        record.msg, record.args = blank_tokens(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = blank_tokens(record.exc_text)
        return True


def blank_tokens(text: str) -> str:
    """Return the text with what follows the paths blanked."""
    return _TOKENS.sub(r"\1***", text)
