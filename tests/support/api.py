"""Calling the HTTP API, through Django's test client and over the network."""

import json
import re
import sys
from contextlib import contextmanager

import httpx
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.support.factories import make_app, make_key
from tests.support.processes import eventually, free_port, keep_static_files, lend_static_files, started

CUSTOMERS = "/v1/commerce/customers"


class ApiClient(Client):
    """Django's test client with an API key of an app. An exception on the server is answered, not raised."""

    def __init__(self, app=None, scope="write", **options):
        self.app = app or make_app()
        self.key, self.secret = make_key(self.app, scope=scope)
        headers = {"Authorization": f"Bearer {self.secret}"}
        super().__init__(headers=headers, raise_request_exception=False, **options)

    def send(self, method, path, body=None, **headers):
        """Send a call with a body: bytes and str as they are, everything else as JSON."""
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = names.pop("Content-Type", "application/json")
        # Given explicitly, because Django omits it without a body.
        return self.generic(method, path, content, content_type, headers=names, CONTENT_TYPE=content_type)

    def create(self, body=None, **headers):
        return self.send("POST", CUSTOMERS, {} if body is None else body, **headers)

    def update(self, customer, body, **headers):
        return self.send("PATCH", path_of(customer), body, **headers)


def path_of(customer):
    return f"{CUSTOMERS}/{customer if isinstance(customer, str) else customer.public_id}"


def error_of(answer):
    """Check the shape of an error and return (status, code, param)."""
    assert answer.headers["Content-Type"] == "application/json", answer.headers
    error = json.loads(answer.content)
    names = ["type", "code", "message", "param", "request_id"]
    # After them, the id of the object in the way, such as existing_customer_id.
    assert list(error)[:5] == names and all(re.fullmatch(r"existing_\w+_id", name) for name in list(error)[5:])
    assert error["message"].endswith((".", "?")) and error["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, error["code"], error["param"]


def database_url(name=None):
    """Return the URL of the tests' database, for another process. name: of another database on the same server."""
    database = connection.settings_dict
    return (
        f"postgresql://{database['USER']}:{database['PASSWORD']}@/{name or database['NAME']}"
        f"?host={database['HOST']}&port={database['PORT']}"
    )


@contextmanager
def api_server(data_dir, *, port=None, name=None, before="", **values):
    """Run the product's server on the tests' database inside the block. Gives (base URL, Process).

    before: Python code to run in its process first, such as shorter times.
    """
    port = port or free_port()
    surroundings = {
        "DATABASE_URL": database_url(name),
        "PORT": str(port),
        "PROYECTA_DEMO": "0",
        "SECRET_KEY": settings.SECRET_KEY,
        "API_KEY_SECRET": settings.API_KEY_SECRET,
        **values,
    }
    lend_static_files(data_dir)
    command = (
        ["-c", f"{before}\nfrom proyecta_admin.serve import main\nmain()"] if before else ["-m", "proyecta_admin.serve"]
    )
    with started([sys.executable, *command], data_dir, **surroundings) as process:
        eventually(lambda: "runs at" in process.printed() or process.poll() is not None)
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(url) or process.poll() is not None)
        assert process.poll() is None, process.complained()
        keep_static_files(data_dir)
        yield url, process


def answers(url):
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
