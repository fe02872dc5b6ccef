"""How a search is run. What it means is search.py's; every way here gives the same rows.

A frequent word is found soonest by reading rows in the order of the page until it is full, a rare one by an index that
lists the rows with it. PostgreSQL's planner guesses which is which, and where it guesses wrong it reads millions of
rows. Here a few rows are read first, and what they show of the words decides: walk on, further each time, or ask the
index. A wrong decision to walk is corrected at the next stop, and costs as much again as was walked before.
"""

from math import prod

from accounts.rows import all_rows, columns, instance_of, reading

from .models import Customer
from .search import all_indexed, matches_all
from .sql import Sql, condition_of, order_sql

# Rows read before the first decision, and how many times more until the next.
FIRST = 2_000
FURTHER = 4
# Costs, each as a number of rows walked in the order of creation, in which they lie on disk (half a microsecond each):
# a row walked in another order; a row that an index lists for the rarest word; one that it lists for all words, which
# is then looked at; asking an index at all; and asking for two letters, by all trigrams that they can be a part of.
APART = 3
LISTED = 1
LOOKED_AT = 4
ASKING = 1_000
ASKING_LETTERS = 10_000

_TABLE = f'"{Customer._meta.db_table}"'
_COLUMNS = columns(Customer)
_NEWEST = order_sql(["-created", "-key"])


def fetch_matching(customers, words, order, count, *, of_all=False):
    """The first `count` of `customers` (a queryset) by `order` (names of fields) with all of `words`, as a list.

    of_all: that they are all of an app, or all on one side of a cursor.
    """
    rows = _Rows(customers, order)
    if of_all:
        page = rows.first(count)
        # In every app and from every cursor on, the index of the order is the way.
        return [instance_of(Customer, row) for row in all_rows(reading(Customer), page.text, page.params)]
    if not words:
        return rows.fetch(rows.first(count))
    matching, by_order = matches_all(words), order_sql(order)

    def fetch_from(source):
        return rows.fetch(
            Sql(
                f"SELECT {_COLUMNS} FROM {source.text} WHERE {matching.text} ORDER BY {by_order} LIMIT {count}",
                source.params + matching.params,
            )
        )

    return _Search(rows, words, count).run(fetch_from, number_of=len)


def count_matching(customers, words, most):
    """How many of `customers` have all of `words`, counting no further than `most`."""
    if not words:
        return customers.order_by()[:most].count()
    rows = _Rows(customers, ["-created", "-key"])
    matching = matches_all(words)

    def count_from(source):
        found = f"SELECT 1 FROM {source.text} WHERE {matching.text} LIMIT {most}"
        return rows.row(Sql(f"SELECT count(*) FROM ({found}) AS found", source.params + matching.params))[0]

    return _Search(rows, words, most).run(count_from, number_of=int)


class _Rows:
    """The customers of a queryset in an order of their own."""

    def __init__(self, customers, order):
        self.wanted, self.order = condition_of(customers), order
        self.by_created = order[0].lstrip("-") == "created"

    def first(self, number, *, columns=_COLUMNS, order=None, beyond=0):
        """The statement that reads the first `number` of them, after as many as `beyond`."""
        order = order or order_sql(self.order)
        skipped = f" OFFSET {beyond}" if beyond else ""
        return Sql(
            f"SELECT {columns} FROM {_TABLE} WHERE {self.wanted.text} ORDER BY {order} LIMIT {number}{skipped}",
            self.wanted.params,
        )

    def listed(self, condition, *, columns=_COLUMNS):
        """The statement that reads those for which `condition` holds, in no order, by whatever index answers it."""
        where = self.wanted & condition
        # OFFSET 0 has PostgreSQL work it out by itself, instead of mixing it with what it is a part of.
        return Sql(f"SELECT {columns} FROM {_TABLE} WHERE {where.text} OFFSET 0", where.params)

    def fetch(self, statement):
        return [instance_of(Customer, row) for row in self._all(statement)]

    def row(self, statement):
        return self._all(statement)[0]

    def _all(self, statement):
        with reading(Customer).cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            return cursor.fetchall()


class _Search:
    def __init__(self, rows, words, need):
        self.rows, self.words, self.need = rows, words, need
        known = [word for word in words if word.indexed() is not None]
        # Two letters list so much that with another word beside them they are better looked for in what that one lists.
        self.known = [word for word in known if not word.is_two_letters] or known
        self.shares = None

    def run(self, read_from, number_of):
        """What read_from(the first so many of the rows) gives, as soon as that is enough or all; or else read_from(the
        rows that the indexes list), as soon as that promises to be cheaper.

        read_from(source): the matches among the rows of a source, a statement in brackets. number_of(result): how many.
        """
        if any(word.is_rare for word in self.known):
            return read_from(_source(self._listing()))
        walked = FIRST
        while True:
            # From the first row each time: a stretch of its own would begin elsewhere once customers come or go.
            result = read_from(_source(self.rows.first(walked)))
            number = number_of(result)
            if number >= self.need or not self._look_beyond(walked):
                return result
            rows_to_go = (self.need - number) / ((number + 0.5) / walked)
            if self.known and self._cost(number / walked) < rows_to_go * (1 if self.rows.by_created else APART):
                return read_from(_source(self._listing()))
            walked *= FURTHER

    def _look_beyond(self, walked):
        """Whether there are rows beyond those walked. Learns with it what the decision needs: the size of the table,
        and at first the share of the newest customers that has each of the words that the indexes know."""
        beyond = self.rows.first(1, columns="1", beyond=walked)
        size = f"(SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = '{_TABLE}'::regclass)"
        if self.shares is not None:
            statement = Sql(f"SELECT EXISTS ({beyond.text}), {size}", beyond.params)
        else:
            newest = self.rows.first(FIRST, order=_NEWEST)
            conditions = [word.matches() for word in self.known]
            sums = "".join(f", count(*) FILTER (WHERE {condition.text})" for condition in conditions)
            statement = Sql(
                f"SELECT EXISTS ({beyond.text}), {size}, count(*){sums} FROM {_source(newest).text}",
                (*beyond.params, *(param for condition in conditions for param in condition.params), *newest.params),
            )
        is_beyond, self.size, *counted = self.rows.row(statement)
        if counted:
            seen, *having = counted
            self.shares = [(number + 0.5) / (seen + 1) for number in having]
        return is_beyond

    def _cost(self, seen):
        """What it costs to have the rows with all the words that the indexes know listed, and to look at them.

        seen: the share of the walked rows that had all words. The table's rows are those of all apps: the indexes know
        nothing of apps.
        """
        rarest = min(self.shares)
        together = max(prod(self.shares), seen if len(self.known) == len(self.words) else 0)
        asking = ASKING_LETTERS if self.known[0].is_two_letters else ASKING
        return asking + self.size * (rarest * LISTED + together * LOOKED_AT)

    def _listing(self):
        """The statement that reads the rows that the indexes list: those with all words, and maybe others."""
        if self.rows.by_created and len(self.words) == 1 and self.words[0].is_id:
            # Many ids begin alike, those of the same weeks: which are the newest is in the index of ids itself.
            word = self.words[0]
            alike = self.rows.listed(word.begins_id(), columns="key, created")
            newest = f"SELECT key FROM {_source(alike).text} ORDER BY {order_sql(self.rows.order)} LIMIT {self.need}"
            return self.rows.listed(word.indexed_text() | Sql(f"key = ANY (ARRAY ({newest}))", alike.params))
        return self.rows.listed(all_indexed(self.known))


def _source(statement):
    return Sql(f"({statement.text}) AS {_TABLE}", statement.params)
