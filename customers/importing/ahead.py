"""The batches of a file made ahead of whoever writes them.

Django is imported only inside: a process that reads ahead begins in this module.
"""

import gc
import pickle
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context

# From this size of a file on, a process of its own is worth the second that it takes to start.
MANY_BYTES = 2 * 1024 * 1024


def batches_ahead(app, plan):
    """Yields the Batches of a Plan's file, each made while the one before is written. Close it in the end.

    Raises Unreadable, after the batch of what comes before.
    """
    from .batches import BATCH_BYTES, BATCH_ROWS

    making = (app.pk, plan, BATCH_ROWS, BATCH_BYTES)
    return _by_thread(*making) if plan.source.size < MANY_BYTES else _by_process(*making)


def _by_thread(*making):
    from .batches import make_batches

    with closing(make_batches(*making)) as batches, ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _by_process(*making):
    # Started anew rather than forked: a copy of our database connections and their threads would do harm.
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_batches, args=[sender, pickle.dumps(making)], daemon=True)
    process.start()
    sender.close()
    try:
        while (batch := _received(receiver)) is not None:
            if isinstance(batch, Exception):
                raise batch
            yield batch
    except EOFError:
        raise RuntimeError("The process that reads the file was killed.") from None
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _received(receiver):
    # Rows are no garbage and have no cycles: to look through them now and again takes four times as long as all else.
    collects = gc.isenabled()
    gc.disable()
    try:
        return receiver.recv()
    finally:
        if collects:
            gc.enable()


def _send_batches(sender, making):
    # Ctrl-C is for the import, which ends this process then. One that is killed leaves it with nobody to send to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import django

    django.setup()
    from .batches import make_batches

    # For the same reason as in _received(), here for good.
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
    try:
        for batch in make_batches(*pickle.loads(making)):
            sender.send(batch)
        sender.send(None)
    except BrokenPipeError:
        pass
    except Exception as error:
        sender.send(error)
