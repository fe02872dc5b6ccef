"""The worker processes of the server: started again when they end, and ended when they no longer respond.

granian ends the whole server if one of its workers dies twice within 5.5 seconds. Here a worker that dies comes back,
at first at once, then after growing pauses, and neither the other workers nor the database are touched. The reasons
are in docs/decisions/0014.

A worker that is stopped, or hangs with Python's lock, does not die, and the kernel goes on giving it connections. So
each worker has a thread that notes the time, and a worker whose note is too old is killed.
"""

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.server import Server

logger = logging.getLogger(__name__)

MAX_PAUSE_SECONDS = 30
HEALTHY_SECONDS = 60  # a worker that ran for so long comes back at once
# A worker that ran for so long has served. If it was the last, it comes back after MAX_PAUSE_OF_LAST_SECONDS at most.
SERVING_SECONDS = 2
MAX_PAUSE_OF_LAST_SECONDS = 1
MAX_SILENCE_SECONDS = 30
SILENCE_CHECK_SECONDS = 2


def pause_seconds(deaths: int, *, is_last: bool = False) -> int:
    """Return how long to wait before a worker starts again: 0, 1, 2, 4 … up to MAX_PAUSE_SECONDS.

    deaths: how often it has ended in a row without having run for HEALTHY_SECONDS, from 1 on.
    is_last: whether it has served, and no other worker is left to serve in its place.
    """
    longest = MAX_PAUSE_OF_LAST_SECONDS if is_last else MAX_PAUSE_SECONDS
    return 0 if deaths <= 1 else min(2 ** min(deaths - 2, 10), longest)


class SupervisedServer(Server):  # type: ignore[misc, valid-type]
    """granian with the supervision of this module. Takes the arguments of granian's Server.

    serve() calls its `target_loader` in each worker with `beat`, a function without arguments that the worker must call
    about once a second. It overrides two private methods of granian, for which there is no public way.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Shared memory: the monotonic time at which each worker was last heard of.
        self._heard: Any = multiprocessing.RawArray("d", self.workers)
        self._deaths = [0] * self.workers
        self._starts_at: dict[int, float] = {}
        self._silent: set[int] = set()
        logging.getLogger("_granian").addFilter(_is_no_bare_exit)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Callable[..., Any]) -> Any:
        self._heard[idx] = time.monotonic()
        return super()._spawn_worker(idx, target, partial(callback_loader, partial(_beat, self._heard, idx)))

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while True:
            self.main_loop_interrupt.wait(self._seconds_to_wait())
            self.main_loop_interrupt.clear()
            if self.interrupt_signal:
                break
            self._kill_silent_workers()
            while self.interrupt_children:
                self._note_end(self.interrupt_children.pop(0))
            for index, moment in list(self._starts_at.items()):
                if moment <= time.monotonic():
                    self._start_again(index, spawn_target, target_loader)
        # granian would report a worker that has just ended as a failure of the server.
        self.interrupt_children.clear()

    def _seconds_to_wait(self) -> float:
        next_start = min(self._starts_at.values(), default=float("inf"))
        return max(0.0, min(next_start - time.monotonic(), SILENCE_CHECK_SECONDS))

    def _kill_silent_workers(self) -> None:
        for index, worker in enumerate(self.wrks):
            silence = time.monotonic() - self._heard[index]
            if silence > MAX_SILENCE_SECONDS and index not in self._starts_at and index not in self._silent:
                self._silent.add(index)
                worker.inner.kill()

    def _note_end(self, index: int) -> None:
        """Decide when the worker at `index`, which has ended, starts again, and log it."""
        worker = self.wrks[index]
        reason = f"Worker {index + 1} (process {worker.inner.pid}) {_cause(worker.inner.exitcode)}"
        if index in self._silent:
            self._silent.discard(index)
            reason = (
                f"Worker {index + 1} (process {worker.inner.pid}) was killed, "
                f"because it had not responded for {MAX_SILENCE_SECONDS} seconds"
            )
        ran_seconds = time.monotonic() - worker.birth
        if ran_seconds >= HEALTHY_SECONDS:
            self._deaths[index] = 0
        others = [other for other in self.wrks if other is not worker]
        self._plan_start(
            index,
            reason,
            is_last=ran_seconds >= SERVING_SECONDS and not any(other.inner.is_alive() for other in others),
        )

    def _plan_start(self, index: int, reason: str, *, is_last: bool = False) -> None:
        self._deaths[index] += 1
        pause = pause_seconds(self._deaths[index], is_last=is_last)
        self._starts_at[index] = time.monotonic() + pause
        logger.error("%s. It starts again %s.", reason, f"in {pause} s" if pause else "now")

    def _start_again(self, index: int, spawn_target: Any, target_loader: Any) -> None:
        del self._starts_at[index]
        worker = self._spawn_worker(index, spawn_target, target_loader)
        try:
            worker.start()
        except OSError as error:
            # No memory or too many processes, for example.
            self._plan_start(index, f"Worker {index + 1} could not be started: {error.strerror or error}")
            return
        self.wrks[index] = worker


def _beat(heard: Any, index: int) -> None:
    heard[index] = time.monotonic()


def _cause(exit_code: int | None) -> str:
    """The cause of a process's end, from its exit code."""
    if exit_code == -signal.SIGKILL:
        return "was ended by SIGKILL, which the kernel sends when memory runs out"
    if exit_code is not None and exit_code < 0:
        try:
            return f"was ended by {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"was ended by signal {-exit_code}"
    return "ended" if exit_code is None else f"ended with status {exit_code}"


def _is_no_bare_exit(record: logging.LogRecord) -> bool:
    """Filter out granian's line about a worker that ended, which does not say why."""
    return "Unexpected exit from worker" not in record.getMessage()
