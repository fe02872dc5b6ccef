"""A file as batches of rows that are ready to be written. Nothing here asks the database."""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils import timezone

from customers.loading.bulk import Line, line_of
from customers.values.ids import id_maker

from .reading import Unreadable
from .values import Rejected

BATCH_ROWS = 5_000
BATCH_BYTES = 8 * 1024 * 1024


class Row(NamedTuple):
    """`fields` are empty where the row brings no id. `digest` is that of a row without an email and an id, or None."""

    line: int
    fields: list
    customer: Line
    digest: bytes | None


@dataclass
class Batch:
    """A stretch of the file that ends at the byte `position`."""

    customers: list = field(default_factory=list)
    # (line, fields, sentence)
    rejected: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    position: int = 0


def make_batches(app_key, plan, most_rows, most_bytes):
    """Yields the Batches of a Plan's file; `app_key` is the app's primary key."""
    batch, begin = Batch(), 0
    digest = hashlib.blake2b("\0".join([str(app_key), *plan.source.header]).encode(), digest_size=16)
    moment, new_id = timezone.now(), id_maker()
    try:
        for line, fields, batch.position in plan.source.rows():
            _add_row(batch, line, fields, plan.coercion, digest, moment, new_id)
            full = len(batch.customers) + len(batch.rejected) >= most_rows
            if full or batch.position - begin >= most_bytes:
                yield batch
                batch, begin = Batch(), batch.position
                moment = timezone.now()
    except Unreadable:
        yield batch
        raise
    if batch.position:
        yield batch


def _add_row(batch, line, fields, coercion, digest, moment, new_id):
    try:
        values, warnings = coercion.customer(fields)
    except Rejected as error:
        batch.rejected.append((line, fields, str(error)))
        return
    if warnings:
        batch.warnings += [(line, fields, warning) for warning in warnings]
    own = None
    if not values.get("email") and "public_id" not in values:
        own = digest.copy()
        # NUL stands in no file that can be read, so no two rows give the same text.
        own.update("\0".join(["", *fields]).encode())
        own = own.digest()
    # To copy the fields from process to process takes time, and only a row that brings its id can be rejected yet.
    kept = fields if "public_id" in values else []
    batch.customers.append(Row(line, kept, line_of(values, moment, new_id), own))
