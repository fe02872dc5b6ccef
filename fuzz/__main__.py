"""The order of a run: schemathesis, then requests of each role in turn and raw HTTP, then the log and the table."""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from .compose import Shot, shot
from .framing import RawCase, raw_case
from .judge import RIGHT_IN_RAW_HTTP, forbidden_changes, is_busy, problems_of
from .report import FIVE_XX, HANG, OTHER, Finding, Report
from .schemas import run_schemathesis
from .wire import Connection, NoAnswer, connected
from .world import World, answers, running_world

DEFAULT_REQUESTS = 60_000
DEFAULT_EXAMPLES = 500
THREADS = 8
# Requests of one role, between two looks at what is stored.
SLICE = 250
RAW = "raw HTTP"
# The roles in turn: those that reach most come more often.
SCHEDULE = (
    *("nobody", "viewer", "key write", "superuser", RAW, "editor", "key read", "admin", "staff", "other", RAW),
    *("superuser", "outsider", "key write", "key none", "staff", "key revoked"),
)
DOORS = {"page": "panel", "admin": "Django admin", "api": "API"}


def role_of(number: int) -> str:
    """The role of the request with this number; RAW for a case of framing.py."""
    return SCHEDULE[number // SLICE % len(SCHEDULE)]


def fuzz(world: World, report: Report, numbers: Iterator[range]) -> None:
    """Send the requests of each range, which have one role, and look at what is stored in between."""
    lock = Lock()
    with ThreadPoolExecutor(THREADS) as pool:
        for numbers_of_a_slice in numbers:
            role = role_of(numbers_of_a_slice[0])
            world.restore()
            before = world.stored()
            shares = [numbers_of_a_slice[start::THREADS] for start in range(THREADS)]
            for done in [pool.submit(_send_all, world, report, share, role, lock) for share in shares]:
                done.result()
            _judge_what_is_stored(world, report, numbers_of_a_slice, role, before)


def _judge_what_is_stored(
    world: World, report: Report, numbers: range, role: str, before: dict[tuple[str, str], str]
) -> None:
    for change in forbidden_changes(role, before, world.stored()):
        text = f"The requests {numbers[0]} to {numbers[-1]} of {role} changed {change}."
        report.add(Finding(OTHER, RAW if role == RAW else "stored", text))
    if role == RAW:
        for email in world.forget_smuggled():
            number = int(email.partition("@")[0].removeprefix("case"))
            raw = raw_case(report.seed, number, world).raw
            report.add(Finding(OTHER, RAW, "A smuggled request was carried out.", number, RAW, raw))


def _send_all(world: World, report: Report, numbers: range, role: str, lock: Lock) -> None:
    with connected(world.port) as connection:
        for number in numbers:
            if role == RAW:
                send_raw(world, report, raw_case(report.seed, number, world), lock)
            else:
                send(world, report, shot(report.seed, number, role, world), connection, lock)


def send(world: World, report: Report, one: Shot, connection: Connection, lock: Lock) -> None:
    """Send one request and add to the report what is wrong with its answer."""
    sizes = world.log_size()
    found, busy, status = [], 0, 0
    try:
        answer = connection.exchange(one.raw, is_head=one.method == "HEAD")
    except NoAnswer as failure:
        connection.close()
        found.append((HANG, str(failure)))
    else:
        status = answer.status
        if is_busy(answer):
            busy = 1
        elif answer.status >= 500:
            found.append((FIVE_XX, f"status {answer.status}, {answer.body[:200]!r}"))
        found += [(OTHER, text) for text in problems_of(one, answer)]
    door = DOORS[one.door]
    log = world.log_since(sizes) if found else ""
    with lock:
        report.requests[door] += 1
        report.busy[door] += busy
        report.statuses[door, status] += 1
        for kind, text in found:
            report.add(Finding(kind, door, text, one.number, one.role, one.raw, log))


def send_raw(world: World, report: Report, case: RawCase, lock: Lock) -> None:
    """Send one case on a connection of its own, then a good request on another, and add what is wrong to the report."""
    sizes = world.log_size()
    found, statuses = [], []
    with connected(world.port) as connection:
        connection.send(case.raw)
        if not case.answers:
            connection.finish_sending()
        try:
            for _ in range(case.answers or 1):
                answer = connection.read_answer(is_head=case.raw.startswith(b"HEAD"))
                statuses.append(answer.status)
                if answer.status >= 500 and answer.status not in RIGHT_IN_RAW_HTTP:
                    found.append((FIVE_XX, f"status {answer.status}"))
                if answer.closes:
                    break
        except NoAnswer as failure:
            if case.answers or failure.is_hang:
                found.append((HANG, str(failure)))
    if not answers(world.port):
        found.append((HANG, "the good request after it was not answered"))
    log = world.log_since(sizes) if found else ""
    with lock:
        report.requests[RAW] += 2
        report.statuses.update((RAW, status) for status in statuses or [0])
        for kind, text in found:
            report.add(Finding(kind, RAW, f"{case.name}: {text}", case.number, RAW, case.raw, log))


def _judge_the_log(world: World, report: Report) -> None:
    log = world.log_since([0] * len(world.log_paths))
    for secret in sorted(world.secrets):
        if secret in log:
            report.add(Finding(OTHER, "log", f"The log has a secret: {secret}"))
    if world.process.poll() is not None:
        report.add(Finding(HANG, "server", "The server has ended.", log=log))


def _slices(requests: int, end: float) -> Iterator[range]:
    """Ranges of numbers, until there are so many requests, or time.monotonic() is `end`."""
    started = time.monotonic()
    for first in range(0, requests, SLICE):
        if time.monotonic() >= end:
            return
        if first % (SLICE * len(SCHEDULE)) == 0:
            print(f"{first:>7,} of {requests:,} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        yield range(first, min(first + SLICE, requests))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--seed", type=int, help="the same seed makes the same requests; default: another each time")
    parser.add_argument("--requests", type=int, default=DEFAULT_REQUESTS, help="beside those of schemathesis")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many, with fewer requests")
    parser.add_argument("--examples", type=int, default=DEFAULT_EXAMPLES, help="of schemathesis; 0 leaves it out")
    parser.add_argument("--only", type=int, help="send the request with this number alone, and show its answer")
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    report = Report(random.SystemRandom().randrange(10**9) if options.seed is None else options.seed)
    print(f"Seed {report.seed}", flush=True)
    with running_world() as world:
        if options.only is not None:
            fuzz(world, report, iter([range(options.only, options.only + 1)]))
        else:
            if options.examples:
                run_schemathesis(world, report, examples=options.examples)
            fuzz(world, report, _slices(options.requests, end))
        _judge_the_log(world, report)
    print(f"{report.answers()}\n\n{report.table()}", flush=True)
    sys.exit(bool(report.findings))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
