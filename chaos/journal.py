"""The journal of the load: every write before it is sent, and again when it is acknowledged.

It is kept in memory for the audit and in a file for people: one JSON object a line.
"""

import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

# The part of an address that no update touches. It tells which create a customer comes from.
MARK_FIELD = "line1"


@dataclass(eq=False, slots=True)
class Write:
    """A create or an update that the load sends.

    writer: the thread that sends it. A customer has one writer, which sends one update after the other.
    app: slug of the app. mark: in a create, the text in MARK_FIELD, unlike that of any other create.
    email: of a create; None for a customer without one. name: the new name, unlike any other.
    customer_id: of an update; in a create None until it is acknowledged.
    arguments: those of the client's method, for a write through the API; empty for one through a form.
    answer: what the client returned, for a write that is acknowledged.
    """

    number: int
    kind: Literal["create", "update"]
    writer: str
    app: str
    name: str
    mark: str = ""
    email: str | None = None
    customer_id: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    acknowledged: bool = False
    answer: Any = None

    @property
    def idempotency_key(self) -> str | None:
        key: str | None = self.arguments.get("idempotency_key")
        return key


class Journal:
    """All writes, in the order in which they were sent. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self.writes: list[Write] = []
        self._created: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self._file = path.open("a", buffering=1)

    def intend(self, kind: Literal["create", "update"], **values: Any) -> Write:
        """Note a write that is about to be sent, and return it. values: the fields of Write except `number`."""
        with self._lock:
            write = Write(len(self.writes), kind, **values)
            self.writes.append(write)
            self._note("intended", write)
        return write

    def acknowledge(self, write: Write, customer_id: str, answer: Any = None) -> None:
        """Note that the product has confirmed a write. answer: the Customer that the client returned."""
        with self._lock:
            write.customer_id, write.answer, write.acknowledged = customer_id, answer, True
            if write.kind == "create":
                self._created.setdefault(write.app, []).append(customer_id)
            self._note("acknowledged", write)

    def created_id(self, app: str, chance: random.Random) -> str | None:
        """The id of a random customer of the app whose creation is acknowledged, None while there is none."""
        with self._lock:
            ids = self._created.get(app)
            return chance.choice(ids) if ids else None

    def close(self) -> None:
        self._file.close()

    def _note(self, what: str, write: Write) -> None:
        facts = {
            "time": round(time.time(), 3),
            what: write.number,
            "kind": write.kind,
            "writer": write.writer,
            "app": write.app,
            "customer": write.customer_id,
            "email": write.email,
            "name": write.name,
            "mark": write.mark,
            "key": write.idempotency_key,
        }
        self._file.write(json.dumps({name: value for name, value in facts.items() if value is not None}) + "\n")
