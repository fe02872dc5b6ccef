"""Any sequence of calls through the real server with the real client, beside a dictionary that says what is right."""

from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, multiple, rule, run_state_machine_as_test
from proyecta import ConflictError, NotFoundError, PreconditionFailedError, Proyecta

from tests.support.factories import make_key

PARTS = ("line1", "line2", "city", "state", "postal_code", "country")

# Few of each, so that they meet.
emails = st.sampled_from(["a@example.com", "A@Example.com", "b@example.com", "c.d@example.org", "Z@example.org"])
names = st.sampled_from(["Ada", "ada", "Bob", "Zoë", " Bob "])
phones = st.sampled_from(["+14155552671", "+442079460958"])
ids = st.sampled_from(["cus_a", "cus_b", "cus_C", "cus_missing"])
texts = st.sampled_from(["1 High St", "Springfield", " x "])
parts = {name: st.none() | texts for name in PARTS} | {"country": st.none() | st.sampled_from(["US", "gb"])}
addresses = st.none() | st.fixed_dictionaries({}, optional=parts)
fields = {
    "email": st.none() | emails,
    "name": st.none() | names,
    "phone": st.none() | phones,
    "address": addresses,
}
changes = st.fixed_dictionaries({}, optional=fields)
sorts = st.sampled_from([f"{sign}{name}" for sign in ("", "-") for name in ("created", "email", "name")])


def key_of(email):
    return email and email.lower()


def sort_value(record, name):
    """The sort key of the customers; all the names above differ, if at all, before any accent counts."""
    value = record[name]
    return value and value.lower().replace("ë", "e")


class Model:
    """The customers of one app, in the order in which they were made."""

    def __init__(self):
        self.customers = {}

    def with_email(self, email):
        return next((one for one in self.customers.values() if email and key_of(one["email"]) == key_of(email)), None)

    def apply(self, record, given):
        """`record` after these changes, its version one higher if any did change something."""
        new = dict(record)
        for name, value in given.items():
            if name == "address":
                old = dict(record["address"] or dict.fromkeys(PARTS))
                old |= {part: text and text.strip() for part, text in value.items()} if value else {}
                old["country"] = old["country"] and old["country"].upper()
                new["address"] = old if value is not None and any(old.values()) else None
            else:
                new[name] = value and value.strip()
        if new != record:
            new["version"] += 1
        return new

    def listed(self, sort, email):
        name, descending = sort.lstrip("-"), sort.startswith("-")
        rows = [one for one in self.customers.values() if email is None or key_of(one["email"]) == key_of(email)]
        if descending:
            rows = rows[::-1]
        if name == "created":
            return [one["id"] for one in rows]
        having = [one for one in rows if one[name]]
        # Stable, also in reverse: ties stay in the order of the rows.
        having.sort(key=lambda one: sort_value(one, name), reverse=descending)
        return [one["id"] for one in [*having, *(one for one in rows if not one[name])]]


EMPTY = {"email": None, "name": None, "phone": None, "address": None, "version": 0}


def machine_of(url):
    class Customers(RuleBasedStateMachine):
        """An app of its own for every run."""

        known = Bundle("known")
        etags = Bundle("etags")
        requests = Bundle("requests")

        def __init__(self):
            super().__init__()
            self.model = Model()
            self.client = Proyecta(api_key=make_key(scope="write")[1], base_url=url)
            self.calls = self.client.commerce.customers
            self.number = 0

        def teardown(self):
            self.client.close()

        def check(self, customer, record):
            seen = asdict(customer)
            seen["address"] = seen["address"] and {part: seen["address"][part] for part in PARTS}
            seen["version"] = int(customer.etag.strip('"'))
            assert {name: seen[name] for name in record} == record

        def new_key(self):
            self.number += 1
            return f"key-{self.number}"

        @rule(target=known, given=changes, customer_id=st.none() | ids)
        def create(self, given, customer_id):
            return self.made(given, customer_id, None)

        def made(self, given, customer_id, key):
            """Create, and compare. Returns the ids that there are more to speak of."""
            existing = self.model.with_email(given.get("email"))
            at_id = self.model.customers.get(customer_id)
            # Giving the same id again without an email on either side repeats the creation of that customer.
            repeated = at_id if at_id and not at_id["email"] and not given.get("email") else None
            if at_id and not existing and not repeated:
                with pytest.raises(ConflictError) as caught:
                    self.calls.create(id=customer_id, idempotency_key=key, **given)
                assert (caught.value.code, caught.value.existing_customer_id) == ("id_taken", customer_id)
                return multiple()
            customer = self.calls.create(id=customer_id, idempotency_key=key, **given)
            if known := existing or repeated:
                assert not customer.was_created
                self.check(customer, known)
                return multiple()
            assert customer.was_created and customer.id not in self.model.customers
            assert customer_id in (None, customer.id)
            start = {**EMPTY, "id": customer.id, "created": customer.created}
            record = {**self.model.apply(start, given), "version": 1}
            self.check(customer, record)
            self.model.customers[customer.id] = record
            return customer.id

        @rule(target=requests, given=changes, customer_id=st.none() | ids)
        def create_under_a_key(self, given, customer_id):
            key, before = self.new_key(), set(self.model.customers)
            self.made(given, customer_id, key)
            made = set(self.model.customers) - before
            return (key, {**given, "id": customer_id}, made.pop()) if made else multiple()

        @rule(request=requests)
        def repeat(self, request):
            """The first answer again, whatever has become of the customer; and no second customer."""
            key, given, customer_id = request
            again = self.calls.create(idempotency_key=key, **given)
            assert (again.id, again.was_created, again.etag) == (customer_id, True, '"1"')

        @rule(request=requests)
        def misuse_a_key(self, request):
            with pytest.raises(ConflictError) as caught:
                self.calls.create(idempotency_key=request[0], name="Somebody else")
            assert caught.value.code == "idempotency_key_reused"

        @rule(customer_id=known | ids)
        def get(self, customer_id):
            if record := self.model.customers.get(customer_id):
                self.check(self.calls.get(customer_id=customer_id), record)
            else:
                with pytest.raises(NotFoundError):
                    self.calls.get(customer_id=customer_id)

        @rule(target=etags, customer_id=known)
        def remember(self, customer_id):
            return customer_id, self.calls.get(customer_id=customer_id).etag

        @rule(customer_id=known | ids, given=changes)
        def update(self, customer_id, given):
            self.updated(customer_id, given)

        @rule(remembered=consumes(etags), given=changes)
        def update_what_was_seen(self, remembered, given):
            customer_id, etag = remembered
            if etag == f'"{self.model.customers[customer_id]["version"]}"':
                self.updated(customer_id, given, if_match=etag)
            else:
                with pytest.raises(PreconditionFailedError):
                    self.calls.update(customer_id=customer_id, if_match=etag, **given)

        @rule(customer_id=known, given=changes)
        def update_twice_under_a_key(self, customer_id, given):
            key = self.new_key()
            if answer := self.updated(customer_id, given, idempotency_key=key):
                again = self.calls.update(customer_id=customer_id, idempotency_key=key, **given)
                assert (again, again.etag) == (answer, answer.etag)

        def updated(self, customer_id, given, **options):
            """Update, and compare. Returns the answer, None where it is a refusal."""
            record = self.model.customers.get(customer_id)
            if record is None:
                with pytest.raises(NotFoundError):
                    self.calls.update(customer_id=customer_id, **given, **options)
                return None
            other = self.model.with_email(given.get("email"))
            if other and other is not record:
                with pytest.raises(ConflictError) as caught:
                    self.calls.update(customer_id=customer_id, **given, **options)
                assert (caught.value.code, caught.value.existing_customer_id) == ("email_taken", other["id"])
                return None
            customer = self.calls.update(customer_id=customer_id, **given, **options)
            self.model.customers[customer_id] = self.model.apply(record, given)
            self.check(customer, self.model.customers[customer_id])
            return customer

        @rule(sort=sorts, limit=st.sampled_from([1, 2, "3", 100]), email=st.none() | emails)
        def walk(self, sort, limit, email):
            expected = self.model.listed(sort, email)
            page = self.calls.list(sort=sort, limit=limit, email=email)
            assert [one.id for one in page.data] == expected[: int(limit)]
            assert page.has_more == (len(expected) > int(limit))
            assert [one.id for one in page.auto_paging()] == expected
            if expected:
                back = self.calls.list(sort=sort, limit=limit, email=email, ending_before=expected[-1])
                assert [one.id for one in back.data] == expected[:-1][-int(limit) :]

    return Customers


def test_any_sequence_of_calls_does_what_a_dictionary_would(transactional_db, api_server):
    run_state_machine_as_test(
        machine_of(api_server.url),
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
