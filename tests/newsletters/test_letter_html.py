"""The HTML as mail programs read it: rules of Outlook's Word engine, Gmail, dark mode and phones, held by parsing."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from core.contrast import contrast_ratio
from core.models import ServiceSettings
from newsletters import sending
from newsletters.colours import THEME_COLOURS, dark_colours, light_colours
from newsletters.mails import send_preferences_mail
from tests.core.factories import make_article
from tests.newsletters.factories import PersonFactory, make_letter, make_running
from tests.newsletters.test_rendering import make_picture

pytestmark = pytest.mark.django_db

VOID = {"img", "br", "meta", "hr", "link", "o:allowpng", "v:fill"}


class Reader(HTMLParser):
    """Collects every element with its attributes, and which are left open or closed twice."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.wrong = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)

    def all(self, tag):
        """The attributes of every element of that name."""
        return [attrs for name, attrs in self.elements if name == tag]


def as_word_reads_it(html):
    """The page with Outlook's conditional parts open and those for others gone."""
    html = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    return re.sub(r"<!--\[if (?:mso|lte mso)[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)


@pytest.fixture
def sent(site, sink):
    """The HTML part of a letter with every kind of block, as it left."""
    picture = make_picture()
    pages = [
        make_article(title="Med bilde", lead="Kort om saken", slug="med-bilde", picture=picture),
        make_article(title="Uten bilde", lead="Kort om saken", slug="uten-bilde"),
    ]
    letter = make_letter(
        picture=picture,
        picture_alt="To som prater",
        body=[
            ("heading", {"text": "Overskrift", "level": "2"}),
            ("text", '<p>Les <a href="https://example.no/">her</a></p><ul><li>En</li></ul>'),
            ("picture", {"image": picture, "alt": "", "caption": "Møte"}),
            ("button", {"text": "Meld på", "page": pages[0], "url": ""}),
            ("page_cards", {"title": "Nytt", "pages": pages}),
            ("quote", {"text": "Jeg ble.", "source": "Erfaringskonsulent"}),
            ("divider", None),
        ],
    )
    delivery = make_running(1, letter=letter)
    sending.send_delivery(delivery.pk)
    return sink.received[0].part("html")


def test_the_layout_needs_nothing_that_outlook_lacks(sent):
    assert not re.search(r"display\s*:\s*(flex|grid|inline-flex)|background-image|position\s*:", sent)
    assert "url(" not in sent
    word = Reader(as_word_reads_it(sent))
    assert word.wrong == []
    assert word.open == []
    assert len(word.all("table")) > 20
    assert all(table.get("role") == "presentation" for table in word.all("table"))
    widths = [cell["style"] for cell in word.all("td") if "width:" in cell.get("style", "")]
    assert all(re.search(r"width:\d+px", style) for style in widths)
    assert "mso-line-height-rule" in sent


def test_outlook_reads_every_width_from_an_attribute_without_a_unit(sent):
    word = Reader(as_word_reads_it(sent))
    cells = [cell for cell in word.all("td") if re.search(r"(?<![-\w])width:", cell.get("style", ""))]
    assert len(cells) > 10
    for cell in cells:
        assert f"width:{cell['width']}px" in cell["style"]
    written = [attrs["width"] for _tag, attrs in word.elements if "width" in attrs]
    assert all(re.fullmatch(r"\d+%?", width) for width in written)


def test_a_program_that_throws_away_the_rules_for_dark_mode_keeps_those_for_phones(sent):
    rules = re.findall(r"<style[^>]*>(.*?)</style>", sent, re.DOTALL)
    (dark,) = [css for css in rules if "prefers-color-scheme" in css]
    assert "max-width" not in dark
    assert dark.startswith("@media (prefers-color-scheme: dark)")
    assert sum(len(css) for css in rules) < 8192
    # Nothing that the layout needs stands in rules alone.
    assert 'class="ink' in sent
    assert all(
        "font-size" in div["style"]
        for div in Reader(sent).all("div")
        if "line-height:1.55" in div.get("style", "")
    )


def test_words_are_large_enough_and_what_is_pressed_on_a_phone_has_room(sent):
    sizes = [float(size) for size in re.findall(r'style="[^"]*?font-size:([\d.]+)px', sent)]
    assert min(size for size in sizes if size > 1) >= 14
    phone = sent.split("max-width: 479px", 1)[1]
    alone = re.search(
        r"\.own a, \.browser, \.post { display: block !important; padding: (\d+)px 0 !important; }", phone
    )
    # Lines of 16 px at 1.4 at least.
    assert 2 * int(alone[1]) + 16 * 1.4 >= 44
    assert {"browser", "post"} <= {link.get("class") for link in Reader(sent).all("a")}


def test_every_picture_has_a_whole_width_an_alternative_text_and_room_when_pictures_are_off(sent):
    pictures = [picture for picture in Reader(sent).all("img") if picture.get("width") != "1"]
    assert len(pictures) == 3
    assert all(picture["width"].isdecimal() and int(picture["width"]) <= 600 for picture in pictures)
    assert all("alt" in picture for picture in pictures)
    for picture in pictures:
        for style in (
            "font-family",
            "font-size:16px",
            "line-height:1.4",
            "color:#33435a",
            "background-color",
        ):
            assert style in picture["style"]


def test_the_page_says_its_language_title_and_that_it_can_be_dark(sent):
    page = Reader(sent)
    assert page.all("html")[0]["lang"] == "nb"
    assert re.search(r"<title>[^<]+</title>", sent)
    metas = {meta.get("name"): meta.get("content") for meta in page.all("meta")}
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert "width=device-width" in metas["viewport"]
    assert "prefers-color-scheme: dark" in sent


def test_the_preheader_is_hidden_comes_first_and_is_followed_by_nothing_readable(sent):
    body = sent.split("<body", 1)[1]
    found = re.search(r'<div style="(display:none[^"]*)">([^<]*)</div>', body)
    assert "mso-hide:all" in found[1]
    preheader = unescape(found[2])
    words = preheader.replace("\u034f", "").replace("\u200c", "").replace("\xa0", "").strip()
    assert words == "Tre tjenester deler hva de har lært"
    assert len(preheader) > 150
    assert not re.sub(r"<[^>]*>", "", body[: found.start()].split(">", 1)[1]).strip()


def test_links_in_running_text_are_underlined_and_the_button_has_its_room_from_the_cell(sent):
    links = Reader(sent).all("a")
    button = [link for link in links if "padding:14px 26px" in link.get("style", "")]
    assert len(button) == 1
    cell = re.search(r"<td[^>]*bgcolor[^>]*>", sent)[0]
    assert "mso-padding-alt:14px 26px" in cell
    plain = [link for link in links if link not in button and "aria-hidden" not in link and "style" in link]
    pictures = re.findall(r"<a[^>]*>\s*<img", sent)
    words = [link for link in plain if "text-decoration" in link["style"]]
    assert len(words) + len(pictures) >= len(links) - len(button) - 1
    assert all("underline" in link["style"] for link in words)


@pytest.mark.parametrize("accent", [*THEME_COLOURS.values(), "#ffcc00", "#000000", "#FFFFFF"])
def test_every_colour_can_be_read_by_day_and_in_dark_mode_whatever_the_accent(accent):
    for colours in (light_colours(accent), dark_colours(accent)):
        for name, (found, needed) in colours.contrasts().items():
            assert found >= needed, (accent, name)


def test_the_letter_uses_the_readable_shade_of_the_services_own_accent(site, sink):
    ServiceSettings.objects.update(accent_colour="#ffcc00")
    delivery = make_running(1)
    sending.send_delivery(delivery.pk)
    html = sink.received[0].part("html")
    assert "#ffcc00" not in html.split("prefers-color-scheme")[0]
    shade = light_colours("#ffcc00").accent
    assert f'bgcolor="{shade}"' in html
    assert contrast_ratio(shade, "#ffffff") >= 4.5


def test_the_text_part_can_be_read_as_it_stands(sent, sink):
    text = sink.received[0].part("plain").replace("\r\n", "\n")
    assert "<" not in text.replace("<http", "")
    assert "{{" not in text
    assert "&amp;" not in text
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 68
    assert "Overskrift\n----------" in text
    assert "\n\n\n" not in text


def test_mails_about_letters_hold_to_the_same_rules(site, mailoutbox):
    ServiceSettings.objects.update(accent_colour="#5b2150")
    send_preferences_mail(PersonFactory())
    html = mailoutbox[0].alternatives[0][0]
    word = Reader(as_word_reads_it(html))
    assert word.wrong == []
    assert all(table["role"] == "presentation" for table in word.all("table"))
    assert any(table["width"] == "560" for table in word.all("table") if "width" in table)
    assert 'bgcolor="#5b2150"' in html
    # The whole button can be pressed, not its words alone; Outlook takes the room from the cell.
    assert re.search(
        r'<td class="button"[^>]*mso-padding-alt:12px 20px"><a [^>]*display:block;padding:12px 20px', html
    )
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"display\s*:\s*(flex|grid|inline-block)|background-image", html)
