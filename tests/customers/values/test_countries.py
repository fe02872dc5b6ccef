import pytest
from django.utils import translation

from customers.forms import CustomerForm
from customers.values.countries import CODES, choices, country_name


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "South Korea"), ("en-xa", "South Korea"), ("ko", "대한민국"), ("de", "Südkorea"), ("xx", "South Korea")],
)
def test_a_country_is_named_in_the_language_of_the_person(language, name):
    with translation.override(language):
        assert country_name("KR") == name
        assert ("KR", name) in choices()
        assert ("KR", name) in list(CustomerForm.base_fields["address_country"].choices)


def test_every_country_has_a_name_and_an_unknown_code_names_itself():
    with translation.override("ko"):
        assert {code for code, _ in choices()} == set(CODES)
        assert country_name("XX") == "XX"
