from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.management.lookups import app_named
from customers.counts import recount


class Command(BaseCommand):
    help = (
        "Count all customers anew and mend the counts that the overview and the list show. Needed only after the "
        "triggers that keep them were switched off, as some tools for restoring data do. Others may work meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--app", help="the slug of the one app to count (default: all apps)")

    def handle(self, **options: Any) -> None:
        mended = recount(app_named(options["app"]) if options["app"] else None)
        if not mended:
            self.stdout.write("All counts were right.")
        else:
            self.stdout.write("1 count was mended." if mended == 1 else f"{mended:,} counts were mended.")
