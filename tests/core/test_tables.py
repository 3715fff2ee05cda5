"""The cells of an editor's table."""

from core.tables import looks_like_number, table_rows

HEADINGS = ["Tiltak", "Andel & antall", None]


def test_each_cell_carries_the_heading_of_its_column_for_phones():
    assert table_rows([["a", "b", "c"]], HEADINGS, False) == [
        '<td data-label="Tiltak">a</td><td data-label="Andel &amp; antall">b</td><td>c</td>'
    ]


def test_the_first_cell_heads_its_row_when_the_editor_said_so():
    assert table_rows([["Samtale", "x"]], None, True) == ['<th scope="row">Samtale</th><td>x</td>']


def test_what_an_editor_writes_is_text_and_never_html():
    row = table_rows([["<b>x</b>", "<script>"]], ['"><i>', ""], True)[0]
    assert "<b>" not in row
    assert "<script>" not in row
    assert "<i>" not in row
    assert table_rows([["<b>"]], ['"><i>'], False) == ['<td data-label="&quot;&gt;&lt;i&gt;">&lt;b&gt;</td>']


def test_line_breaks_stay_and_empty_cells_stay_empty():
    assert table_rows([["en\nto", None], []], [], False) == ["<td>en<br>to</td><td></td>", ""]


def test_a_row_longer_than_the_headings_loses_nothing():
    assert table_rows([["a", "b"]], ["Bare en"], False) == ['<td data-label="Bare en">a</td><td>b</td>']


def test_figures_are_set_right_and_words_are_not():
    figures = ("12", "1 234", "12,5 %", "−3".replace("−", "-"), "-0.5", "1\xa0000")
    assert all(looks_like_number(text) for text in figures)
    assert not any(looks_like_number(text) for text in ("", "12 av 20", "1.2.3", "ja", "2024–2025"))
    assert table_rows([["7"]], [], False) == ['<td class="tp-number">7</td>']
