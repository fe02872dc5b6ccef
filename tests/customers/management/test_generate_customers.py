"""The made-up customers of a demo or a benchmark, and the command that writes them."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import phonenumbers
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.demo import TakenEmails, demo_customers
from customers.demo.locales import all_locales
from customers.models import ADDRESS_PARTS, Customer
from customers.values.cleaning import clean_customer
from customers.values.ids import is_customer_id
from tests.support.factories import make_app, make_customer

UNTIL = datetime(2024, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def many():
    return list(demo_customers(20_000, seed=1, until=UNTIL))


def generate(app, rows, *options):
    call_command("generate_customers", f"--app={app.slug}", f"--rows={rows}", *options, verbosity=0)


def columns_of(app, *names):
    return list(app.customers.order_by("key").values_list(*names))


def indexes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'customers_customer' ORDER BY indexname")
        return cursor.fetchall()


# -- the customers


def test_the_demo_is_the_same_on_every_machine():
    customers = repr([tuple(customer) for customer in demo_customers(500, seed=1, until=UNTIL)])
    # Another value is right only where the lists or what is drawn from them were changed on purpose.
    assert hashlib.sha256(customers.encode()).hexdigest()[:16] == "5d905df18b606445"


def test_another_seed_gives_other_customers(many):
    others = {customer.email for customer in demo_customers(500, seed=2, until=UNTIL)}
    assert len(others & {customer.email for customer in many[:500]}) < 10


@pytest.mark.parametrize("until", [UNTIL + timedelta(days=3), UNTIL - timedelta(days=5000, hours=7)])
def test_another_last_day_changes_nothing_but_the_dates(until):
    def lasting(moment):
        for customer in demo_customers(2000, seed=1, until=moment):
            # The first ten characters after `cus_` are the time.
            yield customer._replace(public_id=customer.public_id[14:], created="", updated="")

    assert list(lasting(until)) == list(lasting(UNTIL))


def test_no_two_have_the_same_email_in_any_case(many):
    emails = [customer.email.lower() for customer in many if customer.email]
    assert len(set(emails)) == len(emails)
    assert len({customer.public_id for customer in many}) == len(many)


def test_no_email_that_the_app_has_is_given_again(many):
    taken = TakenEmails(40_000)
    for customer in many:
        taken.add((customer.email or "").upper())
    again = demo_customers(20_000, seed=1, until=UNTIL, taken=taken)
    assert {customer.email for customer in again if customer.email}.isdisjoint({customer.email for customer in many})


def test_taken_emails_are_never_called_free():
    taken = TakenEmails(1000)
    emails = [f"ada{number}@example.com" for number in range(1000)]
    wrong = [email for email in emails if not taken.add(email)]
    assert len(wrong) < 30
    assert not any(taken.add(email.upper()) for email in emails)


def test_every_phone_is_valid_in_a_country_of_the_demo(many):
    countries = {locale.country for locale in all_locales()}
    for customer in many[:5000]:
        if customer.phone:
            number = phonenumbers.parse(customer.phone)
            assert phonenumbers.is_valid_number(number), customer
            region = phonenumbers.region_code_for_number(number)
            assert region == customer.address_country if customer.address_country else region in countries, customer


def test_the_forms_would_take_every_customer_as_it_is(many):
    for customer in many[:5000]:
        address = {part: getattr(customer, f"address_{part}") for part in ADDRESS_PARTS}
        given = {"email": customer.email, "name": customer.name, "phone": customer.phone}
        cleaned, errors = clean_customer(given | {"address": address})
        assert errors == {}
        assert cleaned == given | {f"address_{part}": text for part, text in address.items()}
        assert is_customer_id(customer.public_id)
        assert customer.email or customer.name


def test_nothing_in_them_means_something_to_copy(many):
    assert not [customer for customer in many if re.search(r"[\\\t\n\r]", "".join(map(str, customer)))]


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [("email", 0.01, 0.05), ("name", 0.01, 0.05), ("phone", 0.05, 0.15), ("address_country", 0.1, 0.2)],
)
def test_some_lack_something(many, field, least, most):
    assert least < sum(not getattr(customer, field) for customer in many) / len(many) < most


def test_a_third_is_at_gmail_and_others_at_the_mail_of_their_country(many):
    emails = [customer.email.lower() for customer in many if customer.email]
    assert 0.28 < sum(email.endswith("@gmail.com") for email in emails) / len(emails) < 0.4
    for domain in ("naver.com", "yahoo.co.jp", "qq.com", "web.de", "outlook.com"):
        assert sum(email.endswith("@" + domain) for email in emails) > 20
    assert len({email.partition("@")[2] for email in emails}) > 1000


def test_the_first_page_of_the_demo_has_the_scripts_of_the_world():
    scripts = ("가-힣", "ァ-ヶ", "一-鿿", "ء-ي", "अ-ह", "а-я", "α-ω", "ก-ฮ")
    demo = list(demo_customers(500, seed=1, until=UNTIL))
    assert len({customer.address_country for customer in demo}) > 20
    names = " ".join(customer.name for customer in demo)
    assert [script for script in scripts if len(re.findall(f"[{script}]", names)) < 5] == []
    first_page = " ".join(customer.name for customer in demo[-20:])
    assert re.search("[가-힣]", first_page)
    assert sum(bool(re.search(f"[{script}]", first_page)) for script in scripts) >= 3


def test_there_are_more_each_month_on_weekdays_and_in_the_daytime(many):
    created = [datetime.fromisoformat(customer.created) for customer in many]
    assert all(one <= other for one, other in pairwise(created))
    assert UNTIL - timedelta(days=730) <= created[0]
    assert created[-1] < UNTIL
    assert len([c for c in created if c > UNTIL - timedelta(days=90)]) > 1.5 * created_in_the_first(created, days=90)
    at_weekends = sum(moment.weekday() >= 5 for moment in created) / len(created)
    assert 0.12 < at_weekends < 0.22
    assert sum(6 <= moment.hour < 18 for moment in created) > 0.6 * len(created)


def created_in_the_first(created, *, days):
    return sum(moment < UNTIL - timedelta(days=730 - days) for moment in created)


def test_ids_sort_by_creation(many):
    times = [customer.public_id[:14] for customer in many]
    assert times == sorted(times)


def test_a_change_is_later_than_the_creation_and_has_a_version(many):
    for customer in many:
        assert (customer.version > 1) == (customer.updated > customer.created)
        assert customer.updated < "2024-11-22"


def test_no_list_has_a_name_without_latin_letters_for_its_email():
    for locale in all_locales():
        for names in locale.people:
            assert all(re.fullmatch("[a-z0-9]+", word.slug) for words in names for word in words), locale.name
        assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z]+)+", domain) for _, domain in locale.companies)


# -- the command


@pytest.mark.django_db
def test_it_writes_what_was_asked_for_and_keeps_every_index(many):
    app, before = make_app(), indexes()
    generate(app, 20_000, "--until=2024-11-22")
    names = ("public_id", "email", "name", "phone", *(f"address_{part}" for part in ADDRESS_PARTS), "version")
    assert columns_of(app, *names) == [(*customer[:10], customer.version) for customer in many]
    created = columns_of(app, "created", "updated")
    assert created == [tuple(map(datetime.fromisoformat, (customer.created, customer.updated))) for customer in many]
    assert indexes() == before


@pytest.mark.django_db
def test_the_same_seed_gives_each_empty_app_the_same_customers():
    first, second, other = make_app(), make_app(), make_app()
    generate(first, 300)
    generate(second, 300)
    generate(other, 300, "--seed=2")
    assert columns_of(first, "public_id", "email", "name") == columns_of(second, "public_id", "email", "name")
    assert columns_of(first, "email") != columns_of(other, "email")


@pytest.mark.django_db
def test_run_again_it_adds_others():
    app = make_app()
    make_customer(app)
    generate(app, 2000)
    generate(app, 2000)
    emails = [email for (email,) in columns_of(app, "email") if email]
    assert app.customers.count() == 4001
    # Namesakes with a number behind their email would show that the same people came twice.
    first, second = set(columns_of(app, "phone")[1:2001]), set(columns_of(app, "phone")[2001:])
    assert first & second == {("",)}
    assert len({email.lower() for email in emails}) == len(emails)


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [100, 20_000])
def test_one_that_is_there_already_stops_it_with_nothing_written(rows):
    app = make_app()
    taken = list(demo_customers(rows, seed="1 after 1", until=UNTIL))[-1].public_id
    make_customer(app, customer_id=taken)
    before = indexes()
    with pytest.raises(CommandError, match=r"^Nothing was written: .* --seed\.$"):
        generate(app, rows, "--until=2024-11-22")
    assert app.customers.count() == 1
    assert indexes() == before


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_table_is_vacuumed_and_a_search_finds_the_new():
    app = make_app()
    generate(app, 20_000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relallvisible > 0.9 * relpages FROM pg_class WHERE relname = 'customers_customer'")
        assert cursor.fetchone() == (True,)
    assert Customer.objects.filter(app=app, search_text__contains="김").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--app=nowhere", "--rows=1"], "There is no app nowhere"),
        (["--app=acme", "--rows=0"], "whole number from 1 to"),
        (["--app=acme", "--rows=1e6"], "whole number from 1 to"),
        (["--app=acme", "--rows=99999999999999"], "whole number from 1 to"),
        (["--app=acme", "--rows=1", "--until=yesterday"], "YYYY-MM-DD"),
        (["--app=acme", "--rows=1", "--until=1960-01-01"], "YYYY-MM-DD"),
        (["--app=acme", "--rows=1", "--until=9999-12-31"], "YYYY-MM-DD"),
    ],
)
def test_a_wrong_argument_is_a_sentence(options, message):
    make_app("acme")
    with pytest.raises(CommandError, match=message):
        call_command("generate_customers", *options)
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_it_shows_how_far_it_is_and_is_silent_when_told_so(capfd):
    app = make_app("acme", name="Acme")
    call_command("generate_customers", "--app=acme", "--rows=700")
    written = capfd.readouterr()
    assert written.out == "Acme has 700 more customers.\n"
    assert "700/700" in written.err
    generate(app, 700)
    assert capfd.readouterr() == ("", "")
