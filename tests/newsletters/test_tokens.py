"""Tokens in letters: each good for one thing only."""

from datetime import timedelta
from itertools import permutations

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from newsletters.tokens import PURPOSES, BadToken, make_token, read_token, unsubscribe_token

PARTS = st.lists(st.integers(0, 2**53) | st.text(max_size=20), max_size=4)


@given(purpose=st.sampled_from(sorted(PURPOSES)), parts=PARTS)
def test_a_token_gives_back_its_parts(purpose, parts):
    assert read_token(purpose, make_token(purpose, *parts)) == tuple(parts)


@pytest.mark.parametrize(("made_for", "used_for"), list(permutations(sorted(PURPOSES), 2)))
def test_a_token_made_for_one_purpose_is_a_forgery_to_every_other(made_for, used_for):
    with pytest.raises(BadToken):
        read_token(used_for, make_token(made_for, 1, 2))


@given(position=st.integers(0, 200), letter=st.sampled_from("AQgwxyz019-_"))
def test_a_token_changed_in_one_letter_is_refused(position, letter):
    token = make_token("unsubscribe", 12, 3, 45)
    position %= len(token)
    changed = token[:position] + letter + token[position + 1 :]
    if changed != token:
        with pytest.raises(BadToken):
            read_token("unsubscribe", changed)


@pytest.mark.parametrize(
    "token",
    ["", "a", "æøå", "....", "AAAA", "A" * 5000, make_token("open", 1) + "A", " "],
    ids=["empty", "letter", "Norwegian", "dots", "short", "long", "lengthened", "blank"],
)
def test_what_is_no_token_is_refused(token):
    with pytest.raises(BadToken):
        read_token("open", token)


@given(st.text(max_size=100))
def test_no_text_breaks_the_reader(text):
    with pytest.raises(BadToken):
        read_token("click", text)


def test_a_token_is_too_old_after_its_time_and_says_so():
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        token = make_token("erase", 7)
    assert read_token("erase", token) == (7,)
    with pytest.raises(BadToken) as problem:
        read_token("erase", token, max_age=7200)
    assert problem.value.is_expired


def test_tokens_of_an_earlier_secret_work_while_it_is_kept():
    token = make_token("unsubscribe", 1, 2, 0)
    with override_settings(SECRET_KEY="n" * 50):
        with pytest.raises(BadToken):
            read_token("unsubscribe", token)
        with override_settings(SECRET_KEY_FALLBACKS=["only-for-the-test-suite-which-holds-no-real-data"]):
            assert read_token("unsubscribe", token) == (1, 2, 0)


def test_an_unknown_purpose_is_a_mistake_of_the_programmer():
    with pytest.raises(ValueError, match="no kind of token"):
        make_token("erase-everything", 1)


def test_a_token_is_short_enough_for_a_plain_text_letter():
    assert len(unsubscribe_token(123456, 12, 1234567)) < 80
