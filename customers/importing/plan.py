"""The plan of an import of one file, shown before it runs."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path

from .columns import Mapping, map_columns
from .dates import order_of
from .reading import CsvFile, Unreadable
from .values import Coercion

MAX_SAMPLE_ROWS = 100


@dataclass(frozen=True)
class Plan:
    """source: the file. mapping: which column is which field. coercion: how a row becomes a customer."""

    source: CsvFile
    mapping: Mapping
    coercion: Coercion


def plan_import(
    *, path: Path, choices: Sequence[str] = (), country: str = "", zone: tzinfo = UTC, date_order: str | None = None
) -> Plan:
    """The plan of an import.

    path: of a CSV file. choices: texts "COLUMN=field", see map_columns(). country, zone: see Coercion.
    date_order: one of dates.ORDERS, or None to find it out from the column.
    Raises Unreadable, BadMapping, UnknownOrder.
    """
    source = CsvFile(path)
    mapping = map_columns(source.header, choices, list(islice(_rows(source), MAX_SAMPLE_ROWS)))
    index = mapping.columns.get("created")
    if index is not None:
        if date_order is None:
            date_order = order_of(fields[index] for fields in _rows(source) if index < len(fields))
        if source.header[index].casefold().rstrip(" )").endswith("utc"):
            zone = UTC
    coercion = Coercion(mapping.columns, len(source.header), country, zone, date_order)
    return Plan(source, mapping, coercion)


def _rows(source: CsvFile) -> Iterator[list[str]]:
    """The rows, as far as they can be read. The import itself tells what is wrong further on."""
    with suppress(Unreadable):
        for _, fields, _ in source.rows():
            yield fields
