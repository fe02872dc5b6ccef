"""Phone numbers as lists have them."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from customers.importing.phones import parse_listed_phone
from customers.importing.plain_phones import read_international, read_national
from customers.values.phones import BadPhone, parse_phone
from tests.customers.importing.runs import import_file, stored
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("+1 (514) 721-4711", "", "+15147214711"),
        ("+49 0711 2842222", "", "+497112842222"),
        ("+44 (0)20 7707 0707", "", "+442077070707"),
        ("+39 (0)6 39733434", "", "+390639733434"),
        ("0049 711 2842222", "KR", "+497112842222"),
        ("\uff0b82 10-1234-5678", "", "+821012345678"),
        ("010-1234-5678", "KR", "+821012345678"),
        ("1012345678", "KR", "+821012345678"),
        ("821012345678", "KR", "+821012345678"),
        ("'010 1234 5678", "KR", "+821012345678"),
        ("4155552671.0", "US", "+14155552671"),
        ("(415) 555-2671", "US", "+14155552671"),
    ],
)
def test_phones_as_lists_have_them(text, country, phone):
    assert parse_listed_phone(text, country) == phone


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("555-2671", "US"),
        ("4155552671", ""),
        ("+453 3331 9991", "DK"),
        ("+56 (0)2 635 4444", "CL"),
        ("+49 123456789012345", "DE"),
        ("+07 911 123456", ""),
        ("415 555 2671 ext. 5", "US"),
        ("8.21012E+11", "KR"),
        ("none", "US"),
        ("+" + "(" * 60, ""),
    ],
)
def test_what_is_no_whole_phone_number_is_not_made_one(text, country):
    with pytest.raises(BadPhone):
        parse_listed_phone(text, country)


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(st.sampled_from(["1", "7", "39", "44", "49", "52", "54", "55", "62", "81", "82", "351", "800"]),
              st.integers(1, 999).map(str)),
    st.text("0123456789", min_size=3, max_size=16),
    st.text(" -.()", max_size=3),
)  # fmt: skip
def test_the_short_way_for_phones_comes_to_the_same_as_the_long_one(code, national, punctuation):
    text = f"+{code}{punctuation}{national}"
    if plain := read_international(text):
        assert parse_phone(text) == plain


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = [
    (region, str(number.national_number))
    for region in REGIONS
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
    if (number := phonenumbers.example_number_for_type(region, kind))
]


@settings(max_examples=3_000, deadline=None)
@given(
    st.sampled_from(EXAMPLES),
    st.sampled_from(["", "0", "1", "8", "06", "00", "011", "9", "15", "44", "0 ", "(0)"]),
    st.integers(0, 12),
    st.text("0123456789 -.()", max_size=3),
    st.sampled_from(REGIONS),
    st.booleans(),
)
def test_the_short_way_for_national_phones_comes_to_the_same_as_the_long_one(
    example, prefix, place, more, region, at_home
):
    country, number = example
    text = prefix + number[:place] + more + number[place + len(more) :]
    country = country if at_home else region
    if plain := read_national(text, country):
        assert parse_phone(text, country) == plain


@pytest.mark.parametrize(("text", "country"), [("8041234565", "BY"), ("82949119114", "BY"), ("8011234540", "BY")])
def test_what_looks_like_a_trunk_prefix_and_belongs_to_the_number_stays(text, country):
    assert read_national(text, country) in (None, parse_phone(text, country))


@pytest.mark.parametrize(("text", "country"), [("010-1234-5678", "KR"), ("(415) 555-2671", "US"), ("030 123456", "DE")])
def test_usual_national_phones_go_the_short_way(text, country):
    assert read_national(text, country)


def test_a_national_phone_of_an_unknown_country_is_not_taken_for_one_of_the_default(written):
    app = make_app()
    path = written("name,country,phone\nA,,010-1234-5678\nB,Atlantis,010-1234-5678\nC,Japan,090-1234-5678\n")
    result = import_file(path, app, "--country", "kr")
    assert stored(app, "phone") == ["+821012345678", "", "+819012345678"]
    assert result.warnings == 2
