"""Every address of the admin, and one object of every kind that is none of a project leader's business."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver
from wagtail.models import UploadedFile, Workflow

from accounts.invitations import make
from accounts.models import PageLeader, User
from accounts.roles import Role
from core.models import Film, GlossaryTerm, PortalDocument, PortalImage, StaffRole
from directory.models import HealthRegion, ImportRow, Organisation, PeopleImport, Person, Unit
from networks.models import Membership, NetworkGroup
from newsletters.models import Interest, SavedAudience, StrayMail, SuppressedAddress
from projects.models import ProjectPage
from tests.accounts.factories import collection_of
from tests.core.factories import add_page
from tests.events.factories import make_event, make_registration
from tests.networks.factories import make_network
from tests.newsletters.factories import SubscriptionFactory, make_delivery
from tests.projects.factories import TrafficLightFactory
from tests.publications.factories import PrintOrderFactory, make_publication
from tests.reporting.factories import FeedbackResponseFactory, ReportedFigureFactory

SECRET = "Hemmelighet"
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Address:
    """An address of the admin: its route, and its name with the namespace."""

    name: str
    route: str

    @property
    def space(self) -> str:
        """The first part of the name."""
        return self.name.partition(":")[0]

    @property
    def arguments(self) -> list[str]:
        """What the address must be told."""
        return ARGUMENT.findall(self.route)

    def filled(self, told: dict[str, Any]) -> str:
        """The address with its arguments. Raises KeyError when one is not told."""
        return "/" + ARGUMENT.sub(lambda found: str(told[found[1]]), self.route)


def admin_addresses() -> list[Address]:
    """Every address under /admin/ that has a name and is written in the plain way."""
    found = _walk(get_resolver().url_patterns, "", "")
    return [one for one in found if one.route.startswith("admin/") and "(" not in one.route]


def _walk(patterns, route: str, space: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern).removeprefix("^")
        if not isinstance(pattern, URLPattern):
            yield from _walk(
                pattern.url_patterns,
                here,
                f"{space}{pattern.namespace or ''}:" if pattern.namespace else space,
            )
        elif pattern.name:
            yield Address(space + pattern.name, here)


def make_foreign_objects(foreign: ProjectPage, leader: User) -> dict[str, Any]:
    """Make one object of every kind, each with the secret word; returned by the namespace of its addresses."""
    person = Person.objects.create(first_name=SECRET, last_name=SECRET, email="hemmelig@example.no")
    region = HealthRegion.objects.create(name=SECRET, slug="hemmelig")
    organisation = Organisation.objects.create(name=SECRET, region=region, kind="health_trust")
    network = make_network(title=SECRET, live=False)
    group = NetworkGroup.objects.create(page=network, name=SECRET, mentor=person)
    delivery = make_delivery(subscribers=1, frozen=False, subject=SECRET)
    delivery.series.name = SECRET
    delivery.series.save()
    publication = make_publication(title=SECRET, live=False)
    return {
        "people": person,
        "person_chooser": person,
        "people_imports": make_import(),
        "regions": region,
        "organisations": organisation,
        "units": Unit.objects.create(organisation=organisation, name=SECRET),
        "memberships": Membership.objects.create(page=network, person=person, group=group),
        "network_groups": group,
        "page_leaders": PageLeader.objects.get(page_id=foreign.pk),
        "accounts_invitations": make("hemmelighet@example.no", Role.READER),
        "accounts_reset_second_factor": leader,
        "wagtailusers_users": User.objects.create_user("h@example.no", first_name=SECRET),
        "registrations": make_registration(make_event(title=SECRET, live=False), name=SECRET),
        "print_orders": PrintOrderFactory(publication=publication, name=SECRET, organisation=SECRET),
        "traffic_lights": TrafficLightFactory(page=foreign, comment=SECRET),
        "reported_figures": ReportedFigureFactory(source=SECRET),
        "wagtailsnippets_core_staffrole": StaffRole.objects.create(title=SECRET, email="h@example.no"),
        "wagtailsnippets_core_glossaryterm": GlossaryTerm.objects.create(term=SECRET, explanation=SECRET),
        "wagtailsnippets_core_film": Film.objects.create(title=SECRET, url="https://vimeo.com/1"),
        "letter_series": delivery.series,
        "subscriptions": SubscriptionFactory(person=person, series=delivery.series),
        "deliveries": delivery,
        "newsletters_admin": delivery,
        "newsletters_statistics": delivery,
        "stray_mail": StrayMail.objects.create(subject=SECRET, sender=SECRET, body=SECRET.encode()),
        "saved_audiences": SavedAudience.objects.create(name=SECRET, series=delivery.series),
        "interests": Interest.objects.create(name=SECRET),
        "suppressed": SuppressedAddress.objects.create(hash="f" * 64, reason="manual"),
        "reporting": FeedbackResponseFactory(page=foreign, comment=SECRET),
    }


def make_import() -> PeopleImport:
    """Make an import whose preview names somebody."""
    job = PeopleImport.objects.create(
        file_name=f"{SECRET}.xlsx",
        status="previewed",
        headings=[SECRET],
        mapping={"0": "email"},
        counts={"new": 1},
    )
    ImportRow.objects.create(people_import=job, number=2, values={"name": SECRET}, outcome="new")
    return job


def make_foreign_files(foreign: ProjectPage) -> dict[str, Any]:
    """Make a draft, a picture and a document of another project, by the arguments that name them in addresses."""
    from tests.accounts.test_files import png

    place = collection_of(foreign)
    draft = add_page(foreign.get_parent(), ProjectPage, title=SECRET, live=False)
    picture = SimpleUploadedFile("bilde.png", png(), "image/png")
    document = SimpleUploadedFile("notat.txt", b"notat", "text/plain")
    owner = User.objects.get(email="other_leader@example.no")
    workflow = Workflow.objects.get()
    state = workflow.start(draft, owner)
    waiting = UploadedFile.objects.create(
        file=SimpleUploadedFile(f"{SECRET}.png", png(), "image/png"), uploaded_by_user=owner
    )
    return {
        "page": draft,
        "revision": draft.latest_revision,
        "image": PortalImage.objects.create(
            title=SECRET, file=picture, collection=place, width=40, height=30, uploaded_by_user=owner
        ),
        "document": PortalDocument.objects.create(
            title=SECRET, file=document, collection=place, uploaded_by_user=owner
        ),
        "collection": place,
        "workflow": workflow,
        "workflow_state": state,
        "task_state": state.current_task_state,
        "upload": waiting,
    }
