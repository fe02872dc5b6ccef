import shlex
import sys
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from tqdm import tqdm

from accounts.management.lookups import app_named
from core.time_zones import time_zones
from customers.importing.columns import FIELDS, IGNORE, BadMapping
from customers.importing.dates import ORDERS, UnknownOrder
from customers.importing.importer import Counts, RowFile, Unwritable, import_rows
from customers.importing.plan import plan_import
from customers.importing.reading import DELIMITERS, Unreadable
from customers.values.countries import country_code

SOME_REJECTED = 3
INTERRUPTED = 130  # what shells say of a command that Ctrl-C ended


class Command(BaseCommand):
    help = (
        "Import customers from a CSV file whose first row names the columns. It can be stopped, or killed, and run "
        "again at any time: customers that the app has already, by email or id, stay as they are, and a row without "
        "either gets an id that is the same in every import of the file. Rows that cannot be imported go to "
        "FILE.rejected.csv, with the reason of each. Exit status: 0; 3 when rows were rejected; 1 when it could not be "
        "done to the end."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="CSV in UTF-8, with commas, semicolons or tabs between the columns")
        parser.add_argument("--app", required=True, help="the app's slug")
        parser.add_argument("--dry-run", action="store_true", help="write nothing, only tell what would come of it")
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="COLUMN=field",
            help=f"what a column is, where its name does not tell: {', '.join(FIELDS)}, or {IGNORE}",
        )
        parser.add_argument("--rejected", type=Path, metavar="PATH", help="where rejected rows go instead")
        parser.add_argument(
            "--warnings", type=Path, metavar="PATH", help="write all rows that lost a phone or country to this file"
        )
        parser.add_argument("--country", metavar="XX", help="of phone numbers that do not tell theirs, such as KR")
        parser.add_argument(
            "--time-zone", default="UTC", metavar="ZONE", help="of dates without one, such as Asia/Seoul (default: UTC)"
        )
        parser.add_argument("--date-format", choices=ORDERS, help="of dates such as 03/04/2024")

    def handle(self, *, file, app, dry_run, rejected, warnings, verbosity, **options):
        counts, begin = Counts(), None
        try:
            app = app_named(app)
            plan = plan_import(
                path=file,
                choices=options["map"],
                country=self.country(options["country"]),
                zone=self.zone(options["time_zone"]),
                date_order=options["date_format"],
            )
            rejected = self.place(rejected or file.with_suffix(".rejected.csv"), file)
            warnings = self.place(warnings, file)
            if verbosity:
                self.show_plan(plan, file)
            begin = time.monotonic()
            batches = import_rows(
                app=app,
                plan=plan,
                counts=counts,
                rejected=RowFile(None if dry_run else rejected, plan.source, title="reason", option="--rejected"),
                warnings=RowFile(None if dry_run else warnings, plan.source, title="warning", option="--warnings"),
                dry_run=dry_run,
            )
            self.follow(batches, plan.source, counts, begin, show=verbosity > 0)
        except (BadMapping, Unreadable, Unwritable) as error:
            problem = CommandError(str(error))
        except UnknownOrder as error:
            problem = CommandError(
                f"The created dates, such as {error.example}, may have the day or the month first: "
                f"say which with {' or '.join(f'--date-format {order}' for order in ORDERS)}."
            )
        except (OperationalError, InterfaceError) as error:
            reason = str(error).partition("\n")[0].rstrip(".")
            problem = CommandError(
                f"The database failed: {reason}. Once it works, run the same command again to go on."
            )
        except KeyboardInterrupt:
            problem = CommandError("Stopped. To go on, run the same command again.", returncode=INTERRUPTED)
        else:
            problem = None
        if begin:
            self.show_counts(counts, time.monotonic() - begin, dry_run, rejected, warnings, problem)
        if problem:
            raise problem
        if counts.rejected:
            sys.exit(SOME_REJECTED)

    def country(self, text):
        code = country_code(text) if text else ""
        if code is None:
            raise CommandError(f"--country {text}: give a two-letter code of ISO 3166-1, such as US or KR.")
        return code

    def zone(self, name):
        if name not in time_zones():
            raise CommandError(f"--time-zone {name}: there is no such time zone. Give one such as Asia/Seoul.")
        return time_zones()[name]

    def place(self, path, file):
        if path and path.exists() and (path.samefile(file) or not path.is_file()):
            raise CommandError(
                f"{path} is {'the file to import' if path.is_file() else 'no file'}: name another place."
            )
        return path

    def follow(self, batches, source, counts, begin, *, show):
        """Run the import, with a bar that fills by bytes and tells rows."""
        with tqdm(
            total=source.size,
            bar_format="{percentage:3.0f} % |{bar}| {desc} [{elapsed}, {remaining} left]",
            desc="0 rows",
            file=sys.stderr,
            # In a log file each state is a line of its own.
            mininterval=0.1 if sys.stderr.isatty() else 30,
            disable=not show,
        ) as bar:
            for position in batches:
                rate = counts.rows / (time.monotonic() - begin)
                bar.set_description_str(f"{counts.rows:,} rows, {rate:,.0f} a second", refresh=False)
                bar.update(position - bar.n)

    def show_plan(self, plan, file):
        source, mapping = plan.source, plan.mapping
        names = {field: source.header[index].strip() for field, index in mapping.columns.items()}
        width = max(map(len, names.values()))
        self.stdout.write(f"Columns of {file.name} ({DELIMITERS[source.delimiter]} between them):")
        for field, name in names.items():
            self.stdout.write(f"  {name:{width}}  -> {field}")
        if mapping.aside:
            self.stdout.write(f"Left aside: {', '.join(name.strip() or '(no name)' for name in mapping.aside)}")
        for name, field in mapping.looks_like.items():
            choice = shlex.quote(f"{name.strip()}={field}")
            self.stdout.write(
                f"Warning: {name.strip()} looks like {field}, but is left aside. If it is, add --map {choice}"
            )

    def show_counts(self, counts, seconds, dry_run, rejected, warnings, problem):
        title = "Dry run, nothing is written" if dry_run else "Broken off" if problem else "Done"
        rows = f"{counts.rows:,} row{'' if counts.rows == 1 else 's'}"
        self.stdout.write(f"{title}: {rows} in {seconds:,.1f} s, {counts.rows / seconds:,.0f} a second.")
        self.stdout.write(f"  Created        {counts.created:>10,}")
        self.stdout.write(f"  Already there  {counts.already_there:>10,}")
        self.show_some("Rejected", counts.rejected, counts.first_rejected, not dry_run and rejected)
        self.show_some("Warnings", counts.warnings, counts.first_warnings, not dry_run and warnings)

    def show_some(self, title, number, first, path):
        self.stdout.write(f"  {title}       {number:>10,}" + (f"  in {path}" if number and path else ""))
        for line, sentence in first:
            self.stdout.write(f"    line {line:,}: {sentence}")
        if number > len(first):
            self.stdout.write(f"    and {number - len(first):,} more")
