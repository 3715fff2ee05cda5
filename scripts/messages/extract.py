"""Finding translatable strings in Python files (through their syntax tree) and in Django templates."""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from scripts.messages.po import Key

# Where each function keeps context, message and plural among its arguments.
FUNCTIONS = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
# Arguments and modules whose texts only editors see. Readers' texts need nynorsk too, these need bokmål.
ADMIN_ARGUMENTS = {"help_text", "verbose_name", "verbose_name_plural", "heading", "page_description"}
ADMIN_MODULES = re.compile(
    r"(wagtail_hooks|viewsets?|panels?|blocks|admin\w*|apps|checks|imports|report\w*|figure_\w+|statistics_charts"
    r"|standstill|sending|again|approval|trial_outcomes|mail_domain)(\.py|/)|/management/"
)
ADMIN_CALLS = re.compile(r"(Field|Key|Panel|Block|Column|Filter)$")  # whose texts are labels in the admin
ADMIN_TEMPLATES = re.compile(
    r"(^|/)(\w*admin\w*|wagtail\w*)/|newsletters/mail/(approval\w*|report|standstill)\."
)


@dataclass(frozen=True)
class Found:
    """One translatable string in one file."""

    key: Key
    plural: str | None
    reference: str
    admin: bool


def from_python(path: Path, reference: str) -> list[Found]:
    """Return the strings of a Python module."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    finder = _Finder(reference)
    finder.visit(tree)
    return finder.found


class _Finder(ast.NodeVisitor):
    def __init__(self, reference: str) -> None:
        self.found: list[Found] = []
        self.reference = reference
        self.aliases = {"_": "gettext", **{name: name for name in FUNCTIONS}}
        self.admin = bool(ADMIN_MODULES.search("/" + reference))
        self.is_form = "forms" in reference

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "django.utils.translation":
            self.aliases |= {
                alias.asname or alias.name: alias.name for alias in node.names if alias.name in FUNCTIONS
            }

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_within(node, self.admin or (node.name in ("Meta", "Panels") and not self.is_form))

    def visit_keyword(self, node: ast.keyword) -> None:
        self._visit_within(node, self.admin or (node.arg in ADMIN_ARGUMENTS and not self.is_form))

    def visit_Assign(self, node: ast.Assign) -> None:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        self._visit_within(node, self.admin or (bool(names & ADMIN_ARGUMENTS) and not self.is_form))

    def _visit_within(self, node: ast.AST, admin: bool) -> None:
        before, self.admin = self.admin, admin
        self.generic_visit(node)
        self.admin = before

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        function = self.aliases.get(name)
        if function and node.args:
            self._take(node, FUNCTIONS[function])
        self._visit_within(node, self.admin or (bool(ADMIN_CALLS.search(name)) and not self.is_form))

    def _take(self, node: ast.Call, places: tuple) -> None:
        texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        context, msgid, plural = (
            texts[place] if place is not None and place < len(texts) else None for place in places
        )
        if isinstance(msgid, str) and msgid:
            self.found.append(Found((context, msgid), plural, self.reference, self.admin))


def from_template(path: Path, reference: str) -> list[Found]:
    """Return the strings of a template. Django turns it into calls of the gettext functions; those are read here."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    admin = bool(ADMIN_TEMPLATES.search(reference))
    found = []
    for call in _calls(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        name = call.func.id if isinstance(call.func, ast.Name) and call.func.id != "_" else "gettext"
        context, msgid, plural = (
            ast.literal_eval(call.args[place]) if place is not None else None for place in FUNCTIONS[name]
        )
        if msgid:
            found.append(Found((context, msgid), plural, reference, admin))
    return found


def _calls(source: str) -> list[ast.Call]:
    """Cut the calls out of Django's intermediate text, which is not Python as a whole."""
    calls = []
    for match in re.finditer(r"(?<![\w'\"])(n?p?gettext|_)\(", source):
        text, depth = "", 0
        try:
            for token in tokenize.generate_tokens(io.StringIO(source[match.start() :]).readline):
                depth += {"(": 1, ")": -1}.get(token.string, 0) if token.type == tokenize.OP else 0
                text += token.string
                if token.string == ")" and depth == 0:
                    break
            node = ast.parse(text, mode="eval").body
        except (tokenize.TokenError, SyntaxError):
            continue
        if isinstance(node, ast.Call):
            calls.append(node)
    return calls
