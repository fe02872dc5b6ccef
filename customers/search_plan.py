"""How a search is run. What it means is search.py's; every way here gives the same rows.

A frequent word is found soonest by reading rows in the order of the page until it is full, a rare one by an index that
lists the rows with it. PostgreSQL's planner guesses which is which, and where it guesses wrong it reads millions of
rows. Here a few rows are read first, and what they show of the words decides: walk on, further each time, or ask the
index. A wrong decision to walk is corrected at the next stop, and costs as much again as was walked before.

Where the page is in the order of creation, the index is asked for one stretch of time after the other, the nearest
first, each as long as it should take to fill the page: what many have costs the same however many there are.
"""

from datetime import timedelta
from math import ceil, prod

from accounts.rows import all_rows, columns, instance_of, reading

from . import counts
from .models import Customer
from .search import Index, matches_all
from .sql import Sql, all_of, condition_of, order_sql
from .time_buckets import Timeline

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
# What a stretch of time is longer by than it should have to be; and than what is needed all those that the index is
# asked for, more or less: the estimates that they are made by are of few matches.
MARGIN = 1.25
WIDER = 3
DAY = timedelta(days=1)

_TABLE = f'"{Customer._meta.db_table}"'
_COLUMNS = columns(Customer)
_NEWEST = order_sql(["-created", "-key"])


def fetch_matching(filters, customers, order, count):
    """The first `count` of `customers` by `order` (names of fields) who pass `filters`, as a list.

    filters: a valid CustomerFilter. customers: a queryset of those who pass all of it but the search, from a cursor on.
    """
    rows, words = _Rows(filters, customers, order), filters.words
    if not filters.narrows:
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

    return _Search(rows, words, count).run(fetch_from, number_of=len)[:count]


def count_matching(filters, most):
    """How many customers pass `filters`, a valid CustomerFilter, counting no further than `most`."""
    customers, words = filters.unsearched, filters.words
    if not words:
        return customers.order_by()[:most].count()
    rows = _Rows(filters, customers, ["-created", "-key"])
    matching = matches_all(words)

    def count_from(source):
        found = f"SELECT 1 FROM {source.text} WHERE {matching.text} LIMIT {most}"
        return rows.row(Sql(f"SELECT count(*) FROM ({found}) AS found", source.params + matching.params))[0]

    return min(_Search(rows, words, most).run(count_from, number_of=int), most)


class _Rows:
    """Customers who pass filters, all but the search, in an order of their own."""

    def __init__(self, filters, customers, order):
        self.filters, self.wanted, self.order = filters, condition_of(customers), order
        self.by_created = order[0].lstrip("-") == "created"

    def first(self, number, *, columns=_COLUMNS, order=None, beyond=0):
        """The statement that reads the first `number` of them, after as many as `beyond`."""
        order = order or order_sql(self.order)
        skipped = f" OFFSET {beyond}" if beyond else ""
        return Sql(
            f"SELECT {columns} FROM {_TABLE} WHERE {self.wanted.text} ORDER BY {order} LIMIT {number}{skipped}",
            self.wanted.params,
        )

    def listed(self, condition):
        """The statement that reads those for which `condition` holds, in no order, by whatever index answers it."""
        where = condition_of(self.filters.queryset) & condition
        # OFFSET 0 has PostgreSQL work it out by itself, instead of mixing it with the rest and with what it is a part
        # of: it would rather walk the time of the filters.
        inner = Sql(f"SELECT {_COLUMNS} FROM {_TABLE} WHERE {where.text} OFFSET 0", where.params)
        return self.all(source=_source(inner))

    def all(self, *, source=Sql(_TABLE)):  # noqa: B008 - it is frozen
        """The statement that reads all of them, or those in a source, in no order."""
        return Sql(
            f"SELECT {_COLUMNS} FROM {source.text} WHERE {self.wanted.text} OFFSET 0",
            source.params + self.wanted.params,
        )

    def beyond(self, walked):
        """Something true where there are more than so many of them. In the order of creation (app_id, created of the
        first, created of the one after so many, created of the last)."""
        reached = self.first(1, columns="created", beyond=walked)
        return self.ends(reached) if self.by_created else self._all(reached)

    def ends(self, reached=None):
        """(app_id, created of the first, created that `reached` gives, created of the last) in the order of creation,
        that of the page where it is; None where `reached` gives nothing, or there are none."""
        reached = reached or Sql("SELECT NULL AS created")
        order = self.order if self.by_created else ["created", "key"]
        back = [name[1:] if name.startswith("-") else f"-{name}" for name in order]
        first = self.first(1, columns="app_id, created", order=order_sql(order))
        last = self.first(1, columns="created", order=order_sql(back))
        found = self._all(
            Sql(
                "SELECT f.app_id, f.created, r.created, l.created "
                f"FROM ({reached.text}) r, ({first.text}) f, ({last.text}) l",
                reached.params + first.params + last.params,
            )
        )
        return found[0] if found else None

    def newest(self, number):
        """The statement that reads so many of the newest of the app's customers, whoever they are."""
        everybody = condition_of(self.filters.queryset)
        return Sql(
            f"SELECT {_COLUMNS} FROM {_TABLE} WHERE {everybody.text} ORDER BY {_NEWEST} LIMIT {number}",
            everybody.params,
        )

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
        self.implied = rows.filters.implied_words
        known = [word for word in words if word.is_indexed]
        # Two letters list so much that with another word beside them they are better looked for in what that one lists.
        longer = [word for word in [*known, *self.implied] if not word.is_two_letters]
        self.known = (longer or known) if known else []
        # An id is not listed by when it was made.
        self.in_stretches = rows.by_created and not any(word.is_id for word in words)

    def run(self, read_from, number_of):
        """What read_from(the first so many of the rows) gives, as soon as that is enough or all; or else read_from(the
        rows that the indexes list), as soon as that promises to be cheaper.

        read_from(source): the matches among the rows of a source, a statement in brackets. number_of(result): how many.
        """
        if any(word.is_rare for word in self.words):
            self._take_sample()
            return read_from(_source(self._listing()))
        if self.rows.filters.bounds_time and not self.rows.by_created:
            source = self._source_in_time()
            if source:
                return read_from(source)
        walked = FIRST
        while True:
            # From the first row each time: a stretch of its own would begin elsewhere once customers come or go.
            result = read_from(_source(self.rows.first(walked)))
            number = number_of(result)
            if number >= self.need or not (beyond := self.rows.beyond(walked)):
                return result
            if walked == FIRST:
                self._take_sample()
            rows_to_go = (self.need - number) / ((number + 0.5) / walked)
            if not self.rows.by_created and not number:
                rows_to_go = max(rows_to_go, self.ahead * self.size - walked)
            walking = rows_to_go * (1 if self.rows.by_created else APART)
            if self.known and self._cost(number / walked, rows_to_go) < walking:
                if self.in_stretches:
                    return self._by_stretches(read_from, number_of, beyond, rows_to_go / walked)
                return read_from(_source(self._listing()))
            walked *= FURTHER

    def _by_stretches(self, read_from, number_of, beyond, further):
        """What read_from() gives of the rows that the indexes list, of one stretch of time after the other, until that
        is enough. further: how many times as far as the walk went it is likely to be."""
        app_id, first, reached, last = beyond
        timeline = Timeline(app_id, first, back=last < first)
        days, result = abs(first - reached) / DAY * further, None
        while True:
            stretch = timeline.stretch(ceil(days * MARGIN))
            part = read_from(_within(stretch, _source(self._listing(stretch.buckets))))
            result = part if result is None else result + part
            number = number_of(result)
            if number >= self.need or stretch.has(last):
                return result
            days = timeline.days * min((self.need - number) / (number + 0.5), FURTHER)

    def _source_in_time(self):
        """The rows of the time that the filters leave, where that is cheaper than to walk past all others: those that
        the indexes list, or all. Otherwise None."""
        if not (ends := self.rows.ends()):
            return _source(self.rows.first(1))
        self._take_sample()
        app, (app_id, first, _, last) = self.rows.filters.app, ends
        within, everybody = counts.between(app, first, last), counts.total(app)
        walking = max(FIRST, self.need / prod(map(self._share_of, self.words))) * everybody / max(within, 1) * APART
        listing = self._cost_of_listing(within, 0) if self.known else within
        if min(listing, within) > walking:
            return None
        if listing >= within:
            return _source(self.rows.all())
        stretch = Timeline(app_id, first, back=False).stretch((last - first).days + 2)
        return _source(self._listing(stretch.buckets))

    def _take_sample(self):
        """Learns what the decisions need: the size of the table, and of some newest customers the texts."""
        newest = self.rows.newest(FIRST)
        size = f"(SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = '{_TABLE}'::regclass)"
        lists = ["string_agg(search_text, E'\n')"]
        lists.append("string_agg(public_id, E'\n')" if any(word.is_id for word in self.words) else "NULL")
        lists.append("NULL" if self.rows.by_created else f"array_agg({self.rows.order[0].lstrip('-')})")
        self.size, self.seen, texts, ids, keys = self.rows.row(
            Sql(f"SELECT {size}, count(*), {', '.join(lists)} FROM {_source(newest).text}", newest.params)
        )
        self.texts, self.ids = texts or "", f"\n{ids}"
        self.index = Index(self.known, lambda gram: self._share(gram.text))
        self.ahead = self._share_ahead(keys) if keys else 0

    def _share_ahead(self, keys):
        """The share of customers who come before the first with all words: in an order by name, those in one script
        do. keys: of the sample, what the order is by."""
        back = self.rows.order[0].startswith("-")
        sample = zip(keys, self.texts.split("\n"), strict=True)
        matching = [key for key, text in sample if key and all(word.is_in(text) for word in self.words)]
        if not matching:
            return 0
        first = max(matching) if back else min(matching)
        return sum(key > first if back else key < first for key in keys if key) / self.seen

    def _share_of(self, word):
        """The share of rows that have a word, counted in the sample."""
        found = sum(map(self._share, word.texts))
        return min(1, found + self.ids.count("\n" + word.text) / (self.seen + 1) if word.is_id else found)

    def _share(self, text):
        return (self.texts.count(text) + 0.5) / (self.seen + 1)

    def _cost(self, seen, rows_to_go):
        """What it costs to have the indexes list rows until the page is full. seen: the share of the walked rows that
        had all words.

        The table's rows are those of all apps: in other orders than that of creation the indexes know nothing of apps.
        """
        passing = prod(map(self._share_of, self.implied))
        reach = min(self.size, rows_to_go * WIDER / passing) if self.in_stretches else self.size
        return self._cost_of_listing(reach, seen * passing if set(self.words) <= set(self.known) else 0)

    def _cost_of_listing(self, reach, together):
        """What it costs to have those with all the words that the indexes know listed of so many rows, and to look at
        them. together: the share that is known to have all of them, at least."""
        shares = list(map(self._share_of, self.known))
        asking = ASKING_LETTERS if self.known[0].is_two_letters else ASKING
        rarest = min(self.index.share or 1, *shares)
        return asking + reach * (rarest * LISTED + max(together, prod(shares)) * LOOKED_AT)

    def _listing(self, buckets=None):
        """The statement that reads the rows that the indexes list, in some time buckets or in all: those with all
        words, and maybe others."""
        if self.rows.by_created and len(self.words) == 1 and self.words[0].is_id:
            # Many ids begin alike, those of the same weeks: which are the newest is in the index of ids itself.
            word = self.words[0]
            alike = self.rows.wanted & word.begins_id()
            # OFFSET 0, for PostgreSQL would rather walk all customers in their order.
            source = f"(SELECT key, created FROM {_TABLE} WHERE {alike.text} OFFSET 0) AS alike"
            newest = f"SELECT key FROM {source} ORDER BY {order_sql(self.rows.order)} LIMIT {self.need}"
            return self.rows.listed(word.indexed_text() | Sql(f"key = ANY (ARRAY ({newest}))", alike.params))
        return self.rows.listed(self.index.listing(buckets))


def _source(statement):
    return Sql(f"({statement.text}) AS {_TABLE}", statement.params)


def _within(stretch, source):
    bounds = [("created >= %s", stretch.begin), ("created < %s", stretch.end)]
    conditions = [Sql(text, (bound,)) for text, bound in bounds if bound]
    if not conditions:
        return source
    where = all_of(conditions)
    return _source(Sql(f"SELECT * FROM {source.text} WHERE {where.text}", source.params + where.params))
