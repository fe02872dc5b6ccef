"""The places and connections of a worker, shared so that one party cannot keep the others from theirs.

A party is a caller (an API key, a signed-in person), an app, or a credential, which is known before the caller is. A
request belongs to one of each, as far as it is known.
It takes a place when it arrives, and a turn before it may ask the database. A party has turns for some of the
connections only, however many of its requests wait; so forty requests that wait for one locked row leave connections to
everybody else. Places are lent to whoever comes, and taken back from requests that wait for their turn, if their party
has more than half of all places and somebody else has none.
"""

from collections.abc import Hashable, Mapping
from threading import Lock

MAX_REQUESTS_PER_WORKER = 48  # about a quarter of a second's work
MAX_CONNECTIONS_PER_WORKER = 6
# A caller has fewer than its app, so that another caller of the same app is answered.
MAX_TURNS = {
    "credential": MAX_CONNECTIONS_PER_WORKER // 3,
    "caller": MAX_CONNECTIONS_PER_WORKER // 3,
    "app": MAX_CONNECTIONS_PER_WORKER // 2,
}
PLACES_OF_A_PARTY = MAX_REQUESTS_PER_WORKER // 2  # while others wait
MAX_WAIT_SECONDS = 10  # for a turn; it keeps nobody else waiting, whose place is taken back

Party = tuple[str, Hashable]  # a kind in MAX_TURNS, and which one of that kind


class Overloaded(Exception):
    """The worker has no place for this request, or its turn did not come in time."""


class Slot:
    """A request in the worker: the place that it holds, and its turn once it has one."""

    __slots__ = ("has_turn", "is_out", "parties", "turn")

    def __init__(self, parties: Mapping[str, Hashable]) -> None:
        self.parties = dict(parties)
        self.has_turn = False
        self.is_out = False  # it has neither a place nor a turn any more
        self.turn: Lock | None = None  # released when the wait is over


class FairShare:
    """The places and turns of a worker process. Threads may call it at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._slots = 0
        self._waiting: list[Slot] = []
        self._places: dict[Party, int] = {}
        self._turns: dict[Party, int] = {}

    def enter(self, parties: Mapping[str, Hashable]) -> Slot:
        """Take a place, wait for a turn, and return the Slot, for leave(). Raises Overloaded.

        parties: those that the request is known to belong to, by kind: {"caller": …, "app": …}, or fewer.
        """
        slot = Slot(parties)
        with self._lock:
            if self._slots >= MAX_REQUESTS_PER_WORKER:
                self._take_place_from_another(slot)
            self._slots += 1
            for party in slot.parties.items():
                _add(self._places, party)
            if self._can_go(slot):
                self._give_turn(slot)
                return slot
            self._line_up(slot)
        self._wait(slot)
        return slot

    def join(self, slot: Slot, kind: str, identity: Hashable, *, wait: bool) -> bool:
        """Count the request of `slot`, which has its turn, for this party from now on. Returns whether it was done.

        wait: whether to wait if the party has all its turns. Meanwhile the request has none itself, and must hold no
        connection. Raises Overloaded if the wait is too long; the slot then has nothing to give back.
        """
        if slot.parties.get(kind) == identity:
            return True
        with self._lock:
            is_free = self._turns.get((kind, identity), 0) < MAX_TURNS[kind]
            if not is_free and not wait:
                return False
            self._take_turn_back(slot)
            if kind in slot.parties:
                _subtract(self._places, (kind, slot.parties[kind]))
            slot.parties[kind] = identity
            _add(self._places, (kind, identity))
            if is_free:
                self._give_turn(slot)
            else:
                self._line_up(slot)
            self._give_turns()
        if not is_free:
            self._wait(slot)
        return True

    def pause(self, slot: Slot) -> None:
        """Give the turn of `slot` to others until resume(). It keeps its place, and must hold no connection."""
        with self._lock:
            self._take_turn_back(slot)
            self._give_turns()

    def resume(self, slot: Slot) -> None:
        """Wait for a turn again. Raises Overloaded; the slot then has nothing to give back."""
        with self._lock:
            if self._can_go(slot):
                self._give_turn(slot)
                return
            self._line_up(slot)
        self._wait(slot)

    def leave(self, slot: Slot) -> None:
        """Give back the place and the turn of a Slot from enter()."""
        with self._lock:
            if slot.is_out:
                return
            self._take_turn_back(slot)
            self._forget(slot)
            self._give_turns()

    def _line_up(self, slot: Slot) -> None:
        slot.turn = Lock()
        slot.turn.acquire()
        self._waiting.append(slot)

    def _wait(self, slot: Slot) -> None:
        """Wait for the turn of a slot that is lined up. Raises Overloaded."""
        if slot.turn:
            slot.turn.acquire(timeout=MAX_WAIT_SECONDS)
        with self._lock:
            if slot.has_turn:
                return
            if not slot.is_out:
                self._waiting.remove(slot)
                self._forget(slot)
        raise Overloaded

    def _can_go(self, slot: Slot) -> bool:
        return all(self._turns.get(party, 0) < MAX_TURNS[party[0]] for party in slot.parties.items())

    def _give_turn(self, slot: Slot) -> None:
        slot.has_turn = True
        for party in slot.parties.items():
            _add(self._turns, party)

    def _take_turn_back(self, slot: Slot) -> None:
        if slot.has_turn:
            slot.has_turn = False
            for party in slot.parties.items():
                _subtract(self._turns, party)

    def _give_turns(self) -> None:
        for slot in list(self._waiting):
            if self._can_go(slot):
                self._waiting.remove(slot)
                self._give_turn(slot)
                _wake(slot)

    def _take_place_from_another(self, slot: Slot) -> None:
        """Refuse, for `slot`, the last of the waiting requests of a party that has more than its places.

        Raises Overloaded if there is none, or if `slot` is of that party itself.
        """
        own = slot.parties.items()
        for other in reversed(self._waiting):
            parties = (party for party in other.parties.items() if party not in own)
            if any(self._places.get(party, 0) > PLACES_OF_A_PARTY for party in parties):
                self._waiting.remove(other)
                self._forget(other)
                _wake(other)
                return
        raise Overloaded

    def _forget(self, slot: Slot) -> None:
        slot.is_out = True
        self._slots -= 1
        for party in slot.parties.items():
            _subtract(self._places, party)


def _add(counts: dict[Party, int], party: Party) -> None:
    counts[party] = counts.get(party, 0) + 1


def _subtract(counts: dict[Party, int], party: Party) -> None:
    counts[party] -= 1
    if not counts[party]:
        del counts[party]


def _wake(slot: Slot) -> None:
    if slot.turn:
        slot.turn.release()
