"""Which texts are email addresses."""

import pytest
from django.core.validators import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.values.emails import hidden_character, is_email, normalize_email


@settings(max_examples=500, deadline=None)
@given(
    st.from_regex(
        r"[a-cZ_+.-]{1,66}@([aB1-]{1,65}\.){1,5}[aB1-]{1,65}", fullmatch=True, alphabet=st.characters(codec="ascii")
    )
)
def test_the_short_way_for_emails_takes_none_that_the_long_one_refuses(email):
    if is_email(email):
        validate_email(email)
        # RFC 5321, 4.5.3.1: which Django's validator leaves out.
        local, _, domain = email.rpartition("@")
        assert len(local) <= 64 and len(domain) <= 255


@pytest.mark.parametrize(
    "email", ["ad\u200ba@example.com", "ada@example\u2060.com", "ad\u200da@example.com", "a\u3164@example.com"]
)
def test_an_address_with_a_hidden_character_is_none_since_it_would_be_a_second_one(email):
    assert not is_email(email)
    assert hidden_character(email)


def test_an_address_whose_letters_need_a_joiner_is_one():
    assert is_email("نامه\u200cای@example.com")
    assert normalize_email("\u200bada@example.com\u200b") == "ada@example.com"
