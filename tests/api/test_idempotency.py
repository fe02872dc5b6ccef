"""Idempotency-Key: the same request again gets its first answer again, whatever happened in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import httpx
import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.idempotency import EXPIRED_RECORDS_PER_INSERT, RECORD_LIFETIME
from api.models import IdempotencyRecord
from customers import services
from customers.models import Customer
from tests.support.api import CUSTOMERS, ApiClient, api_server, error_of, path_of
from tests.support.factories import make_customer
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db


def test_a_repeated_create_gets_the_first_answer_again(api):
    first, again = (api.create({"name": "Ada"}, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    for name in ("ETag", "Location", "Content-Type"):
        assert first[name] == again[name]
    assert "Idempotency-Replayed" not in first and again["Idempotency-Replayed"] == "true"
    assert first["X-Request-Id"] != again["X-Request-Id"]
    assert Customer.objects.count() == 1


def test_a_repeated_update_is_not_carried_out_again(api):
    customer = make_customer(api.app)
    first = api.update(customer, {"name": "Mine"}, Idempotency_Key="k", If_Match='"1"')
    services.update_customer(app=api.app, customer_id=customer.public_id, name="Somebody's since")
    again = api.update(customer, {"name": "Mine"}, Idempotency_Key="k", If_Match='"1"')
    assert (again.status_code, again.content, again["ETag"]) == (200, first.content, '"2"')
    customer.refresh_from_db()
    assert customer.name == "Somebody's since"


def test_the_200_for_a_known_email_is_repeated_as_it_was(api):
    customer = make_customer(api.app, email="a@example.com", name="Before")
    body = {"email": "a@example.com"}
    assert api.create(body, Idempotency_Key="k").status_code == 200
    services.update_customer(app=api.app, customer_id=customer.public_id, name="After")
    assert api.create(body, Idempotency_Key="k").json()["name"] == "Before"
    assert api.create(body).json()["name"] == "After"


def test_the_order_and_spacing_of_the_body_do_not_matter(api):
    first = api.create('{"name": "Ada", "email": "a@example.com"}', Idempotency_Key="k")
    again = api.create('{"email":"a@example.com","name":"\\u0041da"}', Idempotency_Key="k")
    assert again["Idempotency-Replayed"] == "true" and again.content == first.content


def test_the_key_for_another_request_is_409_and_not_to_be_retried(api):
    customer, other = make_customer(api.app), make_customer(api.app)
    api.update(customer, {"name": "Ada"}, Idempotency_Key="k")
    for answer in (
        api.update(customer, {"name": "Bea"}, Idempotency_Key="k"),
        api.update(other, {"name": "Ada"}, Idempotency_Key="k"),
        api.create({"name": "Ada"}, Idempotency_Key="k"),
        api.create({"name": "wrong\0"}, Idempotency_Key="k"),
    ):
        assert error_of(answer) == (409, "idempotency_key_reused", "Idempotency-Key")
        assert answer["X-Should-Retry"] == "false"
    assert api.create({"name": "Ada"}, Idempotency_Key="K").status_code == 201


def test_nothing_is_kept_of_a_request_that_failed_validation(api):
    customer = make_customer(api.app)
    for refused in (
        api.create({"email": "nonsense"}, Idempotency_Key="k"),
        api.create(b"{", Idempotency_Key="k"),
        api.update(customer, {"phone": "1"}, Idempotency_Key="k"),
        api.update(customer, {"colour": "red"}, Idempotency_Key="k"),
    ):
        assert refused.status_code == 400
    assert not IdempotencyRecord.objects.exists()
    assert api.create({"email": "right@example.com"}, Idempotency_Key="k").status_code == 201


def test_a_refusal_that_is_no_failed_validation_is_the_first_answer_and_repeated(api):
    """Otherwise a repeat that comes late would carry out what its sender was told is refused."""
    taken = make_customer(api.app, email="taken@example.com", customer_id="cus_taken")
    customer = make_customer(api.app, name="Before")
    calls = {
        (409, "email_taken", "email"): lambda: api.update(
            customer, {"email": "taken@example.com"}, Idempotency_Key="a"
        ),
        (409, "id_taken", "id"): lambda: api.create({"id": "cus_taken", "name": "x"}, Idempotency_Key="b"),
        (412, "stale", "If-Match"): lambda: api.update(customer, {"name": "x"}, Idempotency_Key="c", If_Match='"2"'),
        (404, "not_found", "id"): lambda: api.update("cus_later", {"name": "x"}, Idempotency_Key="d"),
    }
    first = {expected: call() for expected, call in calls.items()}
    # All of them would now be carried out.
    services.update_customer(app=api.app, customer_id=taken.public_id, email="free@example.com")
    Customer.objects.filter(pk=taken.pk).update(public_id="cus_moved")
    services.update_customer(app=api.app, customer_id=customer.public_id, phone="+14155552671")
    make_customer(api.app, customer_id="cus_later", name="Before")
    for expected, call in calls.items():
        again = call()
        assert error_of(first[expected]) == error_of(again) == expected
        assert "Idempotency-Replayed" not in first[expected] and again["Idempotency-Replayed"] == "true"
        assert again.get("X-Should-Retry") == first[expected].get("X-Should-Retry")
        without_id = [{**answer.json(), "request_id": None} for answer in (first[expected], again)]
        assert without_id[0] == without_id[1]
    assert set(Customer.objects.values_list("name", flat=True)) <= {"Before", taken.name}
    assert api.update(customer, {"name": "y"}, Idempotency_Key="a").json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb", "é", "열쇠"])
def test_a_key_that_cannot_be_kept_is_400(api, key):
    assert error_of(api.create({}, Idempotency_Key=key)) == (400, "invalid", "Idempotency-Key")


def test_a_key_that_is_not_ascii_is_told_so(api_server, api_key):
    headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": "é".encode()}
    answer = httpx.post(f"{api_server.url}{CUSTOMERS}", json={}, headers=headers, timeout=60)
    assert error_of(answer) == (400, "invalid", "Idempotency-Key")
    assert "printable ASCII" in answer.json()["message"]


@pytest.mark.parametrize("key", ["a" * 255, " ", "%s {} ' \""])
def test_any_other_key_is_kept(api, key):
    assert [api.create({}, Idempotency_Key=key).status_code for _ in range(2)] == [201, 201]
    assert Customer.objects.count() == 1


def test_reading_ignores_the_key(api):
    customer = make_customer(api.app, name="Before")
    api.get(path_of(customer), headers={"Idempotency-Key": "k"})
    services.update_customer(app=api.app, customer_id=customer.public_id, name="After")
    assert api.get(path_of(customer), headers={"Idempotency-Key": "k"}).json()["name"] == "After"


def test_keys_are_an_apps_own_and_shared_by_its_api_keys(api):
    other_app, other_key = ApiClient(), ApiClient(api.app)
    first = api.create({"name": "Ada"}, Idempotency_Key="k")
    assert other_key.create({"name": "Ada"}, Idempotency_Key="k").content == first.content
    theirs = other_app.create({"name": "Bea"}, Idempotency_Key="k")
    assert theirs.status_code == 201 and "Idempotency-Replayed" not in theirs


def age(**fields):
    IdempotencyRecord.objects.filter(**fields).update(created=timezone.now() - RECORD_LIFETIME - timedelta(seconds=1))


def test_after_24_hours_the_key_is_new_again(api):
    first = api.create({"name": "Ada"}, Idempotency_Key="k").json()
    age()
    second = api.create({"name": "Bea"}, Idempotency_Key="k")
    assert second.status_code == 201 and second.json()["id"] != first["id"]
    assert api.create({"name": "Bea"}, Idempotency_Key="k").content == second.content


def test_old_records_go_by_themselves(api):
    for number in range(EXPIRED_RECORDS_PER_INSERT + 5):
        api.create({}, Idempotency_Key=f"old {number}")
    age()
    api.create({}, Idempotency_Key="old 0")
    api.create({}, Idempotency_Key="new")
    assert {record.key for record in IdempotencyRecord.objects.all()} == {"old 0", "new"}


def test_clearing_reads_an_index_and_not_the_table(api):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO api_idempotencyrecord (app_id, key, fingerprint, status, headers, body, created) "
            "SELECT %s, 'k' || n, '', 200, '{}', '', now() FROM generate_series(1, 20000) n",
            [api.app.pk],
        )
        cursor.execute("ANALYZE api_idempotencyrecord")
        with CaptureQueriesContext(connection) as caught:
            api.create({}, Idempotency_Key="mine")
        insert = next(query["sql"] for query in caught.captured_queries if "WITH cleared" in query["sql"])
        cursor.execute(f"EXPLAIN {insert}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan and "api_idempotency_by_age" in plan, plan


def test_the_work_and_its_record_are_one(api):
    """Nothing is done if the answer cannot be kept."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE api_idempotencyrecord ADD CONSTRAINT api_shut CHECK (false) NOT VALID")
    assert api.create({"name": "Ada"}, Idempotency_Key="k").status_code == 500
    assert not Customer.objects.exists()


# -- at the same time


@pytest.mark.django_db(transaction=True)
def test_a_repeat_while_the_first_still_runs_is_409_that_may_be_retried(api):
    def call():
        try:
            return api.create({"name": "Ada"}, Idempotency_Key="k")
        finally:
            connections.close_all()

    with psycopg.connect(**connection.get_connection_params()) as other, ThreadPoolExecutor(1) as pool:
        # The first request waits for this lock in its work.
        other.execute("LOCK TABLE customers_customer IN SHARE ROW EXCLUSIVE MODE")
        first = pool.submit(call)
        eventually(lambda: other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")  # for a repeat that would wait, which fails then
            meanwhile = api.create({"name": "Ada"}, Idempotency_Key="k")
            cursor.execute("RESET lock_timeout")
        other.rollback()
        first = first.result()
    assert error_of(meanwhile) == (409, "idempotency_key_in_use", "Idempotency-Key")
    assert "X-Should-Retry" not in meanwhile and meanwhile["Retry-After"] == "1"
    assert first.status_code == 201
    assert api.create({"name": "Ada"}, Idempotency_Key="k").content == first.content
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_32_repeats_at_once_make_one_customer(api, data_dir):
    with api_server(data_dir, API_RATE_LIMIT="0") as (url, _):
        barrier = Barrier(32)

        def call(number):
            headers = {"Authorization": f"Bearer {api.secret}", "Idempotency-Key": "k"}
            with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
                barrier.wait(60)
                while True:
                    answer = http.post(CUSTOMERS, json={"name": "Ada"})
                    if answer.status_code != 409:
                        return answer
                    assert answer.json()["code"] == "idempotency_key_in_use"

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(call, range(32)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_between_the_work_and_the_answer_leaves_nothing(api):
    """A killed process, as the database sees it: the transaction ends without a commit."""

    def die(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "WITH cleared" in sql:
            with psycopg.connect(**connection.get_connection_params(), autocommit=True) as killer:
                killer.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return result

    with connection.execute_wrapper(die):
        answer = api.create({"name": "Ada"}, Idempotency_Key="k")
    connection.close()
    assert answer.status_code == 503
    assert not Customer.objects.exists() and not IdempotencyRecord.objects.exists()
    again = api.create({"name": "Ada"}, Idempotency_Key="k")
    assert again.status_code == 201 and "Idempotency-Replayed" not in again


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_locked_after_a_call(api):
    """A pooler that gives each transaction another connection needs it."""
    api.create({"name": "Ada"}, Idempotency_Key="k")
    api.create({"name": "nonsense\0"}, Idempotency_Key="l")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database AND datname = current_database() "
            "WHERE locktype = 'advisory'"
        )
        assert cursor.fetchone() == (0,)
