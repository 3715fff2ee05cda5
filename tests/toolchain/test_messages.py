"""Every string that a person sees is translated, and the home-made catalogue tools do what gettext does."""

import gettext
import re
from pathlib import Path

import pytest

from scripts.messages import po
from scripts.messages.catalogues import APPS, LANGUAGES, catalogue, entries, find, needs_translation
from scripts.messages.extract import from_python, from_template

SAME = set((Path(__file__).parent / "same_in_norwegian.txt").read_text(encoding="utf-8").splitlines())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def wanted():
    """Every message of the code by app."""
    return {app: entries(found) for app, found in find().items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", APPS)
def test_every_message_is_translated(app, language, wanted):
    known = po.read(catalogue(app, language))
    missing = []
    for key, entry in wanted[app].items():
        stored = known.get(key, po.Entry(entry.msgid))
        stored.comments = entry.comments
        if stored.obsolete or (stored.plural is None) != (entry.plural is None):
            stored.translations = {}
        if needs_translation(stored, language):
            missing.append(entry.msgid)
    assert not missing, (
        f"{len(missing)} lack a translation; run `make messages` and fill in {catalogue(app, language)}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", APPS)
def test_no_translation_is_a_copy_of_the_english_text(app, language):
    copies = [
        entry.msgid
        for entry in po.read(catalogue(app, language)).values()
        if entry.translations.get(0) == entry.msgid
        and entry.msgid not in SAME
        and re.search("[a-zA-Z]{3}", entry.msgid)
        and re.search("[a-zA-Z]{3}", PLACEHOLDER.sub("", entry.msgid))
    ]
    assert not copies, "add them to same_in_norwegian.txt only if the Norwegian word really is the same"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", APPS)
def test_translations_keep_the_placeholders(app, language):
    wrong = [
        entry.msgid
        for entry in po.read(catalogue(app, language)).values()
        for form, text in entry.translations.items()
        if text and not _same_placeholders(entry, form, text)
    ]
    assert not wrong


def _same_placeholders(entry, form, text):
    """A text for one thing may leave out its number; every other form names all that the original names."""
    found, original = set(PLACEHOLDER.findall(text)), set(PLACEHOLDER.findall(entry.msgid))
    if entry.plural is None:
        return found == original
    plural = set(PLACEHOLDER.findall(entry.plural))
    return found == plural if form else found <= plural | original


def test_a_catalogue_survives_reading_and_writing(tmp_path):
    entry = po.Entry(
        'Say "hi"\nto %(n)s', "greeting", 'Say "hi" to\tall', {0: "Hei\\", 1: "Hei\nalle"}, {"a.py"}
    )
    path = tmp_path / "django.po"
    po.write(path, "nb", [entry, po.Entry("Gone", translations={0: "Borte"}, obsolete=True)])
    read = po.read(path)
    assert read[entry.key] == entry
    assert read[(None, "Gone")].obsolete


def test_the_compiled_catalogue_is_read_by_gettext(tmp_path):
    source, target = tmp_path / "django.po", tmp_path / "django.mo"
    messages = [
        po.Entry("Letter", translations={0: "Brev"}),
        po.Entry("Letter", "alphabet", translations={0: "Bokstav"}),
        po.Entry("%(n)s page", plural="%(n)s pages", translations={0: "%(n)s side", 1: "%(n)s sider"}),
        po.Entry("Guess", translations={0: "Gjett"}, flags={"fuzzy"}),
    ]
    po.write(source, "nb", messages)
    po.compile_catalogue(source, target, "nb")
    with target.open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.gettext("Letter") == "Brev"
    assert translations.pgettext("alphabet", "Letter") == "Bokstav"
    assert translations.ngettext("%(n)s page", "%(n)s pages", 2) == "%(n)s sider"
    assert translations.gettext("Guess") == "Guess"


def test_strings_are_found_in_python_under_any_alias(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "from django.utils.translation import gettext as t, ngettext\n"
        "a = t('One' ' text')\nb = ngettext('%d letter', '%d letters', 2)\nc = Field(help_text=t('Hint'))\n"
    )
    found = {item.key[1]: (item.plural, item.admin) for item in from_python(path, "core/models.py")}
    assert found == {"One text": (None, False), "%d letter": ("%d letters", False), "Hint": (None, True)}


def test_strings_are_found_in_templates(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(
        '{% load i18n %}don\'t ( {% translate "Search" %} {{ _("Menu") }} {% translate "May" context "month" %}'
        "{% blocktranslate trimmed count n=n %}\n One hit\n{% plural %}\n {{ n }} hits {% endblocktranslate %}"
    )
    found = {(item.key, item.plural) for item in from_template(path, "core/page.html")}
    assert found == {
        ((None, "Search"), None),
        ((None, "Menu"), None),
        (("month", "May"), None),
        ((None, "One hit"), "%(n)s hits"),
    }
