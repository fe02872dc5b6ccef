"""Folding and normalising: Python and PostgreSQL must agree, and doing it twice must be doing it once."""

import sys
import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.folding import fold, fold_spans, text_problem
from core.invisible import tidy
from customers.values.emails import is_email, normalize_email


def in_database(function, text):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [text])
        return cursor.fetchone()[0]


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë", "ZOE"), ("Łukasz", "lukasz"), ("Straße", "STRASSE"), ("ﾊﾞﾅﾅ", "バナナ"), ("ＫＩＭ", "kim"), ("İzmir", "ızmır"),
        ("ΟΔΟΣ", "οδος"), ("김", "\u1100\u1175\u11b7"), ("Nguyễn", "nguyen"), ("Ægir", "aegir"),
    ],
)  # fmt: skip
def test_spellings_that_a_person_takes_for_one_are_one(one, other):
    assert fold(one) == fold(other)


def test_letters_that_differ_by_more_than_an_accent_stay_apart():
    assert fold("は") != fold("ば")
    assert fold("김") != fold("기")


@pytest.mark.django_db
def test_database_and_python_fold_every_assigned_character_alike():
    letters = [
        chr(code)
        for code in range(1, sys.maxunicode + 1)
        if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co") and chr(code) != "\x00"
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT letter FROM unnest(%s::text[], %s::text[]) AS t(letter, folded) "
            "WHERE proyecta_name_key(letter) IS DISTINCT FROM nullif(folded, '')",
            [letters, [fold(letter) for letter in letters]],
        )
        differing = [f"U+{ord(letter):04X}" for (letter,) in cursor]
    assert len(letters) > 140_000
    assert differing == []


@pytest.mark.django_db
@given(st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00"), max_size=20))
def test_database_and_python_fold_texts_alike(text):
    assert in_database("proyecta_name_key", text) == (fold(text)[:200] or None)


@given(st.text())
def test_normalizing_an_email_twice_is_normalizing_once(text):
    assert normalize_email(normalize_email(text)) == normalize_email(text)


@pytest.mark.django_db
@given(st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00"), max_size=20))
def test_the_key_of_an_email_key_is_itself(text):
    key = in_database("proyecta_email_key", normalize_email(text))
    assert in_database("proyecta_email_key", key) == key


@pytest.mark.parametrize(
    "email", ["a@b.co", "김철수@한국.kr", "o'hara+tag@mail.example.com", "x" * 64 + "@example.com"]
)
def test_real_addresses_are_accepted(email):
    assert is_email(email)


@pytest.mark.parametrize(
    "email",
    ["", "a", "@b.co", "a@", "a b@c.de", "a@b..c", "a@@b.de", "x" * 65 + "@example.com", "a@b.co\n", "김 @한국.kr"],
)
def test_what_no_mail_could_reach_is_refused(email):
    assert not is_email(email)


@given(st.text(max_size=12))
def test_spans_cover_the_folded_text(text):
    folded, origins = fold_spans(text)
    assert len(folded) == len(origins)
    assert all(0 <= start < end <= len(text) for start, end in origins)


@pytest.mark.parametrize("text", ["a\x00b", "a\x07", "\ud800", "x" * 201])
def test_text_that_cannot_be_stored_is_told_why(text):
    problem = text_problem(text, 200)
    assert problem[0].isupper() and problem.endswith(".")


def test_a_text_that_is_too_long_is_told_the_limit_in_the_number_that_the_limit_has():
    assert text_problem("x" * 1201, 200) == "Use at most 200 characters; this has 1,201."
    assert text_problem("xy", 1) == "Use at most 1 character; this has 2."


NOT_SEEN = [
    "\u200b",
    "\u3164",
    "\u115f",
    "\u1160",
    "\u2800",
    "\uffa0",
    "\u00ad",
    "\u200d\u200c",
    "\ufe0f",
    "\u2060 \ufeff",
]
KEPT = ["👩‍🚀", "❤️", "می‌خواهم", "क्‍ष", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u115f\u1161", "محمد", "a\u200bb", "ه‍"]


@pytest.mark.parametrize("text", NOT_SEEN)
def test_a_text_of_which_nothing_is_seen_is_empty(text):
    assert tidy(text) == tidy(f" {text}\u202e{text} ") == ""


@pytest.mark.parametrize("text", KEPT)
def test_what_joins_letters_and_emoji_stays(text):
    assert tidy(text) == text
    assert tidy(f"\ufeff{text}\u200b ") == text


def test_directions_are_taken_off():
    assert tidy("\u202eKim\u202c \u2066Lee\u2069") == "Kim Lee"


@given(st.text(st.sampled_from("aé \t\u0301\u200b\u200d\u202e\u2069\u3164\ufe0f\ufeff\u1161한")))
def test_tidying_twice_is_tidying_once(text):
    assert tidy(tidy(text)) == tidy(text)
    assert normalize_email(normalize_email(text)) == normalize_email(text)


def test_whatever_a_text_can_show_is_tidied_as_in_any_company():
    # A text with a zero-width space takes the long way.
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        for text in (letter, f" {letter} ", f"é{letter}", f"{letter} é", f"{letter}\u3164"):
            assert tidy(text) == tidy(f"{text}\u200b"), (hex(number), text)
