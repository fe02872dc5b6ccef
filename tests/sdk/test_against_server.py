"""The Python client against the real server."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import proyecta as package
import pytest
from proyecta import (
    Address,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PreconditionFailedError,
    Proyecta,
)

ROOT = Path(__file__).parent.parent.parent


def test_the_four_calls_of_the_documentation(proyecta, word):
    address = {
        "line1": "123 Wonderland Ave",
        "city": "San Francisco",
        "state": "CA",
        "postal_code": "94110",
        "country": "US",
    }
    customer = proyecta.commerce.customers.create(
        email=f"{word}@example.com", name="Alice Liddell", phone="+14155552671", address=address
    )
    assert customer.was_created and customer.id.startswith("cus_")
    assert (customer.email, customer.name, customer.phone) == (f"{word}@example.com", "Alice Liddell", "+14155552671")
    assert customer.address == Address(line2=None, **address)
    assert abs(customer.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert proyecta.commerce.customers.get(customer_id=customer.id) == customer

    result = proyecta.commerce.customers.list(limit="20")
    assert customer in result.data and result.data[0].created >= result.data[-1].created

    changed = proyecta.commerce.customers.update(
        customer_id=customer.id, email=f"new-{word}@example.com", address={"line1": None, "city": "Oakland"}
    )
    assert (changed.email, changed.name) == (f"new-{word}@example.com", "Alice Liddell")
    assert (changed.address.line1, changed.address.city, changed.address.state) == (None, "Oakland", "CA")
    assert proyecta.commerce.customers.update(customer_id=customer.id, address=None, name=None).address is None


def test_creating_again_returns_the_customer_who_is_there(proyecta, word):
    first = proyecta.commerce.customers.create(email=f"{word}@example.com", name="First")
    second = proyecta.commerce.customers.create(email=f" {word.upper()}@Example.com ", name="Second")
    assert second == first and first.was_created and not second.was_created


def test_auto_paging_goes_forth_and_back_over_every_customer_once(proyecta, word):
    made = [proyecta.commerce.customers.create(email=f"{word}{n}@example.com", name=word).id for n in range(7)]
    customers = proyecta.commerce.customers
    for sort in ("created", "email"):
        forth = [one.id for one in customers.list(query=word, limit=2, sort=sort).auto_paging()]
        assert forth == made
    assert [one.id for one in customers.list(query=word, limit="3").auto_paging()] == made[::-1]
    page = customers.list(query=word, limit=2, sort="created", ending_before=made[5])
    assert ([one.id for one in page.data], page.has_more) == (made[3:5], True)
    assert [one.id for one in page.auto_paging()] == made[4::-1]
    assert [one.id for one in customers.list(query=word, starting_after=made[2]).auto_paging()] == made[1::-1]


def test_the_filters_find_whom_they_should(proyecta, word):
    customers = proyecta.commerce.customers
    one = customers.create(email=f"{word}@example.com")
    other = customers.create(email=f"{word}-2@example.com")
    assert [found.id for found in customers.list(email=f"{word.upper()}@example.com").data] == [one.id]
    after = customers.list(query=word, created={"gt": one.created}).data
    assert [found.id for found in after] == [other.id]
    until = customers.list(query=word, created_gte=one.created - timedelta(seconds=1), created_lte=one.created).data
    assert [found.id for found in until] == [one.id]
    with pytest.raises(BadRequestError) as caught:
        customers.list(created={"ge": 1})
    assert caught.value.param == "created[ge]"


def test_refusals_of_the_real_server_carry_what_is_needed(proyecta, api_server, word):
    customers = proyecta.commerce.customers
    one, other = (customers.create(email=f"{word}{n}@example.com") for n in range(2))
    with pytest.raises(ConflictError) as caught:
        customers.update(customer_id=one.id, email=other.email.upper())
    assert (caught.value.status, caught.value.param) == (409, "email")
    assert caught.value.existing_customer_id == other.id
    assert caught.value.code and caught.value.message and caught.value.request_id
    with pytest.raises(BadRequestError) as caught:
        customers.create(email=f"{word}@example.com", address={"country": "Atlantis"})
    assert caught.value.param == "address.country"
    with pytest.raises(BadRequestError):
        customers.create(name="half a \ud800 character")
    with pytest.raises(BadRequestError) as caught:
        customers.list(limit=1000)
    assert caught.value.param == "limit"
    with pytest.raises(BadRequestError):
        customers.list(starting_after=f"cus_{word}")
    with pytest.raises(NotFoundError):
        customers.get(customer_id=f"cus_{word}")
    with Proyecta(api_key="sk_unknown", base_url=api_server.url) as stranger, pytest.raises(AuthenticationError):
        stranger.commerce.customers.list()


def test_an_update_of_an_old_version_is_refused(proyecta, word):
    customers = proyecta.commerce.customers
    old = customers.create(email=f"{word}@example.com")
    assert old.etag and old.etag == customers.get(customer_id=old.id).etag
    new = customers.update(customer_id=old.id, name="One", if_match=old.etag)
    assert new.etag != old.etag
    with pytest.raises(PreconditionFailedError):
        customers.update(customer_id=old.id, name="Two", if_match=old.etag)
    assert customers.update(customer_id=old.id, name="Three", if_match=new.etag).name == "Three"


class LosesAnswers(httpx.HTTPTransport):
    """Carries every request to the server, and loses the first answers on the way back."""

    def __init__(self, count):
        super().__init__()
        self.left = count

    def handle_request(self, request):
        response = super().handle_request(request)
        if self.left:
            self.left -= 1
            response.read()
            response.close()
            raise httpx.ReadError("The connection was lost.", request=request)
        return response


def test_a_lost_answer_never_makes_a_second_customer(api_server, api_key, word, waits):
    with httpx.Client(transport=LosesAnswers(2)) as http:
        client = Proyecta(api_key=api_key, base_url=api_server.url, http_client=http)
        made = client.commerce.customers.create(name=word)
        assert [one.id for one in client.commerce.customers.list(query=word).data] == [made.id]
        http._transport.left = 2
        changed = client.commerce.customers.update(customer_id=made.id, name=f"{word} II", if_match=made.etag)
        assert changed.name == f"{word} II"
    assert len(waits) == 4


def test_many_threads_share_one_client(proyecta, word):
    start = threading.Barrier(16)

    def create(_):
        start.wait()
        return proyecta.commerce.customers.create(email=f"{word}@example.com")

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(create, range(16)))
    assert len({one.id for one in made}) == 1
    assert sum(one.was_created for one in made) == 1


def test_smoke(api_server, api_key, tmp_path):
    """`make sdk` runs this with SDK_PYTHON, the Python of an environment that has the wheel and nothing of ours."""
    python = os.environ.get("SDK_PYTHON")
    environment = {"PATH": os.environ["PATH"], "PROYECTA_BASE_URL": api_server.url, "PROYECTA_API_KEY": api_key}
    if not python:
        environment["PYTHONPATH"] = str(ROOT / "sdk" / "src")
    command = [python and str(ROOT / python) or sys.executable, ROOT / "sdk" / "smoke.py"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"proyecta {package.__version__} works." in done.stdout
