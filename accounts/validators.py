"""Validators for the short texts of accounts."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.invisible import tidy
from core.time_zones import time_zones


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can hold the text: it has no NUL and no lone surrogate.

    Python reads bytes of a command line that are not UTF-8 as lone surrogates.
    """
    return not any(character == "\0" or unicodedata.category(character) == "Cs" for character in text)


def validate_one_line(value: str) -> None:
    """Raise ValidationError for control characters, bidi controls, outer invisible characters and unstorable text."""
    if (
        not is_storable(value)
        or any(unicodedata.category(character) == "Cc" for character in value)
        or tidy(value) != value.strip()
    ):
        raise ValidationError(_("Use ordinary characters on one line."), code="characters")


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless the value is the IANA name of a time zone."""
    if value not in time_zones():
        raise ValidationError(_("There is no time zone of this name. Give one such as Asia/Seoul."), code="time_zone")
