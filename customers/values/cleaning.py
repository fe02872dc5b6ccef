"""The rules of a customer's fields, in one place: what is accepted and in which form it is stored."""

from collections.abc import Mapping
from typing import Any, TypedDict

from django.utils.translation import gettext

from core.languages import listed
from core.texts import Unacceptable, clean_text
from customers.models import ADDRESS_LENGTH, ADDRESS_PARTS, EMAIL_LENGTH, NAME_LENGTH

from .countries import CODES
from .emails import hidden_character, is_email, normalize_email
from .phones import BadPhone, parse_phone

COUNTRY_CODES = frozenset(CODES)


class Address(TypedDict, total=False):
    """Parts of a postal address: texts of at most 200 characters; the country as its code of ISO 3166-1 alpha-2.

    None and an empty text are the same: the part is empty.
    """

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


def clean_customer(given: Mapping[str, Any], *, country: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """The columns to store for what was given, and what is wrong with it.

    given: any of email, name and phone (texts or None) and address (a dict of its parts, or None to clear all of
        them). Other types are errors, not exceptions.
    country: the code of the country that the customer has so far, or an empty text; for a national phone number.

    Returns (columns, errors): a dict of columns, only those of what was given, and a dict of a sentence for each param
    that is wrong, such as `address.country`. Store the columns only where there are no errors.
    """
    columns: dict[str, Any] = {}
    errors: dict[str, str] = {}
    if "address" in given:
        columns, errors = _clean_address(given["address"])
    if "email" in given:
        try:
            columns["email"] = _clean_email(given["email"])
        except Unacceptable as error:
            errors["email"] = str(error)
    if "name" in given:
        try:
            columns["name"] = clean_text(given["name"], NAME_LENGTH)
        except Unacceptable as error:
            errors["name"] = str(error)
    if "phone" in given:
        try:
            columns["phone"] = _clean_phone(given["phone"], columns.get("address_country", country))
        except (Unacceptable, BadPhone) as error:
            errors["phone"] = str(error)
    return columns, errors


def _clean_email(value: object) -> str | None:
    text = normalize_email(clean_text(value, EMAIL_LENGTH))
    if hidden := hidden_character(text):
        raise Unacceptable(
            gettext("The email has a character that is not seen (%(code)s); type it again.")
            % {"code": f"U+{ord(hidden):04X}"}
        )
    if text and not is_email(text):
        raise Unacceptable(gettext("Enter a whole email address, such as alice@example.com."))
    return text or None


def _clean_phone(value: object, country: str) -> str:
    text = clean_text(value, ADDRESS_LENGTH)
    return parse_phone(text, country) if text else ""


def _clean_address(address: object) -> tuple[dict[str, Any], dict[str, str]]:
    """(columns, errors) of the parts that are given. A country that is not known is in both: the phone needs one."""
    if address is None:
        return {f"address_{part}": "" for part in ADDRESS_PARTS}, {}
    if not isinstance(address, dict):
        return {}, {"address": gettext("The address must be an object of its parts.")}
    errors = {
        f"address.{part}": gettext("An address has no such part; it has %(parts)s.") % {"parts": listed(ADDRESS_PARTS)}
        for part in address
        if part not in ADDRESS_PARTS
    }
    columns = {}
    for part in ADDRESS_PARTS:
        if part in address:
            try:
                columns[f"address_{part}"] = clean_text(address[part], ADDRESS_LENGTH)
            except Unacceptable as error:
                columns[f"address_{part}"] = ""
                errors[f"address.{part}"] = str(error)
    if code := columns.get("address_country"):
        columns["address_country"] = code.upper()
        if code.upper() not in COUNTRY_CODES:
            errors["address.country"] = gettext(
                "Give the country as its two-letter code of ISO 3166-1, such as US or KR."
            )
    return columns, errors
