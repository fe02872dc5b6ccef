"""Conditions on customers as SQL, for the searches: to have the ORM write them anew each time takes longer than most of
them run."""

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with a %s for each of its `params`, a tuple. Conditions are joined by & and |."""

    text: str
    params: tuple = ()

    def __and__(self, other):
        return Sql(f"({self.text} AND {other.text})", self.params + other.params)

    def __or__(self, other):
        return Sql(f"({self.text} OR {other.text})", self.params + other.params)


def all_of(conditions):
    return reduce(and_, conditions)


def any_of(conditions):
    return reduce(or_, conditions)


def contains(expression, text):
    """The condition that the value of a SQL expression contains `text`."""
    return Sql(f"{expression} LIKE %s", (f"%{_escaped(text)}%",))


def begins_with(expression, text):
    return Sql(f"{expression} LIKE %s", (f"{_escaped(text)}%",))


def _escaped(text):
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def condition_of(queryset):
    """What a queryset filters by."""
    compiler = queryset.query.get_compiler(queryset.db)
    text, params = compiler.compile(queryset.query.where)
    return Sql(text, tuple(params))


def order_sql(names, nulls=""):
    """An ORDER BY of fields, downwards those with a minus, by their names in the table. nulls: FIRST or LAST, where
    NULLs are to be, if not where PostgreSQL has them in an index."""
    where = f" NULLS {nulls}" if nulls else ""
    return ", ".join((f'"{name[1:]}" DESC' if name.startswith("-") else f'"{name}"') + where for name in names)
