"""A series' own colour and picture: in the mail, frozen with the delivery, and on its public pages."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.images import get_image_model

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from core.models import ServiceSettings
from newsletters import sending
from newsletters.colours import dark_colours, light_colours
from newsletters.letter_checks import check_letter
from newsletters.models import Series
from newsletters.rendering import render_letter
from tests.newsletters.factories import SeriesFactory, make_letter, make_running
from tests.newsletters.test_rendering import make_drawing, make_picture

pytestmark = pytest.mark.django_db
GREEN, BLUE = "#0b5345", "#003087"


def head_of(html: str) -> str:
    """What stands above the letter's title."""
    return html.partition("<h1")[0]


def html_of(series: Series, **fields) -> str:
    return render_letter(make_letter(series, **fields)).html


def test_the_series_colour_is_that_of_links_buttons_and_the_line_on_top_by_day_and_in_dark_mode(site):
    ServiceSettings.objects.update(accent_colour=BLUE)
    html = html_of(SeriesFactory(accent_colour=GREEN))
    assert BLUE not in html
    assert f"border-top:6px solid {GREEN}" in html.replace(": ", ":")
    assert f'bgcolor="{GREEN}"' in html
    dark = html.partition("prefers-color-scheme: dark")[2] or html.partition("prefers-color-scheme:dark")[2]
    assert dark_colours(GREEN).accent in dark
    assert dark_colours(GREEN).accent != light_colours(GREEN).accent


def test_a_series_without_a_design_has_the_services(site):
    ServiceSettings.objects.update(accent_colour=GREEN, logo=make_picture("Logo", (600, 200)))
    html = html_of(SeriesFactory())
    assert f'bgcolor="{GREEN}"' in html
    assert head_of(html).count("<img") == 1


def test_a_logo_stands_whole_above_the_name_in_the_services_place(site):
    ServiceSettings.objects.update(logo=make_picture("Tjenestens", (600, 200)))
    series = SeriesFactory(header_picture=make_picture("Logo", (1200, 400)), header_alt="Familienettverket")
    (logo,) = re.findall(r"<img[^>]*>", head_of(html_of(series)))
    assert 'alt="Familienettverket"' in logo
    assert 'width="240"' in logo  # 480 x 160 pixels, shown at half of it


def test_a_band_lies_across_the_letter_and_no_logo_stands_under_it(site):
    ServiceSettings.objects.update(logo=make_picture("Tjenestens", (600, 200)))
    series = SeriesFactory(header_picture=make_picture(), header_shape="band", header_alt="Ei bro")
    html = html_of(series)
    (band,) = re.findall(r"<img[^>]*>", head_of(html))
    assert 'width="600"' in band
    assert 'alt="Ei bro"' in band
    assert "1200x300" in band
    assert ServiceSettings.objects.get().service_name in head_of(html).partition("<img")[2]


def test_a_delivery_keeps_the_design_it_was_frozen_with(site, sink):
    series = SeriesFactory(accent_colour=GREEN)
    delivery = make_running(1, letter=make_letter(series))
    Series.objects.update(accent_colour=BLUE)
    sending.send_delivery(delivery.pk)
    html = sink.received[0].part("html")
    assert GREEN in html
    assert BLUE not in html


def test_a_picture_that_is_deleted_leaves_the_service_s_logo(site):
    series = SeriesFactory(header_picture=make_picture(), header_shape="band")
    get_image_model().objects.all().delete()
    assert "<img" not in head_of(html_of(Series.objects.get(pk=series.pk)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"accent_colour": "#81a9e1"}, "2,4"),
        ({"accent_colour": "rødt"}, "#"),
        ({"header_picture": make_drawing}, "SVG"),
    ],
)
def test_a_design_that_cannot_be_read_or_shown_is_refused_in_words(site, wrong, words):
    (name, value), *_rest = wrong.items()
    series = SeriesFactory()
    setattr(series, name, value() if callable(value) else value)
    with pytest.raises(ValidationError) as refusal:
        series.full_clean()
    assert words in " ".join(refusal.value.message_dict[name])


def test_the_check_before_sending_looks_at_the_series_colour_and_leads_to_it(site):
    letter = make_letter(SeriesFactory(accent_colour="#ffcc00"))
    (warning,) = [one for one in check_letter(letter, render_letter(letter)) if "#ffcc00" in one.text]
    assert warning.address == reverse("letter_series:edit", args=[letter.series.pk])


def test_the_letters_page_and_archive_carry_the_colour_and_the_archive_the_picture(site, client):
    series = SeriesFactory(accent_colour=GREEN, header_picture=make_picture(), header_alt="Ei bro")
    letter = make_letter(series, live=True)
    sheet = f"/brev/farger/{series.slug}.css?v={GREEN[1:]}"
    for page in (letter, letter.get_parent()):
        assert sheet in client.get(page.url).content.decode()
    assert 'alt="Ei bro"' in client.get(letter.get_parent().url).content.decode()
    answer = client.get(sheet)
    css = answer.content.decode()
    assert ".tp-series{--ds-color-primary-" in css
    assert f"--ds-color-primary-base-default:{GREEN}" in css
    assert ":root" not in css
    assert "immutable" in answer["Cache-Control"]
    assert "immutable" not in client.get(sheet[:-1] + "0")["Cache-Control"]


def test_pages_of_a_series_without_a_colour_ask_for_no_stylesheet(site, client):
    letter = make_letter(live=True)
    assert "/brev/farger/" not in client.get(letter.url).content.decode()


def test_an_adviser_chooses_the_design_in_the_series_form(site, client, settings):
    settings.MFA_REQUIRED = False
    ensure_roles()
    adviser = User.objects.create_user("radgiver@tjenesten.example", "et langt passord")
    adviser.groups.add(group_of(Role.ADVISER))
    client.force_login(adviser)
    series, picture = SeriesFactory(), make_picture()
    address = reverse("letter_series:edit", args=[series.pk])
    form = {**client.get(address).context["form"].initial, "network": "", "default_audience": ""}
    told = {"accent_colour": GREEN, "header_picture": picture.pk, "header_shape": "band", "header_alt": "Bro"}
    assert client.post(address, {**form, **told}).status_code == 302
    series.refresh_from_db()
    assert (series.accent_colour, series.header_picture, series.header_alt) == (GREEN, picture, "Bro")
    answer = client.post(address, {**form, **told, "accent_colour": "#ffee00"})
    assert "Velg en mørkere farge" in answer.content.decode()
