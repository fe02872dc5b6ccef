"""A row of texts as the columns of a customer, by the rules of customers.values.cleaning."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from core.invisible import tidy
from customers.models import ADDRESS_PARTS
from customers.values.cleaning import clean_customer
from customers.values.countries import country_code
from customers.values.ids import id_problem
from customers.values.phones import BadPhone

from .dates import BadDate, parse_date
from .phones import parse_listed_phone

# Of a value in a warning, in characters.
MAX_SHOWN_CHARS = 60
_line_breaks = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]")
_hangul_or_han = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3]+")


class Rejected(Exception):
    """The row is not a customer. `str(error)` is a sentence that says why, for the person who mends the file."""


@dataclass(frozen=True)
class Coercion:
    """How the texts of one file become customers.

    columns: the index of the column of each field, see map_columns().
    width: the number of columns of the file.
    country: alpha-2 code for national phone numbers of customers without a country, or an empty text.
    zone, date_order: see parse_date().
    """

    columns: dict[str, int]
    width: int
    country: str
    zone: tzinfo
    date_order: str | None

    def customer(self, row: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
        """(columns to store, warnings) of a row. A warning is a sentence about a value that is left out.

        Raises Rejected.
        """
        texts = self._texts(row)
        warnings = []
        country = self.country
        if "country" in texts:
            name = texts.pop("country")
            country = country_code(name) or ""
            if country:
                texts["country"] = country
            else:
                warnings.append(f"The country {name[:MAX_SHOWN_CHARS]} is left out: it is not one of ISO 3166-1.")
        phone = ""
        if "phone" in texts:
            try:
                phone = parse_listed_phone(texts["phone"], country)
            except BadPhone as error:
                warnings.append(f"The phone {texts['phone'][:MAX_SHOWN_CHARS]} is left out: {error}")
        given: dict[str, Any] = {
            "name": _name(texts),
            "address": {part: texts[part] for part in ADDRESS_PARTS if part in texts},
        }
        if "email" in texts:
            given["email"] = texts["email"]
        values, errors = clean_customer(given)
        values["phone"] = phone
        if "created" in texts:
            try:
                values["created"] = parse_date(texts["created"], self.zone, self.date_order)
            except BadDate as error:
                errors["created"] = str(error)
        if "id" in texts:
            values["public_id"] = texts["id"]
            if problem := id_problem(texts["id"]):
                errors["id"] = problem
        if errors:
            # The sentences stand alone in the file of rejected rows: each has the field of --map before it.
            raise Rejected(" ".join(f"{name.removeprefix('address.')}: {text}" for name, text in errors.items()))
        return values, warnings

    def _texts(self, row: Sequence[str]) -> dict[str, str]:
        """The text of each field that has one. Raises Rejected."""
        if len(row) != self.width:
            fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
            raise Rejected(f"The row has {fields} where the first row of the file has {self.width}.")
        texts = {field: text for field, index in self.columns.items() if (text := tidy(row[index]))}
        if not texts:
            raise Rejected("Empty row: none of its columns that are used has a value.")
        if not "".join(texts.values()).isprintable():
            texts = {field: _one_line(text) for field, text in texts.items()}
        return texts


def _one_line(text: str) -> str:
    return " ".join(text.split()) if _line_breaks.search(text) else text


def _name(texts: dict[str, str]) -> str:
    if "name" in texts:
        return texts["name"]
    parts = [texts[part] for part in ("first_name", "last_name") if part in texts]
    if len(parts) == 2 and all(map(_hangul_or_han.fullmatch, parts)):
        # In Korean, Chinese and Japanese the family name comes first, and no space between them.
        return parts[1] + parts[0]
    return " ".join(parts) or texts.get("company", "")
