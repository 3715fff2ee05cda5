"""Editors meet Norwegian everywhere in the admin: Wagtail's catalogue and the portal's own cover all of its words."""

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import allauth
import django
import pytest
import wagtail
from django.urls import reverse

from accounts.roles import Role
from scripts.messages import po
from tests.accounts.factories import make_user

OWN = Path(__file__).resolve().parents[2] / "tsb_portal" / "locale" / "nb" / "LC_MESSAGES"
# Installed packages whose words stand on the admin's screens.
PACKAGES = {
    **{
        f"wagtail/{part}".rstrip("/"): Path(wagtail.__file__).parent / part
        for part in (
            "",
            "admin",
            "users",
            "images",
            "documents",
            "snippets",
            "sites",
            "embeds",
            "contrib/forms",
            "contrib/redirects",
            "contrib/settings",
            "contrib/table_block",
        )
    },
    "django/contrib/auth": Path(django.__file__).parent / "contrib" / "auth",
    "allauth": Path(allauth.__file__).parent,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}")
ENGLISH = re.compile(r"\b(Pages?|Images?|Documents?|Search all pages|Search|Reports|Settings|Help|Log out)\b")


def _catalogues() -> Iterator[tuple[str, str, Path]]:
    """Return package, text domain (Python and templates, or JavaScript) and the English catalogue of each."""
    for package, folder in PACKAGES.items():
        for domain in ("django", "djangojs"):
            path = folder / "locale" / "en" / "LC_MESSAGES" / f"{domain}.po"
            if path.exists():
                yield package, domain, path


def _shipped(english: Path, domain: str) -> dict:
    """Return the package's own bokmål messages, keyed as gettext keys them; fuzzy ones are not among them."""
    compiled = english.parents[2] / "nb" / "LC_MESSAGES" / f"{domain}.mo"
    if not compiled.exists():
        return {}
    with compiled.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog


def _forms(entry: po.Entry, own: dict[po.Key, po.Entry], shipped: dict) -> dict[int, str]:
    """Return the text an editor sees, by plural form; the portal's catalogue goes before the package's."""
    stored = own.get(entry.key)
    if stored and stored.translated and (stored.plural is None) == (entry.plural is None):
        return stored.translations
    key = entry.msgid if entry.context is None else f"{entry.context}\x04{entry.msgid}"
    if entry.plural is None:
        return {0: shipped.get(key, "")}
    return {form: shipped.get((key, form), "") for form in (0, 1)}


def _keeps_placeholders(entry: po.Entry, form: int, text: str) -> bool:
    """Whether `text` names what the original names; the singular may leave out its number."""
    found, original = set(PLACEHOLDER.findall(text)), set(PLACEHOLDER.findall(entry.msgid))
    if entry.plural is None:
        return found == original
    plural = set(PLACEHOLDER.findall(entry.plural))
    return found == plural if form else found <= plural | original


@pytest.mark.parametrize(("package", "domain", "english"), list(_catalogues()))
def test_every_word_of_the_admin_has_a_norwegian_translation(package, domain, english):
    own, shipped = po.read(OWN / f"{domain}.po"), _shipped(english, domain)
    messages = [entry for entry in po.read(english).values() if not entry.obsolete]
    assert messages
    missing = [entry.msgid for entry in messages if not all(_forms(entry, own, shipped).values())]
    assert not missing, f"translate these in {OWN / domain}.po"


@pytest.mark.parametrize(("package", "domain", "english"), list(_catalogues()))
def test_the_words_of_the_admin_keep_their_placeholders(package, domain, english):
    own, shipped = po.read(OWN / f"{domain}.po"), _shipped(english, domain)
    wrong = [
        (entry.msgid, text)
        for entry in po.read(english).values()
        for form, text in _forms(entry, own, shipped).items()
        if text and not _keeps_placeholders(entry, form, text)
    ]
    assert not wrong


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_portals_words_for_wagtail_are_finished_and_fit_their_originals(domain):
    """Also those that no catalogue of Wagtail names, which the two tests above do not reach."""
    entries = po.read(OWN / f"{domain}.po").values()
    assert not [entry.msgid for entry in entries if not entry.translated]
    assert not [
        (entry.msgid, text)
        for entry in entries
        for form, text in entry.translations.items()
        if not _keeps_placeholders(entry, form, text)
    ]


@pytest.fixture
def administrator(site, client, settings):
    """A client logged in as a superuser who is administrator."""
    settings.MFA_REQUIRED = False
    user = make_user(Role.ADMINISTRATOR, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("wagtailadmin_home", "Søk i alle sider"),
        ("wagtailadmin_explore_root", "Sider"),
        ("wagtailimages:index", "Bilder"),
        ("wagtailadmin_workflows:index", "Arbeidsflyter"),
        ("wagtailadmin_reports:site_history", "Historikk"),
        ("memberships:index", "Til mangler"),
    ],
)
def test_an_administrator_reads_no_english_in_the_admin(administrator, address, sentence):
    response = administrator.get(reverse(address))
    assert response.status_code == 200
    html = response.content.decode()
    assert '<html lang="nb"' in html
    assert sentence in html
    assert not ENGLISH.findall(_readable(html))


def _readable(html: str) -> str:
    """Return what is shown or read aloud: text, labels and hints, without scripts, icons and styles."""
    html = re.sub(r"<(script|style|svg|template)\b.*?</\1>|<!--.*?-->", " ", html, flags=re.S)
    hints = re.findall(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"', html)
    return " ".join([re.sub(r"<[^>]*>", " ", html), *hints])


@pytest.mark.django_db
def test_the_admins_scripts_get_the_portals_words(administrator):
    catalogue = administrator.get(reverse("wagtailadmin_javascript_catalog")).content.decode()
    assert "(1 nytt element i denne menyen)" in catalogue
