"""The demo's log-ins, one per role. The people are invented; the password is no secret."""

from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from accounts.models import PageLeader, User
from accounts.roles import Role, ensure_roles, group_of
from demo.loading.library import Library

PASSWORD = "demo-passord-2026"  # noqa: S105 - printed at every start of the demo


@dataclass(frozen=True)
class Login:
    """Someone to log in as."""

    email: str
    first_name: str
    last_name: str
    role: Role
    leads: tuple[str, ...] = field(default=())


LOGINS = (
    Login("administrator@example.no", "Ragnhild", "Tveitmo", Role.ADMINISTRATOR),
    Login("radgiver@example.no", "Oda", "Sæterdal", Role.ADVISER),
    Login(
        "prosjektleder@example.no",
        "Sunniva",
        "Hegdal",
        Role.PROJECT_LEADER,
        ("project/steroideprosjektet",),
    ),
    Login(
        "nettverksleder@example.no",
        "Berit",
        "Nymoen",
        Role.PROJECT_LEADER,
        ("network/familienettverket", "project/somatisk-helse-og-rus"),
    ),
    Login("konsulent@example.no", "Mona", "Lysgård", Role.CONSULTANT),
    Login("leser@example.no", "Ivar", "Holtet", Role.READER),
)


def load_logins(library: Library) -> None:
    """Make the log-ins with roles, confirmed addresses and led pages; passwords of existing ones are kept."""
    from allauth.account.models import EmailAddress

    ensure_roles()
    # The same word for all, so hashed once: hashing is slow on purpose.
    password = make_password(PASSWORD)
    for login in LOGINS:
        user = User.objects.filter(email=login.email).first()
        if user is None:
            user = User.objects.create(
                email=login.email, password=password, first_name=login.first_name, last_name=login.last_name
            )
        user.groups.add(group_of(login.role))
        EmailAddress.objects.get_or_create(
            user=user, email=login.email, defaults={"verified": True, "primary": True}
        )
        for name in login.leads:
            PageLeader.objects.get_or_create(page_id=library.page(name).pk, user=user)
