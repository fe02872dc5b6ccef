"""The two recipes of sdk/README.md as they are run: Django projects of their own, in processes of their own, against
the real server. And through them the Django integration of the client."""

import html
import json
import os
import pty
import re
import secrets
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
# A port that nothing listens on, and that nothing is given by chance.
NOWHERE = "http://127.0.0.1:1"


class Example:
    """A project of examples/, with a database of its own."""

    def __init__(self, name, package, database, api_server, api_key):
        self.database = database
        self.directory = ROOT / "examples" / name
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "sdk" / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": f"{package}.settings",
            f"{package.upper()}_DATABASE": str(database),
            "PROYECTA_BASE_URL": api_server.url,
            "PROYECTA_API_KEY": api_key,
        }

    def start(self, *arguments, **environment):
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.directory,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *arguments, **environment):
        process = self.start("manage.py", *arguments, **environment)
        process.stdout, process.stderr = (text for text in process.communicate(timeout=120))
        return process

    def sync(self, *arguments, **environment):
        return self.manage("sync_proyecta_customers", *arguments, **environment)

    def run(self, code, **environment):
        """The `result` of `code`, run in the project."""
        code = f"import django\ndjango.setup()\n{code}\nimport json\nprint(json.dumps(result))"
        process = self.start("-c", code, **environment)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return json.loads(output.splitlines()[-1])

    def sql(self, statement):
        """Run a statement, past Django, and return its rows."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            return connection.execute(statement).fetchall()

    def ids(self):
        """The customer id of each user, by username."""
        return dict(self.sql("SELECT username, proyecta_customer_id FROM shop_user"))

    def serve(self, **environment):
        return Site(self, environment)


class Site:
    """The example's pages, for as long as the `with` lasts, as one browser sees them."""

    def __init__(self, example, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = example.start("manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}", **environment)
        self.browser = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", follow_redirects=True, timeout=30)

    def __enter__(self):
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise AssertionError("The example does not start.")

    def __exit__(self, *error):
        self.browser.close()
        self.process.terminate()
        self.output = "".join(self.process.communicate(timeout=30))

    def post(self, path, **fields):
        """Fill in the form on the page at `path` and send it."""
        page = self.browser.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
        return self.browser.post(page.url, data={"csrfmiddlewaretoken": token, **fields})


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory, api_server):
    """Makes a copy of an example's database after its migrations."""
    directory = tmp_path_factory.mktemp("databases")

    def copy(name, package, target):
        source = directory / name
        if not source.exists():
            done = Example(name, package, source, api_server, "unused").manage("migrate", "--verbosity=0")
            assert done.returncode == 0, done.stderr
        shutil.copy(source, target)
        return target

    return copy


@pytest.fixture
def shop(tmp_path, empty_database, api_server, api_key):
    database = empty_database("signup", "shop", tmp_path / "shop.sqlite3")
    shop = Example("signup", "shop", database, api_server, api_key)
    # The id of a customer without an email follows from the key of the record: the tests may share one app.
    shop.first_key = secrets.randbelow(10**12) + 1
    shop.sql(
        f"INSERT INTO sqlite_sequence VALUES ('shop_user', {shop.first_key - 1}), ('shop_team', {shop.first_key - 1})"
    )
    return shop


def sign_up(site, word, **fields):
    given = {"username": word, "email": f"{word}@example.com", "first_name": "Alice", "last_name": word}
    return site.post("/", **given | fields, password1="wonderland 1865", password2="wonderland 1865")


# Create a customer on sign-up


def test_signing_up_creates_the_customer_and_keeps_its_id(shop, proyecta, word):
    with shop.serve() as site:
        page = sign_up(site, word)
    [customer] = proyecta.commerce.customers.list(email=f"{word}@example.com").data
    assert customer.name == f"Alice {word}"
    assert customer.id in page.text and page.url.path == "/welcome/"
    assert shop.ids() == {word: customer.id}


def test_an_address_that_is_not_ascii_is_kept_as_typed(shop, proyecta, word):
    """Browsers rewrite what is typed into <input type="email"> before they send it: ä.com becomes xn--4ca.com."""
    with shop.serve() as site:
        form = site.browser.get("/").text
        sign_up(site, word, email=f"{word}@exämple.com")
    assert 'type="email"' not in form and 'inputmode="email"' in form
    [customer] = proyecta.commerce.customers.list(email=f"{word}@exämple.com").data
    assert shop.ids() == {word: customer.id}


def test_signing_up_works_while_the_api_is_down_and_the_sync_fills_the_gap(shop, proyecta, word):
    with shop.serve(PROYECTA_BASE_URL=NOWHERE) as site:
        page = sign_up(site, word)
    assert page.url.path == "/welcome/" and "Your account is ready" in page.text
    assert f"shop.User {shop.first_key} has no Proyecta customer yet" in site.output
    assert shop.environment["PROYECTA_API_KEY"] not in site.output
    assert shop.ids() == {word: ""}

    down = shop.sync(PROYECTA_BASE_URL=NOWHERE, PROYECTA_API_KEY="sk_x")
    assert down.returncode == 1 and "Stopped: No answer from" in down.stderr and "Traceback" not in down.stderr

    done = shop.sync()
    assert (done.returncode, done.stderr) == (0, "")
    assert "shop.User: 1 done, 0 refused." in done.stdout
    [customer] = proyecta.commerce.customers.list(query=word).data
    assert shop.ids() == {word: customer.id}
    assert "shop.User: 0 done, 0 refused." in shop.sync().stdout


def test_a_server_that_hangs_holds_a_sign_up_for_seconds_only(shop, word):
    code = f"""
import time
from shop.models import User
start = time.monotonic()
user = User.objects.create(username='{word}')
result = [user.proyecta_customer_id, time.monotonic() - start]
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        customer_id, seconds = shop.run(code, PROYECTA_BASE_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert customer_id == "" and seconds < 8


def test_a_customer_who_is_there_already_is_taken_over(shop, proyecta, word):
    there = proyecta.commerce.customers.create(email=f"{word}@example.com", name="From elsewhere")
    code = f"""
from shop.models import User
result = User.objects.create_user('{word}', '{word.upper()}@example.com').proyecta_customer_id
"""
    assert shop.run(code) == there.id
    assert proyecta.commerce.customers.get(customer_id=there.id).name == "From elsewhere"


def test_nothing_is_created_before_the_commit_nor_for_what_was_rolled_back(shop, proyecta, word):
    code = f"""
from django.db import transaction
from shop.models import User
with transaction.atomic():
    kept = User.objects.create_user('{word}kept', '{word}kept@example.com')
    before = kept.proyecta_customer_id
    try:
        with transaction.atomic():
            User.objects.create_user('{word}lost', '{word}lost@example.com')
            raise ValueError
    except ValueError:
        pass
    User.objects.create_user('{word}gone', '{word}gone@example.com').delete()
result = [before, kept.proyecta_customer_id]
"""
    before, after = shop.run(code)
    [customer] = proyecta.commerce.customers.list(query=word).data
    assert (before, after, customer.email) == ("", customer.id, f"{word}kept@example.com")
    assert shop.ids() == {f"{word}kept": customer.id}


def test_saving_a_user_again_asks_for_nothing(shop, word):
    code = f"""
from shop.models import User
user = User.objects.create_user('{word}')
User.objects.update(proyecta_customer_id='')
user = User.objects.get()
user.save()
result = user.proyecta_customer_id
"""
    assert shop.run(code) == ""


def test_a_user_without_an_email_gets_one_customer_however_often_it_is_asked_for(shop, proyecta, word):
    shop.run(f"from shop.models import User\nresult = User.objects.create_user('a', last_name='{word}').pk")
    first = shop.ids()["a"]
    assert proyecta.commerce.customers.get(customer_id=first).email is None
    # As after a crash between the answer and the note of it; with another name and an email in Proyecta meanwhile.
    for name in ("B", "C"):
        shop.sql(f"UPDATE shop_user SET first_name = '{name}', proyecta_customer_id = ''")
        done = shop.sync()
        assert (done.returncode, done.stderr) == (0, "")
        assert shop.ids() == {"a": first}
        proyecta.commerce.customers.update(customer_id=first, email=f"{word}@example.com")
    assert [one.id for one in proyecta.commerce.customers.list(query=word).data] == [first]


def test_two_syncs_at_once_and_one_that_is_killed_leave_one_customer_each(shop, proyecta, word):
    code = f"""
from shop.models import User
people = [User(username=f'a{{n}}', email=f'{word}{{n}}@example.com') for n in range(150)]
people += [User(username=f'b{{n}}', last_name='{word}') for n in range(150)]
User.objects.bulk_create(people)
result = None
"""
    shop.run(code)
    killed = shop.start("manage.py", "sync_proyecta_customers")
    while not any(shop.ids().values()):
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.communicate()

    both = [shop.start("manage.py", "sync_proyecta_customers", "--workers=2") for _ in range(2)]
    for process in both:
        errors = process.communicate(timeout=120)[1]
        assert (process.returncode, errors) == (0, "")
    ids = shop.ids()
    assert len(set(ids.values())) == 300 and "" not in ids.values()
    made = {one.id for one in proyecta.commerce.customers.list(query=word, limit=100).auto_paging()}
    assert made == set(ids.values())


def test_a_record_that_is_refused_is_named_and_the_others_go_on(shop, word):
    code = f"""
from shop.models import User
User.objects.bulk_create([User(username='bad', email='not an email'), User(username='long', first_name='x' * 150,
    last_name='y\\n' * 75), User(username='good', email='{word}@example.com')])
result = None
"""
    shop.run(code)
    done = shop.sync()
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"shop.User {shop.first_key}: " in done.stderr and "param email" in done.stderr
    assert "1 could not be created" in done.stderr
    assert "shop.User: 2 done, 1 refused." in done.stdout
    ids = shop.ids()
    assert ids["bad"] == "" and ids["good"].startswith("cus_") and ids["long"].startswith("cus_")


def test_a_team_is_a_customer_under_its_own_email_and_name(shop, proyecta, word):
    code = f"""
from shop.models import Team
named, nameless = [Team.objects.create(name='{word}', billing_email=e) for e in ('{word}@example.com', '')]
result = [named.proyecta_customer_id, nameless.proyecta_customer_id]
"""
    named, nameless = (proyecta.commerce.customers.get(customer_id=found) for found in shop.run(code))
    assert (named.email, named.name) == (f"{word}@example.com", word)
    assert (nameless.email, nameless.name) == (None, word)
    assert nameless.id != named.id
    # Users without an email have the same keys as teams have.
    shop.run("from shop.models import User\nresult = [User.objects.create(username=name).pk for name in 'ab']")
    assert nameless.id not in shop.ids().values()


def test_the_sync_takes_the_models_it_is_given(shop, word):
    code = f"""
from shop.models import Team, User
User.objects.bulk_create([User(username='{word}')])
Team.objects.bulk_create([Team(name='{word}')])
result = None
"""
    shop.run(code)
    done = shop.sync("shop.team")
    assert "shop.Team: 1 done" in done.stdout and "shop.User" not in done.stdout
    assert shop.ids() == {word: ""}
    wrong = shop.sync("auth.Group")
    assert wrong.returncode == 1 and "shop.User" in wrong.stderr


def test_without_the_setting_nothing_is_sent(shop, word):
    code = f"""
from django.conf import settings
from django.core.checks import run_checks
from django.test.utils import override_settings
from shop.models import User
with override_settings(PROYECTA=None):
    user = User.objects.create_user('{word}')
    result = [user.proyecta_customer_id, *[check.id for check in run_checks()]]
with override_settings(PROYECTA={{"KEY": "x"}}):
    result += [check.id for check in run_checks()]
with override_settings():
    del settings.PROYECTA
    user = User.objects.create_user('{word}2')
    result += [user.proyecta_customer_id, *[check.id for check in run_checks()]]
"""
    assert shop.run(code) == ["", "proyecta.E001", "", "proyecta.W001"]


def test_a_mixin_with_a_field_that_is_not_there_is_found_by_the_checks(shop):
    code = """
from django.db import models
from proyecta.contrib.django.models import ProyectaCustomerMixin
class Project(ProyectaCustomerMixin, models.Model):
    class Meta:
        app_label = "shop"
result = [f"{check.id} {check.msg}" for check in Project.check()]
"""
    first, second = shop.run(code)
    assert first == "proyecta.E002 proyecta_email_field is 'email', which is not there."
    assert second == "proyecta.E002 proyecta_name_field is 'get_full_name', which is not there."


def test_the_progress_shows_on_a_terminal_and_nowhere_else(shop, word):
    code = """
from shop.models import User
User.objects.bulk_create([User(username=str(n)) for n in range(60)])
result = None
"""
    shop.run(code)
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sync_proyecta_customers", "shop.User"],
        cwd=shop.directory,
        env=shop.environment,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    shown = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    os.close(terminal)
    assert process.wait(60) == 0
    assert b" of 60" in shown and b"shop.User: 60 done" in shown
    assert "\r" not in shop.sync().stdout


def test_the_migrations_of_the_example_are_complete(shop):
    assert shop.manage("makemigrations", "--check", "--dry-run").returncode == 0


# Browse all customers at /admin/customers/


@pytest.fixture
def office(tmp_path, empty_database, api_server, api_key):
    database = empty_database("admin_customers", "office", tmp_path / "office.sqlite3")
    example = Example("admin_customers", "office", database, api_server, api_key)
    code = """
from django.contrib.auth.models import User
User.objects.create_superuser("staff", password="wonderland 1865")
User.objects.create_user("visitor", password="wonderland 1865")
result = None
"""
    example.run(code)
    return example


def rows(page):
    """The links, emails, names and days in the table of a page."""
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)[1:]:
        email, name, created = (html.unescape(cell) for cell in re.findall(r"<td>(?:\s*<time[^>]*>)?([^<]*)<", row)[:3])
        found.append((re.search(r'href="([^"]+)"', row)[1], email, name, created))
    return found


def test_every_customer_is_listed_once_with_a_link_to_its_page(office, proyecta, word):
    for number in range(110):
        proyecta.commerce.customers.create(email=f"{word}{number}@example.com", name=f"<b>{word} {number}")
    proyecta.commerce.customers.create(name=f"{word} without an email")
    everyone = list(proyecta.commerce.customers.list(limit=100).auto_paging())
    with office.serve() as site:
        page = site.post("/admin/customers/", username="staff", password="wonderland 1865")
        pages = [rows(page)]
        while following := re.search(r'rel="next" href="([^"]+)"', page.text):
            page = site.browser.get(html.unescape(following[1]))
            pages.append(rows(page))
        assert len(pages) > 2 and all(len(one) == 50 for one in pages[:-1])
        expected = [
            (f"/admin/customers/{one.id}/", one.email or "", one.name or "", f"{one.created:%-d %b %Y}")
            for one in everyone
        ]
        assert [row for one in pages for row in one] == expected

        for earlier in pages[-2::-1]:
            page = site.browser.get(html.unescape(re.search(r'rel="prev" href="([^"]+)"', page.text)[1]))
            assert rows(page) == earlier
        assert 'rel="prev"' not in page.text and 'rel="next"' in page.text

        detail = site.browser.get(pages[0][1][0])
        assert everyone[1].email in detail.text and f"&lt;b&gt;{word} 109" in detail.text
        for nobody in ("cus_nobody", "a%5Cb", "%20"):
            assert site.browser.get(f"/admin/customers/{nobody}/").status_code == 404
        wrong = site.browser.get("/admin/customers/?after=cus_nobody")
        assert wrong.status_code == 400 and "<table" not in wrong.text


def test_only_staff_see_customers(office):
    with office.serve() as site:
        for path in ("/admin/customers/", "/admin/customers/cus_1/"):
            assert site.browser.get(path).url.path == "/admin/login/"
        assert (
            site.post("/admin/customers/", username="visitor", password="wonderland 1865").url.path == "/admin/login/"
        )


def test_the_page_says_so_when_the_api_is_down(office):
    with office.serve(PROYECTA_BASE_URL=NOWHERE) as site:
        page = site.post("/admin/customers/", username="staff", password="wonderland 1865")
    assert page.status_code == 503 and "Proyecta cannot be reached" in page.text
