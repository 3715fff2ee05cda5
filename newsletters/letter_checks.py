"""What is looked at before a letter is sent: stops what would go wrong, points at what could be better."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.alignment import are_aligned
from newsletters.colours import LINE_RATIO, chosen_colour, dark_colours, light_colours
from newsletters.letter_links import broken_links
from newsletters.mails import service_settings
from newsletters.rendering import RenderedLetter
from newsletters.slots import MARKS

# Phones show about so many characters of a subject; Gmail cuts letters at about so many bytes.
SUBJECT_GOOD, SUBJECT_MAX = 60, 100
SIZE_LIMIT = 100_000
BLOCKS_WITH_WORDS = {"heading", "text", "page_cards", "event_list", "quote"}
BLOCKS_WITH_PAGES = {"page_cards": "pages", "event_list": "events"}


@dataclass(frozen=True)
class Check:
    """One finding. `level`: "stop" (cannot be sent), "warn" (look at it), "good", or "note" (not looked at).

    `address` leads to the place where it can be mended; empty where there is none.
    """

    level: str
    text: str
    address: str = ""


def place(letter, path: str) -> str:
    """Return the address of a field or block in the editor; `path` as Wagtail writes content paths."""
    edit = reverse("wagtailadmin_pages:edit", args=[letter.pk])
    return f"{edit}#:w:contentpath={path}" if path else edit


def check_letter(letter, rendered: RenderedLetter) -> list[Check]:
    """Return the findings about a letter, the gravest first."""
    checks = [
        *_series(letter),
        *_body(letter),
        *_subject(letter, rendered.subject),
        *_preheader(letter),
        *_pictures(letter),
        *_pages(letter),
        *_links(letter, rendered.html),
        *_unsubscribe(rendered),
        *_text_part(letter),
        *_contrast(letter.series),
        *_sender(letter),
        *_size(letter, rendered),
    ]
    order = {"stop": 0, "warn": 1, "good": 2, "note": 3}
    return sorted(checks, key=lambda check: order[check.level])


def may_be_sent(checks: list[Check]) -> bool:
    """Whether no finding stops the letter."""
    return all(check.level != "stop" for check in checks)


def _series(letter) -> Iterator[Check]:
    if letter.series is None:
        yield Check("stop", _("The letter does not stand in the archive of a series. Move it there first."))


def _body(letter) -> Iterator[Check]:
    if not len(letter.body):
        yield Check("stop", _("The letter has no content. Add at least one block."), place(letter, "body"))


def _subject(letter, subject: str) -> Iterator[Check]:
    length = len(subject)
    counted = ngettext("%(count)d character", "%(count)d characters", length) % {"count": length}
    where = place(letter, "subject")
    if length > SUBJECT_MAX:
        text = _("The subject is too long (%(length)s); most programs cut it. Write a shorter one.")
        yield Check("warn", text % {"length": counted}, where)
    elif length > SUBJECT_GOOD:
        text = _("The subject is long (%(length)s); phones cut it. Put what matters first.")
        yield Check("warn", text % {"length": counted}, where)
    else:
        yield Check("good", _("The subject has a good length (%(length)s).") % {"length": counted})


def _preheader(letter) -> Iterator[Check]:
    if letter.preheader:
        yield Check("good", _("The letter has a preheader."))
    elif letter.lead:
        text = _("There is no preheader; the lead is shown after the subject. Write one of its own.")
        yield Check("warn", text, place(letter, "preheader"))
    else:
        text = _(
            "There is neither preheader nor lead; mail programs show the first words they find. Write a preheader."
        )
        yield Check("warn", text, place(letter, "preheader"))


def _pictures(letter) -> Iterator[Check]:
    pictures = [
        (child.value["image"], child.value["alt"], f"body.{child.id}.alt")
        for child in letter.body
        if child.block_type == "picture"
    ]
    if letter.picture:
        pictures.append((letter.picture, letter.picture_alt, "picture_alt"))
    for image, alt, path in pictures:
        if not alt:
            text = _("The picture “%(title)s” has no alternative text. Say what it shows.")
            yield Check("warn", text % {"title": image.title}, place(letter, path))
        if image.is_svg():
            text = _("Mail programs do not show SVG, so “%(title)s” is left out. Use a JPEG or PNG.")
            yield Check("warn", text % {"title": image.title}, place(letter, path.removesuffix(".alt")))
    if pictures and all(alt for _image, alt, _path in pictures):
        yield Check("good", _("Every picture has an alternative text."))


def _pages(letter) -> Iterator[Check]:
    for child in letter.body:
        where = place(letter, f"body.{child.id}")
        name = BLOCKS_WITH_PAGES.get(child.block_type)
        for page in child.value[name] if name else ():
            if page is None:
                text = _("A page that the letter shows has been deleted. Take it out of the list.")
                yield Check("warn", text, where)
            elif not page.live:
                text = _("“%(title)s” is not published and is left out. Publish it first, or take it out.")
                yield Check("warn", text % {"title": page.title}, where)
        if child.block_type == "button" and not child.value.href:
            text = _("The button “%(text)s” leads nowhere. Choose a page or write an address.")
            yield Check("stop", text % {"text": child.value["text"]}, where)


def _links(letter, html: str) -> Iterator[Check]:
    """Look up every link to this site; the letter itself becomes public when it is sent."""
    broken = list(broken_links(letter, html))
    for link in broken:
        if link.address:
            text = _("The link %(address)s leads to nothing readers can open. Change it or take it away.")
        else:
            text = _("The link “%(words)s” leads to a page that is gone. Change it or take it away.")
        yield Check("stop", text % {"address": link.address, "words": link.words}, place(letter, link.path))
    if not broken:
        yield Check("good", _("Every link to this site works."))


def _unsubscribe(rendered: RenderedLetter) -> Iterator[Check]:
    mark = MARKS["unsubscribe_url"]
    if mark in rendered.html and mark in rendered.text:
        yield Check("good", _("The letter has a link for leaving, in the text part too."))
    else:
        yield Check(
            "stop", _("The letter has no link for leaving. Tell the operator: its template is damaged.")
        )


def _text_part(letter) -> Iterator[Check]:
    kinds = {child.block_type for child in letter.body}
    if kinds and not kinds & BLOCKS_WITH_WORDS and not letter.lead:
        yield Check(
            "warn",
            _("There is hardly a word in the text part. Add some text for those who see no pictures."),
            place(letter, "body"),
        )
    elif kinds:
        yield Check("good", _("The letter has a text part."))


def _contrast(series) -> Iterator[Check]:
    accent = chosen_colour(service_settings(), series).lower()
    shade = light_colours(accent).accent
    if shade != accent:
        yield Check(
            "warn",
            _(
                "The accent colour %(accent)s is too pale for text; letters use %(shade)s. Choose a darker one."
            )
            % {"accent": accent, "shade": shade},
            reverse("letter_series:edit", args=[series.pk])
            if series and series.accent_colour
            else reverse("wagtailsettings:edit", args=["core", "servicesettings"]),
        )
    else:
        sets = (light_colours(accent), dark_colours(accent))
        lowest = min(
            found for one in sets for found, needed in one.contrasts().values() if needed > LINE_RATIO
        )
        yield Check(
            "good",
            _("The colours are easy to read by day and in dark mode (contrast at least %(ratio)s to 1).")
            % {"ratio": localize(round(lowest, 1))},
        )


def _sender(letter) -> Iterator[Check]:
    """DMARC lets SPF count only where the return path's domain belongs to the sender's."""
    bounces = settings.BOUNCE_DOMAIN
    if letter.series is None or not bounces:
        return
    domain = letter.series.sender_email.rpartition("@")[2]
    if not are_aligned(domain, bounces):
        yield Check(
            "warn",
            _(
                "The sender's domain %(domain)s and the domain for bounces, %(bounces)s, do not belong together, "
                "so receivers trust the letter less. Change the sender's address, or ask the operator."
            )
            % {"domain": domain, "bounces": bounces},
            reverse("letter_series:edit", args=[letter.series.pk]),
        )


def _size(letter, rendered: RenderedLetter) -> Iterator[Check]:
    size = _("%(size)d kB") % {"size": round(rendered.size / 1000)}
    if rendered.size > SIZE_LIMIT:
        text = _("The letter is too large (%(size)s); Gmail cuts it. Make it shorter.")
        yield Check("warn", text % {"size": size}, place(letter, "body"))
    else:
        yield Check("good", _("The letter is small enough (%(size)s).") % {"size": size})
