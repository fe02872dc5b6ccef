"""`make cluster`: a primary, two streaming replicas, and two servers of the product behind one address; until Ctrl-C.

The two listen on the same port, and the kernel deals the connections out to them (SO_REUSEPORT). So there is no proxy
to install, and none that could fail; what the product has to bear is the same: a person's next request comes to
another process, which shares no memory with the first.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager

from core import environment
from core.environment import CannotStart
from postgres.replica_set import running_servers

SERVERS = 2


@contextmanager
def running_apps(port, primary_url, replica_urls, surroundings=os.environ):
    """The servers of the product, as processes that listen on one port and read from these replicas."""
    environ = {
        **surroundings,
        "DATABASE_URL": primary_url,
        "DATABASE_REPLICA_URL": " ".join(replica_urls),
        "PORT": str(port),
        "SHARE_PORT": "1",
    }
    with ExitStack() as stack:
        apps = []
        for _ in range(SERVERS):
            command = [sys.executable, "-m", "proyecta_admin.serve"]
            app = subprocess.Popen(command, cwd=environment.BASE_DIR, env=environ, start_new_session=True)
            stack.callback(_end, app)
            apps.append(app)
            # One after the other: the first makes the secrets and collects the static files for all.
            while not _answers(port):
                if app.poll() is not None:
                    raise CannotStart("A server of the product does not start.")
                time.sleep(0.2)
        yield apps


def _answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except OSError:
        return False


def _end(app):
    app.terminate()
    app.wait()


def main():
    port = environment.number("PORT", 8000, 1, 65535)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = environment.make_data_dir() / "cluster"
    with running_servers(directory) as (primary, *replicas):
        for server in (primary, *replicas):
            print(f"{server.name}, a {'replica' if server.is_replica else 'primary'}: {server.url}", flush=True)
        with running_apps(port, primary.url, [replica.url for replica in replicas]) as apps:
            while all(app.poll() is None for app in apps):
                time.sleep(0.5)
            raise CannotStart("A server of the product has ended, and all of the cluster with it.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
