"""`manage.py explain_search`: why a search is run the way it is. See customers/search/README.md."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.management.lookups import app_named
from customers.filters import DEFAULT_SORT, SORTS, read_filters
from customers.search.explain import explain

FILTERS = ("email", "created_from", "created_to")


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
        data = {"query": text} | {name: options[name] for name in FILTERS if options[name]}
        criteria, errors = read_filters(app_named(app), data)
        if errors:
            raise CommandError(" ".join(errors.values()))
        if not criteria.words:
            raise CommandError("Give a text to search for.")
        if limit < 1:
            raise CommandError("The limit must be a whole number from 1 on.")
        # A page reads one customer more than it shows, to know whether there is another page.
        for line in explain(criteria, SORTS[sort], limit=limit + 1):
            self.stdout.write(line)
