"""The usual ways to write a phone number, read ten times as fast as by phonenumbers.

Both functions give either what parse_phone() returns, or None where that is not certain.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import phonenumbers

from customers.values.phones import MAX_DIGITS, MAX_TEXT_LENGTH

_international = re.compile(r"\+[\s().-]*[1-9][\d\s().-]{6,39}", re.A)
_national = re.compile(r"\(?[1-9][\d ().-]{5,39}|\(?0[ ().-]*[1-9][\d ().-]{5,37}", re.A)
_punctuation = re.compile(r"[\s().-]+", re.A)
# Matches nothing: for a country that has no such prefix.
NO_PREFIX = "(?!)"

Match = Callable[[str], re.Match[str] | None]


def read_international(text: str) -> str | None:
    """The E.164 form of a number with its country code.

    Certain where the digits are a country code and a national number of a possible length that begins neither with a
    zero nor with a trunk prefix.
    """
    if len(text) > MAX_TEXT_LENGTH or not _international.fullmatch(text):
        return None
    digits = _punctuation.sub("", text[1:])
    if len(digits) > MAX_DIGITS:
        return None
    for end in (1, 2, 3):
        if numbering := _numbering(digits[:end]):
            lengths, has_trunk_prefix = numbering
            national = digits[end:]
            certain = len(national) in lengths and national[0] != "0" and not has_trunk_prefix(national)
            return f"+{digits}" if certain else None
    return None


def read_national(text: str, country: str) -> str | None:
    """The E.164 form of a number as it is dialled in `country`, an alpha-2 code or an empty text.

    Certain if no country code or international prefix can be read into the number. A trunk prefix is allowed if the
    number is valid only without it.
    """
    if len(text) > MAX_TEXT_LENGTH or not country or not _national.fullmatch(text):
        return None
    numbering = _national_numbering(country)
    if numbering is None:
        return None
    digits = _punctuation.sub("", text)
    if digits.startswith(numbering.country_code) or numbering.has_international_prefix(digits):
        return None
    if prefix := numbering.has_trunk_prefix(digits):
        if numbering.is_transformed or numbering.is_number(digits):
            return None
        digits = digits[prefix.end() :]
    if len(digits) not in numbering.lengths or digits[0] == "0":
        return None
    if len(numbering.country_code) + len(digits) > MAX_DIGITS:
        return None
    return f"+{numbering.country_code}{digits}"


class NationalNumbering(NamedTuple):
    """The metadata by which phonenumbers parses a national number of a country.

    lengths: possible numbers of digits. is_transformed: whether a trunk prefix is replaced by other digits.
    """

    country_code: str
    lengths: frozenset[int]
    has_international_prefix: Match
    has_trunk_prefix: Match
    is_transformed: bool
    is_number: Match


@cache
def _numbering(country_code: str) -> tuple[frozenset[int], Match] | None:
    """(possible numbers of digits, what finds a trunk prefix) in national numbers; None if there is no such code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country_code))
    if regions is None:
        return None
    metadata = _metadata(int(country_code), regions[0])
    return frozenset(metadata.general_desc.possible_length), _matching(metadata.national_prefix_for_parsing)


@cache
def _national_numbering(country: str) -> NationalNumbering | None:
    code = phonenumbers.country_code_for_region(country)
    if not code:
        return None
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region(country)
    # The length has to be possible where the number is parsed, and in the country that has the code first.
    main = _metadata(code, phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0])
    descriptions = (metadata.general_desc, main.general_desc)
    lengths = frozenset.intersection(*[frozenset(one.possible_length) for one in descriptions])
    lengths -= frozenset().union(*[one.possible_length_local_only for one in descriptions])
    return NationalNumbering(
        country_code=str(code),
        lengths=lengths,
        has_international_prefix=_matching(metadata.international_prefix),
        has_trunk_prefix=_matching(metadata.national_prefix_for_parsing),
        is_transformed=metadata.national_prefix_transform_rule is not None,
        is_number=re.compile(metadata.general_desc.national_number_pattern or "").fullmatch,
    )


def _metadata(country_code: int, region: str) -> Any:
    # All of it is there for a code and a region that phonenumbers knows; its own types say that each part may be None.
    return phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)


def _matching(prefix: str | None) -> Match:
    return re.compile(prefix or NO_PREFIX).match
