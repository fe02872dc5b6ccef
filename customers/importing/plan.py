"""What an import of one file will do: found out from its first rows, shown, then done."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from itertools import islice

from .columns import Mapping, map_columns
from .dates import order_of
from .reading import CsvFile, Unreadable
from .values import Coercion

SAMPLE_ROWS = 100


@dataclass(frozen=True)
class Plan:
    """source: the file; mapping: which column is which field; coercion: how a row becomes a customer."""

    source: CsvFile
    mapping: Mapping
    coercion: Coercion


def plan_import(*, path, choices=(), country="", zone=UTC, date_order=None):
    """The Plan for the file at `path`, a Path.

    choices: texts "COLUMN=field", see map_columns(). country, zone: see Coercion. date_order: one of dates.ORDERS, or
    None to find it out from the column.
    Raises Unreadable, BadMapping, UnknownOrder.
    """
    source = CsvFile(path)
    mapping = map_columns(source.header, choices, list(islice(_rows(source), SAMPLE_ROWS)))
    index = mapping.columns.get("created")
    if index is not None:
        if date_order is None:
            date_order = order_of(fields[index] for fields in _rows(source) if index < len(fields))
        if source.header[index].casefold().rstrip(" )").endswith("utc"):
            zone = UTC
    coercion = Coercion(mapping.columns, len(source.header), country, zone, date_order)
    return Plan(source, mapping, coercion)


def _rows(source):
    """Its rows as far as it can be read: what is wrong further on is for the import itself to tell."""
    with suppress(Unreadable):
        for _, fields, _ in source.rows():
            yield fields
