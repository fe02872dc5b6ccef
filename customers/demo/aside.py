"""Made-up customers as the text of a COPY, by a process of their own: making them takes Python longer than writing them
takes PostgreSQL, and with one processor each, both go on at the same time."""

import signal
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context

from . import DemoCustomer, demo_customers

ROWS_AT_ONCE = 500
_END = b""


class Lost(Exception):
    """The process has ended before it had made all of them."""


def copy_text(first_column, *arguments, **options):
    """Yields the rows of demo_customers(*arguments, **options) as bytes of COPY's text format, ROWS_AT_ONCE at a time.

    first_column: the text before the columns of each DemoCustomer.
    """
    customers = demo_customers(*arguments, **options)
    line = "\t".join([first_column] + ["%s"] * len(DemoCustomer._fields)) + "\n"
    while rows := list(islice(customers, ROWS_AT_ONCE)):
        yield "".join([line % (row if row.email else row._replace(email=r"\N")) for row in rows]).encode()


@contextmanager
def copy_text_aside(*arguments, **options):
    """An iterator of what copy_text() yields, made by another process, which ends with the `with` block.

    The iterator raises Lost where that process has ended before.
    """
    receiver, sender = get_context("spawn").Pipe(duplex=False)
    maker = get_context("spawn").Process(target=_send, args=(sender, arguments, options), daemon=True)
    maker.start()
    sender.close()
    try:
        yield _received(receiver)
    finally:
        maker.kill()
        maker.join()
        receiver.close()


def _received(receiver):
    try:
        yield from iter(receiver.recv_bytes, _END)
    except EOFError:
        raise Lost from None


def _send(sender, arguments, options):
    # Ctrl-C reaches both. What it ends is for the other to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        for text in copy_text(*arguments, **options):
            sender.send_bytes(text)
        sender.send_bytes(_END)
