"""A row of texts as the columns of a customer, by the rules of customers.values.cleaning."""

import re
from dataclasses import dataclass

from core.invisible import tidy
from customers.models import ADDRESS_PARTS
from customers.values.cleaning import clean_customer
from customers.values.countries import country_code
from customers.values.ids import WRONG_ID, is_customer_id
from customers.values.phones import BadPhone

from .dates import BadDate, parse_date
from .phones import parse_listed_phone

_breaks = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]")
# Written together and the family name first, where both parts are in Hangul or Han.
_east_asian = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3]+")


class Rejected(Exception):
    """The row is no customer. `str(error)` is the reason, a sentence for whoever mends the list."""


@dataclass(frozen=True)
class Coercion:
    """How the texts of one file become customers.

    columns: {field: index}, see map_columns(). width: the number of columns of the file. country: alpha-2 code for
    national phone numbers of customers without a country, or empty. zone, date_order: see parse_date().
    """

    columns: dict
    width: int
    country: str
    zone: object
    date_order: str | None

    def customer(self, fields):
        """(columns to store, sentences about what had to be left out) of a row. Raises Rejected."""
        if len(fields) != self.width:
            number = f"{len(fields)} field{'' if len(fields) == 1 else 's'}"
            raise Rejected(f"The row has {number} where the first row of the file has {self.width}.")
        texts = {field: text for field, index in self.columns.items() if (text := tidy(fields[index]))}
        if not "".join(texts.values()).isprintable():
            texts = {field: _one_line(text) for field, text in texts.items()}
        if not texts:
            raise Rejected("Empty row: none of its columns that are used has a value.")
        warnings = []
        country = self._country(texts, warnings)
        phone = self._phone(texts, country, warnings)
        given = {"name": _name(texts), "address": {part: texts[part] for part in ADDRESS_PARTS if part in texts}}
        if "email" in texts:
            given["email"] = texts["email"]
        errors = {}
        values = clean_customer(given, errors)
        values["phone"] = phone
        if "created" in texts:
            try:
                values["created"] = parse_date(texts["created"], self.zone, self.date_order)
            except BadDate as error:
                errors["created"] = str(error)
        if "id" in texts:
            values["public_id"] = texts["id"]
            if not is_customer_id(texts["id"]):
                errors["id"] = WRONG_ID
        if errors:
            raise Rejected(" ".join(errors.values()))
        return values, warnings

    def _country(self, texts, warnings):
        """The country to read a national phone number by. Puts its code into `texts` in place of its name."""
        if "country" not in texts:
            return self.country
        name = texts.pop("country")
        code = country_code(name)
        if code is None:
            warnings.append(f"The country {name[:60]} is left out: it is not one of ISO 3166-1.")
            return ""
        texts["country"] = code
        return code

    def _phone(self, texts, country, warnings):
        if "phone" not in texts:
            return ""
        try:
            return parse_listed_phone(texts["phone"], country)
        except BadPhone as error:
            warnings.append(f"The phone {texts['phone'][:60]} is left out: {error}")
            return ""


def _one_line(text):
    return " ".join(text.split()) if _breaks.search(text) else text


def _name(texts):
    if "name" in texts:
        return texts["name"]
    parts = [texts[part] for part in ("first_name", "last_name") if part in texts]
    if len(parts) == 2 and all(map(_east_asian.fullmatch, parts)):
        return parts[1] + parts[0]
    return " ".join(parts) or texts.get("company", "")
