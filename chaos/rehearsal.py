"""The run itself: one fault after the other, each until the product has recovered, under the load of many threads."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
from proyecta import AddressInput, Customer, Proyecta, ProyectaError

from .api_load import probe, read_customers, write_customers
from .browsers import READ_PAGES, browse
from .faults import FAULTS, Scene
from .load import Load
from .observations import SETTLING_SECONDS, Outage
from .preparation import APPS, PANEL_APP, Access
from .product import Product

WRITERS_PER_APP = 2
TWO_AT_ONCE_SHARE = 0.15
# Longer than SETTLING_SECONDS, so that there is a time in which no error is allowed.
CALM_SECONDS = (SETTLING_SECONDS + 2, SETTLING_SECONDS + 6)
RECOVERY_SECONDS = 60
START_SECONDS = 120
THREAD_END_SECONDS = 120
CHECK_PAUSE_SECONDS = 0.1
CHECK_TIMEOUT_SECONDS = 5


def check(load: Load, key: str) -> Customer | None:
    """The customer that was created just now; None if /readyz or the write, each on a new connection, fails."""
    mark = uuid4().hex
    try:
        # Without verify, because loading the certificates takes longer than the calls.
        with httpx.Client(timeout=CHECK_TIMEOUT_SECONDS, verify=False, trust_env=False) as http:
            if http.get(f"{load.url}/readyz").status_code != 200:
                return None
            client = Proyecta(
                api_key=key, base_url=load.url, http_client=http, max_retries=0, timeout=CHECK_TIMEOUT_SECONDS
            )
            write = load.journal.intend("create", writer="check", app=PANEL_APP, name=f"New {mark}", mark=mark)
            customer = client.commerce.customers.create(name=write.name, address=AddressInput(line1=mark))
    except (httpx.TransportError, ProyectaError):
        return None
    load.journal.acknowledge(write, customer.id, customer)
    return customer


def recovered(product: Product, load: Load, key: str, seconds: float) -> Customer | None:
    """Wait until check() passes, and return its customer; None if it does not in this time. Starts what has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        product.start_if_ended()
        if customer := check(load, key):
            product.has_answered()
            return customer
        time.sleep(CHECK_PAUSE_SECONDS)
    return None


@contextmanager
def under_load(
    load: Load, access: Access, customer: Customer, usernames: Sequence[str] = tuple(READ_PAGES)
) -> Iterator[None]:
    """Run the threads of the load inside the block. customer: whom the probe asks for. usernames: who signs in."""
    tasks: list[tuple[Callable[..., None], tuple[Any, ...]]] = [(probe, (load, access.check_key, customer.id))]
    for app in APPS:
        tasks += [(write_customers, (load, f"{app}-{n}", app, access.keys[app])) for n in range(WRITERS_PER_APP)]
        tasks.append((read_customers, (load, f"{app}-reader", app, access.keys[app])))
    tasks += [(browse, (load, username)) for username in usernames]
    threads = [threading.Thread(target=task, args=arguments, daemon=True) for task, arguments in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        load.ended.set()
        deadline = time.monotonic() + THREAD_END_SECONDS
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))


def fault_kinds(chance: random.Random, kinds: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The faults of a run, without end: all kinds in random order, again and again; now and then two at once."""
    while True:
        for kind in chance.sample(kinds, len(kinds)):
            others = [other for other in kinds if other != kind]
            is_pair = chance.random() < TWO_AT_ONCE_SHARE and others
            yield (kind, chance.choice(others)) if is_pair else (kind,)


def rehearse(
    scene: Scene, load: Load, key: str, chance: random.Random, seconds: float, kinds: Sequence[str]
) -> Iterator[Outage]:
    """Let things fail for this time, and give each outage once the product has recovered, or has not.

    A last calm time follows the last fault. key: an API key of PANEL_APP. kinds: names of FAULTS.
    """
    deadline = time.monotonic() + seconds
    for together in fault_kinds(chance, kinds):
        time.sleep(chance.uniform(*CALM_SECONDS))
        if time.monotonic() > deadline:
            return
        began = time.monotonic()
        _fail(scene, together, chance)
        outage = Outage(together, began, time.monotonic())
        if recovered(scene.product, load, key, RECOVERY_SECONDS):
            outage.recovered = time.monotonic()
        yield outage


def _fail(scene: Scene, kinds: Sequence[str], chance: random.Random) -> None:
    """Let all of these fail at the same time."""
    # Drawn here, because the order in which threads draw would differ between two runs of one seed.
    chances = [random.Random(chance.random()) for _ in kinds]
    with ThreadPoolExecutor(len(kinds)) as pool:
        faults = [pool.submit(FAULTS[kind], scene, own) for kind, own in zip(kinds, chances, strict=True)]
    for fault in faults:
        fault.result()
