"""What may stand in the short texts of this app."""

import unicodedata

from django.core.exceptions import ValidationError

from core.invisible import tidy
from core.time_zones import time_zones


def is_storable(text):
    """Whether PostgreSQL can hold the text: no NUL, and no lone surrogate (as odd bytes on a command line become)."""
    return not any(character == "\0" or unicodedata.category(character) == "Cs" for character in text)


def validate_one_line(value):
    """Refuse what cannot be stored, what would break a line or turn it round, and what nobody sees."""
    if (
        not is_storable(value)
        or any(unicodedata.category(character) == "Cc" for character in value)
        or tidy(value) != value.strip()
    ):
        raise ValidationError("Use ordinary characters on one line.", code="characters")


def validate_time_zone(value):
    if value not in time_zones():
        raise ValidationError("There is no time zone of this name. Give one such as Asia/Seoul.", code="time_zone")
