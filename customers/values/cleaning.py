"""The rules of a customer's fields, in one place: what is accepted and in which form it is stored."""

from core.folding import problem_with
from core.invisible import tidy
from customers.models import ADDRESS_LENGTH, ADDRESS_PARTS, EMAIL_LENGTH, NAME_LENGTH

from .countries import CODES
from .emails import hidden_in, is_email, normalize_email
from .phones import BadPhone, parse_phone

_codes = frozenset(CODES)
# (column, param, what a sentence calls it) of each part of an address.
_address = {part: (f"address_{part}", f"address.{part}", f"The {part.replace('_', ' ')}") for part in ADDRESS_PARTS}


def clean_customer(given, errors, *, country=""):
    """The columns to store for `given`, a dict of any of email, name, phone and address (a dict or None).

    errors: a dict that takes a sentence for each param that is wrong.
    country: the country that the customer has so far, for a national phone number.
    """
    values = {}
    if "address" in given:
        values |= _clean_address(given["address"], errors)
    if "email" in given:
        values["email"] = _clean_email(given["email"], errors)
    if "name" in given:
        values["name"] = _clean_text(given["name"], "name", "The name", NAME_LENGTH, errors)
    if "phone" in given:
        values["phone"] = _clean_phone(given["phone"], values.get("address_country", country), errors)
    return values


def _clean_text(value, param, noun, longest, errors):
    if isinstance(value, str) and len(value) <= longest and value.isprintable():
        # Nearly always, and an import has ten of them a row.
        return tidy(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        errors[param] = f"{noun} must be a text."
        return ""
    text = tidy(value) if len(value) < 10 * longest else value
    if problem := problem_with(text, longest):
        errors[param] = f"{noun} {problem}"
        return ""
    return text


def _clean_email(value, errors):
    text = normalize_email(_clean_text(value, "email", "The email", EMAIL_LENGTH, errors))
    if hidden := hidden_in(text):
        errors["email"] = f"The email has a character that is not seen (U+{ord(hidden):04X}); type it again."
    elif text and not is_email(text):
        errors["email"] = "Enter a whole email address, such as alice@example.com."
    return text or None


def _clean_phone(value, country, errors):
    text = _clean_text(value, "phone", "The phone number", ADDRESS_LENGTH, errors)
    if not text:
        return ""
    try:
        return parse_phone(text, country)
    except BadPhone as error:
        errors["phone"] = str(error)
        return ""


def _clean_address(address, errors):
    if address is None:
        return {f"address_{part}": "" for part in ADDRESS_PARTS}
    if not isinstance(address, dict):
        errors["address"] = "The address must be an object of its parts."
        return {}
    for part in address:
        if part not in _address:
            errors[f"address.{part}"] = f"An address has no such part; it has {', '.join(ADDRESS_PARTS)}."
    values = {}
    for part, (column, param, noun) in _address.items():
        if part in address:
            values[column] = _clean_text(address[part], param, noun, ADDRESS_LENGTH, errors)
    if code := values.get("address_country"):
        values["address_country"] = code.upper()
        if code.upper() not in _codes:
            errors["address.country"] = "Give the country as its two-letter code of ISO 3166-1, such as US or KR."
    return values
