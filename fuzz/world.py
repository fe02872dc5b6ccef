"""The product as `make run` starts it, with two apps, people of every role and API keys; and what is stored of them.

Everything lies in a data directory of its own, which is removed at the end. Django is imported inside the functions,
because the environment is set first.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .wire import Connection, NoAnswer

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
STOP_SECONDS = 30
# Settings that an operator may have in the environment, and that a run must not take over.
FROM_OUTSIDE = (
    *("ALLOWED_HOSTS", "API_KEY_SECRET", "DATABASE_REPLICA_URL", "DATABASE_URL", "DEBUG", "HOST", "HTTPS", "PGBOUNCER"),
    *("SECRET_KEY", "SHARE_PORT"),
)
CSRF_SECRET = "fuzzfuzzfuzzfuzzfuzzfuzzfuzzfuzz"  # 32 letters, as Django's
PASSWORD = "correct-horse-fuzz-staple"
MARKERS = {"alpha": "Quetzalcoatl", "beta": "Xochipilli"}  # in every text of an app
CUSTOMERS = 60  # of each app
SMUGGLED_DOMAIN = "smuggled.example"  # of customers that nobody may ever create

# What each role may change of what is stored: kinds of rows, and the app.
MAY_CHANGE: dict[str, set[tuple[str, str]]] = {
    "nobody": set(),
    "outsider": set(),
    "viewer": set(),
    "editor": {("customers", "alpha")},
    "admin": {("customers", "alpha"), ("keys", "alpha")},
    "staff": {("customers", "alpha"), ("keys", "alpha"), ("members", "alpha")},
    "other": {("customers", "beta"), ("keys", "beta")},
    "key none": set(),
    "key read": set(),
    "key revoked": set(),
    "key write": {("customers", "alpha")},
    "superuser": {(kind, app) for kind in ("customers", "keys", "members", "apps") for app in (*MARKERS, "")},
}
ROLES = tuple(MAY_CHANGE)
# The roles that see both apps, so that no text is foreign to them.
SEES_EVERYTHING = ("superuser",)


@dataclass
class World:
    """The running product. cookies: by role. keys: secrets by role. log_paths: what the server writes."""

    port: int
    directory: Path
    log_paths: tuple[Path, ...]
    process: "subprocess.Popen[bytes]"
    cookies: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)  # values for the arguments of addresses, by name
    secrets: set[str] = field(default_factory=lambda: {PASSWORD, CSRF_SECRET})
    _rows: list[Any] = field(default_factory=list)

    def log_size(self) -> list[int]:
        return [path.stat().st_size for path in self.log_paths]

    def log_since(self, sizes: list[int]) -> str:
        """What the server has written since log_size() gave these sizes."""
        parts = []
        for path, size in zip(self.log_paths, sizes, strict=True):
            with path.open("rb") as file:
                file.seek(size)
                parts.append(file.read().decode(errors="replace"))
        return "".join(parts)

    def populate(self) -> None:
        """Create the apps, people, keys and customers. Called once, before restore()."""
        from django.contrib.auth.hashers import make_password
        from django.contrib.auth.models import Group, Permission

        from accounts.keys import create_api_key, revoke_api_key
        from accounts.models import App, Membership, User
        from customers.services import create_customer

        password = make_password(PASSWORD)
        apps = {}
        for slug, marker in MARKERS.items():
            apps[slug] = app = App.objects.create(slug=slug, name=f"{slug.capitalize()} {marker}")
            for number in range(CUSTOMERS):
                create_customer(
                    app=app,
                    email=f"{marker.lower()}{number}@{slug}.example",
                    name=f"{marker} {'김민수' if number % 2 else 'Ada'} {number}",
                    phone=f"+1415555{2600 + number}",
                    address={"line1": f"{number} {marker} Road", "country": "US"},
                    customer_id=f"cus_{slug}{number}",
                )
        roles = {"viewer": "viewer", "editor": "editor", "admin": "admin", "staff": "admin", "other": "admin"}
        for role in ("outsider", *roles, "superuser"):
            user = User.objects.create(
                username=f"fuzz-{role}",
                last_name=MARKERS["beta"] if role == "other" else "",
                password=password,
                is_staff=role in ("staff", "superuser"),
                is_superuser=role == "superuser",
            )
            self._rows.append(user)
            if role in roles:
                app = apps["beta" if role == "other" else "alpha"]
                self._rows.append(Membership.objects.create(app=app, user=user, role=roles[role]))
            if role == "staff":
                user.user_permissions.set(Permission.objects.all())
        for role, scope in (("key read", "read"), ("key write", "write"), ("key revoked", "write")):
            key, self.keys[role] = create_api_key(app=apps["alpha"], name=f"{MARKERS['alpha']} {role}", scope=scope)
            self._rows.append(revoke_api_key(key=key) if role == "key revoked" else key)
        self._rows += [*apps.values(), Group.objects.create(name="Fuzz")]
        self._rows.append(create_api_key(app=apps["beta"], name=f"{MARKERS['beta']} key", scope="read")[0])
        self.secrets |= set(self.keys.values())
        self._note_ids()

    def _note_ids(self) -> None:
        from django.contrib.auth.models import Group

        from accounts.models import ApiKey, App, Membership, User
        from customers.models import Customer

        def keys_of(model: Any) -> list[str]:
            return [str(row.pk) for row in self._rows if isinstance(row, model)]

        # Without the superuser, who would be nobody for the rest of a slice after deleting themselves.
        users = [str(row.pk) for row in self._rows if isinstance(row, User) and not row.is_superuser]
        self.ids = {
            "app": ["alpha", "alpha", "alpha", "beta"],
            "customer_id": [
                f"cus_{slug}{number}" for slug in ("alpha", "alpha", "alpha", "beta") for number in range(5)
            ],
            "key": keys_of(ApiKey),
            "id": users,
            "app_label": ["accounts", "customers", "auth"],
            "content_type_id": ["1", "7"],
            "object_id": [str(pk) for pk in Customer.objects.order_by("key").values_list("key", flat=True)[:5]],
            "url": ["nothing/"],
            "accounts_user": users,
            "accounts_app": keys_of(App),
            "auth_group": keys_of(Group),
            "accounts_membership": keys_of(Membership),
            "accounts_apikey": keys_of(ApiKey),
        }

    def restore(self) -> None:
        """Give everybody their role and a new session again, whatever the requests so far have changed."""
        from django.conf import settings
        from django.contrib.auth.models import Group, Permission
        from django.test import Client

        from accounts.models import ApiKey, App, Membership, User

        users = [row for row in self._rows if isinstance(row, User)]
        User.objects.exclude(pk__in=[user.pk for user in users]).delete()
        Membership.objects.all().delete()
        ApiKey.objects.exclude(pk__in=[row.pk for row in self._rows if isinstance(row, ApiKey)]).delete()
        for model in (App, User, Group, Membership, ApiKey):
            for row in self._rows:
                if isinstance(row, model):
                    row.save()
        for user in users:
            role = user.username.removeprefix("fuzz-")
            user.groups.clear()
            user.user_permissions.set(Permission.objects.all() if role == "staff" else [])
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.secrets.add(session)
            self.cookies[role] = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF_SECRET}"
        self.cookies["nobody"] = f"{settings.CSRF_COOKIE_NAME}={CSRF_SECRET}"

    def stored(self) -> dict[tuple[str, str], str]:
        """The number and a checksum of what is stored, by its kind and app."""
        from django.db import connection

        from accounts.models import ApiKey, App, Membership
        from customers.models import Customer

        key_columns = "id, app_id, name, scope, prefix, mac, revoked"
        kinds = {
            "customers": (Customer, "app_id", "t::text"),
            "keys": (ApiKey, "app_id", f"ROW({key_columns})::text"),
            "members": (Membership, "app_id", "t::text"),
            "apps": (App, "id", "t::text"),
        }
        found = {}
        slugs = {row.pk: row.slug for row in self._rows if isinstance(row, App)}
        with connection.cursor() as cursor:
            for kind, (model, app, columns) in kinds.items():
                cursor.execute(
                    f"SELECT {app}, count(*), md5(string_agg({columns}, ',' ORDER BY {columns})) "
                    f'FROM "{model._meta.db_table}" t GROUP BY 1'
                )
                for app_id, count, digest in cursor.fetchall():
                    found[kind, slugs.get(app_id, "")] = f"{count} {digest}"
        return found

    def forget_smuggled(self) -> list[str]:
        """The addresses of customers whom only a smuggled request can have created. They are deleted."""
        from customers.models import Customer

        smuggled = Customer.objects.filter(email_domain=SMUGGLED_DOMAIN)
        emails = [email for email in smuggled.values_list("email", flat=True) if email]
        smuggled.delete()
        return emails


@contextmanager
def running_world() -> Iterator[World]:
    """A World inside the block. Raises SystemExit if the server does not start."""
    directory = Path(tempfile.mkdtemp(prefix="fuzz-"))
    # For root, PostgreSQL runs as another user, who must pass through here.
    directory.chmod(0o711)
    for name in FROM_OUTSIDE:
        os.environ.pop(name, None)
    port = _free_port()
    os.environ |= {
        "PROYECTA_DATA_DIR": str(directory / "data"),
        "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings",
        "PORT": str(port),
        "PROYECTA_DEMO": "0",
        "API_RATE_LIMIT": "0",
        # So that the headers of a proxy are read as well.
        "PROXY": "1",
    }
    logs = (directory / "stdout", directory / "stderr")
    try:
        with logs[0].open("wb") as out, logs[1].open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "proyecta_admin.serve"], cwd=ROOT, stdout=out, stderr=err, start_new_session=True
            )
        try:
            _wait_for(port, process, logs)
            with _in_django():
                world = World(port, directory, logs, process)
                world.populate()
                world.restore()
                yield world
        finally:
            _stop(process)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _in_django() -> Iterator[None]:
    """Django, set up in this process, on the database of the server."""
    from postgres.embedded import running_database

    with running_database():
        import django

        django.setup()
        yield


def _wait_for(port: int, process: "subprocess.Popen[bytes]", logs: tuple[Path, ...]) -> None:
    end = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit("The server does not start:\n" + "".join(path.read_text() for path in logs))
        time.sleep(0.2)


def answers(port: int) -> bool:
    """Whether the server answers a good request on a new connection."""
    connection = Connection(port)
    try:
        request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        return connection.exchange(request).status == 200
    except (NoAnswer, OSError):
        return False
    finally:
        connection.close()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
