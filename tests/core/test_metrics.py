"""What is counted and timed of a request, and under which labels."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from core import metrics
from core.metrics_directory import IN_MEMORY, PREFIX, VARIABLE, shared_directory
from core.overload import MAX_REQUESTS_PER_WORKER, request_slot
from tests.support.api import CUSTOMERS, ApiClient
from tests.support.factories import make_customer, make_member, make_user
from tests.support.processes import ROOT, eventually, started, surroundings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted(settings):
    settings.MIDDLEWARE = ["core.metrics.MetricsMiddleware", *settings.MIDDLEWARE]


class Growth:
    """How much the figures have grown inside the block."""

    def __enter__(self):
        self.before = figures()
        return self

    def __exit__(self, *_):
        after = figures()
        self.found = {key: value - self.before.get(key, 0) for key, value in after.items()}

    def of(self, name, **labels):
        return self.found.get((name, frozenset(labels.items())), 0)

    def named(self, name):
        return {labels: value for (found, labels), value in self.found.items() if found == name and value}


def figures():
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
    }


def test_a_call_and_a_page_count_by_method_pattern_and_status():
    api = ApiClient()
    customer = make_customer(api.app)
    browser = Client()
    browser.force_login(make_member(api.app))
    with Growth() as grown:
        assert api.get(f"{CUSTOMERS}/{customer.public_id}").status_code == 200
        assert api.head(f"{CUSTOMERS}/{customer.public_id}").status_code == 200
        assert api.get(f"{CUSTOMERS}/cus_unknown").status_code == 404
        assert browser.get(f"/dashboard/{api.app.slug}/commerce/customers/").status_code == 200
    route, page = "/v1/commerce/customers/<customer_id>", "/dashboard/<slug:app>/commerce/customers/"
    assert grown.of("proyecta_http_requests_total", method="GET", route=route, status="200") == 1
    assert grown.of("proyecta_http_requests_total", method="HEAD", route=route, status="200") == 1
    assert grown.of("proyecta_http_requests_total", method="GET", route=route, status="404") == 1
    assert grown.of("proyecta_http_requests_total", method="GET", route=page, status="200") == 1
    assert grown.of("proyecta_http_request_duration_seconds_count", method="GET", route=route) == 2
    assert grown.of("proyecta_http_request_duration_seconds_bucket", method="GET", route=route, le="+Inf") == 2
    assert 0 < grown.of("proyecta_http_request_duration_seconds_sum", method="GET", route=route) < 10
    assert grown.named("proyecta_errors_total") == {frozenset({("code", "not_found")}): 1}


def test_nothing_that_a_client_sends_becomes_a_label():
    """A label for each address would fill the memory of the server, and of Prometheus."""
    secret = "SecretOfTheClient"
    client = ApiClient()
    browser = Client(raise_request_exception=False)
    browser.force_login(make_user())
    with Growth() as grown:
        for number in range(5):
            for one in (client, browser):
                one.get(f"/{secret}{number}/")
                one.get(f"{CUSTOMERS}/{secret}{number}")
                one.get(f"/v1/{secret}{number}")
                one.get(f"/dashboard/{secret}{number}/commerce/customers/?query={secret}")
                one.get(f"/admin/{secret}{number}/", headers={"Host": f"{secret}{number}.example"})
                one.generic(f"{secret}{number}", f"{CUSTOMERS}/{secret}")
                one.generic("get", "/")
    assert secret.lower() not in metrics.exposition().decode().lower()
    labels = {dict(labels)["method"] for labels in grown.named("proyecta_http_requests_total")}
    assert labels == {"GET", "other"}
    assert sum(grown.named("proyecta_http_requests_total").values()) == 70
    assert len(grown.named("proyecta_http_requests_total")) < 16


def test_refusals_count_by_their_reason(settings):
    settings.API_RATE_LIMIT = 1
    client, browser = ApiClient(), Client()
    from contextlib import ExitStack

    with Growth() as grown, ExitStack() as slots:
        for _ in range(MAX_REQUESTS_PER_WORKER):
            slots.enter_context(request_slot())
        assert client.get(CUSTOMERS).status_code == 503
        assert browser.get("/sign-in/").status_code == 503
    assert grown.named("proyecta_errors_total") == {frozenset({("code", "busy")}): 2}


def test_a_call_over_the_rate_counts(settings):
    from api.rate_limit import limit_of

    settings.API_RATE_LIMIT = 1
    limit_of.cache_clear()
    client = ApiClient()
    try:
        with Growth() as grown:
            statuses = [client.get(CUSTOMERS).status_code for _ in range(4)]
    finally:
        limit_of.cache_clear()
    assert statuses.count(429) == grown.of("proyecta_errors_total", code="rate_limited") > 0


def test_a_wrong_password_counts():
    user = make_user(password="correct horse battery staple")
    with Growth() as grown:
        Client().post("/sign-in/", {"username": user.username, "password": "wrong"})
        Client().post("/sign-in/", {"username": "nobody", "password": "wrong"})
        Client().post("/sign-in/", {"username": user.username, "password": "correct horse battery staple"})
    assert grown.of("proyecta_sign_in_failures_total") == 2


def test_a_request_is_in_progress_until_it_is_answered(rf):
    seen = []

    def view(request):
        seen.append(figures()[("proyecta_http_requests_in_progress", frozenset())])
        raise ValueError

    before = figures()[("proyecta_http_requests_in_progress", frozenset())]
    with pytest.raises(ValueError):
        metrics.MetricsMiddleware(view)(rf.get("/"))
    assert seen == [before + 1]
    assert figures()[("proyecta_http_requests_in_progress", frozenset())] == before


# The directory of the workers


def test_the_directory_is_private_in_memory_and_removed():
    with shared_directory() as directory:
        assert os.environ[VARIABLE] == str(directory)
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert not IN_MEMORY.is_dir() or directory.parent == IN_MEMORY
    assert VARIABLE not in os.environ and not directory.exists()


HOLD = """
from core.metrics_directory import shared_directory
with shared_directory() as directory:
    print(directory, flush=True)
    input()
"""


def test_the_directory_of_a_killed_server_is_removed_by_the_next_and_that_of_a_running_one_is_not(data_dir):
    with (
        started([sys.executable, "-c", HOLD], data_dir) as killed,
        started([sys.executable, "-c", HOLD], data_dir) as running,
    ):
        left_over = Path(eventually(killed.printed).strip())
        in_use = Path(eventually(running.printed).strip())
        (left_over / "counter_1.db").touch()
        killed.kill()
        killed.wait()
        with shared_directory() as own:
            assert not left_over.exists()
            assert in_use.exists() and own != in_use
        assert left_over.name.startswith(PREFIX)


def test_workers_that_share_a_directory_are_added_up_and_the_dead_keep_their_counts(data_dir):
    code = """
import os, sys, django; django.setup()
from core.metrics_directory import shared_directory
with shared_directory():
    from core import metrics
    for number in range(3):
        if not os.fork():
            metrics.requests_in_progress.inc()
            metrics.requests_total.labels("GET", "/", 200).inc(10)
            os._exit(0)
        os.wait()
    metrics.requests_total.labels("GET", "/", 200).inc(1)
    print(metrics.exposition().decode())
"""
    environ = surroundings(data_dir, DJANGO_SETTINGS_MODULE="proyecta_admin.settings")
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert 'proyecta_http_requests_total{method="GET",route="/",status="200"} 31.0' in found.stdout
    assert "proyecta_http_requests_in_progress 3.0" not in found.stdout
