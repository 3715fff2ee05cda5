"""What a hit on a link or pixel tells: which letter, which link, whose if they said yes, and whether a machine made it.

Nothing is asked of the database here once a link is known. How hits are written: newsletters.hits; how machines are
known by what they do: newsletters.bursts; how hits are counted: newsletters.rollup.
"""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest

from core.robots import is_robot
from core.sources import source_key
from newsletters.hits import Hit
from newsletters.models import DeliveryLink
from newsletters.tokens import BadToken, read_token

# Mail scanners, link previews and the picture proxies that fetch before anybody has opened anything.
_MACHINES = re.compile(
    r"proofpoint|mimecast|barracuda|safelinks|microsoft office|ms-office|skypeuripreview|symantec|trendmicro|"
    r"fireeye|forcepoint|sophos|cisco|urldefense|googleimageproxy|yahoomailproxy|whatsapp|slackbot|teams|"
    r"outlook-?(?:ios|android)?preview|okhttp|axios|node-fetch|libwww|phantom|selenium|puppeteer|playwright",
    re.IGNORECASE,
)
# Apple's mail privacy fetches every picture as this and nothing more.
_BARE_AGENT = "Mozilla/5.0"


@dataclass(frozen=True, slots=True)
class FrozenLink:
    """A link of a frozen letter. It never changes, so each process remembers it."""

    id: int
    delivery_id: int
    number: int
    url: str
    is_trap: bool


@lru_cache(maxsize=8192)
def find_link(key: UUID, number: int) -> FrozenLink:
    """Return a letter's link; DeliveryLink.DoesNotExist when there is none."""
    row = DeliveryLink.objects.values_list("id", "delivery_id", "number", "url", "is_trap").get(
        delivery__key=key, number=number
    )
    return FrozenLink(*row)


def read_click(request: HttpRequest, link: FrozenLink, token: str = "") -> Hit:
    """Return a click; with a token of this letter also whose it is, which counts only if they have said yes."""
    recipient, number = _holder("click", token, link.delivery_id)
    agent = request.META.get("HTTP_USER_AGENT", "")
    return Hit(
        kind="click",
        delivery=link.delivery_id,
        at=time.time(),
        is_machine=looks_like_machine(request) or link.is_trap,
        link=link.id,
        number=link.number,
        is_trap=link.is_trap,
        recipient=recipient,
        token=number,
        # People behind one hospital's address are told apart by their browsers, as far as that goes.
        source=source_key(request, f"letter-{link.delivery_id}", agent),
    )


def read_open(request: HttpRequest, token: str) -> Hit | None:
    """Return the open of a letter whose pixel was fetched, or nothing when the token is not ours."""
    try:
        delivery_id, holder = read_token("open", token)
    except (BadToken, ValueError):
        return None
    hit = Hit("open", int(delivery_id), time.time(), looks_like_machine(request))
    if isinstance(holder, str):
        hit.token = holder[:32]
    else:
        hit.recipient = holder
    return hit


def looks_like_machine(request: HttpRequest) -> bool:
    """Whether the request itself says that no person made it: HEAD, a prefetch, a known agent."""
    meta = request.META
    if request.method == "HEAD" or is_robot(request):
        return True
    if "prefetch" in meta.get("HTTP_X_MOZ", "") or "preview" in meta.get("HTTP_X_PURPOSE", ""):
        return True
    return _names_a_machine(meta.get("HTTP_USER_AGENT", ""))


@lru_cache(maxsize=1000)
def _names_a_machine(agent: str) -> bool:
    return agent.strip() == _BARE_AGENT or bool(_MACHINES.search(agent))


def _holder(purpose: str, token: str, delivery_id: int) -> tuple[int | None, str]:
    """Return the receiver's number or the anonymous number that a token of this delivery holds."""
    if not token:
        return None, ""
    try:
        of_delivery, holder = read_token(purpose, token)
    except (BadToken, ValueError):
        return None, ""
    if of_delivery != delivery_id:
        return None, ""
    return (None, holder[:32]) if isinstance(holder, str) else (holder, "")
