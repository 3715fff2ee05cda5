"""How a publication is named in other people's lists of references."""

from publications.models import PublicationPage


def reference(page: PublicationPage, service_name: str) -> str:
    """Return the reference as one line of plain text: authors (year). Title (number). Publisher. ISBN. Address."""
    publisher = page.publisher or service_name
    who = _authors(page.author_list) or publisher
    number = page.series_number if page.series_number not in page.title else ""
    title = f"{page.title} ({number})" if number else page.title
    parts = [f"{who} ({page.year})" if page.year else who, title]
    if publisher != who:
        parts.append(publisher)
    if page.isbn:
        parts.append(f"ISBN {page.isbn}")
    line = ". ".join(part.strip().rstrip(".") for part in parts if part) + "."
    address = f"https://doi.org/{page.doi}" if page.doi else page.external_url or page.full_url or ""
    return f"{line} {address}".strip()


def _authors(names: list[str]) -> str:
    """Return "A", "A og B" or "A, B og C". Norwegian, since the reference is one text in either written form."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} og {names[-1]}"
