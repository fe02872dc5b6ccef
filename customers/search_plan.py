"""How a search is run. What it means is search.py's; every way here gives the same rows.

A frequent word is found soonest by reading rows in the order of the page until it is full, a rare one by an index that
lists the rows with it. PostgreSQL's planner guesses which is which, and where it guesses wrong it reads millions of
rows. Here a few rows are read first, and what they show of the words decides: walk on, further each time, or ask the
index. A wrong decision to walk is corrected at the next stop, and costs as much again as was walked before.
"""

from functools import cached_property
from math import prod
from operator import itemgetter

from django.db.models import Case, Q, When

from accounts.rows import reading

from .models import Customer
from .search import matches_all

# Rows read before the first decision, at least so many times more until the next, and rows looked at for each word.
FIRST = 5_000
FURTHER = 4
SAMPLED = 2_000
# Costs, each as a number of rows walked in the order of creation, in which they lie on disk (half a microsecond each):
# a row walked in another order, a row that an index lists, and asking an index at all. For two usual letters it has to
# look up all trigrams that they can be a part of, and to go through the rows of each.
APART = 4
LISTED = 10
ASKING = 6_000
ASKING_LETTERS = 40_000

_TABLE = f'"{Customer._meta.db_table}"'


def fetch_matching(customers, words, order, count):
    """The first `count` of `customers` (a queryset) by `order` that have all of `words`, as a list."""
    ordered = customers.order_by(*order)
    if not words:
        return list(ordered[:count])
    matching = Customer.objects.filter(matches_all(words)).order_by(*order)[:count]
    return _Search(ordered, words, order, count).run(
        walk=lambda rows: _rows(matching, rows),
        ask=lambda listed: _rows(ordered.filter(matches_all(words))[:count], listed),
        number_of=len,
    )


def count_matching(customers, words, most):
    """How many of `customers` have all of `words`, counting no further than `most`."""
    if not words:
        return customers.order_by()[:most].count()
    order = ("-created", "-key")
    matching = Customer.objects.filter(matches_all(words))[:most]
    return _Search(customers.order_by(*order), words, order, most).run(
        walk=lambda rows: _count(matching, rows),
        ask=lambda listed: _count(customers.filter(matches_all(words))[:most], listed),
        number_of=int,
    )


class _Search:
    def __init__(self, ordered, words, order, need):
        self.ordered, self.words, self.order, self.need = ordered, words, order, need
        self.by_created = order[0].lstrip("-") == "created"
        self.known = [word for word in words if word.indexed() is not None]

    def run(self, *, walk, ask, number_of):
        """What walk(the first so many of the ordered rows) gives, as soon as that is enough or all; or else ask(the
        rows that an index lists), as soon as that promises to be cheaper.

        number_of(result): how many matches are in it.
        """
        for word in self.known:
            if word.is_rare:
                return ask(self._listing([word]))
        walked = FIRST
        while True:
            # From the first row each time: a stretch of its own would begin elsewhere once customers come or go.
            result = walk(self.ordered[:walked])
            number = number_of(result)
            if number >= self.need or not self.ordered.values("key")[walked : walked + 1]:
                return result
            rows_to_go = (self.need - number) / ((number + 0.5) / walked)
            words, cost = self._cheapest(number, walked)
            if words and cost < rows_to_go * (1 if self.by_created else APART):
                return ask(self._listing(words))
            walked *= FURTHER

    def _cheapest(self, number, walked):
        """(the one or two words that it costs least to have listed, what that costs), of those the indexes know."""
        if not self.known:
            return None, None
        alone = len(self.words) == 1 and self.by_created
        share = {self.words[0]: (number + 0.5) / walked} if alone else self._shares

        def cost(words):
            listed = self._total * prod(share[word] for word in words)
            return listed * LISTED + sum(_asking(word, self._total * share[word]) for word in words)

        rarest = sorted(self.known, key=share.get)
        # Not of all words: what another condition saves in rows, it costs in finding them.
        chosen = [*([word] for word in rarest), *([rarest[0], other] for other in rarest[1:3])]
        return min(((words, cost(words)) for words in chosen), key=itemgetter(1))

    def _listing(self, words):
        """The rows that the indexes list for `words`: those with them that are wanted, and maybe others."""
        if self.by_created and len(self.words) == 1 and self.words[0].is_id:
            # Many ids begin alike, those of the same weeks: which are the newest is in the index of ids itself.
            word = self.words[0]
            beginning_so = self.ordered.order_by().filter(word.begins_id()).values("key", "created")
            newest = Customer.objects.order_by(*self.order).only("key")[: self.need]
            keys = [customer.key for customer in _rows(newest, beginning_so)]
            return Customer.objects.filter(word.indexed_text() | Q(key__in=keys))
        return Customer.objects.filter(*[word.indexed() for word in words])

    @cached_property
    def _total(self):
        """About how many rows the table has, those of all apps: the indexes know nothing of apps."""
        with reading(Customer).cursor() as cursor:
            cursor.execute(f"SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = '{_TABLE}'::regclass")
            return cursor.fetchone()[0]

    @cached_property
    def _shares(self):
        """The share of the newest customers that has each of the words that the indexes know."""
        newest = self.ordered.order_by("-created", "-key")[:SAMPLED]
        has = {f"has_{n}": Case(When(word.matches(), then=1), default=0) for n, word in enumerate(self.known)}
        sql, params = _reading_from(newest, Customer.objects.annotate(**has).values(*has))
        sums = "".join(f", coalesce(sum({name}), 0)" for name in has)
        with reading(Customer).cursor() as cursor:
            cursor.execute(f"SELECT count(*){sums} FROM ({sql}) AS sample", params)
            seen, *having = cursor.fetchone()
        return {word: (number + 0.5) / (seen + 1) for word, number in zip(self.known, having, strict=True)}


def _asking(word, rows):
    return ASKING if word.has_trigrams or word.is_unusual else ASKING_LETTERS + rows * LISTED


def _rows(queryset, source):
    return list(Customer.objects.raw(*_reading_from(source, queryset)))


def _count(queryset, source):
    sql, params = _reading_from(source, queryset.only("key"))
    with reading(Customer).cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS found", params)
        return cursor.fetchone()[0]


def _reading_from(source, queryset):
    """The SQL and params of `queryset`, reading the rows of `source` in place of the table.

    PostgreSQL works `source` out first: a LIMIT, or an OFFSET 0, forbids it to mix the two.
    """
    inner, inner_params = source.query.sql_with_params()
    sql, params = queryset.query.sql_with_params()
    head, tail = sql.split(f"FROM {_TABLE}", 1)
    fence = "" if source.query.is_sliced else " OFFSET 0"
    # Parameters of the columns stand before those of the source.
    before = head.count("%s")
    return f"{head}FROM ({inner}{fence}) AS {_TABLE}{tail}", [*params[:before], *inner_params, *params[before:]]
