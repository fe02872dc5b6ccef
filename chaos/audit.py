"""The journal beside the database: what was acknowledged is there once, and nothing is there twice."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proyecta import Customer, Proyecta, ProyectaError

from .api_load import same_answer, send
from .journal import Write
from .preparation import APPS

MAX_REPLAYS = 300


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    """A row of the table of customers. mark: the text that only the create of this customer has sent."""

    customer_id: str
    app: str
    email: str | None
    name: str
    mark: str
    version: int


@dataclass(slots=True)
class Verdict:
    """What the audit has found: a line for each write that is lost or doubled, and for each other difference."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)


def compare(writes: Sequence[Write], stored: Sequence[StoredCustomer]) -> Verdict:
    """Compare all writes of the journal with all customers of the database."""
    verdict = Verdict()
    by_mark: dict[str, list[StoredCustomer]] = defaultdict(list)
    for customer in stored:
        by_mark[customer.mark].append(customer)
    for write in writes:
        if write.kind == "create":
            _compare_create(write, by_mark[write.mark], verdict)
    emails = Counter((one.app, one.email.casefold()) for one in stored if one.email)
    verdict.doubled += [f"{email} is there {count} times" for (_, email), count in emails.items() if count > 1]
    by_id = {customer.customer_id: customer for customer in stored}
    first_names = {write.customer_id: write.name for write in writes if write.kind == "create"}
    for customer_id, updates in updates_by_customer(writes).items():
        if found := by_id.get(customer_id):
            _compare_updates(updates, found, first_names.get(customer_id), verdict)
        elif any(update.acknowledged for update in updates):
            verdict.lost.append(f"{customer_id} was changed, and is not there")
    return verdict


def updates_by_customer(writes: Iterable[Write]) -> Mapping[str, list[Write]]:
    """The updates of each customer, in the order in which they were sent."""
    updates: dict[str, list[Write]] = defaultdict(list)
    for write in writes:
        if write.kind == "update" and write.customer_id:
            updates[write.customer_id].append(write)
    return updates


def _compare_create(write: Write, found: Sequence[StoredCustomer], verdict: Verdict) -> None:
    if len(found) > 1:
        verdict.doubled.append(f"{_title(write)} is there {len(found)} times")
    if not write.acknowledged:
        return
    if not found:
        verdict.lost.append(f"{_title(write)} is not there")
    elif write.customer_id not in {one.customer_id for one in found}:
        verdict.lost.append(f"{_title(write)} is there as {found[0].customer_id}")
    elif (found[0].app, found[0].email) != (write.app, write.email):
        verdict.different.append(f"{_title(write)} has {found[0].email} in {found[0].app}")


def _compare_updates(updates: Sequence[Write], found: StoredCustomer, first_name: str | None, verdict: Verdict) -> None:
    """The name is that of the last acknowledged update, or of a later one of which nobody knows whether it was done."""
    acknowledged = [number for number, update in enumerate(updates) if update.acknowledged]
    possible = [update.name for update in updates[acknowledged[-1] if acknowledged else 0 :]]
    if not acknowledged and first_name is not None:
        possible.append(first_name)
    if found.name not in possible and (acknowledged or first_name is not None):
        verdict.lost.append(f"{found.customer_id} has the name {found.name!r} instead of {possible[0]!r}")
    # Each update gives another name, and therefore a version of its own.
    if found.version > 1 + len(updates):
        verdict.doubled.append(f"{found.customer_id} has version {found.version} after {len(updates)} updates")
    elif found.version < 1 + len(acknowledged):
        verdict.lost.append(f"{found.customer_id} has version {found.version} after {len(acknowledged)} updates")


def _title(write: Write) -> str:
    return f"{write.writer}'s {write.email or write.name} ({write.customer_id or 'no answer'})"


def replay(writes: Sequence[Write], keys: Mapping[str, str], url: str, chance: random.Random) -> tuple[int, list[str]]:
    """Make acknowledged calls once more, with their idempotency keys. Returns (how many, a line for each difference).

    keys: secret of an API key by the slug of its app.
    """
    done = [write for write in writes if write.acknowledged and write.idempotency_key]
    chosen = chance.sample(done, min(MAX_REPLAYS, len(done)))
    different = []
    for app in APPS:
        with Proyecta(api_key=keys[app], base_url=url) as client:
            for write in chosen:
                if write.app != app:
                    continue
                if problem := _replay_problem(client, write):
                    different.append(f"{_title(write)}: {problem}")
    return len(chosen), different


def _replay_problem(client: Proyecta, write: Write) -> str:
    try:
        again = send(client, write.kind, write.arguments)
    except ProyectaError as error:
        return f"the repeat is refused: {error}"
    return "" if isinstance(write.answer, Customer) and same_answer(write.answer, again) else "another answer"


def read_database() -> tuple[list[StoredCustomer], dict[str, str], int]:
    """(all customers, the answers that the API has stored, the number of counts that were wrong).

    Reads the database of use_data_directory(), past the product. Wrong counts are corrected.
    """
    from postgres.embedded import running_database

    with running_database():
        import django

        django.setup()
        from customers import counts

        return stored_customers(), stored_answers(), counts.recount()


def stored_customers() -> list[StoredCustomer]:
    """All customers in Django's database."""
    from customers.models import Customer as Row

    columns = ("public_id", "app__slug", "email", "name", "address_line1", "version")
    return [StoredCustomer(*row) for row in Row.objects.values_list(*columns)]


def stored_answers() -> dict[str, str]:
    """{idempotency key: body, JSON} of the calls that succeeded, in Django's database."""
    from api.models import IdempotencyRecord

    return dict(IdempotencyRecord.objects.filter(status__lt=300).values_list("key", "body"))


def compare_answers(writes: Iterable[Write], answers: Mapping[str, str]) -> list[str]:
    """A line for each acknowledged write whose answer is not stored under its key, or is of another customer.

    answers: bodies, JSON, by idempotency key.
    """
    different = []
    for write in writes:
        if write.acknowledged and (key := write.idempotency_key):
            body = answers.get(key, "")
            if f'"{write.customer_id}"' not in body or write.name not in body:
                different.append(f"{_title(write)}: its answer is not stored under its key")
    return different
