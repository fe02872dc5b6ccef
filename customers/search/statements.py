"""The statements of a search, and how they are run. Everything here that goes below the ORM is from core.db.

With the page read by the ORM instead, the list page takes 62 % longer (docs/decisions/0012).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from core.db.prepared import all_rows, columns, instance_of, reading
from core.db.sql import Sql, all_of, order_sql
from customers import counts
from customers.models import Customer

from .criteria import Criteria

TABLE = f'"{Customer._meta.db_table}"'
COLUMNS = columns(Customer)
NEWEST_FIRST = order_sql(["-created", "-key"])


class Ends(NamedTuple):
    """The first and last values of an order, moments or texts. reached: that of the row after a
    walk, or None where none was asked for."""

    first: Any
    reached: Any
    last: Any


@dataclass(frozen=True)
class Scope:
    """The customers who pass every filter but the search text, in one order that an index has.

    order: names of fields, with a minus for downwards. condition: a further one, such as that of a cursor.
    nulls: where customers without the text that is sorted by come, FIRST or LAST, where there may be some.
    """

    criteria: Criteria
    order: Sequence[str]
    condition: Sql | None = None
    nulls: str = ""

    @cached_property
    def passing(self) -> Sql:
        """The condition that a customer is in it."""
        passes = self.criteria.passes_filters
        return passes & self.condition if self.condition else passes

    @property
    def column(self) -> str:
        return self.order[0].lstrip("-")

    @property
    def back(self) -> bool:
        """Whether the order is downwards."""
        return self.order[0].startswith("-")

    @property
    def by_created(self) -> bool:
        return self.column == "created"

    @property
    def order_by(self) -> str:
        """The ORDER BY of the page. Customers without a text come in the order of their keys."""
        if not self.nulls:
            return order_sql(self.order)
        return order_sql([self.order[0], self.order[0].replace(self.column, "key")], self.nulls)

    def first(
        self, rows: int, *, columns: str = COLUMNS, order: Sequence[str] = (), after: int = 0, where: Sequence[Sql] = ()
    ) -> Sql:
        """The statement that reads the first rows for which the conditions `where` hold, in this order or another. It
        skips `after` rows."""
        found, order_by = all_of([self.passing, *where]), order_sql(order or self.order)
        limit = f"LIMIT {rows} OFFSET {after}" if after else f"LIMIT {rows}"
        return Sql(f"SELECT {columns} FROM {TABLE} WHERE {found.text} ORDER BY {order_by} {limit}", found.params)

    def listed(self, condition: Sql) -> Sql:
        """The statement that reads the rows of an index listing, those that pass `condition`, in no order."""
        # The fence (OFFSET 0) keeps PostgreSQL from combining the condition with that of the scope: it would rather
        # walk the time of the filters, or list all customers of the app besides.
        inner = Sql(f"SELECT {COLUMNS} FROM {TABLE} WHERE {condition.text} OFFSET 0", condition.params)
        return self.all(as_source(inner))

    def all(self, source: Sql | None = None) -> Sql:
        """The statement that reads all rows, of the table or of another source, in no order."""
        text, params = (source.text, source.params) if source else (TABLE, ())
        return Sql(f"SELECT {COLUMNS} FROM {text} WHERE {self.passing.text} OFFSET 0", params + self.passing.params)

    def newest_of_app(self, rows: int) -> Sql:
        """The statement that reads the newest customers of the app, whatever the filters."""
        of_app = self.criteria.of_app
        return Sql(
            f"SELECT {COLUMNS} FROM {TABLE} WHERE {of_app.text} ORDER BY {NEWEST_FIRST} LIMIT {rows}", of_app.params
        )


def as_source(statement: Sql) -> Sql:
    """A statement in brackets, to read from as if it were the table."""
    return Sql(f"({statement.text}) AS {TABLE}", statement.params)


def narrowed(source: Sql, conditions: Iterable[Sql]) -> Sql:
    """A source with conditions on what it gives, at least one, as another source."""
    where = all_of(conditions)
    return as_source(Sql(f"SELECT * FROM {source.text} WHERE {where.text}", source.params + where.params))


def read_ends(scope: Scope, *, order: Sequence[str] = (), walked: int = 0) -> Ends | None:
    """The ends of the scope in its own order, or another. None if it has no rows, or, after a walk of
    `walked` rows, no more than these."""
    order = order or scope.order
    column = order[0].lstrip("-")
    reached = Sql("SELECT NULL AS value")
    if walked:
        reached = scope.first(1, columns=f"{column} AS value", order=order, after=walked)
    first = scope.first(1, columns=f"{column} AS value", order=order)
    downwards = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
    last = scope.first(1, columns=f"{column} AS value", order=downwards)
    found = read_rows(
        Sql(
            f"SELECT f.value, r.value, l.value FROM ({reached.text}) r, ({first.text}) f, ({last.text}) l",
            reached.params + first.params + last.params,
        )
    )
    return Ends(*found[0]) if found else None


def empty_buckets(scope: Scope, extents: Iterable[tuple[int, str, str]]) -> set[int]:
    """The numbers of those buckets in which the app has no customer.

    extents: (number, first text, first text beyond it) of each bucket, of the text that the scope is sorted by.
    """
    asked = list(zip(*extents, strict=True))
    if not asked:
        return set()
    of_app, column = scope.criteria.of_app, scope.column
    # With LIMIT PostgreSQL goes down the index for each bucket; EXISTS it would plan by how many rows there are.
    one = (
        f"SELECT true FROM {TABLE} WHERE {of_app.text} AND {column} >= low AND {column} < high "
        f"ORDER BY {column} LIMIT 1"
    )
    buckets = "unnest(%s::bigint[], %s::text[], %s::text[]) AS asked (number, low, high)"
    empty = Sql(f"SELECT number FROM {buckets} WHERE ({one}) IS NULL", (*map(list, asked), *of_app.params))
    return {number for (number,) in read_rows(empty)}


def read_customers(statement: Sql) -> list[Customer]:
    """The customers that a statement gives, which reads COLUMNS."""
    return [instance_of(Customer, row) for row in read_rows(statement)]


def read_first(scope: Scope, rows: int, *, with_total: bool) -> tuple[list[Customer], int | None]:
    """(the first customers of a scope that no filter narrows, how many the app has). The number is None where it was
    not asked for, or nobody was found."""
    if not with_total:
        page = scope.first(rows)
        return [instance_of(Customer, row) for row in all_rows(reading(Customer), page.text, page.params)], None
    # With the page, because a statement of its own would take ten times as long.
    page = scope.first(rows, columns=f"{COLUMNS}, ({counts.TOTAL})")
    found = all_rows(reading(Customer), page.text, (scope.criteria.app.pk, *page.params))
    return [instance_of(Customer, row[:-1]) for row in found], found[0][-1] if found else None


def read_row(statement: Sql) -> tuple[Any, ...]:
    """The first row that a statement gives."""
    return read_rows(statement)[0]


def read_rows(statement: Sql) -> list[tuple[Any, ...]]:
    """All rows that a statement gives, from the replica where the request may read from one."""
    with reading(Customer).cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return list(cursor.fetchall())
