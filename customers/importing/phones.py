"""Phone numbers as lists have them: more ways of writing one than a form accepts."""

import re

import phonenumbers

from customers.values.phones import parse_phone

from .plain_phones import read_international, read_national

_trunk_zero = re.compile(r"\(\s*0\s*\)")
_international_prefix = re.compile(r"[\s(]*(\+|\uff0b|00)")
_float = re.compile(r"(\+?\d+)\.0", re.A)


def parse_listed_phone(text: str, country: str = "") -> str:
    """The E.164 form of a phone number in a list.

    text: as for parse_phone(). Besides, 00 instead of the + before the country code, a trunk zero in parentheses after
        the country code, and what spreadsheets make of numbers: '0711… and 4155552671.0.
    country: alpha-2 code of the customer's country, or an empty text.
    Raises BadPhone.
    """
    if plain := read_international(text) or read_national(text, country):
        return plain
    text = text.lstrip("'").strip()
    if match := _float.fullmatch(text):
        text = match[1]
    if match := _international_prefix.match(text):
        text = "+" + text[match.end() :]
        without_zero = _trunk_zero.sub("", text, count=1)
        # The zero is not dialled from abroad, except in Italy and a few others, where it belongs to the number.
        is_part_of_number = without_zero != text and not _is_valid(without_zero) and _is_valid(text)
        text = text if is_part_of_number else without_zero
    return parse_phone(text, country)


def _is_valid(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False
