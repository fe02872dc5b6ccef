"""What the load sees: answers, errors and outages, and which error belongs to which outage.

All moments are seconds of time.monotonic().
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

SETTLING_SECONDS = 2  # after a recovery. An error later than that is a fault of the product.


class Phase(Enum):
    """When a request met its error."""

    DURING = "during an outage"
    SETTLING = f"within {SETTLING_SECONDS} s after recovery"
    LATER = "later"


@dataclass(slots=True)
class Outage:
    """The time from a fault to the recovery from it.

    kinds: names of the faults. over: when the fault itself was over, such as a disk that has space again, or a product
    that is told to start. recovered: None until then.
    """

    kinds: tuple[str, ...]
    began: float
    over: float
    recovered: float | None = None

    @property
    def title(self) -> str:
        return " + ".join(self.kinds)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request, or a call of the client with all its retries, that ended with an error.

    who: "browser", "client" (after its retries), "try" (one request of the client) or "probe".
    """

    who: str
    what: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Probe:
    """One request of the probe. It sends the next one when the last one has ended."""

    began: float
    ended: float
    is_good: bool


class Observations:
    """Answers and errors of all threads."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.probes: list[Probe] = []
        self.requests = 0
        self.longest_wait_seconds = 0.0
        self._lock = threading.Lock()

    def request(self, who: str, began: float, error: str | None) -> None:
        """Count a request that has ended now. error: what went wrong, None for a good answer."""
        ended = time.monotonic()
        with self._lock:
            self.requests += 1
            self.longest_wait_seconds = max(self.longest_wait_seconds, ended - began)
        if error:
            self.fail(who, error, began, ended)

    def fail(self, who: str, what: str, began: float, ended: float | None = None) -> None:
        """Note an error. ended: now, if it is not given."""
        failure = Failure(who, what, began, time.monotonic() if ended is None else ended)
        with self._lock:
            self.failures.append(failure)

    def probe(self, began: float, error: str | None) -> None:
        """Note a request of the probe, which counts as any other request."""
        self.request("probe", began, error)
        with self._lock:
            self.probes.append(Probe(began, time.monotonic(), error is None))


def phase_of(failure: Failure, outages: Iterable[Outage]) -> Phase:
    """When the error was met: DURING if the request and an outage overlap; else by the begin of the request."""
    phase = Phase.LATER
    for outage in outages:
        if outage.recovered is None:
            if failure.ended >= outage.began:
                return Phase.DURING
        elif failure.began <= outage.recovered and failure.ended >= outage.began:
            return Phase.DURING
        elif 0 <= failure.began - outage.recovered <= SETTLING_SECONDS:
            phase = Phase.SETTLING
    return phase


def last_outage_before(moment: float, outages: Iterable[Outage]) -> Outage | None:
    """The last outage that began until then."""
    before = [outage for outage in outages if outage.began <= moment]
    return before[-1] if before else None


def outage_seconds(outage: Outage, probes: Sequence[Probe], next_outage: Outage | None) -> float:
    """The longest time between two good answers to the probe, from this outage until the next one begins.

    Waiting counts as well as errors. Without an outage it is the time between two requests of the probe.
    """
    until = next_outage.began if next_outage else float("inf")
    before = [probe.ended for probe in probes if probe.is_good and probe.ended < outage.began]
    answers = [
        *before[-1:],
        *(probe.ended for probe in probes if probe.is_good and outage.began <= probe.ended < until),
    ]
    return max((later - earlier for earlier, later in pairwise(answers)), default=0.0)
