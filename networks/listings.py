"""What the list of networks and a network's page show. Never who the members are."""

from django.db.models import QuerySet

from core.cards import with_cards
from core.listings import latest_of
from networks.models import NetworkGroup, NetworkIndexPage, NetworkMeeting, NetworkPage


@latest_of("networks")
def all_networks() -> QuerySet[NetworkPage]:
    """Return published networks by name."""
    return NetworkPage.objects.live().order_by("title", "pk")


def network_list(index: NetworkIndexPage) -> QuerySet[NetworkPage]:
    """Return the networks below the index, ready for cards (3 queries)."""
    return with_cards(all_networks().child_of(index))


def meetings_of(page: NetworkPage) -> dict[str, list[NetworkMeeting]]:
    """Return coming meetings, next first, and past ones, latest first (1 query)."""
    meetings = sorted((m for m in page.meetings.all() if m.date), key=lambda meeting: meeting.date)
    return {
        "coming": [meeting for meeting in meetings if not meeting.is_past],
        "past": [meeting for meeting in reversed(meetings) if meeting.is_past],
    }


def groups_of(page: NetworkPage) -> list[NetworkGroup]:
    """Return the network's groups as readers may know them: name, theme, description – no people (1 query)."""
    if not page.pk:
        return []
    groups = NetworkGroup.objects.filter(page=page.pk).only("pk", "name", "theme", "description")
    return sorted(groups, key=lambda group: _by_number(group.name))


def _by_number(name: str) -> list:
    """Return a key that sorts "Gruppe 2" before "Gruppe 10"."""
    words = name.replace(":", " ").split()
    return [(0, int(word), "") if word.isdigit() else (1, 0, word.casefold()) for word in words]
