"""Start from the last letter: a draft of the next one, with the last one's blocks to write over."""

from django.utils import timezone

from accounts.models import User
from newsletters.models import LetterArchivePage, LetterPage
from newsletters.services.freeze import latest_letter

# Subject, preheader and the mark as important belong to one letter only, and start empty.
COPIED = ("lead", "picture", "picture_alt", "language", "responsible_role", "body")


def last_letter(archive: LetterArchivePage) -> LetterPage | None:
    """Return the archive's letter with the highest year and number, published or not."""
    return LetterPage.objects.child_of(archive).order_by("-year", "-number", "-pk").first()


def next_number(last: LetterPage) -> tuple[int, int]:
    """Return (number, year) of the letter after this one; each year begins with 1."""
    year = max(timezone.localdate().year, last.year)
    return (last.number + 1 if last.year == year else 1), year


def start_next(archive: LetterArchivePage, user: User | None = None) -> LetterPage:
    """Make a draft of the next letter from the last one as it was last saved. Raises DoesNotExist if there is none."""
    last = last_letter(archive)
    if last is None:
        raise LetterPage.DoesNotExist
    source = latest_letter(last)
    number, year = next_number(last)
    title = f"{archive.title} {number}/{year}"
    letter = LetterPage(
        title=title,
        number=number,
        year=year,
        live=False,
        owner=user,
        **{name: getattr(source, name) for name in COPIED},
    )
    letter.topics = source.topics.all()
    archive.add_child(instance=letter)
    letter.save_revision(user=user, log_action="wagtail.create")
    return letter
