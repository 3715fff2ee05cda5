"""The demo's projects, networks, publications, events, courses and letters."""

from typing import Any

from core.models import HomePage
from demo.loading.content import read, read_folder, subfolders
from demo.loading.library import Library
from demo.loading.pages import Told, add, add_all, note_index_pages
from elearning.models import CourseIndexPage, CoursePage, ModulePage
from events.models import EventIndexPage, EventPage, ProgrammeItem
from networks.models import NetworkGroup, NetworkIndexPage, NetworkMeeting, NetworkPage
from newsletters.models import LetterArchivePage, LetterPage, Series
from projects.models import Activity, Milestone, Phase, ProjectIndexPage, ProjectOutput, ProjectPage
from publications.models import PublicationIndexPage, PublicationPage

INDEX_PAGES = {
    "projects": ProjectIndexPage,
    "networks": NetworkIndexPage,
    "publications": PublicationIndexPage,
    "events": EventIndexPage,
    "courses": CourseIndexPage,
}


def add_app_pages(library: Library, home: HomePage) -> None:
    """Make all pages of the apps; projects last, since their outputs point to publications."""
    note_index_pages(library, INDEX_PAGES)
    index = library.pages
    index["index/letters"] = LetterArchivePage.objects.filter(series__isnull=True).first()
    add_all(
        library,
        index["index/publications"],
        PublicationPage,
        "publication",
        read_folder("publications"),
        _publication,
    )
    add_all(library, index["index/networks"], NetworkPage, "network", read_folder("networks"), _network)
    add_all(library, index["index/events"], EventPage, "event", read_folder("events"), _event)
    _add_courses(library)
    add_all(
        library,
        index["index/projects"],
        ProjectPage,
        "project",
        read_folder("projects"),
        lambda told: _project(told, library),
    )
    _add_letters(library)


def _taken(told: Told, *names: str) -> Told:
    return {name: told[name] for name in names if told.get(name) not in (None, "")}


def _publication(told: Told) -> Told:
    return {
        **_taken(
            told,
            "kind",
            "year",
            "publisher",
            "series_number",
            "isbn",
            "doi",
            "external_url",
            "can_be_ordered",
        ),
        "authors": "; ".join(told.get("authors", [])),
        "source": told.get("source", ""),
        "is_superseded": told.get("superseded", False),
        "source_version": told.get("version", ""),
        "source_fetched": told.get("fetched"),
    }


def _network(told: Told) -> Told:
    return {
        **_taken(told, "start_year", "how_to_join"),
        "meetings": [NetworkMeeting(**_taken(m, "date", "title", "place")) for m in told.get("meetings", [])],
    }


def _event(told: Told) -> Told:
    return {
        **_taken(
            told, "start", "end", "place", "price", "capacity", "registration_opens", "registration_closes"
        ),
        "is_digital": told.get("digital", False),
        "programme": [ProgrammeItem(**_taken(item, "time", "text")) for item in told.get("programme", [])],
    }


def _project(told: Told, library: Library) -> Told:
    outputs = [
        ProjectOutput(
            **_taken(output, "kind", "text", "number"),
            related_page=library.page(output["page"]) if output.get("page") else None,
        )
        for output in told.get("outputs", [])
    ]
    return {
        **_taken(told, "kind", "status", "start_year", "end_year", "purpose"),
        "funding": _plain(told.get("funding_html", "")),
        "partners": "\n".join(told.get("partners", [])),
        "phases": [
            Phase(**_taken(phase, "name", "start", "end", "description")) for phase in told.get("phases", [])
        ],
        "milestones": [_milestone(milestone) for milestone in told.get("milestones", [])],
        "outputs": outputs,
    }


def _milestone(told: Told) -> Milestone:
    activities = [
        Activity(**_taken(a, "text", "deadline", "responsible", "status")) for a in told["activities"]
    ]
    return Milestone(title=told["title"], phase_name=told.get("phase", ""), activities=activities)


def _plain(html: str) -> str:
    return html.replace("</p>\n<p>", "\n\n").replace("<p>", "").replace("</p>", "").strip()


def _add_courses(library: Library) -> None:
    for folder in subfolders("courses"):
        course_told = read(f"{folder}/course.toml")
        course = add(
            library,
            library.pages["index/courses"],
            CoursePage,
            f"course/{course_told['slug']}",
            course_told,
            **_taken(course_told, "minutes", "approvals", "provider"),
            target_groups=", ".join(course_told.get("target_groups", [])),
            external_url=course_told.get("url", "") if course_told.get("external") else "",
        )
        for told in (told for told in read_folder(folder) if told["slug"] != course_told["slug"]):
            inherited = {
                name: course_told.get(name) for name in ("responsible_role", "last_reviewed", "review_by")
            }
            name = f"module/{course.slug}/{told['slug']}"
            add(library, course, ModulePage, name, {**inherited, **told}, **_taken(told, "minutes"))


def _add_letters(library: Library) -> None:
    archives = {}
    for told in read("letters/series.toml")["series"]:
        series = _series(told, library)
        archive_told = {
            "slug": told["archive_slug"],
            "title": told["archive_title"],
            "lead": told["archive_lead"],
        }
        name = f"archive/{told['slug']}"
        parent = library.pages["index/letters"]
        archives[told["slug"]] = add(library, parent, LetterArchivePage, name, archive_told, series=series)
    for told in (told for told in read_folder("letters") if "series" in told and "subject" in told):
        fields = _taken(told, "number", "year", "subject", "preheader")
        add(library, archives[told["series"]], LetterPage, f"letter/{told['slug']}", told, **fields)


def _series(told: dict[str, Any], library: Library) -> Series:
    fields = _taken(
        told,
        "name",
        "description",
        "sender_name",
        "sender_email",
        "reply_to",
        "greeting",
        "greeting_fallback",
    )
    fields |= {name: told[name] for name in ("accent_colour", "header_shape") if name in told}
    network = library.page(told["network"]) if told.get("network") else None
    return Series.objects.get_or_create(
        slug=told["slug"],
        defaults={
            **fields,
            "network": network,
            "header_picture": library.pictures.get(told.get("header_picture", "")),
            "is_public": told["is_public"],
            "sort_order": told["sort_order"],
        },
    )[0]


def add_network_groups(library: Library) -> None:
    """Make the groups of the networks."""
    for told in read_folder("networks"):
        for group in told.get("groups", []):
            NetworkGroup.objects.get_or_create(
                page=library.page(f"network/{told['slug']}"),
                name=group["name"],
                defaults=_taken(group, "theme", "description"),
            )
