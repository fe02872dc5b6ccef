"""The batches of a file, each made while the one before is written.

Django is imported inside functions only: a process that reads ahead begins in this module.
"""

import gc
import pickle
import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import App

    from .batches import Batch
    from .plan import Plan

# A process of its own takes a second to start: a file must be at least this long to be worth it.
MIN_PROCESS_BYTES = 2 * 1024 * 1024


def batches_ahead(app: "App", plan: "Plan") -> Generator["Batch"]:
    """Yields the batches of the plan's file. Close it in the end.

    Raises Unreadable, after the batch of what comes before.
    """
    from .batches import MAX_BATCH_BYTES, MAX_BATCH_ROWS

    make_ahead = _by_thread if plan.source.size < MIN_PROCESS_BYTES else _by_process
    return make_ahead(app.pk, plan, MAX_BATCH_ROWS, MAX_BATCH_BYTES)


def _by_thread(app_key: int, plan: "Plan", max_rows: int, max_bytes: int) -> Generator["Batch"]:
    from .batches import make_batches

    with closing(make_batches(app_key, plan, max_rows, max_bytes)) as batches, ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _by_process(app_key: int, plan: "Plan", max_rows: int, max_bytes: int) -> Generator["Batch"]:
    # Spawned, not forked: a copy of this process would share its database connections.
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    arguments = pickle.dumps((app_key, plan, max_rows, max_bytes))
    process = context.Process(target=_send_batches, args=[sender, arguments], daemon=True)
    process.start()
    sender.close()
    try:
        while (received := _receive(receiver)) is not None:
            if isinstance(received, Exception):
                raise received
            yield received
    except EOFError:
        raise RuntimeError("The process that reads the file was killed.") from None
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _receive(receiver: Connection) -> "Batch | Exception | None":
    # Rows have no cycles. Looking for some while a batch is unpickled takes four times as long as all the rest.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        received: Batch | Exception | None = receiver.recv()
    finally:
        if was_enabled:
            gc.enable()
    return received


def _send_batches(sender: Connection, arguments: bytes) -> None:
    """Send the batches, then None; an exception instead, if one is raised."""
    # Ctrl-C goes to the importing process, which ends this one. If that process is killed, the pipe breaks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import django

    django.setup()
    from .batches import make_batches

    # As in _receive(): this process makes rows until it ends.
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
    try:
        for batch in make_batches(*pickle.loads(arguments)):
            sender.send(batch)
        sender.send(None)
    except BrokenPipeError:
        pass
    except Exception as error:
        sender.send(error)
