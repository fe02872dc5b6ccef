import shlex
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing
from datetime import tzinfo
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from tqdm import tqdm

from accounts.management.lookups import app_named
from core.time_zones import time_zones
from customers.importing.batches import Remark
from customers.importing.columns import FIELDS, IGNORE, BadMapping
from customers.importing.dates import ORDERS, UnknownOrder
from customers.importing.importer import Progress, RemarkFile, Unwritable, import_rows
from customers.importing.plan import Plan, plan_import
from customers.importing.reading import DELIMITERS, Unreadable
from customers.values.countries import country_code

EXIT_SOME_REJECTED = 3
# As shells report a command that Ctrl-C has ended: 128 + SIGINT.
EXIT_INTERRUPTED = 130
TERMINAL_REFRESH_SECONDS = 0.1
# In a log file each state of the bar is a line.
LOG_REFRESH_SECONDS = 30
EXPECTED_ERRORS = (
    BadMapping, UnknownOrder, Unreadable, Unwritable, OperationalError, InterfaceError, KeyboardInterrupt
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Import customers from a CSV file whose first row names the columns. It can be stopped, or killed, and run "
        "again at any time: customers that the app has already, by email or id, stay as they are, and a row without "
        "either gets an id that is the same in every import of the file. Rows that cannot be imported go to "
        "FILE.rejected.csv, with the reason of each. Exit status: 0; 3 when rows were rejected; 1 when it could not be "
        "done to the end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
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

    def handle(self, **options: Any) -> None:
        file, dry_run, show = options["file"], options["dry_run"], options["verbosity"] > 0
        try:
            app = app_named(options["app"])
            plan = plan_import(
                path=file,
                choices=options["map"],
                country=_country(options["country"]),
                zone=_zone(options["time_zone"]),
                date_order=options["date_format"],
            )
        except EXPECTED_ERRORS as error:
            raise _command_error(error) from None
        rejected_path = _free_path(options["rejected"] or file.with_suffix(".rejected.csv"), file)
        warnings_path = _free_path(options["warnings"], file)
        if dry_run:
            rejected_path = warnings_path = None
        if show:
            self._show_plan(plan, file)
        begin = time.monotonic()
        batches = import_rows(
            app=app,
            plan=plan,
            rejected=RemarkFile(rejected_path, plan.source, title="reason", option="--rejected"),
            warnings=RemarkFile(warnings_path, plan.source, title="warning", option="--warnings"),
            dry_run=dry_run,
        )
        progress, problem = Progress(), None
        try:
            with closing(batches):
                for progress in _with_bar(batches, plan.source.size, begin, show=show):  # noqa: B007
                    pass
        except EXPECTED_ERRORS as error:
            problem = _command_error(error)
        title = "Dry run, nothing is written" if dry_run else "Broken off" if problem else "Done"
        self._show_progress(title, progress, time.monotonic() - begin)
        self._show_remarks("Rejected", progress.rejected, progress.first_rejected, rejected_path)
        self._show_remarks("Warnings", progress.warnings, progress.first_warnings, warnings_path)
        if problem:
            raise problem
        if progress.rejected:
            sys.exit(EXIT_SOME_REJECTED)

    def _show_plan(self, plan: Plan, file: Path) -> None:
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

    def _show_progress(self, title: str, progress: Progress, seconds: float) -> None:
        rows = "1 row" if progress.rows == 1 else f"{progress.rows:,} rows"
        self.stdout.write(f"{title}: {rows} in {seconds:,.1f} s, {progress.rows / seconds:,.0f} a second.")
        self.stdout.write(f"  Created        {progress.created:>10,}")
        self.stdout.write(f"  Already there  {progress.already_there:>10,}")

    def _show_remarks(self, title: str, number: int, first: tuple[Remark, ...], path: Path | None) -> None:
        self.stdout.write(f"  {title}       {number:>10,}" + (f"  in {path}" if number and path else ""))
        for remark in first:
            self.stdout.write(f"    line {remark.line_number:,}: {remark.sentence}")
        if number > len(first):
            self.stdout.write(f"    and {number - len(first):,} more")


def _command_error(error: BaseException) -> CommandError:
    """One of EXPECTED_ERRORS as a sentence that says what to do."""
    match error:
        case UnknownOrder():
            options = " or ".join(f"--date-format {order}" for order in ORDERS)
            return CommandError(
                f"The created dates, such as {error.example}, may have the day or the month first: "
                f"say which with {options}."
            )
        case OperationalError() | InterfaceError():
            reason = str(error).partition("\n")[0].rstrip(".")
            return CommandError(f"The database failed: {reason}. Once it works, run the same command again to go on.")
        case KeyboardInterrupt():
            return CommandError("Stopped. To go on, run the same command again.", returncode=EXIT_INTERRUPTED)
    return CommandError(str(error))


def _country(text: str | None) -> str:
    code = country_code(text) if text else ""
    if code is None:
        raise CommandError(f"--country {text}: give a two-letter code of ISO 3166-1, such as US or KR.")
    return code


def _zone(name: str) -> tzinfo:
    if name not in time_zones():
        raise CommandError(f"--time-zone {name}: there is no such time zone. Give one such as Asia/Seoul.")
    return time_zones()[name]


def _free_path(path: Path | None, file: Path) -> Path | None:
    """The path of a file that may be written anew. Raises CommandError."""
    if path and path.exists() and path.samefile(file):
        raise CommandError(f"{path} is the file to import: name another place.")
    if path and path.exists() and not path.is_file():
        raise CommandError(f"{path} is no file: name another place.")
    return path


def _with_bar(batches: Iterator[Progress], size: int, begin: float, *, show: bool) -> Iterator[Progress]:
    """The progress after each batch, with a bar on stderr that is filled by bytes and tells rows."""
    with tqdm(
        total=size,
        bar_format="{percentage:3.0f} % |{bar}| {desc} [{elapsed}, {remaining} left]",
        desc="0 rows",
        file=sys.stderr,
        mininterval=TERMINAL_REFRESH_SECONDS if sys.stderr.isatty() else LOG_REFRESH_SECONDS,
        disable=not show,
    ) as bar:
        for progress in batches:
            rate = progress.rows / (time.monotonic() - begin)
            bar.set_description_str(f"{progress.rows:,} rows, {rate:,.0f} a second", refresh=False)
            bar.update(progress.position - bar.n)
            yield progress
