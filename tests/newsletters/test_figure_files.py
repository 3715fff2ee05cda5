"""The figures taken along as Excel and PDF: real numbers, nothing hidden given away, readable by all."""

import io
import re
import zlib
from datetime import datetime

import pytest
from django.core.cache import cache
from openpyxl import load_workbook

from newsletters import report_files
from newsletters.models import DeliveryLink, DeliveryStatistics
from newsletters.report_files import PdfMissing, csv_text, excel_file, pdf_file, pdf_html
from newsletters.rollup import roll_up
from newsletters.statistics import LetterFigures
from tests.newsletters.factories import RegionFactory
from tests.newsletters.sent import click, let_time_pass, open_letter, reader, receiver, sent_delivery
from tests.newsletters.test_figures import someone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.fixture
def delivery():
    """A letter that nine of fourteen measured people opened and followed; two of all are in the west."""
    delivery = sent_delivery()
    north, west = RegionFactory(name="Helse Nord"), RegionFactory(name="Helse Vest")
    for place in range(1, 10):
        got = receiver(delivery, consenting=True, region=north if place < 8 else west, profession="nurse")
        client = reader(f"192.0.2.{place}")
        open_letter(delivery, of=got, client=client)
        click(delivery, 1, of=got, client=client)
    for _silent in range(5):
        receiver(delivery, consenting=True, region=north, profession="nurse")
    let_time_pass()
    roll_up()
    return delivery


def workbook(delivery):
    return load_workbook(io.BytesIO(excel_file(LetterFigures(delivery))))


def test_the_workbook_has_a_sheet_for_each_part_of_the_page(delivery):
    assert workbook(delivery).sheetnames == [
        "Sammendrag",
        "Lenker",
        "Time for time",
        "Helseregion",
        "Type virksomhet",
        "Yrke",
        "Brevene i serien",
        "Om tallene",
    ]


def test_figures_are_numbers_shares_are_percentages_and_hours_are_times(delivery):
    book = workbook(delivery)
    summary = {row[0].value: row for row in book["Sammendrag"].iter_rows(min_row=2)}
    assert summary["Levert"][1].value == 14
    rate = summary["Unik klikkrate blant de målte"]
    assert rate[1].value == pytest.approx(9 / 14)
    assert rate[1].number_format == "0.0%"
    assert 0 < rate[2].value < rate[1].value
    assert rate[4].value == 14
    hour = book["Time for time"]["A2"]
    assert isinstance(hour.value, datetime)
    assert hour.number_format == "d.m.yyyy hh:mm"
    assert book["Time for time"]["B2"].value == 9


def test_no_text_becomes_a_formula(delivery):
    DeliveryLink.objects.filter(delivery=delivery, number=2).update(url="=1+1")
    delivery.letter.title = "=HYPERLINK(1)"
    delivery.letter.save()
    for sheet in workbook(delivery):
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize("write", [csv_text, pdf_html])
def test_small_cells_are_hidden_in_every_file(delivery, write):
    """Two people of fourteen are in the west: that is hidden, and the north with it, or the sum would tell."""
    text = re.sub(r"<[^>]+>", " ", write(LetterFigures(delivery)))
    for region in ("Helse Nord", "Helse Vest"):
        after = text[text.index(region) : text.index(region) + 120]
        assert "skjult" in after
    rows = list(workbook(delivery)["Helseregion"].iter_rows(min_row=2, values_only=True))
    assert [row[1:6] for row in rows] == [("skjult",) * 5] * 2


def test_two_hidden_figures_that_are_three_people_together_hide_the_next_smallest(delivery):
    figures = {
        "south": {"delivered": 100, "consenting": 60},
        "north": {"delivered": 7, "consenting": 6},
        "west": {"delivered": 2},
        "centre": {"delivered": 1},
    }
    breakdown = {"region": {str(RegionFactory(name=name).pk): row for name, row in figures.items()}}
    DeliveryStatistics.objects.filter(delivery=delivery).update(breakdown=breakdown)
    rows = workbook(delivery)["Helseregion"].iter_rows(min_row=2, values_only=True)
    assert {row[0]: row[1] for row in rows} == {
        "south": 100,
        "north": "skjult",
        "west": "skjult",
        "centre": "skjult",
    }


def test_few_opens_in_an_hour_and_few_measured_people_are_hidden():
    delivery = sent_delivery()
    for place in range(3):
        open_letter(delivery, of=receiver(delivery, consenting=True), client=reader(f"192.0.2.{place}"))
    let_time_pass()
    roll_up()
    figures = LetterFigures(delivery)
    assert [row.opens for row in figures.timeline] == [None]
    rows = {row[0]: row[1] for row in workbook(delivery)["Sammendrag"].iter_rows(values_only=True)}
    assert rows["Personer som måles"] == "færre enn 5"
    assert rows["Unik åpningsrate blant de målte (anslag)"] == "skjult"


def inflated(pdf: bytes) -> bytes:
    """Return the file with its packed parts unpacked behind it."""
    packed = re.findall(rb"stream\n(x\xda.*?)\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(zlib.decompress(part) for part in packed)


def test_the_pdf_is_tagged_named_in_norwegian_and_two_pages_at_most(delivery):
    DeliveryLink.objects.bulk_create(
        DeliveryLink(delivery=delivery, number=n, url=f"https://example.no/{n}", label=f"Lenke {n}")
        for n in range(5, 40)
    )
    pdf = inflated(pdf_file(LetterFigures(delivery)))
    assert pdf.startswith(b"%PDF-")
    for wanted in (b"pdfuaid:part", b"/StructTreeRoot", b"/Lang (nb)", b"/DisplayDocTitle true"):
        assert wanted in pdf, wanted
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) <= 2


def test_where_pdf_cannot_be_drawn_the_page_says_what_is_missing(client, delivery, monkeypatch):
    def missing(figures):
        raise PdfMissing

    monkeypatch.setattr("newsletters.admin.figures.pdf_file", missing)
    client.force_login(someone("view_deliverystatistics"))
    response = client.get(f"/admin/brev/tall/{delivery.pk}/pdf/", follow=True)
    assert "Pango mangler" in response.content.decode()


def test_the_report_fetches_nothing_from_the_net():
    with pytest.raises(ValueError, match="fetches nothing"):
        report_files._fetch_nothing("https://example.no/bilde.png")


@pytest.mark.parametrize(
    ("kind", "content_type", "ending"),
    [("csv", "text/csv", ".csv"), ("excel", "spreadsheetml", ".xlsx"), ("pdf", "application/pdf", ".pdf")],
)
def test_files_are_downloaded_under_the_letters_name_and_kept_by_no_cache(
    client, delivery, kind, content_type, ending
):
    client.force_login(someone("view_deliverystatistics"))
    response = client.get(f"/admin/brev/tall/{delivery.pk}/{kind}/")
    assert content_type in response["Content-Type"]
    assert re.search(rf'filename="[a-z0-9-]+-{delivery.pk}\{ending}"', response["Content-Disposition"])
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("mode", ["anonymous", "off"])
def test_letters_without_consent_show_deliveries_alone_by_region(mode):
    delivery = sent_delivery(mode)
    for _person in range(6):
        receiver(delivery, region=RegionFactory(name="Helse Nord", slug="nord") if not _person else None)
    roll_up()
    assert DeliveryStatistics.objects.get(delivery=delivery).delivered == 6
    sheet = workbook(delivery)["Helseregion"]
    assert [cell.value for cell in sheet[1]] == ["Helseregion", "Levert"]
