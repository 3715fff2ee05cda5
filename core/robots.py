"""Telling people from robots by what a request says of itself."""

import re
from functools import lru_cache

from django.http import HttpRequest

_AGENTS = re.compile(
    r"bot|crawl|spider|slurp|scan|check|monitor|preview|fetch|curl|wget|python-|java/|httpclient|go-http|"
    r"headless|lighthouse|facebookexternalhit|embedly|validator|archiver|feed",
    re.IGNORECASE,
)


def is_robot(request: HttpRequest) -> bool:
    """Whether the request comes from a known robot, a prefetch, or something without a name."""
    # Read from META: `request.headers` is put together anew for every request, and this stands on the cached path.
    agent = request.META.get("HTTP_USER_AGENT", "")
    purpose = request.META.get("HTTP_SEC_PURPOSE", "") + request.META.get("HTTP_PURPOSE", "")
    return not agent or "prefetch" in purpose or _names_a_robot(agent)


@lru_cache(maxsize=1000)
def _names_a_robot(agent: str) -> bool:
    return _AGENTS.search(agent) is not None
