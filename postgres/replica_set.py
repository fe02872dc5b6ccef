"""A primary and its streaming replicas on this machine, on the programs of the wheel: for `make cluster` and tests.

    <directory>/lock            held by the process that runs them
    <directory>/server1/ …      a data directory each, as cluster.py describes it

Which of them is the primary is in their files, so it stays so from one start to the next. A commit is acknowledged when
it is on disk on the primary and on one of the replicas. All here may raise CannotStart, with one sentence, and OSError.
"""

import fcntl
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import quote

import psycopg
from psycopg import sql

from core.environment import CannotStart

from . import server as cluster

# On disk: a replica that was away for less than this takes longer from there.
KEPT_LOG = "1GB"


class Server:
    """One PostgreSQL of several. `name` is what the others know it by."""

    def __init__(self, directory, name):
        self.name = name
        self.data = directory / name
        self.data.mkdir(exist_ok=True)
        # For the user that root's PostgreSQL runs as.
        self.data.chmod(0o711)
        self.cluster = cluster.find_or_make(self.data)

    @property
    def url(self):
        return f"postgresql://{cluster.NAME}@/{cluster.NAME}?host={quote(str(self.cluster.socket.parent))}"

    @property
    def is_replica(self):
        return (self.cluster.files / "standby.signal").exists()

    @property
    def is_primary(self):
        return self.cluster.files.exists() and not self.is_replica

    def ask(self, statement, params=None):
        """The first row that the statement gives, as PostgreSQL's superuser; None where it gives none."""
        with psycopg.connect(self.cluster.address(dbname=cluster.NAME), autocommit=True) as connection:
            result = connection.execute(statement, params)
            return result.fetchone() if result.description else None

    def set(self, name, value):
        """Have a setting from now on, also after a start; only one that needs none."""
        self.ask(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        self.ask("SELECT pg_reload_conf()")

    def start(self):
        self.cluster.start(durable=True, replicated=True)

    def stop(self):
        self.cluster.stop()

    def follow(self, primary):
        """Become, or go on as, a replica of the running `primary`. One that has no files yet copies those of it."""
        if not self.cluster.files.exists():
            self.cluster.copy_files(primary.cluster, self.name)
        self.start()
        self.set("primary_conninfo", primary.cluster.address(application_name=self.name))

    def promote(self):
        """Make a primary of the replica, once all that it has received is in it."""
        self.ask("SELECT pg_promote()")

    def confirm_with(self, replicas):
        """Acknowledge no commit before it is on the disk of one of the replicas, too; with none, at once."""
        names = ", ".join(replica.name for replica in replicas)
        self.set("synchronous_standby_names", f"ANY 1 ({names})" if names else "")


@contextmanager
def running_servers(directory, number=3):
    """The Servers, running: the primary first, then its replicas. They are stopped in the end."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o711)
    with ExitStack() as stack:
        lock = stack.enter_context(open(directory / "lock", "a", opener=cluster.private))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"The servers in {directory} run already: end what runs them first.") from None
        servers = [Server(directory, f"server{n + 1}") for n in range(number)]
        # Which of them is the primary; with no files in any, the first.
        servers.sort(key=lambda server: not server.is_primary)
        primaries = [server.name for server in servers if server.is_primary]
        if len(primaries) > 1:
            raise CannotStart(
                f"{' and '.join(primaries)} in {directory} are primaries, each with writes of its own: remove the "
                "directory of the one that is to be copied anew."
            )
        primary, *replicas = servers
        for server in servers:
            # The primary first: what it still has to send, it sends while it stops.
            stack.callback(_stop, server)
        primary.start()
        primary.set("wal_keep_size", KEPT_LOG)
        for replica in replicas:
            replica.follow(primary)
        primary.confirm_with(replicas)
        yield servers


def _stop(server):
    with suppress(OSError):
        server.stop()
