"""Keyset pagination: a page is the rows beyond a cursor row, in an order that an index has.

Page 100,000 costs what page 1 costs, and rows that come and go shift nothing. The rows of a list have a unique `key`,
which breaks ties, and a `public_id`, which names them in addresses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import BooleanField, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from .db.sql import Sql
from .exceptions import BadCursor

MAX_PAGE_SIZE = 100
MAX_PAGE_SIZE_DIGITS = 5

Row = TypeVar("Row", bound=Model)


class Run(NamedTuple):
    """Rows that stand one after the other in an index. A list is one run, or two for a column that may be NULL.

    condition: which rows, None for all. order: names of fields, with a minus for descending ones. nulls: FIRST or LAST,
    the place of NULLs in the order of both runs. whole: whether the run has all rows with a value, without a cursor.
    """

    condition: Sql | None
    order: list[str]
    nulls: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """A total order by a column, then by the key. Rows without a value come last in both directions.

    nullable: whether the column may be NULL. unique: whether its values are, so that the key is not needed.
    """

    column: str
    descending: bool
    nullable: bool = True
    unique: bool = False

    def runs(self, cursor: Any = None, *, backwards: bool = False) -> list[Run]:
        """Return the runs of rows beyond the cursor row, or of all rows, in the order in which to read them.

        A nullable column has two: a descending walk of one index would give the NULLs first.
        """
        sign = "-" if self.descending != backwards else ""
        by_key = [f"{sign}{self.column}", f"{sign}key"]
        order = by_key[:1] if self.unique else by_key
        if not self.nullable:
            return [Run(self._beyond(cursor, backwards) if cursor else None, order)]
        nulls = "FIRST" if backwards else "LAST"
        with_value, without = Sql(f"{self.column} IS NOT NULL"), Sql(f"{self.column} IS NULL")
        if cursor is None:
            runs = [Run(with_value, order, nulls, whole=True), Run(without, by_key, nulls)]
            return runs[::-1] if backwards else runs
        if getattr(cursor, self.column) is None:
            rest = Run(without & self._beyond(cursor, backwards, by_key_alone=True), by_key, nulls)
            return [rest, Run(with_value, order, nulls)] if backwards else [rest]
        rest = Run(with_value & self._beyond(cursor, backwards), order, nulls)
        return [rest] if backwards else [rest, Run(without, by_key, nulls)]

    def _beyond(self, cursor: Any, backwards: bool, by_key_alone: bool = False) -> Sql:
        # One comparison of rows, for which an index has one starting point, however many rows tie.
        beyond = "<" if self.descending != backwards else ">"
        if by_key_alone:
            return Sql(f"key {beyond} %s", (cursor.key,))
        return Sql(f"({self.column}, key) {beyond} (%s, %s)", (getattr(cursor, self.column), cursor.key))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list.

    data: the rows, in the order of the sort. has_more: whether there are rows beyond them in the direction of travel:
    after them, or before them if `backwards`. first: whether there was no cursor. total: the number of rows on all
    pages, if it was read with them.
    """

    data: list[Row]
    has_more: bool
    backwards: bool = False
    first: bool = True
    total: int | None = None

    @property
    def previous(self) -> str | None:
        """The id before which the previous page ends; None on the first page and on a page without rows."""
        leads_back = self.has_more if self.backwards else not self.first
        return _public_id(self.data[0]) if leads_back and self.data else None

    @property
    def next(self) -> str | None:
        """The id after which the next page begins; None on the last page and on a page without rows."""
        leads_on = self.backwards or self.has_more
        return _public_id(self.data[-1]) if leads_on and self.data else None


def read_page(
    queryset: QuerySet[Row], sort: Sort, *, limit: int, cursor: Row | None = None, backwards: bool = False
) -> Page[Row]:
    """Read a page of `queryset` by the ORM, in one query, or two for a column that may be NULL.

    queryset: the rows of the whole list. It must not join tables with the same names of columns: use
        prefetch_related(), not select_related(). For a page to cost the same at any depth, the table needs an index
        on what the list is filtered by, then the sort's column and the key.
    limit: the number of rows, at least 1. cursor, backwards: as find_cursor() returns them.
    """
    found: list[Row] = []
    for run in sort.runs(cursor, backwards=backwards):
        if len(found) > limit:
            break
        part = queryset.order_by(*run.order)
        if run.condition:
            part = part.filter(RawSQL(run.condition.text, run.condition.params, output_field=BooleanField()))
        found += part[: limit + 1 - len(found)]
    data = found[:limit]
    return Page(
        data[::-1] if backwards else data, has_more=len(found) > limit, backwards=backwards, first=cursor is None
    )


def _public_id(row: Any) -> str:
    return str(row.public_id)


def page_size(limit: object) -> int | None:
    """Return a number of rows from 1 to MAX_PAGE_SIZE, given as int or as digits. None for anything else."""
    text = str(limit)
    is_number = not isinstance(limit, bool) and text.isascii() and text.isdigit() and len(text) <= MAX_PAGE_SIZE_DIGITS
    return int(text) if is_number and 1 <= int(text) <= MAX_PAGE_SIZE else None


def find_cursor(
    find: Callable[[str], Row | None], starting_after: str | None, ending_before: str | None, *, not_found: str
) -> tuple[Row | None, bool]:
    """Return the cursor row, or None for the first page, and whether the page ends before it.

    find: returns the row with a public id, whatever the list filters by: a row that no longer matches keeps its place.
    not_found: the sentence for an id of no row.

    Raises BadCursor for an unknown id, and for two cursors.
    """
    if starting_after and ending_before:
        raise BadCursor({"ending_before": _("Give starting_after or ending_before, not both.")})
    param, value = ("ending_before", ending_before) if ending_before else ("starting_after", starting_after)
    if not value:
        return None, False
    cursor = find(value)
    if cursor is None:
        raise BadCursor({param: not_found})
    return cursor, param == "ending_before"
