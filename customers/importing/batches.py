"""A file as batches of rows that are ready to be written. Nothing here asks the database."""

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone

from core.ids import id_maker
from customers.loading.bulk import Line, line_of
from customers.values.ids import ID_PREFIX

from .reading import Unreadable
from .values import Coercion, Rejected

if TYPE_CHECKING:
    from hashlib import blake2b

    from .plan import Plan

MAX_BATCH_ROWS = 5_000
MAX_BATCH_BYTES = 8 * 1024 * 1024


class Row(NamedTuple):
    """A row that is a customer.

    line_number: where the row begins in the file.
    fields: the texts of the row, if it brings an id; else none.
    customer: the Line to write.
    digest: of the row, if it has neither an email nor an id; else None.
    """

    line_number: int
    fields: list[str]
    customer: Line
    digest: bytes | None


class Remark(NamedTuple):
    """A sentence about a row: why it is rejected, or what of it is left out."""

    line_number: int
    fields: list[str]
    sentence: str


@dataclass
class Batch:
    """A stretch of the file. position: bytes of the file up to its end."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    position: int = 0


def make_batches(app_key: int, plan: "Plan", max_rows: int, max_bytes: int) -> Generator[Batch]:
    """Yields the batches of the plan's file.

    app_key: primary key of the app. max_rows, max_bytes: a batch is full when it has either.
    Raises Unreadable, after the batch of what comes before.
    """
    batch, begin = Batch(), 0
    # The digest of a row goes on from that of the app and the names of the columns.
    digest = hashlib.blake2b("\0".join([str(app_key), *plan.source.header]).encode(), digest_size=16)
    moment, new_id = timezone.now(), id_maker(ID_PREFIX)
    try:
        for line_number, fields, position in plan.source.rows():
            row, remarks = _read_row(line_number, fields, plan.coercion, digest, moment, new_id)
            if row is None:
                batch.rejected += remarks
            else:
                batch.rows.append(row)
                batch.warnings += remarks
            batch.position = position
            if len(batch.rows) + len(batch.rejected) >= max_rows or position - begin >= max_bytes:
                yield batch
                batch, begin = Batch(), position
                moment = timezone.now()
    except Unreadable:
        yield batch
        raise
    if batch.position:
        yield batch


def _read_row(
    line_number: int,
    fields: list[str],
    coercion: Coercion,
    digest: "blake2b",
    moment: datetime,
    new_id: Callable[[datetime], str],
) -> tuple[Row | None, list[Remark]]:
    """Return (row, warnings), or (None, reasons) for a rejected row."""
    try:
        values, warnings = coercion.customer(fields)
    except Rejected as error:
        return None, [Remark(line_number, fields, str(error))]
    row_digest = None
    if not values.get("email") and "public_id" not in values:
        own = digest.copy()
        # A file that can be read has no NUL, so different rows give different texts.
        own.update("\0".join(["", *fields]).encode())
        row_digest = own.digest()
    # Sending the texts to another process takes time. Only a row that brings its id may still be rejected.
    kept = fields if "public_id" in values else []
    row = Row(line_number, kept, line_of(values, moment, new_id), row_digest)
    return row, [Remark(line_number, fields, warning) for warning in warnings]
