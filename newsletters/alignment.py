"""Whether two domains count as one for DMARC's relaxed alignment (RFC 7489, 3.1)."""

# Norwegian suffixes under which different bodies have their names; elsewhere the last two labels name the body.
SHARED_SUFFIXES = {"kommune.no", "herad.no", "fylkeskommune.no", "stat.no", "dep.no", "co.no", "priv.no"}


def organisational_domain(domain: str) -> str:
    """Return the part of a domain that one body owns: helse.example.no → example.no."""
    labels = domain.lower().rstrip(".").split(".")
    size = 3 if ".".join(labels[-2:]) in SHARED_SUFFIXES else 2
    return ".".join(labels[-size:])


def are_aligned(first: str, second: str) -> bool:
    """Whether DMARC takes the domains for the same body's."""
    return organisational_domain(first) == organisational_domain(second)
