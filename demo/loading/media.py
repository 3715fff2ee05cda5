"""Pictures, documents, films, staff roles and glossary terms of the demo."""

import io
import tomllib
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile

from core.models import Film, GlossaryTerm, PortalDocument, PortalImage, ServiceSettings, StaffRole
from demo.loading.content import CONTENT, read
from demo.loading.library import Library

ILLUSTRATIONS = CONTENT.parent / "illustrations"
DOCUMENTS = CONTENT.parent / "documents"


def load_pictures(library: Library) -> None:
    """Load every illustration once; a picture is known by its title."""
    index = tomllib.loads((ILLUSTRATIONS / "index.toml").read_text(encoding="utf-8"))
    defaults = index.get("defaults", {})
    known = {picture.title: picture for picture in PortalImage.objects.all()}
    for name, told in index["pictures"].items():
        library.picture_texts[name] = told
        library.pictures[name] = known.get(told["title"]) or _add_picture(name, told, defaults)


def _add_picture(name: str, told: dict[str, Any], defaults: dict[str, Any]) -> PortalImage:
    path = ILLUSTRATIONS / told["file"]
    picture = PortalImage(
        title=told["title"],
        description=told.get("alt_nb", ""),
        credit=told.get("credit", defaults.get("credit", "")),
        licence=told.get("licence", defaults.get("licence", "")),
        file=ImageFile(io.BytesIO(path.read_bytes()), name=path.name),
        width=told.get("width", defaults.get("width", 1600)),
        height=told.get("height", defaults.get("height", 1000)),
    )
    picture.save()
    return picture


def load_documents(library: Library) -> None:
    """Load the files to download; a document is known by its title."""
    index = DOCUMENTS / "index.toml"
    if not index.exists():
        return
    for key, told in tomllib.loads(index.read_text(encoding="utf-8"))["documents"].items():
        document = PortalDocument.objects.filter(title=told["title"]).first()
        if document is None:
            path: Path = DOCUMENTS / told["file"]
            document = PortalDocument(
                title=told["title"],
                file=ContentFile(path.read_bytes(), name=path.name),
                language=told.get("language", "nb"),
                is_tagged=True,
                no_html_reason=told.get("no_html_reason", ""),
            )
            document.full_clean(exclude=["collection", "uploaded_by_user"])
            document.save()
        library.documents[key] = document


def load_roles(library: Library) -> None:
    """Load the staff roles; topics follow when the topic pages stand."""
    for told in read("staff_roles.toml")["roles"]:
        role, _made = StaffRole.objects.get_or_create(
            title=told["title"],
            defaults={
                "name": told["name"],
                "email": told["email"],
                "phone": told["phone"],
                "sort_order": told["sort_order"],
            },
        )
        library.roles[told["key"]] = role
        library.role_texts[told["key"]] = told


def load_films(library: Library) -> None:
    """Load the films; those held at a film service only, since the demo ships no film files."""
    for told in read("films.toml")["films"]:
        film = Film.objects.filter(title=told["title"]).first()
        if film is None:
            film = _add_film(told)
        library.films[told["key"]] = film


def _add_film(told: dict[str, Any]) -> Film:
    film = Film(
        title=told["title"],
        description=told["description"],
        url=told["url"],
        seconds=told["seconds"],
        captions=told["captions"],
        audio_description=told["audio_description"],
        audio_description_note=told.get("audio_description_note", ""),
        transcript=told.get("transcript", ""),
        was_live=told.get("was_live"),
    )
    if told.get("captions_vtt"):
        film.caption_file.save("teksting.vtt", ContentFile(told["captions_vtt"].encode()), save=False)
    film.full_clean()
    film.save()
    return film


def tag_roles_and_films(library: Library) -> None:
    """Give roles and films their topics; safe to run again."""
    for key, told in library.role_texts.items():
        library.roles[key].topics.set([library.page(f"topic/{slug}") for slug in told["topics"]])
    for told in read("films.toml")["films"]:
        library.films[told["key"]].topics.set([library.page(f"topic/{slug}") for slug in told["topics"]])


def load_glossary() -> None:
    """Load the glossary: the abbreviation is the term where there is one."""
    for told in read("glossary.toml")["terms"]:
        short = told.get("abbreviation", "")
        GlossaryTerm.objects.get_or_create(
            term=short or told["term"],
            defaults={
                "long_form": told["term"] if short else "",
                "explanation": told["explanation"],
                "synonyms": ", ".join(told.get("synonyms", []))[:300],
            },
        )


def load_settings(site) -> ServiceSettings:
    """Give the service its name, contact and synonyms."""
    told = read("home.toml")["settings"]
    settings = ServiceSettings.for_site(site)
    plain = (
        "service_name",
        "short_name",
        "parent_hospital",
        "theme",
        "accent_colour",
        "email",
        "phone",
        "address",
    )
    for name in (*plain, "measuring_mode", "statistics_close_after_days", "review_mail_to"):
        setattr(settings, name, told[name])
    settings.search_synonyms = "\n".join(", ".join(group) for group in told["search_synonyms"])
    settings.save()
    return settings
