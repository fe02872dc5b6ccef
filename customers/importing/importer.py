"""Doing an import: batches to customers.loading.bulk, rejected rows and warnings to files of their own."""

import csv
import hashlib
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from customers.exceptions import CustomerIdTaken
from customers.loading.bulk import Outcome, create_customers, loading_in_bulk, rehearsing
from customers.values.ids import ulid

from .ahead import batches_ahead
from .repeats import Repeats

# Of a usual row with a name, an email, a phone, an address and a date.
BYTES_A_ROW = 120
SHOWN = 5


@dataclass
class Counts:
    """How an import stands: kept up to date batch by batch, so that it is right after one that was broken off, too."""

    rows: int = 0
    created: int = 0
    already_there: int = 0
    rejected: int = 0
    warnings: int = 0
    # (line, sentence) of the first few.
    first_rejected: list = field(default_factory=list)
    first_warnings: list = field(default_factory=list)


class Unwritable(Exception):
    """A file for rows cannot be written. `str(error)` is a sentence."""


class RowFile:
    """A CSV file of rows as they stand in the source, each with a sentence about it and its line number.

    It appears with the first row; one that is there from before goes. path: None for no such file. title: the name of
    the column for the sentence. option: of the command, by which the file can be elsewhere.
    """

    def __init__(self, path, source, *, title, option):
        self.path = path
        self._source = source
        self._title = title
        self._option = option
        self._file = None

    def __enter__(self):
        if self.path:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise self._unwritable(error) from None
        return self

    def __exit__(self, *_):
        if self._file:
            self._file.close()

    def write(self, rows):
        if not (self.path and rows):
            return
        try:
            if self._file is None:
                encoding = "utf-8-sig" if self._source.has_bom else "utf-8"
                self._file = open(self.path, "w", encoding=encoding, newline="")  # noqa: SIM115 - closed in __exit__
                self._write_row(self._source.header, self._title, "line")
            for line, fields, sentence in rows:
                self._write_row(fields, sentence, line)
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from None

    def _write_row(self, fields, *more):
        # A row that is too short or too long keeps the sentence in its column.
        width = len(self._source.header)
        writer = csv.writer(self._file, delimiter=self._source.delimiter)
        writer.writerow([*fields[:width], *[""] * (width - len(fields)), *more, *fields[width:]])

    def _unwritable(self, error):
        return Unwritable(f"{self.path} cannot be written: {error.strerror}. Name another place with {self._option}.")


def import_rows(*, app, plan, counts, rejected, warnings, dry_run=False):
    """Import the file of a Plan into `app`. Yields the number of bytes read so far after each batch.

    Each batch is one transaction. An import can be repeated, also one that was killed: what is in is known by its email
    or its id, and stays as it is. A row without both gets an id made from the app, the names of the columns, the row as
    it stands in the file and, of rows that are the same, which of them it is.

    counts: a new Counts. rejected, warnings: RowFiles for the rows that are not imported, and those that are in part.
    dry_run: write no customers, but count as if.
    Raises Unreadable where the file cannot be read on, and Unwritable; what came before is in then.
    """
    with ExitStack() as stack:
        stack.enter_context(rehearsing() if dry_run else loading_in_bulk(plan.source.size // BYTES_A_ROW))
        stack.enter_context(rejected)
        stack.enter_context(warnings)
        repeats = stack.enter_context(Repeats())
        likely_new = True
        for batch in stack.enter_context(closing(batches_ahead(app, plan))):
            customers = _named(batch.customers, repeats)
            outcomes = create_customers(app=app, customers=customers, likely_new=likely_new, rehearsal=dry_run)
            likely_new = all(outcome is Outcome.CREATED for outcome in outcomes)
            for row, outcome in zip(batch.customers, outcomes, strict=True):
                if outcome is Outcome.CREATED:
                    counts.created += 1
                elif outcome is Outcome.ALREADY_THERE or row.digest:
                    # An id made from the row is this row's, whatever has been done to the customer since.
                    counts.already_there += 1
                else:
                    batch.rejected.append((row.line, row.fields, str(CustomerIdTaken(row.customer.public_id))))
            batch.rejected.sort(key=lambda row: row[0])
            counts.rejected += len(batch.rejected)
            counts.warnings += len(batch.warnings)
            counts.rows = counts.created + counts.already_there + counts.rejected
            _show(batch.rejected, counts.first_rejected)
            _show(batch.warnings, counts.first_warnings)
            rejected.write(batch.rejected)
            warnings.write(batch.warnings)
            yield batch.position


def _show(rows, shown):
    shown += [(line, sentence) for line, _, sentence in rows[: SHOWN - len(shown)]]


def _named(rows, repeats):
    """The customers of rows, those without an email and an id with the id that they get in every import of the file."""
    batch = Counter(row.digest for row in rows if row.digest)
    if not batch:
        return [row.customer for row in rows]
    times = repeats.add(batch)
    customers = []
    for row in rows:
        customer = row.customer
        if row.digest:
            number = times[row.digest]
            times[row.digest] += 1
            own = hashlib.blake2b(row.digest + number.to_bytes(8, "big"), digest_size=16)
            customer = customer._replace(public_id="cus_" + ulid(0, int.from_bytes(own.digest(), "big")))
        customers.append(customer)
    return customers
