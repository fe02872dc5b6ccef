"""Phone numbers: stored as E.164 (ITU-T), shown in the international form."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

WANTED = "Write it with its country code, such as +14155552671."


class BadPhone(ValueError):
    """The text is no phone number; `str(error)` says why and which form is wanted."""


def parse_phone(text, country=""):
    """The E.164 form of a phone number.

    text: an international number (`+` or `00` first) however punctuated; a national one where `country` is known.
    country: alpha-2 code, or empty.
    Raises BadPhone where no number of that length exists in its country.
    """
    if (bare := text.lstrip()).startswith("00"):
        text = f"+{bare[2:]}"
    international = text.lstrip().startswith(("+", "\uff0b"))
    if not international and not country:
        raise BadPhone(f"This phone number has no country code. {WANTED}")
    if len(text) > 40:
        raise BadPhone(f"This is too long for a phone number. {WANTED}")
    try:
        number = phonenumbers.parse(text, country or None)
    except NumberParseException:
        raise BadPhone(f"This is not a phone number. {WANTED}") from None
    if number.extension:
        raise BadPhone("A phone number is kept without an extension; remove it.")
    # Not is_possible_number(): that also takes what can be dialled in its own area alone, such as 555-2671.
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # Some plans have room for more digits than E.164, and the database, lets a number have.
    if not possible or len(written) > 16:
        raise BadPhone(f"No phone number of this length exists in its country. {WANTED}")
    return written


def phone_text(phone):
    """`phone` (E.164) grouped as its country writes it internationally, such as +82 10-1234-5678."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return phone
