"""Reading, writing and compiling PO catalogues."""

import ast
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

HEADER = """msgid ""
msgstr ""
"Project-Id-Version: tsb_portal\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
KEYWORD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d)\])?\s+(".*")$')

Key = tuple[str | None, str]  # context and message


class CatalogueError(ValueError):
    """A catalogue cannot be read; the message names file and line."""


@dataclass
class Entry:
    """One message and its translations: one, or two where it has a plural."""

    msgid: str
    context: str | None = None
    plural: str | None = None
    translations: dict[int, str] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    obsolete: bool = False

    @property
    def key(self) -> Key:
        """What makes a message the same message."""
        return self.context, self.msgid

    @property
    def translated(self) -> bool:
        """Whether every form has a translation that nobody has marked as a guess."""
        forms = (0, 1) if self.plural is not None else (0,)
        return "fuzzy" not in self.flags and all(self.translations.get(form) for form in forms)


def read(path: Path) -> dict[Key, Entry]:
    """Return the entries of a PO file by key, without its header; an absent file is empty."""
    entries: dict[Key, Entry] = {}
    if not path.exists():
        return entries
    current, last = _Draft(), ""
    for number, raw in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], start=1):
        line = raw.strip()
        obsolete = line.startswith("#~")
        line = line.removeprefix("#~").strip() if obsolete else line
        keyword = KEYWORD.match(line)
        begins = line.startswith("#") or (keyword and keyword[1] in ("msgctxt", "msgid"))
        if current.complete and (not line or begins):
            entry = current.entry()
            if entry.msgid:
                entries[entry.key] = entry
            current = _Draft()
        try:
            last = current.add(line, keyword, last, obsolete)
        except (SyntaxError, ValueError, KeyError) as error:
            raise CatalogueError(f"{path}, line {number}: cannot read {raw!r}") from error
    return entries


class _Draft:
    """The entry being read."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.meta = Entry("")

    @property
    def complete(self) -> bool:
        return "msgid" in self.parts and any(name.startswith("msgstr") for name in self.parts)

    def add(self, line: str, keyword: re.Match | None, last: str, obsolete: bool) -> str:
        """Take one line in; return the name of the part that a continuation line belongs to."""
        if not line:
            return ""
        if keyword:
            last = keyword[1] + (keyword[2] or "") if keyword[1] == "msgstr" else keyword[1]
            self.parts[last] = ast.literal_eval(keyword[3])
            self.meta.obsolete = obsolete
        elif line.startswith('"'):
            self.parts[last] += ast.literal_eval(line)
        elif line.startswith("#:"):
            self.meta.references.update(line[2:].split())
        elif line.startswith("#,"):
            self.meta.flags.update(flag.strip() for flag in line[2:].split(","))
        elif line.startswith(("#.", "# ")):
            self.meta.comments.append(line[2:].strip())
        elif not line.startswith("#"):
            raise ValueError
        return last

    def entry(self) -> Entry:
        translations = {
            int(name[6:] or 0): text for name, text in self.parts.items() if name.startswith("msgstr")
        }
        entry = self.meta
        entry.msgid, entry.context = self.parts["msgid"], self.parts.get("msgctxt")
        entry.plural, entry.translations = self.parts.get("msgid_plural"), translations
        return entry


def write(path: Path, language: str, entries: list[Entry]) -> None:
    """Write a catalogue: living messages by file and text, obsolete ones last."""
    order = sorted(entries, key=lambda e: (e.obsolete, sorted(e.references)[:1], e.msgid, e.context or ""))
    text = "\n".join([HEADER.format(language=language), *(_format(entry) for entry in order)])
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _format(entry: Entry) -> str:
    lines = [f"#. {comment}" for comment in entry.comments]
    lines += [f"#: {reference}" for reference in sorted(entry.references)]
    if entry.flags:
        lines.append(f"#, {', '.join(sorted(entry.flags))}")
    body = [f"msgctxt {quote(entry.context)}"] if entry.context is not None else []
    body.append(f"msgid {quote(entry.msgid)}")
    if entry.plural is None:
        body.append(f"msgstr {quote(entry.translations.get(0, ''))}")
    else:
        body.append(f"msgid_plural {quote(entry.plural)}")
        body += [f"msgstr[{form}] {quote(entry.translations.get(form, ''))}" for form in (0, 1)]
    prefix = "#~ " if entry.obsolete else ""
    lines += [prefix + line for part in body for line in part.split("\n")]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """Quote as PO does, one line of the file per line of the text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\r", "\\r")
    lines = escaped.split("\n")
    if len(lines) == 1:
        return f'"{escaped}"'
    pieces = [line + "\\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    return "\n".join(['""', *(f'"{piece}"' for piece in pieces)])


def compile_catalogue(source: Path, target: Path, language: str) -> None:
    """Write the MO file that Python's gettext reads; untranslated and fuzzy messages are left out."""
    header = HEADER.format(language=language).split('msgstr ""\n')[1]
    messages = {"": "".join(ast.literal_eval(line) for line in header.splitlines())}
    for entry in read(source).values():
        if entry.translated and not entry.obsolete:
            identifier = entry.msgid if entry.plural is None else f"{entry.msgid}\0{entry.plural}"
            identifier = identifier if entry.context is None else f"{entry.context}\x04{identifier}"
            messages[identifier] = "\0".join(text for _, text in sorted(entry.translations.items()))
    target.write_bytes(_machine_object(messages))


def _machine_object(messages: dict[str, str]) -> bytes:
    """The MO format: a header, two tables of lengths and offsets, then the strings, ids sorted."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    ids, texts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    count, tables = len(pairs), 28
    start = tables + 16 * count
    offsets, data = [], b""
    for strings in (ids, texts):
        for string in strings:
            offsets += [len(string), start + len(data)]
            data += string + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, tables, tables + 8 * count, 0, start)
    return head + struct.pack(f"<{4 * count}I", *offsets) + data
