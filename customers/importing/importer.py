"""Doing an import: batches to customers.loading.bulk, rejected rows and warnings to files of their own."""

import csv
import hashlib
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from accounts.models import App
from core.ids import ulid
from customers.exceptions import CustomerIdTaken
from customers.loading.bulk import Line, Outcome, create_customers, loading_in_bulk, rehearsing

from .ahead import batches_ahead
from .batches import Batch, Remark, Row
from .plan import Plan
from .reading import CsvFile
from .repeats import Repeats

# Of a usual row with a name, an email, a phone, an address and a date: from it the number of rows is estimated.
BYTES_PER_ROW = 120
MAX_SHOWN_REMARKS = 5


@dataclass(frozen=True)
class Progress:
    """How far an import is.

    position: bytes of the file that are read. rows: the sum of created, already_there and rejected.
    first_rejected, first_warnings: the first few remarks.
    """

    position: int = 0
    created: int = 0
    already_there: int = 0
    rejected: int = 0
    warnings: int = 0
    first_rejected: tuple[Remark, ...] = field(default=())
    first_warnings: tuple[Remark, ...] = field(default=())

    @property
    def rows(self) -> int:
        return self.created + self.already_there + self.rejected

    def after(
        self, *, position: int, created: int, already_there: int, rejected: Sequence[Remark], warnings: Sequence[Remark]
    ) -> "Progress":
        """The progress after one more batch, which ends at `position`."""
        return Progress(
            position=position,
            created=self.created + created,
            already_there=self.already_there + already_there,
            rejected=self.rejected + len(rejected),
            warnings=self.warnings + len(warnings),
            first_rejected=(*self.first_rejected, *rejected)[:MAX_SHOWN_REMARKS],
            first_warnings=(*self.first_warnings, *warnings)[:MAX_SHOWN_REMARKS],
        )


class Unwritable(Exception):
    """A file of rows cannot be written. `str(error)` is a sentence that says why, and what to do."""


class RemarkFile:
    """A CSV file of rows as they are in the source, each with a sentence about it and its line number.

    It is made with the first row. A file of an earlier import is removed.
    """

    def __init__(self, path: Path | None, source: CsvFile, *, title: str, option: str) -> None:
        """path: None for no file. title: name of the column of sentences. option: the command's, for another path."""
        self.path = path
        self._source = source
        self._title = title
        self._option = option
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self.path:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise self._unwritable(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    def write(self, remarks: Sequence[Remark]) -> None:
        """Add the rows of these remarks. Raises Unwritable."""
        if not (self.path and remarks):
            return
        try:
            if self._file is None:
                encoding = "utf-8-sig" if self._source.has_bom else "utf-8"
                self._file = open(self.path, "w", encoding=encoding, newline="")  # noqa: SIM115 - closed in __exit__
                self._write_row(self._file, self._source.header, self._title, "line")
            for remark in remarks:
                self._write_row(self._file, remark.fields, remark.sentence, str(remark.line_number))
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from None

    def _write_row(self, file: IO[str], fields: Sequence[str], *more: str) -> None:
        # In a row that is too short or too long, the sentence is in its column all the same.
        width = len(self._source.header)
        writer = csv.writer(file, delimiter=self._source.delimiter)
        writer.writerow([*fields[:width], *[""] * (width - len(fields)), *more, *fields[width:]])

    def _unwritable(self, error: OSError) -> Unwritable:
        return Unwritable(f"{self.path} cannot be written: {error.strerror}. Name another place with {self._option}.")


def import_rows(
    *, app: App, plan: Plan, rejected: RemarkFile, warnings: RemarkFile, dry_run: bool = False
) -> Generator[Progress]:
    """Import the file of a plan into `app`. Yields the Progress after each batch; each batch is one transaction.

    An import can be repeated, even if it was killed: a customer that is in is recognised by its email or its id, and
    stays as it is. A row with neither gets an id made of the app, the names of the columns, the texts of the row, and
    the number of the same rows before it in the file.

    rejected, warnings: files for rows that are not imported, and for rows imported without one of their values.
    dry_run: write no customers, but count as if.
    Raises Unreadable where the file cannot be read on, and Unwritable. The batches before that are imported.
    """
    progress = Progress()
    with ExitStack() as stack:
        stack.enter_context(rehearsing() if dry_run else loading_in_bulk(plan.source.size // BYTES_PER_ROW))
        stack.enter_context(rejected)
        stack.enter_context(warnings)
        repeats = stack.enter_context(Repeats())
        likely_new = True
        for batch in stack.enter_context(closing(batches_ahead(app, plan))):
            lines = _lines(batch.rows, repeats)
            outcomes = create_customers(app=app, customers=lines, likely_new=likely_new, rehearsal=dry_run)
            likely_new = all(outcome is Outcome.CREATED for outcome in outcomes)
            progress, all_rejected = _after_batch(progress, batch, outcomes)
            try:
                rejected.write(all_rejected)
                warnings.write(batch.warnings)
            except Unwritable:
                # The customers of the batch are in.
                yield progress
                raise
            yield progress


def _after_batch(progress: Progress, batch: Batch, outcomes: Sequence[Outcome]) -> tuple[Progress, list[Remark]]:
    """(the progress after the batch, the remarks about its rejected rows in the order of the file)."""
    created = outcomes.count(Outcome.CREATED)
    rejected = list(batch.rejected)
    if created < len(outcomes):
        for row, outcome in zip(batch.rows, outcomes, strict=True):
            # An id that is made of the row is this row's, whatever has become of the customer since.
            if outcome is Outcome.ID_TAKEN and not row.digest:
                rejected.append(Remark(row.line_number, row.fields, str(CustomerIdTaken(row.customer.public_id))))
        rejected.sort(key=lambda remark: remark.line_number)
    already_there = len(outcomes) - created - (len(rejected) - len(batch.rejected))
    after = progress.after(
        position=batch.position,
        created=created,
        already_there=already_there,
        rejected=rejected,
        warnings=batch.warnings,
    )
    return after, rejected


def _lines(rows: Sequence[Row], repeats: Repeats) -> list[Line]:
    """The customers to write. Those without an email and an id get the id that they get in every import of the file."""
    digests = Counter(row.digest for row in rows if row.digest)
    if not digests:
        return [row.customer for row in rows]
    times = repeats.add(digests)
    lines = []
    for row in rows:
        line = row.customer
        if row.digest:
            number = times[row.digest]
            times[row.digest] += 1
            own = hashlib.blake2b(row.digest + number.to_bytes(8, "big"), digest_size=16)
            line = line._replace(public_id="cus_" + ulid(0, int.from_bytes(own.digest(), "big")))
        lines.append(line)
    return lines
