"""The ways to run a search: what each is expected to cost, and how it is run. All give the same rows.

Walk: read rows in the order of the page, the first ones first, until the page is full.
Index listing: the search indexes list rows with the words, in no order; these are looked at and sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from math import ceil

from core.db.sql import Sql, any_of
from core.pagination import Run
from customers.models import Customer

from .buckets import Stretch, timeline_from
from .costs import Costs
from .criteria import Criteria
from .estimates import Estimates, begins_id
from .statements import COLUMNS, TABLE, Ends, Scope, as_source, narrowed, read_customers, read_row
from .words import Word, matches_all

_DAY = timedelta(days=1)


class Way(StrEnum):
    WALK = "walk on"
    LIST_ALL = "list all matches by the indexes"
    LIST_BY_TIME = "list stretch by stretch of time by the indexes"
    LIST_BY_TEXT = "list stretch by stretch of texts by the indexes"
    READ_TIME = "read and sort all of the filter's time"


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the database: the first `need` matches in an order, or how many there are up to `need`.

    scope: the run of the order that is read. all_runs: this run and those after it, as one.
    is_whole_run: whether `scope` leaves out nobody with a text by which it is sorted.
    """

    scope: Scope
    all_runs: Scope
    words: Sequence[Word]
    matching: Sql
    need: int
    counts_only: bool = False
    is_whole_run: bool = False

    @property
    def criteria(self) -> Criteria:
        return self.scope.criteria


@dataclass(frozen=True, slots=True)
class Matches:
    """How many matches were found, and which, in order, unless they were only counted."""

    number: int
    customers: tuple[Customer, ...] = ()

    def __add__(self, other: "Matches") -> "Matches":
        return Matches(self.number + other.number, self.customers + other.customers)

    def first(self, number: int) -> "Matches":
        """The first `number` of them."""
        return Matches(min(self.number, number), self.customers[:number])


def query_of(criteria: Criteria, runs: Sequence[Run], need: int) -> Query:
    """The Query for the first matches of some runs of an order, at least one."""
    run, *others = runs
    scope = all_runs = Scope(criteria, run.order, run.condition)
    if others:
        conditions = [one.condition for one in runs if one.condition is not None]
        all_runs = Scope(criteria, run.order, any_of(conditions), run.nulls)
    return Query(scope, all_runs, criteria.words, matches_all(criteria.words), need, is_whole_run=run.whole)


def count_query_of(criteria: Criteria, most: int) -> Query:
    """The Query for how many match, counted up to `most`."""
    scope = Scope(criteria, ["-created", "-key"])
    return Query(scope, scope, criteria.words, matches_all(criteria.words), most, counts_only=True)


def read_matches(query: Query, source: Sql, order_by: str) -> Matches:
    """The first matches in a source, or their number."""
    where, params = query.matching.text, source.params + query.matching.params
    if query.counts_only:
        found = f"SELECT 1 FROM {source.text} WHERE {where} LIMIT {query.need}"
        return Matches(read_row(Sql(f"SELECT count(*) FROM ({found}) AS found", params))[0])
    ordered = f"SELECT {COLUMNS} FROM {source.text} WHERE {where} ORDER BY {order_by} LIMIT {query.need}"
    customers = tuple(read_customers(Sql(ordered, params)))
    return Matches(len(customers), customers)


def walk(query: Query, rows: int, conditions: Sequence[Sql] = ()) -> Matches:
    """The matches among the first `rows` rows, or the first that pass the conditions."""
    # From the first row each time: a walk that began after the last one would miss customers who come meanwhile.
    return read_matches(query, as_source(query.scope.first(rows, where=conditions)), query.scope.order_by)


def list_all(query: Query, estimates: Estimates, buckets: Sequence[Sequence[int]] = ()) -> Matches:
    """The first of all matches of all runs, by one index listing; in each of `buckets`, lists of bucket numbers."""
    scope = query.all_runs
    return read_matches(query, as_source(index_listing(query, scope, estimates, buckets)), scope.order_by)


def read_all(query: Query) -> Matches:
    """The first of all matches of all runs, from all rows that pass the filters."""
    return read_matches(query, as_source(query.all_runs.all()), query.all_runs.order_by)


def list_by_time(query: Query, estimates: Estimates, costs: Costs, ends: Ends, reach: float) -> Matches:
    """The matches in one stretch of time after the other, each by an index listing, until the page is full.

    ends: of the order, and the row that a walk reached. reach: how many times as far as that the page is expected to
    extend.
    """
    timeline = timeline_from(query.criteria.app.pk, ends.first, back=ends.last < ends.first)
    max_days = abs(ends.first - ends.last) / _DAY * costs.max_bucketed_share
    growth = costs.max_stretch_growth_factor if estimates.asks_all_words else costs.walk_growth_factor
    days, found = abs(ends.first - ends.reached) / _DAY * reach, Matches(0)
    while True:
        before = timeline.days
        stretch, timeline = timeline.next_stretch(ceil(days * costs.stretch_margin_factor))
        if timeline.days - before > max_days:
            stretch = replace(stretch, buckets=None)
        found += list_stretch(query, estimates, stretch)
        if found.number >= query.need or timeline.has_passed(ends.last):
            return found
        promised = (query.need - found.number) / (found.number + costs.unseen_matches)
        days = timeline.days * min(promised, growth)


def list_stretch(query: Query, estimates: Estimates, stretch: Stretch, share: float = 1) -> Matches:
    """The matches in a stretch of the order, by an index listing. share: the share of rows in it, where known."""
    buckets = [stretch.buckets] if stretch.buckets else []
    listing = as_source(index_listing(query, query.scope, estimates, buckets, share))
    source = narrowed(listing, stretch.conditions) if stretch.conditions else listing
    return read_matches(query, source, query.scope.order_by)


def index_listing(
    query: Query, scope: Scope, estimates: Estimates, buckets: Sequence[Sequence[int]] = (), share: float = 1
) -> Sql:
    """The statement that reads the rows of a scope that the indexes list: all with all words, and some others.

    buckets: lists of bucket numbers; only rows in one of each list. share: the share of rows in them, where known.
    """
    if scope.by_created and len(query.words) == 1 and query.words[0].is_id:
        return _listing_of_newest_ids(query, scope, estimates)
    ids = {word: begins_id(query.criteria, word) for word in estimates.index.ids}
    if estimates.filter_buckets:
        share *= estimates.passing_share
    return scope.listed(estimates.index.condition(ids, [*buckets, *estimates.filter_buckets], share))


def cost_of_listing(estimates: Estimates, costs: Costs, rows: float, listed_rows: float) -> float:
    """The cost of an index listing of `listed_rows` rows among `rows`, and of looking at them."""
    query, row = costs.query_cost, costs.row_cost_looked_at
    if estimates.of_two_letters:
        query, row = costs.query_cost_two_letters, costs.row_cost_two_letters
    return query + rows * estimates.rarest_share * costs.row_cost_listed + listed_rows * row


def rows_as_cheap_as_asking(estimates: Estimates, costs: Costs) -> float:
    """The break-even size of a stretch, in filtered rows: below it, another query costs more than listing further. It
    is all rows for a word that nobody has."""
    share = estimates.listed_share
    if share <= costs.unseen_matches / (estimates.sample.rows_seen + 1):
        share = estimates.index.max_share
    if not share:
        return 0
    row_cost = estimates.rarest_share * costs.row_cost_listed + share * costs.row_cost_looked_at
    return costs.query_cost / row_cost * estimates.passing_share


def _listing_of_newest_ids(query: Query, scope: Scope, estimates: Estimates) -> Sql:
    """The index listing for the beginning of an id alone, in the order of creation. The ids of the
    same weeks begin alike, and only the newest of them are needed."""
    (word,) = query.words
    alike = scope.passing & word.begins_id()
    # Without the fence PostgreSQL would walk all customers in their order.
    source = f"(SELECT key, created FROM {TABLE} WHERE {alike.text} OFFSET 0) AS alike"
    newest = f"SELECT key FROM {source} ORDER BY {scope.order_by} LIMIT {query.need}"
    return scope.listed(estimates.index.condition({word: Sql(f"key = ANY (ARRAY ({newest}))", alike.params)}))
