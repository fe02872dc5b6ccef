"""The statements that read customers, each written here once, and what they give."""

from core.db.prepared import all_rows, columns, instance_of, reading
from core.db.sql import Sql, all_of, order_sql
from customers import counts
from customers.models import Customer

TABLE = f'"{Customer._meta.db_table}"'
COLUMNS = columns(Customer)
NEWEST = order_sql(["-created", "-key"])


class Rows:
    """Customers who pass filters, all but the search, and maybe a condition besides, in an order of their own. nulls:
    where those stand in it whose text is NULL, FIRST or LAST, where there are others, too."""

    def __init__(self, filters, order, condition=None, nulls=""):
        self.filters, self.order = filters, order
        self.wanted = filters.condition & condition if condition else filters.condition
        self.column, self.back = order[0].lstrip("-"), order[0].startswith("-")
        # Those whose text is NULL are in the order of their keys.
        self.by = order_sql([order[0], order[0].replace(self.column, "key")] if nulls else order, nulls)
        self.by_created = self.column == "created"

    def first(self, number, *, columns=COLUMNS, order=None, beyond=0, conditions=()):
        """The statement that reads the first `number` of them, or of those who pass the conditions, Sql, after as many
        as `beyond`."""
        order, where = order or order_sql(self.order), all_of([self.wanted, *conditions])
        skipped = f" OFFSET {beyond}" if beyond else ""
        return Sql(
            f"SELECT {columns} FROM {TABLE} WHERE {where.text} ORDER BY {order} LIMIT {number}{skipped}", where.params
        )

    def listed(self, condition):
        """The statement that reads those for which `condition` holds, in no order, by whatever index answers it."""
        # OFFSET 0 has PostgreSQL work it out by itself, instead of mixing it with the rest and with what it is a part
        # of: it would rather walk the time of the filters, or list all of the app besides.
        inner = Sql(f"SELECT {COLUMNS} FROM {TABLE} WHERE {condition.text} OFFSET 0", condition.params)
        return self.all(source=as_source(inner))

    def all(self, *, source=Sql(TABLE)):  # noqa: B008 - it is frozen
        """The statement that reads all of them, or those in a source, in no order."""
        return Sql(
            f"SELECT {COLUMNS} FROM {source.text} WHERE {self.wanted.text} OFFSET 0",
            source.params + self.wanted.params,
        )

    def beyond(self, walked):
        """(app_id, what the page's order is by, of the first, of the one after so many, and of the last); None where
        there are no more than so many."""
        return self.ends(self.order, self.first(1, columns=f"{self.column} AS value", beyond=walked))

    def ends(self, order, reached=None):
        """The same in another order, with what `reached` gives as a value."""
        column, reached = order[0].lstrip("-"), reached or Sql("SELECT NULL AS value")
        back = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
        first = self.first(1, columns=f"app_id, {column} AS value", order=order_sql(order))
        last = self.first(1, columns=f"{column} AS value", order=order_sql(back))
        found = self._all(
            Sql(
                "SELECT f.app_id, f.value, r.value, l.value "
                f"FROM ({reached.text}) r, ({first.text}) f, ({last.text}) l",
                reached.params + first.params + last.params,
            )
        )
        return found[0] if found else None

    def empty(self, extents):
        """The numbers of those Alphabet.extents() in which the app has no customer, a set."""
        extents = list(zip(*extents, strict=True))
        if not extents:
            return set()
        everybody = self.filters.of_app
        # LIMIT has PostgreSQL go down the index for each of them; EXISTS it would plan by how many there are.
        one = (
            f"SELECT true FROM {TABLE} WHERE {everybody.text} AND {self.column} >= low AND {self.column} < high "
            f"ORDER BY {self.column} LIMIT 1"
        )
        asked = "unnest(%s::bigint[], %s::text[], %s::text[]) AS asked (number, low, high)"
        numbers = self._all(
            Sql(f"SELECT number FROM {asked} WHERE ({one}) IS NULL", (*map(list, extents), *everybody.params))
        )
        return {number for (number,) in numbers}

    def newest(self, number):
        """The statement that reads so many of the newest of the app's customers, whoever they are."""
        everybody = self.filters.of_app
        return Sql(
            f"SELECT {COLUMNS} FROM {TABLE} WHERE {everybody.text} ORDER BY {NEWEST} LIMIT {number}",
            everybody.params,
        )

    def fetch_first(self, number):
        """The first `number` of them where no filter narrows; and of filters that are `counted`, the app's total."""
        # A statement of its own for the total would take ten times as long as to read it.
        total, app = (f", ({counts.TOTAL})", (self.filters.app.pk,)) if self.filters.counted else ("", ())
        page = self.first(number, columns=f"{COLUMNS}{total}")
        # In every app and from every cursor on, the index of the order is the way.
        found = all_rows(reading(Customer), page.text, app + page.params)
        if total and found:
            self.filters.total = found[0][-1]
            found = [row[:-1] for row in found]
        return [instance_of(Customer, row) for row in found]

    def fetch(self, statement):
        return [instance_of(Customer, row) for row in self._all(statement)]

    def row(self, statement):
        return self._all(statement)[0]

    def _all(self, statement):
        with reading(Customer).cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            return cursor.fetchall()


def as_source(statement):
    """A statement in brackets, to read from as if it were the table."""
    return Sql(f"({statement.text}) AS {TABLE}", statement.params)
