"""People of every role, two projects, and what each may reach.

Making them takes seconds, so they stand once per module in an outer transaction; each test is a savepoint in it.
"""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from core.models import ArticlePage, HomePage
from core.setup import set_up_site
from projects.models import ProjectPage
from tests.accounts.factories import make_project, make_user
from tests.core.factories import make_article


@pytest.fixture(autouse=True)
def _second_factor_elsewhere(settings):
    """Rights are tried without the second factor; test_second_factor.py tries it."""
    settings.MFA_REQUIRED = False


@pytest.fixture(scope="module")
def _built_cast(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        if not HomePage.objects.exists():
            set_up_site("Nasjonal kompetansetjeneste", hostname="testserver")
        for role in Role:
            make_user(role, f"{role.value}@example.no", first_name="Kari", last_name=role.value.title())
        other = make_user(Role.PROJECT_LEADER, "other_leader@example.no")
        make_user(None, "member@example.no")
        make_project("Steroideprosjektet", leader=User.objects.get(email="project_leader@example.no"))
        make_project("Rett og frist", leader=other)
        make_article()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def people(_built_cast, site) -> dict[str, User]:
    """One user of each role, a member without a role, and a second project leader."""
    return {user.email.split("@")[0]: user for user in User.objects.all()}


@pytest.fixture
def own(people) -> ProjectPage:
    """The project of the project leader."""
    return ProjectPage.objects.get(title="Steroideprosjektet")


@pytest.fixture
def foreign(people) -> ProjectPage:
    """Another leader's project."""
    return ProjectPage.objects.get(title="Rett og frist")


@pytest.fixture
def article(people) -> ArticlePage:
    """A published article."""
    return ArticlePage.objects.get()


@pytest.fixture
def log_in(people) -> Callable[[str], Client]:
    """Return a client logged in as someone of `people`."""

    def _log_in(who: str) -> Client:
        client = Client()
        user = User.objects.get(pk=people[who].pk)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return _log_in
