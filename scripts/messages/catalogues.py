"""Which strings belong to which app's catalogue, and how a catalogue follows the code."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.messages import po
from scripts.messages.extract import Found, from_python, from_template

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("nb", "nn")
APPS = (
    "core",
    "accounts",
    "directory",
    "publications",
    "projects",
    "networks",
    "events",
    "elearning",
    "newsletters",
    "reporting",
    "demo",
)
# Folders under templates/ that are not named after the app they belong to; the rest is core's.
TEMPLATE_HOMES = {
    "account": "accounts",
    "mfa": "accounts",
    "socialaccount": "accounts",
    "usersessions": "accounts",
    "allauth": "accounts",
}


def catalogue(app: str, language: str) -> Path:
    """Return where the translations of `app` into `language` stand."""
    return ROOT / app / "locale" / language / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[tuple[str, Path]]:
    """Return every file that may hold strings, with the app whose catalogue takes them."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield app, path
        for path in sorted((ROOT / app / "templates").rglob("*.*")):
            yield app, path
    for path in sorted((ROOT / "tsb_portal").rglob("*.py")):
        yield "core", path
    for path in sorted((ROOT / "templates").rglob("*.*")):
        folder = path.relative_to(ROOT / "templates").parts[0]
        yield (folder if folder in APPS else TEMPLATE_HOMES.get(folder, "core")), path


def find() -> dict[str, list[Found]]:
    """Return every translatable string of the project by app."""
    found: dict[str, list[Found]] = {app: [] for app in APPS}
    for app, path in sources():
        reference = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py":
            found[app] += from_python(path, reference)
        elif path.suffix in (".html", ".txt", ".mjml", ".xml", ".svg"):
            found[app] += from_template(path, reference)
    return found


def entries(found: Iterable[Found]) -> dict[po.Key, po.Entry]:
    """Gather what was found into untranslated entries; `admin` marks those no reader sees."""
    gathered: dict[po.Key, po.Entry] = {}
    public = {item.key for item in found if not item.admin}
    for item in found:
        entry = gathered.setdefault(item.key, po.Entry(item.key[1], item.key[0]))
        entry.plural = entry.plural or item.plural
        entry.references.add(item.reference)
        entry.comments = [] if item.key in public else ["admin"]
        if "%(" in item.key[1] or "%s" in item.key[1] or "%d" in item.key[1]:
            entry.flags.add("python-format")
    return gathered


def update() -> list[str]:
    """Bring every catalogue in step with the code; return a line per catalogue that still lacks translations.

    A translation that stands in another app's catalogue is reused, and one whose string has gone is kept as obsolete.
    """
    report = []
    found = find()
    for language in LANGUAGES:
        known = {app: po.read(catalogue(app, language)) for app in APPS}
        everywhere = {key: entry for app in APPS for key, entry in known[app].items() if entry.translated}
        for app in APPS:
            wanted = entries(found[app])
            for key, entry in wanted.items():
                _take_over(entry, known[app].get(key), everywhere.get(key))
            gone = [entry for key, entry in known[app].items() if key not in wanted and entry.translated]
            for entry in gone:
                entry.obsolete, entry.references = True, set()
            if wanted or gone:
                po.write(catalogue(app, language), language, [*wanted.values(), *gone])
            missing = sum(1 for entry in wanted.values() if needs_translation(entry, language))
            if missing:
                report.append(f"{app}/{language}: {missing} of {len(wanted)} lack a translation")
    return report


def _take_over(entry: po.Entry, own: po.Entry | None, other: po.Entry | None) -> None:
    known = own if own and own.translated else other or own
    if known and (known.plural is None) == (entry.plural is None):
        entry.translations = known.translations
        entry.flags |= known.flags & {"fuzzy"}


def needs_translation(entry: po.Entry, language: str) -> bool:
    """Whether the entry must be translated and is not: bokmål for everything, nynorsk for what readers see."""
    return not entry.translated and (language == "nb" or "admin" not in entry.comments)


def compile_all() -> int:
    """Compile every catalogue that is newer than its compiled form; return how many were written.

    `tsb_portal/locale` holds what Wagtail's own Norwegian catalogue lacks.
    """
    written = 0
    for source in sorted(
        path for app in (*APPS, "tsb_portal") for path in (ROOT / app / "locale").glob("*/LC_MESSAGES/*.po")
    ):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            po.compile_catalogue(source, target, source.parent.parent.name)
            written += 1
    return written
