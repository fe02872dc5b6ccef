"""The choice of how to run a search.

A frequent word is found soonest by a walk, a rare one by an index listing. PostgreSQL guesses which word is which, and
where it guesses wrong it reads millions of rows. Here the first rows are walked, and if they do not fill the page, a
sample tells how frequent the words are: walk on, further each time, or ask the indexes. A wrong decision to walk is
corrected at the end of that walk. Each walk is at least four times as long as the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt

from core.db.sql import Sql
from core.pagination import Run, Sort
from customers import counts
from customers.models import Customer

from .buckets import timeline_from
from .by_text import cost_by_text, list_by_text
from .costs import DEFAULT_COSTS, Costs
from .criteria import Criteria, CustomerPage
from .estimates import Estimates, estimate
from .index import index_query
from .statements import TABLE, Ends, Scope, read_customers, read_ends, read_first, read_row
from .strategies import (
    Matches,
    Query,
    Way,
    cost_of_listing,
    count_query_of,
    list_all,
    list_by_time,
    query_of,
    read_all,
    rows_as_cheap_as_asking,
    walk,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One decision.

    way: what was chosen. costs: what each possible way would have cost, the chosen one included, in the unit of Costs;
    empty where there was no choice. walked_rows: how far the walk before it went. rows_to_go: how many more rows a walk
    is expected to take.
    """

    way: Way
    costs: Mapping[Way, float]
    walked_rows: int = 0
    rows_to_go: float = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The matches of a Query, and how they were found.

    plans: the decisions, in order; none if the first walk was enough, or if nobody passes the filters. estimates: None
    if no sample was needed. is_of_all_runs: whether the matches are those of all runs of the order, not of the first
    alone.
    """

    matches: Matches
    plans: tuple[Plan, ...] = ()
    estimates: Estimates | None = None
    is_of_all_runs: bool = False

    @property
    def passes_nobody(self) -> bool:
        """Whether no customer passes the filters, so that nothing was searched."""
        return self.is_of_all_runs and not self.plans


def find_page(
    criteria: Criteria,
    sort: Sort,
    *,
    limit: int,
    cursor: Customer | None = None,
    backwards: bool = False,
    with_total: bool = False,
    costs: Costs = DEFAULT_COSTS,
) -> CustomerPage:
    """The CustomerPage of the first `limit` customers beyond `cursor`, or from the beginning, that meet the criteria.

    sort: their order. cursor: a customer of the app, who need not meet the criteria. backwards: towards the beginning
    instead. with_total: where nothing narrows the list, also read how many customers the app has. costs: what the
    ways to search are compared by.
    """
    runs, total = sort.runs(cursor, backwards=backwards), None
    if not criteria.words:
        customers, total = _read_in_order(criteria, runs, limit + 1, with_total)
    else:
        customers = [one for outcome in search(criteria, runs, limit + 1, costs) for one in outcome.matches.customers]
    page = customers[:limit][::-1] if backwards else customers[:limit]
    return CustomerPage(page, len(customers) > limit, backwards, cursor is None, total, criteria=criteria)


def count_matching(criteria: Criteria, most: int, costs: Costs = DEFAULT_COSTS) -> int:
    """How many customers meet the criteria, counted up to `most`."""
    if not criteria.words:
        found = f"SELECT 1 FROM {TABLE} WHERE {criteria.passes_filters.text} LIMIT {most}"
        (number,) = read_row(Sql(f"SELECT count(*) FROM ({found}) AS found", criteria.passes_filters.params))
        return int(number)
    return min(search_run(count_query_of(criteria, most), costs).matches.number, most)


def search(criteria: Criteria, runs: Sequence[Run], need: int, costs: Costs = DEFAULT_COSTS) -> list[Outcome]:
    """The Outcomes of a search, one for each run of the order that was read; together their matches are the first
    `need`, in order. criteria: with words."""
    outcomes: list[Outcome] = []
    while runs and need > 0:
        outcome = search_run(query_of(criteria, runs, need), costs)
        # The last stretch may have more than the page needs.
        outcome = replace(outcome, matches=outcome.matches.first(need))
        outcomes.append(outcome)
        need -= outcome.matches.number
        runs = [] if outcome.is_of_all_runs else runs[1:]
    return outcomes


def search_run(query: Query, costs: Costs) -> Outcome:
    """The Outcome of one Query."""
    if any(word.is_rare for word in query.words):
        estimates = estimate(query.scope, query.words, costs)
        return Outcome(list_all(query, estimates), (Plan(Way.LIST_ALL, {}),), estimates, is_of_all_runs=True)
    if query.criteria.bounds_time and not query.scope.by_created:
        return _search_in_time(query, costs)
    return _walk_and_decide(query, costs, FirstWalk(costs.first_walk_rows))


def explain_first_walk(query: Query, found: Matches, costs: Costs) -> tuple[Estimates, Plan]:
    """The sample that a search does not need if its first walk fills the page, and the Plan for such a page after that
    walk. For explanations: it reads more than the search itself. found: the matches of the walk."""
    estimates = estimate(query.scope, query.words, costs)
    whole_page = replace(query, need=query.need + found.number)
    rows = costs.first_walk_rows
    return estimates, _plan_after_walk(whole_page, estimates, costs, rows, rows, found.number)


@dataclass(frozen=True, slots=True)
class FirstWalk:
    """How to begin walking. rows: how far. likely_rows: how many rows the order has, at least half as many; 0 where
    that is not known. estimates and plans: those made before the walk."""

    rows: int
    likely_rows: float = 0
    estimates: Estimates | None = None
    plans: tuple[Plan, ...] = ()


def _walk_and_decide(query: Query, costs: Costs, first: FirstWalk) -> Outcome:
    """The Outcome of a walk that goes on, further each time, until the page is full or another way is cheaper."""
    rows, estimates, plans = first.rows, first.estimates, first.plans
    while True:
        found = walk(query, rows)
        if found.number >= query.need or not (ends := _ends_beyond(query.scope, rows, first.likely_rows)):
            return Outcome(found, plans, estimates)
        estimates = estimates or estimate(query.scope, query.words, costs)
        plan = _plan_after_walk(query, estimates, costs, first.rows, rows, found.number)
        plans = (*plans, plan)
        if plan.way is Way.LIST_ALL:
            return Outcome(list_all(query, estimates), plans, estimates, is_of_all_runs=True)
        if plan.way is Way.LIST_BY_TIME:
            reach = plan.rows_to_go
            if not found.number:
                reach = max(reach, rows_as_cheap_as_asking(estimates, costs))
            return Outcome(list_by_time(query, estimates, costs, ends, reach / rows), plans, estimates)
        if plan.way is Way.LIST_BY_TEXT:
            to_go = plan.rows_to_go if found.number else None
            by_text = list_by_text(query, estimates, costs, ends, first_walk_rows=first.rows, rows_to_go=to_go)
            return Outcome(by_text, plans, estimates)
        rows = _next_walk_rows(plan, costs, found.number)


def _search_in_time(query: Query, costs: Costs) -> Outcome:
    """The Outcome under a filter of time, in another order than that of creation."""
    ends = read_ends(query.all_runs, order=["created", "key"])
    if ends is None:
        return Outcome(Matches(0), is_of_all_runs=True)
    estimates = estimate(query.scope, query.words, costs)
    app = query.criteria.app
    in_time, in_app = counts.between(app, ends.first, ends.last), counts.total(app)
    # Buckets that most rows are in tell too little, and their lists take long to read.
    buckets = _buckets_of_time(query, ends) if in_time <= in_app * costs.max_bucketed_share else []
    plan = _plan_in_time(query, estimates, costs, in_time, in_app, has_buckets=bool(buckets))
    if plan.way is Way.READ_TIME:
        return Outcome(read_all(query), (plan,), estimates, is_of_all_runs=True)
    if plan.way is Way.LIST_ALL:
        return Outcome(list_all(query, estimates, buckets), (plan,), estimates, is_of_all_runs=True)
    # Shorter than any other first walk, because it passes over the rows of another time.
    rows = ceil(max(costs.first_walk_rows * in_time / max(in_app, in_time, 1), costs.min_first_walk_rows))
    if plan.way is Way.LIST_BY_TEXT and (order_ends := read_ends(query.scope)):
        in_buckets = replace(
            estimates,
            # A word that many have tells little, and its list takes long to read.
            index=index_query([], {}),
            filter_buckets=[*estimates.filter_buckets, *buckets],
            passing_share=estimates.passing_share * in_time / max(in_app, in_time, 1),
        )
        by_text = list_by_text(
            query, in_buckets, costs, order_ends,
            first_walk_rows=rows, rows_to_go=plan.rows_to_go, walk_at_match=False,
        )  # fmt: skip
        return Outcome(by_text, (plan,), estimates)
    likely_rows = in_time * estimates.passing_share if query.is_whole_run else 0
    return _walk_and_decide(query, costs, FirstWalk(rows, likely_rows, estimates, (plan,)))


def _plan_after_walk(
    query: Query, estimates: Estimates, costs: Costs, first_walk_rows: int, walked: int, number: int
) -> Plan:
    """The Plan after a walk of `walked` rows that has found `number` matches, not enough for the page."""
    rows_to_go = (query.need - number) / ((number + estimates.unseen_matches) / walked)
    if not number:
        before_match = estimates.share_before_match * estimates.passing_share * estimates.sample.table_rows
        rows_to_go = max(rows_to_go, before_match - walked)
    ways = {Way.WALK: rows_to_go * (1 if query.scope.by_created else costs.row_cost_random_order)}
    if estimates.asked_words:
        ways |= _index_ways(query, estimates, costs, first_walk_rows, rows_to_go, number / walked)
    return Plan(min(ways, key=ways.__getitem__), ways, walked, rows_to_go)


def _index_ways(
    query: Query, estimates: Estimates, costs: Costs, first_walk_rows: int, rows_to_go: float, seen_share: float
) -> dict[Way, float]:
    """The cost of each way by the indexes. seen_share: the share of the walked rows that match."""
    size, by_created = estimates.sample.table_rows, query.scope.by_created
    listed_share = max(estimates.listed_share, seen_share * estimates.passing_share if by_created else 0)
    # An id is in no bucket.
    in_stretches = not any(word.is_id for word in query.words)
    if by_created and in_stretches:
        reach = min(size, rows_to_go * costs.reach_margin_factor / estimates.passing_share)
        return {Way.LIST_BY_TIME: cost_of_listing(estimates, costs, reach, reach * listed_share)}
    # All matches of all apps, because the index of ids does not know whose an id is.
    ways = {Way.LIST_ALL: cost_of_listing(estimates, costs, size, size * listed_share)}
    if in_stretches:
        ways[Way.LIST_BY_TEXT] = cost_by_text(
            estimates, costs, first_walk_rows=first_walk_rows, rows_to_go=rows_to_go, has_matches=bool(seen_share)
        )
    return ways


def _plan_in_time(
    query: Query, estimates: Estimates, costs: Costs, in_time: int, in_app: int, *, has_buckets: bool
) -> Plan:
    """The Plan where a filter leaves `in_time` of the `in_app` customers of the app, in another order than that of
    creation. has_buckets: whether there are buckets for this time."""
    rows_to_go = query.need / estimates.matching_share
    ways: dict[Way, float] = {Way.READ_TIME: in_time}
    if estimates.asked_words:
        ways[Way.LIST_ALL] = cost_of_listing(estimates, costs, in_time, in_time * estimates.listed_share)
    passed_over = in_app / max(in_time, 1)
    ways[Way.WALK] = max(costs.first_walk_rows, rows_to_go) * passed_over * costs.row_cost_random_order
    way = min(ways, key=ways.__getitem__)
    if has_buckets:
        reach = rows_to_go * costs.reach_margin_factor
        ways[Way.LIST_BY_TEXT] = costs.text_order_in_time_cost + reach * costs.row_cost_looked_at
        # Beside a listing, reading all of the time is compared with the sorting of its rows.
        row_cost = costs.row_cost_sorted if estimates.asked_words else 1
        compared = ways | {Way.READ_TIME: in_time * row_cost}
        if min(compared, key=compared.__getitem__) is Way.LIST_BY_TEXT:
            way, ways = Way.LIST_BY_TEXT, compared
    return Plan(way, ways, 0, rows_to_go)


def _ends_beyond(scope: Scope, walked: int, likely_rows: float) -> Ends | None:
    """The ends of the order; None where it has no more rows than were walked."""
    # Under a filter of time it takes a second walk to see that: only where there may be no more.
    return read_ends(scope) if walked < likely_rows / 2 else read_ends(scope, walked=walked)


def _next_walk_rows(plan: Plan, costs: Costs, number: int) -> int:
    """How far to walk next, from the first row again, after a walk that has found `number` matches."""
    likely = 0
    if number:
        margin = 1 + costs.walk_margin_deviations / sqrt(number)
        likely = ceil((plan.walked_rows + plan.rows_to_go) * margin)
    return max(plan.walked_rows * costs.walk_growth_factor, likely)


def _buckets_of_time(query: Query, ends: Ends) -> list[list[int]]:
    """The buckets of all time between two moments, as a list of lists for an index listing."""
    timeline = timeline_from(query.criteria.app.pk, ends.first, back=False)
    stretch, _ = timeline.next_stretch((ends.last - ends.first).days + 2)
    return [stretch.buckets] if stretch.buckets else []


def _read_in_order(
    criteria: Criteria, runs: Sequence[Run], need: int, with_total: bool
) -> tuple[list[Customer], int | None]:
    """(the first customers of a list without a search text, how many the app has). The number is None where a filter
    narrows the list, where it was not asked for, and where nobody was found."""
    customers: list[Customer] = []
    total = None
    for run in runs:
        if len(customers) >= need:
            break
        scope, missing = Scope(criteria, run.order, run.condition), need - len(customers)
        if criteria.narrows:
            customers += read_customers(scope.first(missing))
        else:
            found, number = read_first(scope, missing, with_total=with_total and total is None)
            customers += found
            total = number if total is None else total
    return customers, total
