"""Users with roles, and led projects."""

from typing import Any

from wagtail.models import Collection, Page

from accounts.models import ManagedAccess, PageLeader, User
from accounts.roles import Role, group_of
from core.models import ContentPage
from projects.models import ProjectIndexPage, ProjectPage
from tests.core.factories import add_page

PASSWORD = "blåbær og bringebær i skogen"


def make_user(role: Role | None = None, email: str = "", **fields: Any) -> User:
    """Make a user, with a role or without."""
    address = email or f"{role or 'medlem'}-{User.objects.count()}@example.no"
    user = User.objects.create_user(address, PASSWORD, **fields)
    if role:
        user.groups.add(group_of(role))
    return user


def add_leader(page: Page, user: User) -> PageLeader:
    """Make the user a leader of the page; the rights follow by signal."""
    return PageLeader.objects.create(page_id=page.pk, user=user)


def collection_of(page: Page) -> Collection:
    """Return the collection that holds a led page's pictures and documents."""
    return ManagedAccess.objects.get(page_id=page.pk).collection


def make_project(title: str = "Et prosjekt", *, leader: User | None = None, **fields: Any) -> ContentPage:
    """Make a published project, led by `leader`."""
    project = add_page(ProjectIndexPage.objects.get(), ProjectPage, title=title, **fields)
    if leader:
        add_leader(project, leader)
    return project
