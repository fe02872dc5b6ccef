"""`make cluster`: a primary, two streaming replicas, and two servers of the product behind one address, until Ctrl-C.

The two servers listen on the same port, and the kernel distributes the connections (SO_REUSEPORT), so no proxy has to
be installed. As behind a proxy, the next request of a person may come to another process, which shares no memory with
the first.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from core import environment
from core.environment import CannotStart
from postgres.replica_set import running_servers

SERVER_COUNT = 2


@contextmanager
def running_apps(
    port: int, primary_url: str, replica_urls: Sequence[str], surroundings: Mapping[str, str] = os.environ
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run the servers of the product inside the block: processes that listen on one port and read from the replicas.

    surroundings: further environment variables.
    """
    environ = {
        **surroundings,
        "DATABASE_URL": primary_url,
        "DATABASE_REPLICA_URL": " ".join(replica_urls),
        "PORT": str(port),
        "SHARE_PORT": "1",
    }
    with ExitStack() as stack:
        apps = []
        for _ in range(SERVER_COUNT):
            command = [sys.executable, "-m", "proyecta_admin.serve"]
            app = subprocess.Popen(command, cwd=environment.BASE_DIR, env=environ, start_new_session=True)
            stack.callback(_end, app)
            apps.append(app)
            # One after the other, because the first creates the secrets and collects the static files for both.
            while not _answers(port):
                if app.poll() is not None:
                    raise CannotStart("A server of the product does not start. Its message is above.")
                time.sleep(0.2)
        yield apps


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except OSError:
        return False


def _end(app: subprocess.Popen[bytes]) -> None:
    app.terminate()
    app.wait()


def main() -> None:
    port = environment.number("PORT", 8000, 1, 65535)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = environment.make_data_dir() / "cluster"
    with running_servers(directory) as (primary, *replicas):
        for server in (primary, *replicas):
            print(f"{server.name} ({'replica' if server.is_replica else 'primary'}): {server.url}", flush=True)
        with running_apps(port, primary.url, [replica.url for replica in replicas]) as apps:
            while all(app.poll() is None for app in apps):
                time.sleep(0.5)
            raise CannotStart("A server of the product has ended. Stopping the cluster.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
