"""The threads of the load, and the transport through which they see every single request."""

import random
import threading
import time
from dataclasses import dataclass, field

import httpx

from .journal import Journal
from .observations import Observations

REQUEST_TIMEOUT_SECONDS = 30


@dataclass(slots=True)
class Load:
    """What the threads of the load share.

    pause_factor: less than 1 for a load that is in a hurry. ended: set when the threads are to end.
    """

    url: str
    seed: int
    journal: Journal
    observations: Observations
    cuts_answers: threading.Event
    pause_factor: float = 1.0
    ended: threading.Event = field(default_factory=threading.Event)

    def chance(self, name: str) -> random.Random:
        """A source of chance for one thread, the same for the same seed."""
        return random.Random(f"{self.seed} {name}")

    def goes_on(self, chance: random.Random, mean_pause_seconds: float) -> bool:
        """Wait for a random time. Returns whether the load goes on."""
        return not self.ended.wait(chance.expovariate(1 / (mean_pause_seconds * self.pause_factor)))


class ObservedTransport(httpx.HTTPTransport):
    """Sends requests and notes how each ends, among them those that the client repeats.

    cuts_answers: while it is set, an answer that has arrived is lost on its last step. None: it never is.
    """

    def __init__(self, who: str, observations: Observations, cuts_answers: threading.Event | None = None) -> None:
        super().__init__()
        self.who, self.observations, self.cuts_answers = who, observations, cuts_answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began = time.monotonic()
        where = f"{request.method} {route_of(request.url.path)}"
        try:
            response = super().handle_request(request)
            # Read here, so that an answer that breaks off counts as well.
            response.read()
            if self.cuts_answers and self.cuts_answers.is_set():
                response.close()
                raise httpx.ReadError("The answer was cut off.", request=request)
        except httpx.TransportError as error:
            self.observations.request(self.who, began, f"{where}: {type(error).__name__} {error}".strip())
            raise
        status = response.status_code
        self.observations.request(self.who, began, f"{where}: {status}" if status >= 500 else None)
        return response


def route_of(path: str) -> str:
    """The path with `…` instead of ids and keys, so that errors of one route count together."""
    parts = ["…" if part.startswith("cus_") or part.isdigit() else part for part in path.split("/")]
    return "/".join(parts)
