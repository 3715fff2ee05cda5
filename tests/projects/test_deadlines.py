"""Sort dates are read from deadlines as people write them; the text itself is never touched."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.deadlines import MONTHS, SEASONS, parse_deadline

PLANS = Path(__file__).parents[2] / "demo" / "content" / "projects"
# What holds no year, and so no date: kept as it stands, sorted last.
WITHOUT_DATE = {
    "29.–30.5",
    "3.–4.4",
    "31.12.",
    "7.3",
    "8.5",
    "15. juli og 15. januar",
    "Etter avslutta behandling",
    "Høsten",
    "Løpande",
    "Løpende",
    "Må avklares",
    "Pågående",
}

FORMS = [
    ("31.12.2017", date(2017, 12, 31), date(2017, 12, 31)),
    ("01.04. 2018", date(2018, 4, 1), date(2018, 4, 1)),
    ("30.06 2016", date(2016, 6, 30), date(2016, 6, 30)),
    ("01.10.18", date(2018, 10, 1), date(2018, 10, 1)),
    ("1. juni 2018", date(2018, 6, 1), date(2018, 6, 1)),
    ("2017-03-07", date(2017, 3, 7), date(2017, 3, 7)),
    ("29.–30.5.2017", date(2017, 5, 29), date(2017, 5, 30)),
    ("02/2018", date(2018, 2, 1), date(2018, 2, 28)),
    ("Nov 2017", date(2017, 11, 1), date(2017, 11, 30)),
    ("Febr. 2018", date(2018, 2, 1), date(2018, 2, 28)),
    ("Februar 2020", date(2020, 2, 1), date(2020, 2, 29)),
    ("Oktober 2017 og mars 2018", date(2017, 10, 1), date(2018, 3, 31)),
    ("Mars–mai 2018", date(2018, 3, 1), date(2018, 5, 31)),
    ("Våren 2018", date(2018, 1, 1), date(2018, 6, 30)),
    ("Vår 2027", date(2027, 1, 1), date(2027, 6, 30)),
    ("Høst 2018", date(2018, 8, 1), date(2018, 12, 31)),
    ("Hausten 2018", date(2018, 8, 1), date(2018, 12, 31)),
    ("Sommaren 2018", date(2018, 6, 1), date(2018, 8, 31)),
    ("1. halvår 2023", date(2023, 1, 1), date(2023, 6, 30)),
    ("Andre halvår 2023", date(2023, 7, 1), date(2023, 12, 31)),
    ("2. kvartal 2023", date(2023, 4, 1), date(2023, 6, 30)),
    ("2018/19", date(2018, 1, 1), date(2019, 12, 31)),
    ("2019/2020", date(2019, 1, 1), date(2020, 12, 31)),
    ("2018", date(2018, 1, 1), date(2018, 12, 31)),
    ("Før sommeren 2017", None, date(2017, 5, 31)),
    ("Før nytt år 2018", None, date(2017, 12, 31)),
    ("Innen 31.12 2017", None, date(2017, 12, 31)),
    ("Innan august 2017", None, date(2017, 8, 31)),
    ("Klarlagt innen 31.05 2017", None, date(2017, 5, 31)),
    ("Senest desember 2017", None, date(2017, 12, 31)),
    ("Seinast desember 2017", None, date(2017, 12, 31)),
    ("Løpende frem til 31.12.2017", None, date(2017, 12, 31)),
    ("Løpande fram til hausten 2017", None, date(2017, 12, 31)),
    ("Løpende, innen høsten 2017", None, date(2017, 12, 31)),
    ("Årlig (april)", None, None),
    ("Årleg (desember–februar)", None, None),
    ("Årlig fra 2017", None, None),
    ("Pågående", None, None),
    ("Må avklares", None, None),
    ("99.99.2017", date(2017, 1, 1), date(2017, 12, 31)),
    ("31.02.2017", date(2017, 2, 1), date(2017, 2, 28)),
    ("", None, None),
]


@pytest.mark.parametrize(("text", "start", "end"), FORMS)
def test_a_deadline_is_read_as_its_writer_meant_it(text, start, end):
    assert parse_deadline(text) == (start, end)


def _written_deadlines():
    for path in sorted(PLANS.glob("*.toml")):
        plan = tomllib.loads(path.read_text(encoding="utf-8"))
        for milestone in plan.get("milestones", []):
            for activity in milestone.get("activities", []):
                yield activity.get("deadline", "")


@pytest.mark.parametrize("text", sorted({text for text in _written_deadlines() if text}))
def test_every_deadline_of_the_real_plans_is_read_where_it_names_a_year(text):
    start, end = parse_deadline(text)
    if text in WITHOUT_DATE or text.startswith("Årl"):
        assert (start, end) == (None, None)
    else:
        assert end is not None
        assert start is None or start <= end


@given(st.text(max_size=80))
def test_no_text_is_refused(text):
    start, end = parse_deadline(text)
    assert start is None or end is None or start <= end


KNOWN_WORDS = ["innen", "før", "løpende", "frem til", "nytt år", "sommeren", "halvår", "kvartal", "og"]
SIGNS = ["–", "-", "/", ".", "1."]
words = st.sampled_from([*KNOWN_WORDS, *SIGNS, *MONTHS, *SEASONS])
parts = st.one_of(
    words, st.integers(0, 99999).map(str), st.dates().map(lambda day: f"{day.day}.{day.month}.{day.year}")
)


@given(st.lists(parts, max_size=8), st.sampled_from(["", " "]))
def test_nothing_put_together_from_known_words_is_refused(pieces, glue):
    start, end = parse_deadline(glue.join(pieces))
    assert start is None or end is None or start <= end


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)))
def test_a_full_date_is_read_exactly(day):
    assert parse_deadline(f"Innen {day.day}.{day.month}.{day.year}") == (None, day)
    assert parse_deadline(f"{day.day:02}.{day.month:02} {day.year}") == (day, day)
