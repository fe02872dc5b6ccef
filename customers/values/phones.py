"""Phone numbers: stored as E.164 (ITU-T), shown in the international form."""

import phonenumbers
from django.utils.translation import gettext
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

# Of a number as it is written, in characters.
MAX_TEXT_LENGTH = 40
# Of a number with its country code: E.164, section 6.
MAX_DIGITS = 15


class BadPhone(ValueError):
    """The text is no phone number. `str(error)` says why, and which form is wanted."""


def parse_phone(text: str, country: str = "") -> str:
    """The E.164 form of a phone number.

    text: an international number, with + or 00 first and any punctuation; or a national one where there is a country.
    country: ISO 3166-1 alpha-2 code of the country that a national number is of, or an empty text.
    Raises BadPhone where no number of that length exists in its country.
    """
    if (bare := text.lstrip()).startswith("00"):
        text = f"+{bare[2:]}"
    international = text.lstrip().startswith(("+", "\uff0b"))
    if not international and not country:
        raise BadPhone(
            gettext("This phone number has no country code. Write it with its country code, such as +14155552671.")
        )
    if len(text) > MAX_TEXT_LENGTH:
        raise BadPhone(
            gettext("This is too long for a phone number. Write it with its country code, such as +14155552671.")
        )
    try:
        number = phonenumbers.parse(text, country or None)
    except NumberParseException:
        raise BadPhone(
            gettext("This is not a phone number. Write it with its country code, such as +14155552671.")
        ) from None
    if number.extension:
        raise BadPhone(gettext("A phone number is kept without an extension; remove it."))
    # Not is_possible_number(): it also takes what can be dialled in its own area alone, such as 555-2671.
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # Some numbering plans have room for more digits than E.164, and the database, allows.
    if not possible or len(e164) > len("+") + MAX_DIGITS:
        raise BadPhone(
            gettext(
                "No phone number of this length exists in its country. "
                "Write it with its country code, such as +14155552671."
            )
        )
    return e164


def phone_text(phone: str) -> str:
    """`phone` (E.164) grouped as its country writes it internationally, such as +82 10-1234-5678."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return phone
