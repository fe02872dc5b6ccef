"""/metrics: who may read it, and that several workers give one answer that never goes down."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import httpx
import psutil
import pytest
from django.db import connection

from tests.support.api import CUSTOMERS, api_server
from tests.support.factories import make_app, make_customer, make_key
from tests.support.processes import eventually

TOKEN = "a-token-of-the-tests-0123456789"


def bearer(token=TOKEN):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.django_db
def test_without_a_token_in_the_settings_there_is_no_such_page(client, settings):
    settings.METRICS_TOKEN = ""
    for headers in ({}, bearer(""), bearer()):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.django_db
def test_only_the_bearer_of_the_token_reads_them(client, settings):
    settings.METRICS_TOKEN = TOKEN
    wrong = [{}, bearer(""), bearer(TOKEN[:-1]), bearer(f"{TOKEN}x"), bearer("ÿ"), {"Authorization": f"Basic {TOKEN}"}]
    for headers in wrong:
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert "proyecta_" not in answer.text
    for headers in (bearer(), {"Authorization": f"bearer  {TOKEN}"}):
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert "no-store" in answer["Cache-Control"]
        assert "proyecta_http_requests_in_progress" in answer.text
    assert client.post("/metrics", headers=bearer()).status_code == 405


@pytest.fixture
def server(transactional_db, data_dir):
    with api_server(data_dir, METRICS_TOKEN=TOKEN, API_RATE_LIMIT="0") as (url, process):
        yield SimpleNamespace(url=url, process=process)


def scraped(url):
    """{sample: value} of one answer, each on a new connection, so that any worker may give it."""
    answer = httpx.get(f"{url}/metrics", headers=bearer() | {"Host": "any.example"}, timeout=30)
    assert answer.status_code == 200, answer.text
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def counters(samples):
    return {name: value for name, value in samples.items() if re.match(r"\w+_(total|bucket|count|sum)\b", name)}


def assert_nothing_went_down(before, after):
    assert {name: (before[name], after.get(name)) for name in before if after.get(name, -1) < before[name]} == {}


def worker_of(server, port):
    """The worker that has the connection from this port."""
    for worker in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):
            if any(conn.raddr and conn.raddr.port == port for conn in worker.net_connections("tcp")):
                return worker


def test_the_workers_answer_as_one_and_no_figure_goes_down_when_one_dies(server):
    app = make_app()
    customer, (_, secret) = make_customer(app), make_key(app, scope="write")
    path, headers = f"{server.url}{CUSTOMERS}/{customer.public_id}", {"Authorization": f"Bearer {secret}"}
    count = 'proyecta_http_requests_total{method="GET",route="/v1/commerce/customers/<customer_id>",status="200"}'
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: httpx.get(path, headers=headers).status_code, range(40)))
    assert statuses == [200] * 40
    before = scraped(server.url)
    assert before[count] == 40
    assert before["proyecta_http_requests_in_progress"] == 1  # this one
    eventually(lambda: scraped(server.url).get('proyecta_db_pool_connections{database="default"}', 0) >= 1)
    started = before["proyecta_workers_started_total"]
    assert started >= 1

    with connection.cursor() as cursor, httpx.Client() as client, ThreadPoolExecutor(1) as pool:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM customers_customer WHERE public_id = %s FOR UPDATE", [customer.public_id])
        with client.stream("GET", f"{server.url}/healthz") as answer:
            port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
            worker = worker_of(server, port)
            answer.read()
        patch = pool.submit(client.patch, path, headers=headers, json={"name": "Waits for the lock"})
        eventually(lambda: scraped(server.url)["proyecta_http_requests_in_progress"] == 2)
        before = scraped(server.url)
        worker.kill()
        with pytest.raises(httpx.HTTPError):
            patch.result()
        cursor.execute("ROLLBACK")
    eventually(lambda: answered(server.url).get("proyecta_workers_started_total", 0) == started + 1)
    after = scraped(server.url)
    assert_nothing_went_down(counters(before), counters(after))
    assert after["proyecta_http_requests_in_progress"] == 1
    assert httpx.get(path, headers=headers).status_code == 200
    assert scraped(server.url)[count] == 41


def answered(url):
    try:
        return scraped(url)
    except httpx.HTTPError:
        return {}
