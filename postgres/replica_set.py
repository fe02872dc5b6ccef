"""A primary and its streaming replicas on this machine, for `make cluster` and tests.

    <directory>/lock            held by the process that runs them
    <directory>/server1/ …      a data directory each, as server.py describes it

Their files say which of them is the primary, so it stays the same from one start to the next. A commit is acknowledged
when it is on disk on the primary and on one of the replicas. Everything here may raise CannotStart, with one sentence,
and OSError.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from core.environment import CannotStart

from .server import DATABASE_NAME, find_or_make, open_private

# WAL that the primary keeps on disk: a replica that was away while less was written catches up without a new copy.
WAL_KEEP_SIZE = "1GB"


class Member:
    """One server of the set. name: the name of its directory, by which the other servers know it."""

    def __init__(self, directory: Path, name: str) -> None:
        self.name = name
        self.data = directory / name
        self.data.mkdir(exist_ok=True)
        # For root, PostgreSQL runs as another user, who must pass through here.
        self.data.chmod(0o711)
        self.server = find_or_make(self.data)

    @property
    def url(self) -> str:
        return f"postgresql://{DATABASE_NAME}@/{DATABASE_NAME}?host={quote(str(self.server.socket.parent))}"

    @property
    def is_replica(self) -> bool:
        return (self.server.files / "standby.signal").exists()

    @property
    def is_primary(self) -> bool:
        return self.server.files.exists() and not self.is_replica

    def ask(self, statement: Any, params: Sequence[Any] | None = None) -> Any:
        """Run the statement as PostgreSQL's superuser. Returns its first row, or None if it gives none."""
        with psycopg.connect(self.server.address(dbname=DATABASE_NAME), autocommit=True) as connection:
            result = connection.execute(statement, params)
            return result.fetchone() if result.description else None

    def set(self, name: str, value: str) -> None:
        """Change a server setting at once and for later starts. Only for settings that take effect on a reload."""
        self.ask(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        self.ask("SELECT pg_reload_conf()")

    def start(self) -> None:
        self.server.start(durable=True)

    def stop(self) -> None:
        self.server.stop()

    def follow(self, primary: "Member") -> None:
        """Run as a replica of the running `primary`. A server without files copies them from the primary first."""
        if not self.server.files.exists():
            self.server.copy_files(primary.server, self.name)
        self.start()
        self.set("primary_conninfo", primary.server.address(application_name=self.name))

    def promote(self) -> None:
        """Make this replica a primary as soon as it has applied everything that it has received."""
        self.ask("SELECT pg_promote()")

    def confirm_with(self, replicas: Sequence["Member"]) -> None:
        """Acknowledge a commit only when it is on the disk of one of the replicas too; with no replicas, at once."""
        names = ", ".join(replica.name for replica in replicas)
        self.set("synchronous_standby_names", f"ANY 1 ({names})" if names else "")


@contextmanager
def running_servers(directory: Path, number: int = 3) -> Iterator[list[Member]]:
    """Run `number` servers inside the block: the primary first, then its replicas. They are stopped afterwards."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o711)
    with ExitStack() as stack:
        lock = stack.enter_context(open(directory / "lock", "a", opener=open_private))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"The servers in {directory} run already: stop the process that runs them.") from None
        members = [Member(directory, f"server{n + 1}") for n in range(number)]
        # The primary first. On a first start, when no server has files, that is server1.
        members.sort(key=lambda member: not member.is_primary)
        primaries = [member.name for member in members if member.is_primary]
        if len(primaries) > 1:
            raise CannotStart(
                f"{' and '.join(primaries)} in {directory} are primaries, each with its own writes: remove the "
                "directory of the one that is to be copied again."
            )
        primary, *replicas = members
        # The callbacks run in reverse: the primary stops first, and sends the rest of its WAL while it does.
        for member in reversed(members):
            stack.callback(_stop, member)
        primary.start()
        primary.set("wal_keep_size", WAL_KEEP_SIZE)
        for replica in replicas:
            replica.follow(primary)
        primary.confirm_with(replicas)
        yield members


def _stop(member: Member) -> None:
    with suppress(OSError):
        member.stop()
