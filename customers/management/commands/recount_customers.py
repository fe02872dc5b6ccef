from django.core.management.base import BaseCommand

from accounts.management.lookups import app_named
from customers.counts import recount


class Command(BaseCommand):
    help = (
        "Count all customers anew and mend the counts that the overview and the list show. Needed only after the "
        "triggers that keep them were switched off, as some tools for restoring data do. Others may work meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("--app", help="the slug of the one app to count (default: all apps)")

    def handle(self, *, app, **options):
        mended = recount(app_named(app) if app else None)
        counts = "1 count was" if mended == 1 else f"{mended:,} counts were"
        self.stdout.write(f"{counts} mended." if mended else "All counts were right.")
