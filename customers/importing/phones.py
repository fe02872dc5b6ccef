"""Phone numbers as lists have them: more ways of writing one than a form should accept."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import phonenumbers

from customers.values.phones import parse_phone

_trunk_zero = re.compile(r"\(\s*0\s*\)")
_international = re.compile(r"[\s(]*(\+|\uff0b|00)")
_international_digits = re.compile(r"\+[\s().-]*[1-9][\d\s().-]{6,39}", re.A)
_national_digits = re.compile(r"\(?[1-9][\d ().-]{5,39}|\(?0[ ().-]*[1-9][\d ().-]{5,37}", re.A)
_punctuation = re.compile(r"[\s().-]+", re.A)
_float = re.compile(r"(\+?\d+)\.0", re.A)


def parse_listed_phone(text, country=""):
    """The E.164 form of a phone number in a list.

    text: as for parse_phone(); besides, 00 instead of the + before the country code, a trunk zero in parentheses after
        it, and what spreadsheets make of numbers ('0711… and 4155552671.0).
    country: alpha-2 code of the customer's country, or empty.
    Raises BadPhone.
    """
    if plain := _plain_e164(text) or _plain_national(text, country):
        return plain
    text = text.lstrip("'").strip()
    if match := _float.fullmatch(text):
        text = match[1]
    if match := _international.match(text):
        text = "+" + text[match.end() :]
        bare = _trunk_zero.sub("", text, count=1)
        # The zero is not dialled from abroad, but in Italy and few others it belongs to the number.
        if bare != text and not _is_valid(bare) and _is_valid(text):
            bare = text
        text = bare
    return parse_phone(text, country)


def _plain_e164(text):
    """What parse_phone() would return, found out ten times as fast; None where that is not certain.

    It is where the digits are a country code and a national number of a possible length which begins neither with a
    zero nor with what parsing would take for a trunk prefix.
    """
    if len(text) > 40 or not _international_digits.fullmatch(text):
        return None
    digits = _punctuation.sub("", text[1:])
    if len(digits) > 15:
        return None
    for end in (1, 2, 3):
        if known := _lengths_and_prefix(digits[:end]):
            break
    else:
        return None
    lengths, has_prefix = known
    if len(digits) - end not in lengths or digits[end] == "0" or has_prefix(digits[end:]):
        return None
    return f"+{digits}"


@cache
def _lengths_and_prefix(code):
    """Of a country code: how long its national numbers can be, and what finds a trunk prefix. None for no such code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    # Without one, a pattern that nothing matches.
    return frozenset(metadata.general_desc.possible_length), re.compile(
        metadata.national_prefix_for_parsing or "(?!)"
    ).match


def _plain_national(text, country):
    """The same for a national number: it has no prefix but perhaps the trunk prefix, and is no number with it.

    Refused is whatever parsing could take for a number with a country code or an international prefix.
    """
    if len(text) > 40 or not country or not _national_digits.fullmatch(text) or not (plan := _plan(country)):
        return None
    digits = _punctuation.sub("", text)
    if digits.startswith(plan.code) or plan.has_international_prefix(digits):
        return None
    if match := plan.has_prefix(digits):
        if plan.may_transform or plan.is_number(digits):
            return None
        digits = digits[match.end() :]
    if len(digits) not in plan.lengths or digits[0] == "0" or len(plan.code) + len(digits) > 15:
        return None
    return f"+{plan.code}{digits}"


class _Plan(NamedTuple):
    """What parsing a national number of a country looks at."""

    code: str
    lengths: frozenset
    has_international_prefix: Callable
    has_prefix: Callable
    may_transform: bool
    is_number: Callable


@cache
def _plan(country):
    code = phonenumbers.country_code_for_region(country)
    if not code:
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    # The lengths have to be possible where the number is parsed, and in the country that the code belongs to first.
    main = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        code, phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]
    )
    descriptions = (metadata.general_desc, main.general_desc)
    lengths = frozenset.intersection(*[frozenset(one.possible_length) for one in descriptions])
    lengths -= frozenset().union(*[one.possible_length_local_only for one in descriptions])
    return _Plan(
        str(code),
        lengths,
        re.compile(metadata.international_prefix or "(?!)").match,
        re.compile(metadata.national_prefix_for_parsing or "(?!)").match,
        metadata.national_prefix_transform_rule is not None,
        re.compile(metadata.general_desc.national_number_pattern or "").fullmatch,
    )


def _is_valid(text):
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False
