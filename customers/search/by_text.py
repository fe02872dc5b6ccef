"""The way by stretches of an order of texts: index listings up to the next match that is likely, and short walks.

Matches can be far from the beginning of such an order, behind all names in another script for example. A walk would
pass over all rows before them, and one index listing would have all matches there are.
"""

from dataclasses import replace
from math import ceil
from typing import NamedTuple

from customers import counts

from .buckets import Stretch
from .costs import Costs
from .estimates import Estimates
from .statements import Ends, empty_buckets
from .strategies import Matches, Query, cost_of_listing, list_stretch, walk
from .text_order import TextOrder, beginning, text_order


class Stop(NamedTuple):
    """The end of the next stretch. text: None at the end of the order. share: the share of rows in the stretch.
    at_match: whether matches are likely from there on."""

    text: str | None
    share: float
    at_match: bool


def cost_by_text(
    estimates: Estimates, costs: Costs, *, first_walk_rows: int, rows_to_go: float, has_matches: bool
) -> float:
    """The cost of filling the page by stretches of texts, after a walk.

    rows_to_go: how many more rows it takes. has_matches: whether the walk has found any; if not, the page begins at the
    first match of the sample.
    """
    reach = min(estimates.sample.table_rows, rows_to_go * costs.reach_margin_factor / estimates.passing_share)
    if estimates.matching_keys and not has_matches:
        reach = estimates.share_before_match * estimates.sample.table_rows
    rows_of_one = estimates.sample.table_rows / max(estimates.sample.rows_seen, 1)
    listed = min(reach * estimates.listed_share, rows_of_one)
    walking = first_walk_rows * costs.row_cost_random_order
    listing = cost_of_listing(estimates, costs, estimates.sample.table_rows, listed)
    return listing + costs.text_order_cost + reach * costs.row_cost_listed + walking


def list_by_text(
    query: Query,
    estimates: Estimates,
    costs: Costs,
    ends: Ends,
    *,
    first_walk_rows: int,
    rows_to_go: float | None,
    walk_at_match: bool = True,
) -> Matches:
    """The matches in one stretch after the other, until the page is full.

    ends: of the order. first_walk_rows: how far the short walks go. rows_to_go: how many rows fill the page; None where
    no match was found so far. walk_at_match: whether to walk on where a match is likely.
    """
    criteria, sample = query.criteria, estimates.sample
    keys = [key for key in sample.keys if key is not None]
    order = text_order(
        criteria.app.pk, query.scope.column, ends,
        back=query.scope.back, sample=keys, wanted=estimates.matching_keys, costs=costs,
    )  # fmt: skip
    # Counts that miss some customers, written without triggers, make a search slow, not wrong.
    rows_of_one = max(counts.total(criteria.app) / max(sample.rows_seen, 1), 1)
    is_glance = estimates.sample.table_rows * estimates.listed_share > costs.many_matches
    found = Matches(0)
    while True:
        stop = _next_stop(order, estimates, costs, rows_of_one, rows_to_go, is_glance)
        stretch, order = order.next_stretch(stop.text)
        stretch = _without_empty_buckets(query, order, stretch, costs)
        listed = _new_in(list_stretch(query, estimates, stretch, stop.share), found)
        found += listed
        if found.number >= query.need or stop.text is None:
            return found
        is_glance = False
        seen, rows = listed.number, stop.share * sample.rows_seen * rows_of_one * estimates.passing_share
        if walk_at_match and (stop.at_match or found.number):
            # Names and emails that are found by what they begin with stand close together.
            walked = _new_in(walk(query, first_walk_rows, order.rest), found)
            missing = query.need - found.number - walked.number
            if missing <= 0:
                return found + walked
            walk_at_match, seen, rows = walked.number >= missing, walked.number, first_walk_rows
        if stop.at_match or found.number:
            rows_to_go = (query.need - found.number) / ((seen + costs.unseen_matches) / rows)


def _next_stop(
    order: TextOrder, estimates: Estimates, costs: Costs, rows_of_one: float, rows_to_go: float | None, is_glance: bool
) -> Stop:
    """The next Stop: after the rows that fill the page; or, where that is None, before the first match of the sample,
    and at a glance sooner. rows_of_one: how many customers one of the sample stands for."""
    stops = order.stops
    if rows_to_go is None:
        matching = set(map(beginning, estimates.matching_keys))
        ahead = next((number for number, stop in enumerate(stops) if stop in matching), None)
        match = len(stops) if ahead is None else max(ahead - order.back, 0)
        step = min(match, ceil(costs.glance_rows / rows_of_one)) if is_glance else match
    else:
        match = step = ceil(rows_to_go * costs.stretch_margin_factor / estimates.passing_share / rows_of_one)
    share = (min(step, len(stops)) + 1) / (estimates.sample.rows_seen + 1)
    return Stop(stops[step] if step < len(stops) else None, share, step == match)


def _without_empty_buckets(query: Query, order: TextOrder, stretch: Stretch, costs: Costs) -> Stretch:
    """The stretch without the buckets in which the app has no customer, where there are many: PostgreSQL looks at each
    of them for each row of the others."""
    buckets = stretch.buckets or []
    if len(buckets) <= costs.max_unchecked_buckets:
        return stretch
    empty = empty_buckets(query.scope, order.extents(buckets))
    return replace(stretch, buckets=[one for one in buckets if one not in empty] or buckets[:1])


def _new_in(matches: Matches, found: Matches) -> Matches:
    """The matches that were not found before: a customer who is renamed meanwhile can be in two stretches."""
    before = {customer.key for customer in found.customers}
    customers = tuple(customer for customer in matches.customers if customer.key not in before)
    return Matches(len(customers), customers)
