"""What the checks of a mail domain return, and how they read records."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One finding. `level`: "missing" (mend it), "warn" (look at it) or "good"; `write`: the record as it may stand."""

    level: str
    text: str
    write: str = ""


def txt(name: str, value: str) -> str:
    """Return a TXT record as it is written."""
    return f'{name}. TXT "{value}"'


def tags_of(text: str) -> dict[str, str]:
    """Return the `name=value` pairs of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
