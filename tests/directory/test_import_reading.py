"""Files of all the kinds hospitals have are read; those that cannot be say why, in a sentence."""

import io
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from directory.imports import reading
from directory.imports.cells import read_entry
from directory.imports.errors import UnreadableFile
from directory.imports.mapping import guess
from tests.directory.import_files import HEADING, text, workbook

ROW = ("Åse", "Sønstebø", "ase@ous.example", "Oslo universitetssykehus HF", "Avdelingsleder")
FIELDS = {"0": "first_name", "1": "last_name", "2": "email", "3": "organisation", "4": "title"}


def read(content):
    table = reading.open_table(content)
    return table.headings, list(table.rows())


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_a_text_file_is_read_whatever_its_letters_and_delimiter(encoding, delimiter):
    headings, rows = read(text(HEADING, ROW, delimiter=delimiter, encoding=encoding))
    assert headings == list(HEADING)
    assert rows == [(2, list(ROW))]
    assert guess(headings) == FIELDS


def test_a_workbook_with_merged_titles_blank_rows_and_empty_sheets_before_it_is_read():
    content = workbook(
        HEADING, ROW, [], [None] * 5, ["", " "], ROW, title="Ansatte pr. 1. mars", sheets=["Tomt", "Info"]
    )
    headings, rows = read(content)
    assert headings == list(HEADING)
    assert rows == [(4, list(ROW)), (8, list(ROW))]


def test_titles_with_several_cells_are_not_taken_for_the_heading():
    content = workbook(["Liste", "uttrekk", "fra HR", "2026", "s. 1", "fortrolig"], HEADING, ROW)
    assert read(content)[0][:5] == list(HEADING)


def test_excels_line_that_names_the_delimiter_is_no_row():
    headings, rows = read(b"sep=;\r\n" + text(HEADING, ROW))
    assert headings == list(HEADING)
    assert rows == [(3, list(ROW))]


def test_names_with_commas_do_not_hide_the_semicolons():
    content = text(("Etternavn, Fornavn", "E-post"), ("Li, Kari", "a@x.example"), ("By, Per", "b@x.example"))
    headings, rows = read(content.replace(b'"', b""))
    assert headings == ["Etternavn, Fornavn", "E-post"]
    assert rows[1][1] == ["By, Per", "b@x.example"]


def test_a_file_without_a_heading_has_its_first_row_read_and_its_address_found():
    headings, rows = read(text(("Kari", "kari@x.example"), ("Per", "per@x.example")))
    assert headings == ["Kolonne A", "Kolonne B"]
    assert len(rows) == 2
    assert guess(headings, [cells for _n, cells in rows]) == {"1": "email"}


def test_dates_whole_numbers_and_faulty_formulas_become_plain_text():
    content = workbook(("E-post", "Nr", "Dato", "Feil"), ("a@x.example", 12.0, date(2026, 3, 1), "#N/A"))
    assert read(content)[1][0][1] == ["a@x.example", "12", "2026-03-01"]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("E-post (jobb)", "email"), ("EPOST:", "email"), ("Mailadresse", "email"), ("E‑postadresse", "email"),
        ("Foretak/HF", "organisation"), ("Arbeidssted", "organisation"), ("Seksjon", "unit"),
        ("Etternavn og fornavn", "name"), ("Slektsnavn", "last_name"), ("FORNAVN", "first_name"),
        ("Helseregion", "region"), ("Leder-nivå", "leader_level"), ("Utdanning", "profession"), ("Skonummer", None),
    ],
)  # fmt: skip
def test_headings_are_understood(heading, field):
    assert guess([heading]).get("0") == field


def bomb() -> bytes:
    file = io.BytesIO(workbook(HEADING, ROW))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings2.xml", b"0" * 80_000_000)
    return file.getvalue()


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


def with_entities() -> bytes:
    file = io.BytesIO(workbook(HEADING, ROW))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/extra.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return file.getvalue()


def other_archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "tom"),
        (b" \r\n\r\n ", "tom"),
        (b";;;\r\n;;;\r\n", "ingen rader"),
        (workbook(), "ingen rader"),
        (encrypted(), "passord"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "gamle Excel-formatet"),
        (workbook(HEADING, ROW)[:-200], "skadet"),
        (b"PK\x03\x04 nothing more", "skadet"),
        (other_archive(), "ikke en Excel-arbeidsbok"),
        (bomb(), "for stor"),
        (with_entities(), "skadet"),
        (b"<html><table><tr><td>Navn</td></tr></table></html>", "nettside"),
        (bytes(range(32)) * 100, "verken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\x01" * 300, "verken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_says_why(content, words):
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert words in str(refused.value)


def test_a_quotation_mark_that_is_never_closed_is_told_with_its_row():
    content = text(HEADING, ROW) + b'"Per;Li;per@x.example\r\n' + b"Kari;Li;k@x.example\r\n" * 2000
    with pytest.raises(UnreadableFile, match="Rad 3"):
        read(content)


def test_too_many_rows_and_too_large_a_file_are_refused(settings):
    settings.IMPORT_MAX_ROWS = 2
    with pytest.raises(UnreadableFile, match="mer enn 2 rader"):
        read(text(HEADING, ROW, ROW, ROW))
    settings.IMPORT_MAX_MEGABYTES = 0
    with pytest.raises(UnreadableFile, match="større enn"):
        reading.open_upload(text(HEADING, ROW))


def test_a_sheet_that_says_it_has_a_million_rows_and_a_cell_far_out_is_read_at_once():
    book = Workbook()
    sheet = book.active
    sheet.append(list(HEADING))
    sheet.append(list(ROW))
    sheet["XFD1048576"] = "x"
    file = io.BytesIO()
    book.save(file)
    tracemalloc.start()
    rows = read(file.getvalue())[1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == [(2, list(ROW))]
    assert peak < 20_000_000


def test_reading_needs_no_more_memory_for_many_rows_than_for_few():
    def peak(number):
        content = text(HEADING, *[ROW] * number)
        tracemalloc.start()
        assert sum(1 for _row in reading.open_table(content).rows()) == number
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(20_000) < 1.5 * peak(1_000) + 300_000


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("kari@x.example; kari.li@y.example", ["kari@x.example", "kari.li@y.example"]),
        ("Kari Li <kari@x.example>", ["kari@x.example"]),
        ("mailto:kari@x.example", ["kari@x.example"]),
        ("kari@x.example / KARI@x.example", ["kari@x.example"]),
        ("kari@x.example,", ["kari@x.example"]),
        ("kari(at)x.example", []),
        ("kari@", []),
        ("Ukjent", []),
    ],
)
def test_addresses_are_found_in_a_cell(cell, addresses):
    entry = read_entry(1, {"email": cell})
    assert entry.addresses == addresses
    assert bool(entry.refusal) is (not addresses)


@pytest.mark.parametrize(
    ("whole", "heading", "name"),
    [
        ("Nordmann, Kari Anne", "Navn", ("Kari Anne", "Nordmann")),
        ("Kari Anne Nordmann", "Navn", ("Kari Anne", "Nordmann")),
        ("Nordmann Kari", "Etternavn Fornavn", ("Kari", "Nordmann")),
        ("NORDMANN-LI, KARI", "Navn", ("Kari", "Nordmann-Li")),
        ("Kari", "Navn", ("Kari", "")),
    ],
)
def test_whole_names_are_divided(whole, heading, name):
    entry = read_entry(1, {"name": whole, "email": "a@x.example"}, heading)
    assert (entry.first_name, entry.last_name) == name


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else(content):
    with suppress(UnreadableFile):
        read(content)


@given(
    st.dictionaries(st.sampled_from(["email", "name", "leader_level", "profession"]), st.text(max_size=60))
)
def test_any_cells_become_an_entry_or_a_refusal(values):
    entry = read_entry(1, values)
    assert bool(entry.addresses) is not bool(entry.refusal)
