"""The service module: create, get and update, alone and many at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from string import ascii_letters
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from core.exceptions import ValidationFailed
from customers.exceptions import CustomerIdTaken, CustomerNotFound, EmailTaken, StaleEdit
from customers.models import Customer
from customers.services import create_customer, get_customer, list_customers, update_customer
from customers.values.countries import CODES
from tests.support.factories import make_app, make_customer

pytestmark = pytest.mark.django_db

ADDRESS = {
    "line1": "123 Wonderland Ave",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "us",
}


def all_at_once(number, work):
    """The results or exceptions of `work(index)` in `number` threads, each on a connection of its own, started together."""
    barrier = Barrier(number)

    def run(index):
        try:
            connection.ensure_connection()
            barrier.wait(60)
            return work(index)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_a_new_customer_has_what_was_given():
    customer, created = create_customer(
        app=make_app(), email=" Alice@Example.com ", name="Alice Liddell", phone="+1 (415) 555-2671", address=ADDRESS
    )
    assert created
    assert (customer.email, customer.name, customer.phone) == ("Alice@Example.com", "Alice Liddell", "+14155552671")
    assert customer.address == ADDRESS | {"line2": None, "country": "US"}
    assert get_customer(app=customer.app, customer_id=customer.public_id) == customer


@pytest.mark.parametrize("again", ["ALICE@example.COM", "  alice@example.com\t", "alice@EXAMPLE.com"])
def test_creating_again_with_the_same_email_gives_the_first_one_unchanged(again):
    app = make_app()
    first, _ = create_customer(app=app, email="Alice@example.com", name="Alice")
    second, created = create_customer(app=app, email=again, name="Somebody Else")
    assert not created
    assert (second.public_id, second.name, second.email) == (first.public_id, "Alice", "Alice@example.com")


def test_one_email_typed_in_two_unicode_forms_is_one_customer():
    app = make_app()
    first, _ = create_customer(app=app, email="jose\u0301@example.com")
    second, created = create_customer(app=app, email="jos\u00e9@example.com")
    assert (second.pk, created) == (first.pk, False)


def test_customers_without_email_are_always_new():
    app = make_app()
    assert {create_customer(app=app, name="Walk-in", email=email)[1] for email in (None, "", "  ")} == {True}


def test_apps_may_have_the_same_email_and_id():
    one, other = make_app(), make_app()
    create_customer(app=one, email="a@example.com", customer_id="cus_1")
    customer, created = create_customer(app=other, email="a@example.com", customer_id="cus_1")
    assert created
    assert customer.app == other


def test_an_id_in_use_for_another_email_is_refused():
    app = make_app()
    create_customer(app=app, email="a@example.com", customer_id="cus_1")
    with pytest.raises(CustomerIdTaken) as caught:
        create_customer(app=app, email="b@example.com", customer_id="cus_1")
    assert caught.value.existing_id == "cus_1"
    assert not create_customer(app=app, email="A@example.com", customer_id="cus_1")[1]
    assert not create_customer(app=app, email="A@example.com", customer_id="cus_2")[1]


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"email": "alice"}, "email"),
        ({"email": "a\x00@example.com"}, "email"),
        ({"email": "\ud800@example.com"}, "email"),
        ({"email": f"{'a' * 60}@{'b' * 300}.com"}, "email"),
        ({"email": 5}, "email"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x" * 10_000_000}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": ["x"]}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "+1 555"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "+82101234567890123"}, "phone"),
        ({"address": {"country": "Wonderland"}}, "address.country"),
        ({"address": {"country": "ZZ"}}, "address.country"),
        ({"address": {"planet": "Earth"}}, "address.planet"),
        ({"address": {"city": "x" * 201}}, "address.city"),
        ({"address": "123 Main St"}, "address"),
        ({"customer_id": "abc"}, "id"),
        ({"customer_id": "cus_"}, "id"),
        ({"customer_id": "cus_" + "x" * 61}, "id"),
        ({"customer_id": "cus_a\n"}, "id"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(given, param):
    app = make_app()
    with pytest.raises(ValidationFailed) as caught:
        create_customer(app=app, **given)
    assert list(caught.value.errors) == [param]
    assert caught.value.message.endswith(".")
    assert not Customer.objects.filter(app=app).exists()


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValidationFailed) as caught:
        create_customer(app=make_app(), email="x", phone="y", address={"country": "z"})
    assert set(caught.value.errors) == {"email", "phone", "address.country"}


def test_a_national_number_needs_a_country():
    app = make_app()
    assert create_customer(app=app, phone="010-1234-5678", address={"country": "KR"})[0].phone == "+821012345678"
    with pytest.raises(ValidationFailed, match=r"\+14155552671"):
        create_customer(app=app, phone="010-1234-5678")
    assert create_customer(app=app, phone="0049 711 2842222", address={"country": "KR"})[0].phone == "+497112842222"
    customer, _ = create_customer(app=app, address={"country": "KR"})
    updated, _ = update_customer(app=app, customer_id=customer.public_id, phone="02-312-3456")
    assert updated.phone == "+8223123456"


def test_the_database_knows_the_countries_that_are_known_here():
    """Its list is in a migration: a country that ISO names later needs another one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a || b FROM unnest(%(letters)s::text[]) a, unnest(%(letters)s::text[]) b WHERE proyecta_is_country(a || b)",
            {"letters": list(ascii_letters)},
        )
        assert {code for (code,) in cursor.fetchall()} == set(CODES)


@pytest.mark.parametrize(
    "column",
    [
        "public_id = 'nope'", "public_id = 'cus_é'", "phone = '123'", "phone = '+0123'", "address_country = 'ZZ'",
        "address_country = 'kr'", "email = 'nobody'", "email = 'a b@c.de'", "email = ' a@b.de'", "name = NULL",
    ],
)  # fmt: skip
def test_not_even_sql_stores_a_bad_one(column):
    customer = make_customer()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE customers_customer SET {column} WHERE key = %s", [customer.pk])


def test_no_app_gets_another_apps_customer_by_id():
    customer = make_customer()
    for customer_id in (customer.public_id, "cus_none", "", None, 7, "x\x00", "cus_\ud800"):
        with pytest.raises(CustomerNotFound):
            get_customer(app=make_app(), customer_id=customer_id)
        with pytest.raises(CustomerNotFound):
            update_customer(app=make_app(), customer_id=customer_id, name="Mine now")


def test_update_changes_what_is_given_and_clears_what_is_none():
    customer = make_customer(email="a@example.com", name="A", phone="+14155552671", address=ADDRESS)
    updated, changed = update_customer(
        app=customer.app, customer_id=customer.public_id, phone=None, address={"state": None, "city": "Oakland"}
    )
    assert set(changed) == {"phone", "address_state", "address_city"}
    assert (updated.email, updated.name, updated.phone) == ("a@example.com", "A", "")
    assert updated.address == ADDRESS | {"line2": None, "country": "US", "state": None, "city": "Oakland"}
    assert updated.version == customer.version + 1
    assert updated.updated > customer.updated
    assert update_customer(app=customer.app, customer_id=customer.public_id, address=None)[0].address is None


def test_an_update_that_changes_nothing_makes_no_version():
    customer = make_customer(email="a@example.com", name="A")
    updated, changed = update_customer(
        app=customer.app, customer_id=customer.public_id, name=" A ", email="a@example.com"
    )
    assert (changed, updated.version, updated.updated) == ((), customer.version, customer.updated)


def test_an_email_of_another_customer_is_refused_and_names_them():
    taken = make_customer(email="taken@example.com")
    customer = make_customer(app=taken.app, email="mine@example.com")
    with pytest.raises(EmailTaken) as caught:
        update_customer(app=taken.app, customer_id=customer.public_id, email="TAKEN@example.com", name="New")
    assert caught.value.existing_id == taken.public_id
    assert get_customer(app=taken.app, customer_id=customer.public_id).name == customer.name


def test_the_case_of_ones_own_email_may_change():
    customer = make_customer(email="alice@example.com")
    updated, changed = update_customer(app=customer.app, customer_id=customer.public_id, email="Alice@Example.com")
    assert (updated.email, changed) == ("Alice@Example.com", ("email",))


def test_an_edit_of_an_old_version_is_refused_with_the_current_one():
    customer = make_customer(name="First")
    update_customer(app=customer.app, customer_id=customer.public_id, name="Second", expected_version=customer.version)
    with pytest.raises(StaleEdit) as caught:
        update_customer(
            app=customer.app, customer_id=customer.public_id, name="Third", expected_version=customer.version
        )
    assert caught.value.current.name == "Second"


@pytest.mark.django_db(transaction=True)
def test_64_callers_at_once_create_one_customer(unpooled):
    app = make_app()
    emails = ["alice@example.com", "Alice@Example.com", "ALICE@EXAMPLE.COM", " alice@example.com "]
    answers = all_at_once(64, lambda index: create_customer(app=app, email=emails[index % 4], name=str(index)))
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert len({(customer.pk, customer.public_id, customer.name, customer.email) for customer, _ in answers}) == 1
    assert sum(created for _, created in answers) == 1
    assert Customer.objects.filter(app=app).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_edits_of_one_version_at_once_have_one_winner(unpooled):
    customer = make_customer(name="Before")
    for round_number in range(10):
        version = get_customer(app=customer.app, customer_id=customer.public_id).version
        answers = all_at_once(
            2,
            lambda index, v=version, r=round_number: update_customer(
                app=customer.app, customer_id=customer.public_id, name=f"{r}-{index}", expected_version=v
            ),
        )
        assert sorted(isinstance(answer, StaleEdit) for answer in answers) == [False, True]
        winner = next(answer[0] for answer in answers if not isinstance(answer, StaleEdit))
        assert get_customer(app=customer.app, customer_id=customer.public_id).name == winner.name


@pytest.mark.django_db(transaction=True)
def test_two_customers_cannot_take_one_email_at_once(unpooled):
    app = make_app()
    customers = [make_customer(app=app) for _ in range(8)]
    answers = all_at_once(
        8, lambda index: update_customer(app=app, customer_id=customers[index].public_id, email="one@example.com")
    )
    assert sum(isinstance(answer, EmailTaken) for answer in answers) == 7
    assert Customer.objects.filter(app=app, email="one@example.com").count() == 1


def test_a_list_argument_that_is_wrong_never_lists_everything():
    app = make_customer().app
    for wrong in (
        {"limit": 0}, {"limit": 101}, {"limit": "ten"}, {"limit": True}, {"limit": "²"}, {"sort": "phone"}, {"sort": None},
        {"email": "nobody"}, {"email": "@"}, {"email": "a\x00@b.de"}, {"query": "\ud800"}, {"query": "x" * 201}, {"query": "¨"},
        {"query": "a b c d e f g h i j k"}, {"created": "soon"}, {"created_gt": "2026-13-01T00:00:00Z"}, {"created_gte": 10**30},
        {"created_from": "2026-02-30"}, {"created_to": "0000-01-01"}, {"created_from": "2026-02-02", "created_to": "2026-02-01"},
        {"phone": "+1"}, {"starting_after": "cus_none"}, {"ending_before": "x\x00"}, {"starting_after": "a", "ending_before": "b"},
    ):  # fmt: skip
        with pytest.raises(ValidationFailed) as caught:
            list_customers(app=app, **wrong)
        assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "moment",
    [
        "2026-W45-2T14:05:00Z", "2026-11-03 14:05:00Z", "2026-11-03T14:05:00+0900", "2026-11-03T14:05:00+09", "20261103T140500+09:00",
        "2026-11-03T14:05:00,5Z", "2026-11-03T14:05:00.Z", "2026-11-03T14:05Z", "2026-11-03T14:05:00", "2026-11-03T24:00:00Z",
        "2026-11-03T14:05:00+09:00:30", "2026-11-03T14:05:00+24:00", "2026-11-03T14:05:00+09:60", "2026-02-29T00:00:00Z",
        "2026-11-03T14:05:00 09:00", "2026-11-03T14:05:60Z", "٢026-11-03T14:05:00Z", "2026-11-03T14:05:00Zx", "--5", "1_000", "1.5",
    ],
)  # fmt: skip
def test_a_moment_that_is_not_rfc_3339_is_refused(moment):
    with pytest.raises(ValidationFailed) as caught:
        list_customers(app=make_app(), created=moment)
    assert caught.value.param == "created"


@pytest.mark.parametrize(
    "same",
    [
        "2026-11-03T14:05:00Z", "2026-11-03t14:05:00z", "2026-11-03T14:05:00.000000000Z", "2026-11-03T23:05:00+09:00", "1793714700",
        "2026-11-03T14:05:00-00:00", "2026-11-03t14:05:00.0+00:00",
    ],
)  # fmt: skip
def test_a_moment_may_be_written_in_each_way_of_rfc_3339(same):
    app = make_app()
    customer = make_customer(app=app, created=datetime(2026, 11, 3, 14, 5, tzinfo=UTC))
    assert list_customers(app=app, created=same).data == [customer]


def test_a_leap_second_is_the_one_after_it():
    app = make_app()
    customer = make_customer(app=app, created=datetime(2017, 1, 1, tzinfo=UTC))
    for moment in ("2016-12-31T23:59:60Z", "2017-01-01T08:59:60+09:00"):
        assert list_customers(app=app, created=moment).data == [customer]
