"""Many callers at once over HTTP, and a server that is killed under them."""

import os
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import httpx
import psutil
import pytest

from customers.models import Customer
from tests.support.api import CUSTOMERS, ApiClient, api_server
from tests.support.processes import descendants, free_port

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 8
LIVES = 3


def caller(url, api):
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {api.secret}"}, timeout=60)


def test_64_creates_of_one_email_make_one_customer(data_dir):
    api = ApiClient()
    with api_server(data_dir, API_RATE_LIMIT="0") as (url, _):
        barrier = Barrier(64)

        def create(number):
            email = "Race@Example.com" if number % 2 else "race@example.com"
            with caller(url, api) as http:
                barrier.wait(60)
                return http.post(CUSTOMERS, json={"email": email, "name": f"Number {number}"})

        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(create, range(64)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 63}
    assert len({answer.content for answer in answers}) == 1
    assert Customer.objects.count() == 1


def test_64_updates_from_one_version_let_one_win(data_dir):
    api = ApiClient()
    with api_server(data_dir, API_RATE_LIMIT="0") as (url, _):
        with caller(url, api) as http:
            path = http.post(CUSTOMERS, json={"name": "Before"}).headers["Location"]
        barrier = Barrier(64)

        def update(number):
            with caller(url, api) as http:
                barrier.wait(60)
                return http.patch(path, json={"name": f"Number {number}"}, headers={"If-Match": '"1"'})

        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(update, range(64)))
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 63}


class Callers:
    """Callers who create customers, one after the other, and send each again until it is answered."""

    def __init__(self, url, api):
        self.url, self.api = url, api
        self.acknowledged = []
        self.wrong = []
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=[number]) for number in range(CALLERS)]

    def _call(self, caller_number):
        dice = random.Random(caller_number)
        while not self.ending.is_set():
            name = str(uuid.uuid4())
            # Half of them without an email, so that nothing but the Idempotency-Key keeps them from being made twice.
            body = {"name": name} | ({"email": f"{name}@example.com"} if dice.random() < 0.5 else {})
            self._create(name, body)

    def _create(self, name, body):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                with caller(self.url, self.api) as http:
                    answer = http.post(CUSTOMERS, json=body, headers={"Idempotency-Key": name})
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code in (200, 201):
                self.acknowledged.append((name, answer.json()["id"]))
                return
            if answer.status_code not in (409, 503):
                self.wrong.append(answer.text)
                return
            time.sleep(0.05)
        self.wrong.append(f"{name} was never answered")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def have(self, number):
        """Waits until that many more customers are acknowledged."""
        end, wanted = time.monotonic() + 120, len(self.acknowledged) + number
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < end, self.wrong
            time.sleep(0.01)


def workers(process):
    """The running worker processes, which are those that have ended up in a session of their own."""
    running = []
    for one in descendants(process):
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if one.status() != psutil.STATUS_ZOMBIE and os.getsid(one.pid) == one.pid:
                running.append(one)
    return running


def test_a_killed_server_loses_and_doubles_no_acknowledged_customer(data_dir):
    api = ApiClient()
    port = free_port()
    dice = random.Random(1)
    with Callers(f"http://127.0.0.1:{port}", api) as callers:
        for _ in range(LIVES):
            with api_server(data_dir, port=port, API_RATE_LIMIT="0") as (_, process):
                # Each worker once: the server gives up on one that dies again and again.
                for worker in workers(process):
                    callers.have(10)
                    time.sleep(dice.random() / 20)
                    worker.kill()
                callers.have(10)
                time.sleep(dice.random() / 20)
                # All of it at once, as when the machine goes.
                for one in [process, *descendants(process)]:
                    one.kill()
        with api_server(data_dir, port=port, API_RATE_LIMIT="0"):
            callers.have(10)
            callers.end()
    assert callers.wrong == []
    stored = Counter(Customer.objects.values_list("name", flat=True))
    assert set(stored.values()) == {1}
    acknowledged = dict(callers.acknowledged)
    assert len(acknowledged) == len(callers.acknowledged) >= LIVES * 20
    assert dict(Customer.objects.values_list("name", "public_id")) == acknowledged
