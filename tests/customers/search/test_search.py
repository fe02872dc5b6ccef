"""Search finds what its definition says, no more and no less."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db.sql import any_of
from core.exceptions import ValidationFailed
from customers.loading.indexes import SEARCH_INDEXES
from customers.models import Customer
from customers.search import search_words
from customers.search.grams import PART_CONDITIONS, grams_of, parts_with
from customers.services import count_customers, create_customer, list_customers
from tests.support.api import CUSTOMERS, ApiClient
from tests.support.factories import make_app, make_superuser
from tests.support.oracle import Places, wanted, words_of
from tests.support.searches import count_by, list_by
from tests.support.texts import EMAILS, MIXED_NAMES, PHONES

pytestmark = pytest.mark.django_db


@st.composite
def customers_and_queries(draw):
    moments = st.datetimes(datetime(1000, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))
    rows = draw(st.lists(st.tuples(st.none() | EMAILS, MIXED_NAMES, PHONES, moments), min_size=1, max_size=12))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        source = draw(st.sampled_from([field for row in rows for field in row[:3] if field] or ["x"]))
        start = draw(st.integers(0, len(source) - 1))
        parts.append(source[start : start + draw(st.integers(1, 5))])
    extra = draw(
        st.sampled_from(["", "%", "_", "KIM", "김", "010-1234-5678", "+82", "cus_0", "(415) 555-2671", "뷁", "q_"])
    )
    return rows, draw(st.sampled_from([" ".join(parts), extra, f"{parts[0]} {extra}", parts[0].upper()]))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(email=st.none() | EMAILS, name=MIXED_NAMES, phone=PHONES)
def test_each_row_is_in_one_search_index_that_each_word_in_it_asks(email, name, phone):
    """One in no index, or in one that is not asked, would be found by a walk alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = ANY (%s::regclass[])",
            [[index.name for index in SEARCH_INDEXES]],
        )
        conditions = ", ".join(condition for (condition,) in cursor.fetchall())
        row = "(SELECT proyecta_search_text(%s, %s, %s) AS search_text) AS row"
        cursor.execute(f"SELECT search_text, {conditions} FROM {row}", [email, name, phone])
        text, *has_it = cursor.fetchone()
        assert sorted(has_it) == [False, False, True]
        for word in search_words(f"{email or ''} {name} {phone}"):
            asked = any_of(PART_CONDITIONS[part] for part in parts_with([word]))
            cursor.execute(f"SELECT {asked.text} FROM {row}", [email, name, phone])
            assert cursor.fetchone() == (True,) or not any(piece in text for piece in word.texts), word


def found(app, query, costs=None, **options):
    ids, cursor = [], None
    while True:
        page = list_by(costs, app=app, query=query, limit=5, starting_after=cursor, **options)
        ids += [customer.public_id for customer in page.data]
        if not page.has_more:
            return ids
        cursor = ids[-1]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=customers_and_queries())
def test_search_finds_what_its_definition_says(way, made):
    rows, query = made
    if "\x00" in query or not words_of(query):
        return
    app = make_app()
    for email, name, phone, created in rows:
        create_customer(app=app, email=email, name=name.strip(), phone=phone, created=created)
    customers = Customer.objects.filter(app=app).order_by("-created", "-key")
    expected = [customer.public_id for customer in customers if wanted(query)(Places.of(customer))]
    assert found(app, query, way) == expected
    assert found(app, query, way, sort="created") == expected[::-1]
    assert count_by(way, app=app, query=query) == len(expected)
    for sort in ("email", "-email", "name", "-name"):
        in_order = [one for one in found(app, "", sort=sort) if one in expected]
        assert found(app, query, way, sort=sort) == in_order
        domain = [one.public_id for one in customers if one.email_domain == "gmail.com"]
        at_gmail = [one for one in in_order if one in domain]
        assert found(app, query, way, sort=sort, email="@gmail.com") == at_gmail
        if customers:
            middle = sorted(customer.created for customer in customers)[len(customers) // 2]
            since = [one.public_id for one in customers if one.created >= middle]
            assert found(app, query, way, sort=sort, created_gte=middle) == [one for one in in_order if one in since]


@pytest.fixture
def people():
    app = make_app()
    for email, name, phone in (
        ("minsu.kim@naver.com", "김민수", "+821012345678"),
        ("zoe@example.com", "Zoë Kimball", "+14155552671"),
        (None, "Lakeside 100% Dental_Care", ""),
        ("straße@example.de", "Łukasz Größe", ""),
    ):
        create_customer(app=app, email=email, name=name, phone=phone)
    return app


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("kim", 2), ("KIM naver", 1), ("김", 1), ("민수", 1), ("zoe", 1), ("ZOË", 1), ("%", 1), ("_", 1), ("100%", 1),
        ("lukasz grosse", 1), ("strasse", 1), ("555-2671", 1), ("(415) 555 2671", 1), ("+1 415", 1), ("010-1234-5678", 1),
        ("010 1234 5678", 1), ("01012345678", 1), ("+82", 1), ("kim kim", 2), ("kim nobody", 0), ("\\", 0), ("cus_", 4),
        ("ｋｉｍ", 2), ("  kim  ", 2),
    ],
)  # fmt: skip
def test_search_as_people_type_it(people, query, number):
    assert count_customers(app=people, query=query).number == number


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", "\u2060", "\u200f", "\u202e", " \u200b\ufeff"])
def test_what_nobody_sees_around_a_pasted_word_does_not_hide_its_matches(people, unseen):
    whole = list_customers(app=people, query="minsu").data[0].public_id
    for query in ("kim", "김", "415-555-2671", whole, whole[:12]):
        for pasted in (f"{query}{unseen}", f"{unseen}{query}", f"{unseen}{query}{unseen} {unseen}"):
            assert found(people, pasted) == found(people, query) != [], ascii(pasted)
    with pytest.raises(ValidationFailed):
        list_customers(app=people, query=unseen)


def test_a_zero_width_space_after_a_word_finds_the_same_through_every_door(people, client):
    client.force_login(make_superuser())
    panel, staff = f"/dashboard/{people.slug}/commerce/customers/", f"/admin/customers/customer/?app={people.slug}"
    for query in ("kimb", "kimb\u200b", "\ufeffkimb"):
        assert "zoe@example.com" in client.get(panel, {"query": query}).text
        assert "zoe@example.com" in client.get(f"{staff}&q={quote(query)}").text
        answer = ApiClient(people).get(CUSTOMERS, {"query": query}).json()
        assert [customer["email"] for customer in answer["data"]] == ["zoe@example.com"]


def test_an_id_is_found_whole_and_by_its_beginning(people):
    customer = Customer.objects.filter(app=people).first()
    for query in (customer.public_id, customer.public_id[:20], customer.public_id.upper()):
        assert customer.public_id in found(people, query)


@pytest.mark.parametrize("sort", ["-created", "created", "email", "-name"])
def test_of_many_ids_with_one_beginning_each_page_has_the_right_ones(way, sort):
    """Their order is not that of the ids, and one customer has the beginning in the email instead."""
    app, now = make_app(), timezone.now()
    for number in range(23):
        days = timedelta(days=number * 7 % 23)
        create_customer(app=app, customer_id=f"cus_A{number}", email=f"{number}@a.example", created=now - days)
    create_customer(app=app, email="cus_a9@b.example", name="Ada", created=now - timedelta(days=9, hours=1))
    create_customer(app=app, email="nobody@b.example")
    everybody = list_customers(app=app, sort=sort, limit=100).data
    expected = [customer.public_id for customer in everybody if customer.email != "nobody@b.example"]
    assert len(expected) == 24
    assert found(app, "cus_A", way, sort=sort) == expected
    assert count_by(way, app=app, query="cus_A") == 24


@pytest.mark.parametrize("text", ["৴৵৶", "kim৴৵", "x৴"])
def test_numbers_that_are_no_digits_are_found_and_do_not_read_the_whole_index(way, text):
    """PostgreSQL makes no trigrams of them."""
    app = make_app()
    create_customer(app=app, name=f"Ada {text}")
    create_customer(app=app, name="Kim")
    assert len(found(app, text, way)) == 1
    assert not [gram for word in search_words(text) for gram in grams_of(word) if not gram.unusual and "৴" in gram.text]


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_a_customer_of_the_first_or_last_day_there_is_costs_no_page(client, moment):
    """Nobody in Seoul could open the list, nor search it by email: such a day has no hour there."""
    app = make_app()
    customer, _ = create_customer(app=app, name="Old Kim", email="old@x.example")
    with pytest.raises(ValidationFailed, match="calendar"):
        create_customer(app=app, created=moment)
    Customer.objects.filter(app=app).update(created=moment)
    client.force_login(make_superuser())
    for zone in ("Asia/Seoul", "America/New_York"):
        client.cookies["tz"] = zone
        home = f"/dashboard/{app.slug}/"
        for query in (
            "",
            "?query=kim&sort=email&created_to=9998-01-01",
            "?query=kim&sort=email&created_from=1900-01-01",
        ):
            assert client.get(f"{home}commerce/customers/{query}").status_code == 200
        assert client.get(f"{home}commerce/customers/{customer.public_id}/").status_code == 200
        assert client.get(home).status_code == 200


def test_search_never_shows_another_apps_customers(people):
    other = make_app()
    assert found(other, "kim") == []
    assert found(other, Customer.objects.filter(app=people).first().public_id) == []
