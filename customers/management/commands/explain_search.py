"""`manage.py explain_search`: why a search is run the way it is. See customers/search/README.md."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.management.lookups import app_named
from core.db.prepared import reading
from core.pagination import Sort
from customers.filters import DEFAULT_SORT, SORTS, read_filters
from customers.models import Customer
from customers.search import (
    DEFAULT_COSTS,
    Costs,
    Criteria,
    Estimates,
    Outcome,
    Plan,
    explain_first_walk,
    query_of,
    search,
)

EXPLAINED_FILTERS = ("email", "created_from", "created_to")


class Command(BaseCommand):
    help = (
        "Run a search, and print the sample that was taken, the estimated cost of each way to run it, the choice, and "
        "the rows and milliseconds of each statement. Nothing is changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help='the search text, such as "kim seoul"')
        parser.add_argument("--app", required=True, help="the app's slug")
        parser.add_argument(
            "--sort",
            default=DEFAULT_SORT,
            choices=SORTS,
            help=f"the order, such as --sort=-name (default: {DEFAULT_SORT})",
        )
        parser.add_argument("--email", default="", help="filter by a whole address, or by a domain such as @gmail.com")
        parser.add_argument("--created-from", default="", metavar="YYYY-MM-DD", help="filter by the first day")
        parser.add_argument("--created-to", default="", metavar="YYYY-MM-DD", help="filter by the last day")
        parser.add_argument("--limit", type=int, default=20, help="how many customers the page has (default: 20)")

    def handle(self, *, text: str, app: str, sort: str, limit: int, **options: Any) -> None:
        data = {"query": text} | {name: options[name] for name in EXPLAINED_FILTERS if options[name]}
        criteria, errors = read_filters(app_named(app), data)
        if errors:
            raise CommandError(" ".join(f"{name}: {text}" for name, text in errors.items()))
        if not criteria.words:
            raise CommandError("Give a text to search for.")
        if limit < 1:
            raise CommandError("The limit must be a whole number from 1 on.")
        for line in explain(criteria, SORTS[sort], limit=limit):
            self.stdout.write(line)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that a search has run, and how long it took."""

    sql: str
    params: Any
    milliseconds: float


def explain(criteria: Criteria, sort: Sort, *, limit: int, costs: Costs = DEFAULT_COSTS) -> Iterator[str]:
    """Run a search for a page of `limit` customers, then its statements again under EXPLAIN ANALYZE; return the account
    of it, line by line. criteria: with words."""
    # A page reads one customer more than it shows, to know whether there is another page.
    outcomes, statements = _search_and_record(criteria, sort, limit + 1, costs)
    yield f"Words: {', '.join(word.text for word in criteria.words)}"
    estimates = next((outcome.estimates for outcome in outcomes if outcome.estimates), None)
    if estimates:
        yield "Sample:"
        yield from _sample_lines(estimates)
    for number, outcome in enumerate(outcomes, 1):
        yield ""
        yield from _outcome_lines(number, outcome, costs)
    if not estimates and not any(outcome.passes_nobody for outcome in outcomes):
        yield ""
        yield from _unneeded_lines(criteria, sort, limit + 1, outcomes[0], costs)
    yield ""
    yield "Statements: milliseconds, rows given, rows read of the customers' table"
    for statement in statements:
        given, read = _rows_of(statement)
        yield f"  {statement.milliseconds:8.2f}  {given:9,}  {read:9,}  {_kind_of(statement)}"
    found = sum(outcome.matches.number for outcome in outcomes)
    total = sum(statement.milliseconds for statement in statements)
    more = ", and there are more" if found > limit else ""
    yield f"Found {min(found, limit):,} for a page of {limit:,}{more}, in {total:.2f} ms for the statements alone."


def _search_and_record(
    criteria: Criteria, sort: Sort, limit: int, costs: Costs
) -> tuple[list[Outcome], list[Statement]]:
    statements: list[Statement] = []

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        begin = perf_counter()
        result = execute(sql, params, many, context)
        statements.append(Statement(sql, params, (perf_counter() - begin) * 1000))
        return result

    with reading(Customer).execute_wrapper(record):
        return search(criteria, sort.runs(), limit, costs), statements


def _sample_lines(estimates: Estimates) -> Iterator[str]:
    sample = estimates.sample
    yield f"  the newest {sample.rows_seen:,} customers; the table has about {sample.table_rows:,} rows."
    for word, share in estimates.word_shares.items():
        yield f"  {word.text}: {_percent(share)} of rows"
    asked = ", ".join(word.text for word in estimates.asked_words)
    yield f"  The indexes would be asked for: {asked or 'none of the words, they know none'}."
    yield f"  They would list {_percent(estimates.listed_share)} of rows."


def _outcome_lines(number: int, outcome: Outcome, costs: Costs) -> Iterator[str]:
    part = "The whole order" if outcome.is_of_all_runs else f"Part {number} of the order"
    yield f"{part}: {outcome.matches.number:,} matches"
    if outcome.passes_nobody:
        yield "  Nobody passes the filters, so nothing was searched."
    elif not outcome.plans:
        yield f"  The first walk of {costs.first_walk_rows:,} rows was enough."
    for plan in outcome.plans:
        yield from _plan_lines(plan)


def _unneeded_lines(criteria: Criteria, sort: Sort, need: int, outcome: Outcome, costs: Costs) -> Iterator[str]:
    query = query_of(criteria, sort.runs(), need)
    estimates, plan = explain_first_walk(query, outcome.matches, costs)
    yield "Sample, which this search did not need:"
    yield from _sample_lines(estimates)
    yield f"  Each way, had the page still been empty after {costs.first_walk_rows:,} rows. Costs, in rows walked:"
    yield from _cost_lines(plan)


def _plan_lines(plan: Plan) -> Iterator[str]:
    if not plan.costs:
        yield f"  Chosen without a walk, because a word is rare: {plan.way}."
        return
    walked = f"after a walk of {plan.walked_rows:,} rows" if plan.walked_rows else "before a walk"
    yield f"  Decision {walked}, about {plan.rows_to_go:,.0f} more to go. Costs, in rows walked:"
    yield from _cost_lines(plan)


def _cost_lines(plan: Plan) -> Iterator[str]:
    for way, cost in sorted(plan.costs.items(), key=lambda one: one[1]):
        yield f"    {cost:14,.0f}  {way}{' (chosen)' if way is plan.way else ''}"


def _rows_of(statement: Statement) -> tuple[int, int]:
    """(rows that the statement gives, rows of the customers' table that it reads)."""
    with reading(Customer).cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.sql}", statement.params)
        (found,) = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Actual Rows"]), sum(_rows_read(node) for node in _nodes(plan))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    parts: Sequence[dict[str, Any]] = plan.get("Plans", ())
    for part in parts:
        yield from _nodes(part)


def _rows_read(node: dict[str, Any]) -> int:
    if node.get("Relation Name") != Customer._meta.db_table:
        return 0
    passed_over = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + passed_over) * node["Actual Loops"])


def _kind_of(statement: Statement) -> str:
    if "string_agg(search_text" in statement.sql:
        return "sample"
    if "search_text !~" in statement.sql:
        return "index listing"
    if "search_text LIKE" in statement.sql:
        return "read and sort" if "OFFSET 0" in statement.sql else "walk"
    return "ends, counts or buckets"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
