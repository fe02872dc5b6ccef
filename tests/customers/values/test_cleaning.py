"""The rules of a customer's fields."""

import pytest

from customers.values.cleaning import clean_customer

INVISIBLE_TEXTS = ["\u200b", "\u3164", "\u115f", "\u1160", "\u2800", "\uffa0", "\u00ad", "\u200d\u200c", "\ufe0f", "\u2060 \ufeff"]  # fmt: skip


@pytest.mark.parametrize("text", INVISIBLE_TEXTS)
def test_a_customers_text_of_which_nothing_is_seen_is_stored_empty(text):
    assert clean_customer({"name": text}) == ({"name": ""}, {})


def test_each_wrong_field_has_one_whole_sentence():
    given = {
        "email": "a\x00@example.com",
        "name": "x" * 1201,
        "phone": 5,
        "address": {"line1": "\ud800", "planet": "Earth"},
    }
    assert clean_customer(given)[1] == {
        "address.planet": "An address has no such part; it has line1, line2, city, state, postal_code, country.",
        "address.line1": "Type this again: it has half of a character in it (a lone surrogate).",
        "email": "Remove the control character U+0000.",
        "name": "Use at most 200 characters; this has 1,201.",
        "phone": "This must be a text.",
    }


def test_a_wrong_country_does_not_stand_in_for_the_one_that_the_customer_has():
    columns, errors = clean_customer({"phone": "010-1234-5678", "address": {"country": "zz"}}, country="KR")
    assert set(errors) == {"address.country", "phone"}
    assert columns["address_country"] == "ZZ"
