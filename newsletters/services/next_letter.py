"""Start from the last letter: a draft of the next one, with the last one's blocks to write over."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from newsletters.models import Delivery, LetterArchivePage, LetterPage
from newsletters.services.freeze import latest_letter

# Subject, preheader and the mark as important belong to one letter only, and start empty.
COPIED = ("lead", "picture", "picture_alt", "language", "responsible_role", "body")


def last_letter(archive: LetterArchivePage) -> LetterPage | None:
    """Return the last letter that was sent; while none was, the newest one. `was_sent` tells which it is."""
    started = Delivery.objects.filter(letter=OuterRef("pk"), started_at__isnull=False)
    letters = LetterPage.objects.child_of(archive).annotate(was_sent=Exists(started))
    # Letters that were sent before the portal are published without a delivery.
    return letters.order_by("-was_sent", "-live", "-year", "-number", "-pk").first()


def next_number(archive: LetterArchivePage) -> tuple[int, int]:
    """Return (number, year) after the archive's highest, drafts included; each year begins with 1."""
    letters = LetterPage.objects.child_of(archive).order_by("-year", "-number")
    number, year = letters.values_list("number", "year").first() or (0, 0)
    this_year = timezone.localdate().year
    return (number + 1, year) if year >= this_year else (1, this_year)


def start_next(archive: LetterArchivePage, user: User | None = None) -> LetterPage:
    """Make a draft of the next letter from the last one as it was last saved. Raises DoesNotExist if there is none."""
    last = last_letter(archive)
    if last is None:
        raise LetterPage.DoesNotExist
    source = latest_letter(last)
    number, year = next_number(archive)
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
