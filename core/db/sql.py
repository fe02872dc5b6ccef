"""Conditions and orders as pieces of SQL, for queries that take less time to run than the ORM takes to compile them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with a %s for each of its `params`. Conditions are joined by & and |."""

    text: str
    params: tuple[Any, ...] = ()

    def __and__(self, other: "Sql") -> "Sql":
        return Sql(f"({self.text} AND {other.text})", self.params + other.params)

    def __or__(self, other: "Sql") -> "Sql":
        return Sql(f"({self.text} OR {other.text})", self.params + other.params)


def all_of(conditions: Iterable[Sql]) -> Sql:
    """Return the conditions, at least one, joined by AND."""
    return reduce(and_, conditions)


def any_of(conditions: Iterable[Sql]) -> Sql:
    """Return the conditions, at least one, joined by OR."""
    return reduce(or_, conditions)


def contains(expression: str, text: str) -> Sql:
    """Return the condition that the value of a SQL expression contains `text`, which is not a pattern."""
    return Sql(f"{expression} LIKE %s", (f"%{_escaped(text)}%",))


def begins_with(expression: str, text: str) -> Sql:
    """Return the condition that the value of a SQL expression begins with `text`, which is not a pattern."""
    return Sql(f"{expression} LIKE %s", (f"{_escaped(text)}%",))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def condition_of(queryset: QuerySet[Any]) -> Sql:
    """Return the WHERE condition of a queryset."""
    compiler = queryset.query.get_compiler(queryset.db)
    text, params = compiler.compile(queryset.query.where)
    return Sql(text, tuple(params))


def order_sql(names: Iterable[str], nulls: str = "") -> str:
    """Return an ORDER BY list.

    names: columns, those with a minus in descending order. nulls: FIRST or LAST. Without it NULLs come where an index
    of PostgreSQL has them: last in ascending, first in descending order.
    """
    place = f" NULLS {nulls}" if nulls else ""
    return ", ".join((f'"{name[1:]}" DESC' if name.startswith("-") else f'"{name}"') + place for name in names)
