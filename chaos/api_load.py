"""Writers and readers by the Python client, with its retries and idempotency keys; and the probe."""

import random
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
from proyecta import Customer, Proyecta, ProyectaError

from .journal import MARK_FIELD, Journal, Write
from .load import Load, ObservedTransport

WRITER_PAUSE_SECONDS = 0.15
READER_PAUSE_SECONDS = 0.1
REPEAT_PAUSE_SECONDS = 1.0  # before a call that has failed after its retries is made again
MAX_RETRY_WAIT_SECONDS = 5  # a Retry-After of 30 s would leave nobody to write while the product recovers
CREATED_SHARE = 0.4
WITHOUT_EMAIL_SHARE = 0.3
KEY_BY_CLIENT_SHARE = 0.3
REPEATED_SHARE = 0.05
IF_MATCH_SHARE = 0.5
PROBE_PAUSE_SECONDS = 0.05
PROBE_TIMEOUT_SECONDS = 5
CUSTOMERS_PATH = "/v1/commerce/customers"


def write_customers(load: Load, writer: str, app: str, key: str) -> None:
    """Create customers and change them, until the load ends. writer: the name of this thread."""
    chance = load.chance(writer)
    own: list[Customer] = []
    transport = ObservedTransport("try", load.observations, load.cuts_answers)
    with httpx.Client(transport=transport) as http:
        client = Proyecta(api_key=key, base_url=load.url, http_client=http, max_retry_wait=MAX_RETRY_WAIT_SECONDS)
        while load.goes_on(chance, WRITER_PAUSE_SECONDS):
            if not own or chance.random() < CREATED_SHARE:
                if customer := _write(load, client, intended_create(load.journal, chance, writer, app), chance):
                    own.append(customer)
            else:
                place = chance.randrange(len(own))
                write = intended_update(load.journal, chance, writer, app, own[place])
                if customer := _write(load, client, write, chance):
                    own[place] = customer


def intended_create(journal: Journal, chance: random.Random, writer: str, app: str) -> Write:
    """A create in the journal: with an email or without, with an idempotency key of its own or one of the client's."""
    nonce = uuid4().hex
    email = None if chance.random() < WITHOUT_EMAIL_SHARE else f"{writer}-{nonce}@chaos.example"
    arguments: dict[str, Any] = {"name": f"New {nonce}", "address": {MARK_FIELD: nonce}}
    if email:
        arguments["email"] = email
    if chance.random() >= KEY_BY_CLIENT_SHARE:
        arguments["idempotency_key"] = str(uuid4())
    return journal.intend(
        "create", writer=writer, app=app, name=arguments["name"], mark=nonce, email=email, arguments=arguments
    )


def intended_update(journal: Journal, chance: random.Random, writer: str, app: str, customer: Customer) -> Write:
    """A change of the name in the journal; every other one only of the version that the writer knows."""
    arguments = {"customer_id": customer.id, "name": f"Changed {uuid4().hex}", "idempotency_key": str(uuid4())}
    if customer.etag and chance.random() < IF_MATCH_SHARE:
        arguments["if_match"] = customer.etag
    return journal.intend(
        "update", writer=writer, app=app, name=arguments["name"], customer_id=customer.id, arguments=arguments
    )


def send(client: Proyecta, kind: str, arguments: Mapping[str, Any]) -> Customer:
    """Make the call of a write. Raises ProyectaError."""
    customers = client.commerce.customers
    return customers.create(**arguments) if kind == "create" else customers.update(**arguments)


def _write(load: Load, client: Proyecta, write: Write, chance: random.Random) -> Customer | None:
    """Send a write until it is acknowledged or the load ends; without a key of its own, once."""
    while True:
        began = time.monotonic()
        try:
            customer = send(client, write.kind, write.arguments)
        except ProyectaError as error:
            load.observations.fail("client", f"{write.kind}: {said(error)}", began)
            if write.idempotency_key is None or load.ended.wait(REPEAT_PAUSE_SECONDS):
                return None
            continue
        load.journal.acknowledge(write, customer.id, customer)
        if write.idempotency_key and chance.random() < REPEATED_SHARE:
            _repeat(load, client, write, customer)
        return customer


def _repeat(load: Load, client: Proyecta, write: Write, first: Customer) -> None:
    began = time.monotonic()
    try:
        again = send(client, write.kind, write.arguments)
    except ProyectaError as error:
        load.observations.fail("client", f"repeated {write.kind}: {said(error)}", began)
        return
    if not same_answer(first, again):
        load.observations.fail("client", f"repeated {write.kind}: another answer", began)


def same_answer(first: Customer, again: Customer) -> bool:
    """Whether two answers to one call are the same, in every field, version and status."""
    return first == again and (first.etag, first.was_created) == (again.etag, again.was_created)


def said(error: ProyectaError) -> str:
    """The error without what differs each time, so that the same errors count together."""
    status, code = getattr(error, "status", 0), getattr(error, "code", None)
    return f"{type(error).__name__} {status or ''} {code or ''}".strip() if status else type(error).__name__


def read_customers(load: Load, reader: str, app: str, key: str) -> None:
    """Get customers that were acknowledged, and list and search, until the load ends."""
    chance = load.chance(reader)
    with httpx.Client(transport=ObservedTransport("try", load.observations, load.cuts_answers)) as http:
        client = Proyecta(api_key=key, base_url=load.url, http_client=http, max_retry_wait=MAX_RETRY_WAIT_SECONDS)
        while load.goes_on(chance, READER_PAUSE_SECONDS):
            began = time.monotonic()
            try:
                _read_once(client, chance, load.journal.created_id(app, chance))
            except ProyectaError as error:
                load.observations.fail("client", f"read: {said(error)}", began)


def _read_once(client: Proyecta, chance: random.Random, customer_id: str | None) -> None:
    customers = client.commerce.customers
    kind = chance.random()
    if customer_id and kind < 0.6:
        customers.get(customer_id=customer_id)
    elif kind < 0.8:
        customers.list(limit=20, sort=chance.choice(("-created", "name", "email")))
    else:
        customers.list(query=chance.choice(("kim", "smith", "changed", "chaos", "new a")))


def probe(load: Load, key: str, customer_id: str) -> None:
    """Get one customer, on a new connection each time, until the load ends. This tells how long outages last."""
    headers = {"Authorization": f"Bearer {key}"}
    while not load.ended.wait(PROBE_PAUSE_SECONDS):
        began, error = time.monotonic(), None
        try:
            # Without verify, because loading the certificates takes longer than the call.
            with httpx.Client(timeout=PROBE_TIMEOUT_SECONDS, verify=False, trust_env=False) as http:
                answer = http.get(f"{load.url}{CUSTOMERS_PATH}/{customer_id}", headers=headers)
            if answer.status_code != 200:
                error = f"GET by id: {answer.status_code}"
        except httpx.TransportError as problem:
            error = f"GET by id: {type(problem).__name__}"
        load.observations.probe(began, error)
