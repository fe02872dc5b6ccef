"""Answers of the HTTP API: request ids, the log, headers; and the server itself, over the network."""

import gzip
import json
import logging
import re

import httpx
import pytest
from django.db import connection
from django.test import Client

from tests.support.api import CUSTOMERS, ApiClient, api_server, error_of, path_of
from tests.support.factories import make_customer
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


# -- request ids, the log and other headers


@pytest.mark.parametrize("given", ["abc", "A-1._z", "a" * 128])
def test_a_sane_request_id_is_taken(api, given):
    for path in (CUSTOMERS, f"{CUSTOMERS}/cus_nobody", "/v1/nothing", "/v1/docs", "/v1/openapi.json"):
        assert api.get(path, headers={"X-Request-Id": given})["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", "a\nb", "é", "<script>", "a;b"])
def test_any_other_request_id_is_replaced(api, given):
    answer = api.get(CUSTOMERS, headers={"X-Request-Id": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-Id"])


def log_lines(caplog):
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == "api.access"]


@pytest.fixture
def access_log(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("api.access"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


def test_each_request_is_one_line_of_json(api, access_log):
    customer = make_customer(api.app)
    answer = api.get(path_of(customer))
    api.head(CUSTOMERS)
    Client().get("/v1/nothing")
    one, two, three = log_lines(access_log)
    assert MOMENT.fullmatch(one.pop("time").replace(".", ".000")) and one.pop("duration_ms") > 0
    assert one == {
        "method": "GET",
        "route": "/v1/commerce/customers/<customer_id>",
        "status": 200,
        "app": api.app.slug,
        "key": api.key.prefix,
        "request_id": answer["X-Request-Id"],
        "code": None,
    }
    assert (two["method"], two["route"]) == ("HEAD", "/v1/commerce/customers")
    assert (three["route"], three["status"], three["code"], three["app"]) == (None, 404, "no_such_route", None)


def test_no_secret_email_or_body_is_logged(api, access_log):
    api.create({"email": "secret@example.com", "name": "Very Secret"}, Idempotency_Key="hush-key")
    api.create({"email": "secret@", "name": "Very Secret"})
    api.get(CUSTOMERS, {"email": "secret@example.com", "query": "Very"})
    api.get(f"{CUSTOMERS}/secret@example.com")
    api.get(CUSTOMERS, headers={"Authorization": f"Bearer {api.secret[:-1]}"})
    logged = " ".join(record.getMessage() for record in access_log.records)
    assert "customers" in logged
    for secret in ("secret@", "Very", "hush", api.secret[15:]):
        assert secret not in logged


def test_a_failure_is_a_500_in_the_one_shape_and_a_traceback_in_the_log(api, access_log):
    customer = make_customer(api.app)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer RENAME COLUMN name TO was_name")
    answer = api.get(path_of(customer), headers={"X-Request-Id": "failing"})
    assert error_of(answer) == (500, "internal", None)
    assert "was_name" not in answer.text and "Traceback" not in answer.text
    failure = next(record for record in access_log.records if record.name == "api.errors")
    assert "failing" in failure.getMessage() and failure.exc_info
    assert log_lines(access_log)[-1]["status"] == 500


def test_long_lists_are_compressed_for_those_who_take_it(api):
    for number in range(10):
        make_customer(api.app, email=f"{number}@example.com")
    plain = api.get(CUSTOMERS)
    packed = api.get(CUSTOMERS, headers={"Accept-Encoding": "br;q=1, GZIP;q=0.5"})
    assert packed["Content-Encoding"] == "gzip" and plain["Vary"] == packed["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    for accepted in ("", "br", "gzip;q=0", "gzip;q=0.000", "identity"):
        assert "Content-Encoding" not in api.get(CUSTOMERS, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in api.get(CUSTOMERS + "?limit=1", headers={"Accept-Encoding": "gzip"})


def test_answers_are_kept_by_no_cache_in_between_and_run_nothing(api):
    for answer in (api.get(CUSTOMERS), Client().get("/v1/nothing")):
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Set-Cookie" not in answer and not answer.cookies


# -- over the network


@pytest.mark.django_db(transaction=True)
def test_the_server_itself_answers_every_odd_request_in_json(data_dir):
    api = ApiClient()
    customer = make_customer(api.app)
    with api_server(data_dir) as (url, process):
        bearer = {"Authorization": f"Bearer {api.secret}"}
        json_type = {"Content-Type": "application/json"}
        with httpx.Client(base_url=url, headers=bearer, timeout=30) as http:
            assert http.get(path_of(customer)).json()["id"] == customer.public_id
            head = http.head(path_of(customer))
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["Content-Length"] == str(len(http.get(path_of(customer)).content))
            assert http.options(CUSTOMERS).status_code == 204
            assert http.get(path_of(customer), headers={"If-None-Match": '"1"'}).status_code == 304
            chunks = http.post(CUSTOMERS, content=iter([b'{"name":', b'"In chunks"}']), headers=json_type)
            assert (chunks.status_code, chunks.json()["name"]) == (201, "In chunks")
            error_of(http.post(CUSTOMERS, content=iter([b" " * 1024] * 1000), headers=json_type))
            error_of(http.post(CUSTOMERS, content=b" " * 10_000_000, headers=json_type))
            for path in ("/v1/nothing", "/v1/%FF", "/v1/commerce/customers/%F0%9F"):
                assert error_of(http.get(path))[0] == 404
            assert error_of(http.delete(CUSTOMERS))[0] == 405
            listed = http.get(CUSTOMERS, params={"limit": 1})
            assert listed.json()["has_more"] is True
        lines = [json.loads(line) for line in process.printed().splitlines() if line.startswith("{")]
        assert {line["status"] for line in lines} >= {200, 201, 204, 304, 404, 405, 413}


@pytest.mark.django_db(transaction=True)
def test_without_the_database_every_call_is_a_503_and_all_is_well_again_afterwards(data_dir, request):
    api = ApiClient()
    name = f"{connection.settings_dict['NAME']}_outage"
    customer = make_customer(api.app)
    connection.close()
    connection.close_pool()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        original = connection.settings_dict["NAME"]
        # PostgreSQL copies no database that others use, such as the server that tests of this process share.
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [original])
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {connection.ops.quote_name(original)}")
    try:
        with api_server(data_dir, name=name) as (url, process), httpx.Client(base_url=url, timeout=60) as http:
            http.headers["Authorization"] = f"Bearer {api.secret}"
            assert http.get(path_of(customer)).status_code == 200
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            for answer in (http.get(path_of(customer)), http.post(CUSTOMERS, json={})):
                assert error_of(answer) == (503, "unavailable", None)
                assert int(answer.headers["Retry-After"]) > 0
            assert http.get("/v1/openapi.json").status_code == 200
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            eventually(lambda: http.get(path_of(customer)).status_code == 200)
            assert "Traceback" not in process.complained()
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        # The shared server has lost its sessions, too: until they are replaced, its calls may answer 503.
        shared = f"{request.getfixturevalue('api_server').url}/readyz"
        eventually(lambda: all(httpx.get(shared, timeout=60).status_code == 200 for _ in range(40)))
