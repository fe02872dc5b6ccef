"""Fixtures of the browser tests: a running server, Chromium, and pages.

These tests take no fixture of pytest-django: what they store is committed, for the server to see it, and stays until
the last of them has run. pytest-django lets tests without its fixtures run last, so no other test meets it.
"""

import re
import signal
import sys
from functools import cache
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.db import connection
from django.test import Client
from playwright.sync_api import expect

from accounts.models import Role
from tests.browser.chromium import running_chromium
from tests.browser.people import SEOUL, make_shop
from tests.support.factories import make_app, make_member
from tests.support.processes import TIMEOUT_SECONDS, eventually, free_port, started

PASSWORD = "correct horse battery staple"
LIST = "/dashboard/shop/commerce/customers/"
# Long for a machine that does much else at the time: nothing here waits for it to pass.
expect.set_options(timeout=20_000)
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
  console.error(`policy violation: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
});
"""


@pytest.fixture(scope="package")
def database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # Playwright runs an event loop in this thread. Django's connections are this thread's alone all the same.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def site(database, tmp_path_factory):
    """The address of the product, run as `make run` does, on the tests' database."""
    port = free_port()
    environment = {
        "DATABASE_URL": database_url(),
        "PORT": str(port),
        "PROYECTA_DEMO": "0",
        # A session made here is one there.
        "SECRET_KEY": settings.SECRET_KEY,
    }
    data = tmp_path_factory.mktemp("browser")
    with started([sys.executable, "-m", "proyecta_admin.serve"], data, **environment) as server:
        eventually(lambda: "runs at" in server.printed() or server.poll() is not None)
        assert server.poll() is None, server.complained()
        yield f"http://127.0.0.1:{port}"
        server.send_signal(signal.SIGTERM)
        server.wait(TIMEOUT_SECONDS)
        assert "ERROR" not in server.complained(), server.complained()


def database_url():
    """The address of the tests' database, wherever it is, as an operator gives one."""
    values = connection.get_connection_params()
    options = {
        name: value
        for name, value in values.items()
        if isinstance(value, str | int) and name not in ("dbname", "user", "password", "prepare_threshold")
    }
    person = quote(values.get("user", ""), safe="") + ":" + quote(values.get("password", ""), safe="")
    return f"postgresql://{person}@/{quote(values['dbname'], safe='')}?{urlencode(options, quote_via=quote)}"


@pytest.fixture(scope="package")
def chromium(site):
    with running_chromium() as browser:
        yield browser
        # Django keeps a connection for code beside an event loop apart from the one that the tests end with.
        connection.close()


@pytest.fixture
def visit(chromium, site):
    """visit(path, user=None, allows=(), **options): the page at `path` in a new browser, in which `user` is signed in.

    `allows` has the statuses from 400 on that are meant to come. The options are those of playwright's new_context().
    Whatever else a page complains about fails the test in its end: a message in the console, an error in a script, a
    request that fails or is refused, a violation of the content security policy.
    """
    trouble, contexts = [], []

    def visit(path, *, user=None, allows=(), **options):
        given = {"base_url": site, "locale": "en-US", "timezone_id": str(SEOUL), "reduced_motion": "reduce"}
        context = chromium.new_context(**given | options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.add_init_script(REPORT_VIOLATIONS)
        watch(context, set(allows), trouble)
        if user:
            # As signing in sets them.
            zone = quote((given | options)["timezone_id"], safe="")
            cookies = {"sessionid": session_of(user), "tz": zone}
            context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert trouble == []


def watch(context, allows, trouble):
    def on_console(message):
        # Messages of the browser and of htmx about answers that on_response records, too.
        answered = re.match("Failed to load resource: the server responded|Response Status Error Code", message.text)
        if message.type in ("error", "warning") and not answered:
            trouble.append(f"{message.page.url if message.page else ''} {message.type}: {message.text}")

    def on_failure(request):
        # A search that was typed over, or a page that was left.
        if request.failure != "net::ERR_ABORTED":
            trouble.append(f"{request.method} {request.url}: {request.failure}")

    def on_response(response):
        if response.status >= 400 and response.status not in allows:
            trouble.append(f"{response.request.method} {response.url}: {response.status}")

    context.on("console", on_console)
    context.on("weberror", lambda error: trouble.append(f"{error.page.url if error.page else ''} {error.error}"))
    context.on("requestfailed", on_failure)
    context.on("response", on_response)


def session_of(user):
    """The cookie of a new session in which this user is signed in."""
    client = Client()
    client.force_login(user, "accounts.backends.UsernameOrEmailBackend")
    return client.cookies["sessionid"].value


@cache
def encoded_password():
    # The server knows the hashers of production alone, and the tests' settings a faster one alone.
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(PASSWORD, hasher.salt())


def with_password(user):
    """The user, now with PASSWORD to sign in with."""
    user.password = encoded_password()
    user.save()
    return user


def sign_in(page, user, password=PASSWORD):
    """Fills in the form for signing in and sends it."""
    page.get_by_label("Username or email").fill(user.username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def rows(page):
    return page.locator(".rows tbody tr")


def path_of(customer):
    return f"/dashboard/{customer.app.slug}/commerce/customers/{customer.public_id}/"


def list_address(query=""):
    """A pattern for the address of the list of `shop` with this query string and nothing else."""
    return re.compile(re.escape(LIST + query) + "$")


def is_count(request):
    """Whether a page asks with this request how many matches there are."""
    return "/count/" in request.url


def open_filter(page, name):
    page.locator("summary.pill", has_text=name).click()


def search_box(page):
    return page.get_by_role("searchbox", name="Search customers")


def expect_rows(page, *emails):
    """Waits until the list has just these customers, in this order."""
    titles = [re.compile(re.escape(email)) for email in emails]
    expect(rows(page)).to_have_text(titles)


@pytest.fixture(scope="package")
def shop(database):
    """An app with 45 customers, to look at only. Its slug is shop."""
    return make_shop()


@pytest.fixture
def viewer(shop):
    return make_member(shop, Role.VIEWER)


@pytest.fixture
def app(database):
    """An app of the test's own, without customers."""
    return make_app()


@pytest.fixture
def editor(app):
    return make_member(app, Role.EDITOR)
