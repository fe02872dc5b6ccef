"""One locked row: the requests that want it are told so, and nobody else notices."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from proyecta import Proyecta

from accounts.models import ApiKey, Membership
from core.db.limits import LOCK_TIMEOUT_SECONDS
from tests.support.api import CUSTOMERS, database_url, error_of, path_of
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser
from tests.support.processes import manage

WAITING = 40
# Others meanwhile. A request that waits for a connection waits as long as the lock is waited for.
QUICK_SECONDS = LOCK_TIMEOUT_SECONDS - 0.5


@pytest.fixture
def app(transactional_db, api_server):
    return make_app()


@contextmanager
def locked(sql, *params):
    """Hold the locks of a statement inside the block."""
    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute(sql, params)
        yield
        holder.rollback()


def locked_customer(customer):
    return locked("SELECT 1 FROM customers_customer WHERE key = %s FOR UPDATE", customer.pk)


def caller(api_server, app):
    headers = {"Authorization": f"Bearer {make_key(app, scope='write')[1]}"}
    return httpx.Client(base_url=api_server.url, headers=headers, timeout=60, limits=httpx.Limits(max_connections=80))


def browser(api_server, user):
    """Somebody who is signed in."""
    client = Client()
    client.force_login(user)
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    return httpx.Client(base_url=api_server.url, cookies=cookies, timeout=60)


def submit(person, address, **fields):
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', person.get(address).text)[1]
    return person.post(address, data={"csrfmiddlewaretoken": token, **fields})


def email_about_to_be_taken(customer):
    """kim@example.com, for which another transaction holds the app's unique key."""
    return locked("UPDATE customers_customer SET email = 'kim@example.com' WHERE key = %s", customer.pk)


def test_forty_calls_that_wait_for_locks_stop_nobody_else(api_server, app):
    customer, other, stranger = make_customer(app), make_customer(app), make_customer()
    with (
        ThreadPoolExecutor(WAITING + 1) as threads,
        caller(api_server, app) as key,
        caller(api_server, stranger.app) as strange_key,
        Proyecta(api_key=make_key(app, scope="write")[1], base_url=api_server.url) as proyecta,
    ):

        def wait_for_a_lock(number):
            once = {"Idempotency-Key": f"k{number}"}
            match number % 4:
                case 0:
                    return key.patch(path_of(customer), json={"name": f"Number {number}"})
                case 1:
                    return key.patch(path_of(customer), json={"name": f"Number {number}"}, headers=once)
                case 2:
                    return key.patch(path_of(other), json={"email": "kim@example.com"}, headers=once)
                case _:
                    return key.post(CUSTOMERS, json={"email": "kim@example.com"}, headers=once)

        with locked_customer(customer), email_about_to_be_taken(make_customer(app)):
            began = time.monotonic()
            waiting = [threads.submit(wait_for_a_lock, number) for number in range(WAITING)]
            by_client = threads.submit(proyecta.commerce.customers.update, customer_id=customer.public_id, name="Last")
            meanwhile = []
            while not all(call.done() for call in waiting):
                meanwhile += [key.get(path_of(other)), strange_key.get(path_of(stranger)), strange_key.get(CUSTOMERS)]
                meanwhile.append(strange_key.patch(path_of(stranger), json={"name": f"{len(meanwhile)}"}))
                time.sleep(0.1)
            took = time.monotonic() - began
        # The client repeats the call, and the lock is free by then.
        assert by_client.result().name == "Last"
    assert took >= LOCK_TIMEOUT_SECONDS
    for call in waiting:
        answer = call.result()
        assert error_of(answer) == (409, "locked", None)
        assert answer.headers["Retry-After"] == "2" and "X-Should-Retry" not in answer.headers
    assert len(meanwhile) > 20 and {answer.status_code for answer in meanwhile} == {200}
    slowest = max(answer.elapsed.total_seconds() for answer in meanwhile)
    print(f"{len(meanwhile)} calls meanwhile, the slowest took {slowest:.2f} s")
    assert slowest < QUICK_SECONDS


def test_a_change_waits_for_a_lock_that_is_held_for_a_moment(api_server, app):
    customer = make_customer(app)
    with ThreadPoolExecutor(8) as threads, caller(api_server, app) as key:
        with locked_customer(customer):
            changes = [
                threads.submit(
                    key.patch, path_of(customer), json={"name": f"N {n}"}, headers={"Idempotency-Key": f"k{n}"}
                )
                for n in range(4)
            ] + [threads.submit(key.patch, path_of(customer), json={"name": f"M {n}"}) for n in range(4)]
            time.sleep(0.5)
            assert not any(change.done() for change in changes)
        assert {change.result().status_code for change in changes} == {200}
        assert key.get(path_of(customer)).headers["ETag"] == '"9"'


def test_every_other_door_says_so_too(api_server, app):
    customer = make_customer(app)
    person = browser(api_server, make_superuser())
    page = f"/dashboard/{app.slug}/commerce/customers/{customer.public_id}/edit/"
    admin_page = f"/admin/customers/customer/{customer.pk}/change/"
    fields = {"name": "Lee", "version": 1, "initial-version": 1}
    member, (revoked, _) = make_member(app), make_key(app)
    membership = Membership.objects.get(user=member)
    with (
        ThreadPoolExecutor(5) as threads,
        locked_customer(customer),
        email_about_to_be_taken(make_customer(app)),
        locked("SELECT 1 FROM accounts_apikey WHERE id = %s FOR UPDATE", revoked.pk),
        locked("SELECT 1 FROM accounts_membership WHERE user_id = %s FOR UPDATE", member.pk),
        caller(api_server, app) as key,
    ):
        form = threads.submit(submit, person, page, **fields)
        admin_form = threads.submit(submit, person, admin_page, **fields, app=app.pk)
        same_email = threads.submit(key.post, CUSTOMERS, json={"email": "kim@example.com"})
        revocation = threads.submit(submit, person, f"/dashboard/{app.slug}/developers/keys/{revoked.pk}/revoke/")
        deletion = threads.submit(submit, person, f"/admin/accounts/membership/{membership.pk}/delete/", post="yes")
        for answer in (form.result(), admin_form.result(), revocation.result(), deletion.result()):
            assert answer.status_code == 409 and "changing the same" in answer.text, answer.text
        assert error_of(same_email.result()) == (409, "locked", None)


def test_a_locked_table_is_a_503_to_those_who_read_it(api_server, app):
    customer = make_customer(app)
    person = browser(api_server, make_superuser())
    with (
        ThreadPoolExecutor(2) as threads,
        locked("LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE"),
        caller(api_server, app) as key,
    ):
        call = threads.submit(key.get, path_of(customer))
        page = threads.submit(person.get, f"/dashboard/{app.slug}/commerce/customers/")
        assert error_of(call.result()) == (503, "locked", None)
        assert page.result().status_code == 503 and "changing the same" in page.result().text


def test_a_locked_api_key_still_opens(api_server, app):
    """Its use is stored now and then."""
    customer = make_customer(app)
    with caller(api_server, app) as key, locked("SELECT 1 FROM accounts_apikey FOR UPDATE"):
        assert key.get(path_of(customer)).elapsed.total_seconds() < QUICK_SECONDS
        assert key.patch(path_of(customer), json={"name": "Lee"}).status_code == 200
        assert set(ApiKey.objects.values_list("last_used", flat=True)) == {None}


SHOW = """
import django; django.setup()
{prepare}
from django.db import connection, transaction
def show():
    names = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"]
    with connection.cursor() as cursor:
        return [cursor.execute(f"SHOW {{name}}").fetchone()[0] for name in names]
print(show())
with transaction.atomic():
    print(show())
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("prepare", "options", "pgbouncer", "alone", "in_transaction"),
    [
        ("", "", "0", "['0', '0', '0']", "['0', '0', '0']"),
        # What the address of the database says counts more.
        ("import proyecta_admin.wsgi", "lock_timeout%3D1000", "0", "['1s', '30s', '30s']", "['1s', '30s', '30s']"),
        ("import proyecta_admin.wsgi", "", "1", "['0', '0', '0']", "['3s', '30s', '30s']"),
    ],
)
def test_only_processes_that_serve_requests_have_limits(data_dir, prepare, options, pgbouncer, alone, in_transaction):
    values = {
        "DATABASE_URL": database_url() + (f"&options=-c%20{options}" if options else ""),
        "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings",
        "PGBOUNCER": pgbouncer,
    }
    done = manage(data_dir, code=SHOW.format(prepare=prepare), **values)
    assert done.stdout.splitlines() == [alone, in_transaction], done.stderr
