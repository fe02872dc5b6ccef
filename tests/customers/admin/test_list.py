"""The list of customers: one app's at a time, searched, filtered, sorted and paged by the services."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from customers import services
from customers.admin import CustomerAdmin
from customers.filters import SORTS
from customers.models import Customer
from tests.customers.admin.visits import (
    ADD,
    COLUMN,
    LIST,
    START,
    insert_many,
    link,
    shown,
    signed_in,
    staff,
)
from tests.support.factories import make_app, make_customer, make_superuser

pytestmark = pytest.mark.django_db


def test_the_list_is_of_the_app_visited_last_until_another_is_chosen(app, other):
    mine, theirs = make_customer(app), make_customer(other)
    client = signed_in(staff({app: Role.VIEWER, other: Role.VIEWER}))
    assert shown(client.get(LIST)) == [mine.public_id]
    client.get(f"/dashboard/{other.slug}/commerce/customers/")
    assert shown(client.get(LIST)) == [theirs.public_id]
    assert shown(client.get(LIST, {"app": app.slug})) == [mine.public_id]
    # As in the panel, it is the current app from then on.
    assert shown(client.get(LIST)) == [mine.public_id]


def test_the_app_filter_names_only_the_apps_of_the_person(app, other):
    third = make_app("third", name="Third app")
    page = signed_in(staff({app: Role.VIEWER, other: Role.ADMIN})).get(LIST).content.decode()
    assert f"?app={app.slug}" in page and f"?app={other.slug}" in page
    assert third.slug not in page and third.name not in page


def test_the_list_of_a_superuser_may_be_of_any_app(app, other):
    theirs = make_customer(other)
    assert shown(signed_in(make_superuser()).get(LIST, {"app": other.slug})) == [theirs.public_id]


def test_a_superuser_without_any_app_is_told_to_add_one():
    response = signed_in(make_superuser()).get(LIST)
    assert "There is no app yet" in response.content.decode()
    assert signed_in(make_superuser()).get(ADD).status_code == 403


def test_another_app_in_the_address_is_the_same_404_as_none_at_all(editor, other):
    make_customer(other, email="secret@example.com")
    answers = [editor.get(LIST, {"app": slug}) for slug in (other.slug, "nosuch", "\0", "x" * 5000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    "name",
    ["app__id__exact", "app__slug__startswith", "app_id", "email__startswith", "email", "version__gt", "pk", "key__in",
     "app__memberships__user__password__startswith", "search_text__contains", "p", "e", "all", "_facets", "id", "\0"],
)  # fmt: skip
def test_a_filter_that_the_list_does_not_have_is_refused_by_name_and_shows_nothing(editor, app, name):
    make_customer(app)
    response = editor.get(LIST, {name: "1"})
    assert response.status_code == 400
    assert shown(response) == []
    assert "This list has no filter named" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    ["o=999", "o=-999", "o=2", "o=1.0", "o=x", "o=%00", "o=" + "9" * 5000, "o=--1", "o=%D9%A1",
     "starting_after=cus_nosuch", "starting_after=%00", "ending_before=%ED%A0%80", "starting_after=" + "x" * 5000,
     "starting_after=cus_a&ending_before=cus_b", "created_from=yesterday", "created_from=2026-02-30", "created_to=%00",
     "created_from=9999-12-31", "created_to=0001-01-01", "created_from=2026-02-02&created_to=2026-02-01",
     "q=%00", "q=a%00b", "q=" + "x" * 5000, "q=" + "+".join("abcdefghijkl"), "q=%CC%81",
     "p=99999999999", "p=-1", "p=x", "e=1", "e=1&p=2"],
)  # fmt: skip
def test_a_wrong_value_gets_a_message_and_no_rows(editor, app, query):
    make_customer(app)
    response = editor.get(f"{LIST}?{query}")
    assert response.status_code == 400
    assert shown(response) == []
    assert 'class="error"' in response.content.decode()
    assert "Clear all filters" in response.content.decode()


def test_all_that_is_wrong_is_said_at_once(editor):
    page = editor.get(LIST, {"o": "999", "created_from": "nonsense", "e": "1"}).content.decode()
    assert "no such column" in page and "Enter a date" in page and "no filter named" in page
    # What was typed is there to be mended.
    assert 'value="nonsense"' in page


def test_a_cursor_of_another_app_is_one_that_does_not_exist(editor, other):
    theirs = make_customer(other)
    answers = [editor.get(LIST, {"starting_after": cursor}) for cursor in (theirs.public_id, "cus_nosuch")]
    texts = [answer.context_data["cl"].problems for answer in answers]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("sort", SORTS)
def test_walking_all_pages_forth_and_back_in_each_sort_shows_each_customer_once(editor, app, sort, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 5)
    for number in range(23):
        make_customer(
            app,
            email=None if number % 4 == 0 else f"{'abc'[number % 3]}{number}@example.com",
            name=["", "Same", "Zoë", "김민수"][number % 4],
            created=START + timedelta(hours=number // 3),
        )
    expected = [customer.public_id for customer in services.list_customers(app=app, sort=sort, limit=100).data]
    column = COLUMN[sort.lstrip("-")]
    pages = [editor.get(LIST, {"o": f"-{column}" if sort.startswith("-") else column})]
    while after := link(pages[-1], "next"):
        pages.append(editor.get(LIST + after))
    assert [row for page in pages for row in shown(page)] == expected
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = editor.get(LIST + link(back, "prev"))
        assert shown(back) == shown(page)
    assert link(back, "prev") is None


def test_going_back_to_the_first_page_shows_a_full_one(editor, app, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 3)
    rows = [make_customer(app, created=START - timedelta(hours=number)).public_id for number in range(5)]
    response = editor.get(LIST, {"ending_before": rows[1]})
    assert shown(response) == rows[:3]
    assert link(response, "prev") is None and link(response, "next")


def test_links_for_sorting_and_filtering_lead_to_the_first_page_and_keep_the_rest(editor, app, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 1)
    first, _ = make_customer(app, name="Kim A"), make_customer(app, name="Kim B")
    page = editor.get(LIST, {"q": "kim", "o": "1", "created_from": "2020-01-01", "starting_after": first.public_id})
    assert shown(page)
    table, filters = page.content.decode().split("<thead>")[1], page.content.decode()
    links = re.findall(r'href="(\?[^"]*)"', table.split("</thead>")[0])
    links += re.findall(r'<a href="(\?[^"]*created_to[^"]*)"', filters)
    assert len(links) > 4
    for address in links:
        assert "starting_after" not in address and "q=kim" in address
        assert editor.get(LIST + address.replace("&amp;", "&")).status_code == 200


def test_only_email_name_and_created_can_be_sorted_by(editor, app):
    make_customer(app)
    head = editor.get(LIST).content.decode().split("<thead>")[1].split("</thead>")[0]
    assert re.findall(r'class="sortable column-(\w+)', head) == ["email", "name", "created"]


@pytest.mark.parametrize("text", ["kim", "김", "민", "ZOE", "555-2671", "kim example.com", "cus_", "%", "_", "nobody"])
def test_the_search_finds_what_the_panel_finds(editor, app, other, text):
    for number, name in enumerate(["Kim Min", "김민수", "Zoë", "50% off", "under_score", "Ann"]):
        make_customer(app, name=name, phone="+14155552671" if number % 2 else None)
        make_customer(other, name=name)
    found = services.list_customers(app=app, query=text)
    assert shown(editor.get(LIST, {"q": text})) == [customer.public_id for customer in found.data]


def test_the_created_filter_takes_whole_days_of_the_viewers_zone(app):
    late = make_customer(app, created=datetime(2026, 3, 1, 15, 30, tzinfo=UTC))
    early = make_customer(app, created=datetime(2026, 3, 1, 14, 30, tzinfo=UTC))
    client = signed_in(staff({app: Role.VIEWER}, time_zone="Asia/Seoul"))
    response = client.get(LIST, {"created_from": "2026-03-02", "created_to": "2026-03-02"})
    assert shown(response) == [late.public_id]
    assert "Asia/Seoul" in response.content.decode()
    assert shown(client.get(LIST, {"created_to": "2026-03-01"})) == [early.public_id]


def test_the_count_ends_at_ten_thousand(editor, app):
    insert_many(app, 10_000)
    assert "10,000 customers" in editor.get(LIST).content.decode()
    make_customer(app)
    assert "10,000+ customers" in editor.get(LIST).content.decode()


def test_a_search_of_several_pages_is_counted_only_for_who_asks(editor, app, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 2)
    for number in range(5):
        make_customer(app, name=f"Kim {number}")
    page = editor.get(LIST, {"q": "kim"}).content.decode()
    assert "2+ customers" in page and "count=1" in page
    assert "5 customers" in editor.get(LIST, {"q": "kim", "count": "1"}).content.decode()
    make_customer(app, name="Lee")
    assert "1 customer\n" in editor.get(LIST, {"q": "lee"}).content.decode()


@pytest.mark.parametrize("query", [{}, {"o": "0"}, {"q": "customer"}, {"created_from": "2020-01-01"}])
def test_the_number_of_queries_does_not_grow_with_the_rows(editor, app, query, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 100)
    counts = []
    for total in (10, 200):
        for number in range(Customer.objects.count(), total):
            make_customer(app, email=f"customer{number}@example.com", name=f"Customer {number}")
        editor.get(LIST)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = editor.get(LIST, query)
        assert len(shown(response)) == min(total, 100)
        counts.append(len(queries))
    # With fewer rows than a page, a sort with empty values last looks for these as well: one more, not one less.
    assert counts[1] <= counts[0] <= 12


@pytest.mark.parametrize("page", ["first", "next", "previous"])
def test_no_offset_and_no_count_without_a_limit(editor, app, page, monkeypatch):
    monkeypatch.setattr(CustomerAdmin, "list_per_page", 2)
    rows = [make_customer(app, created=START - timedelta(hours=number)).public_id for number in range(7)]
    query = {"first": {}, "next": {"starting_after": rows[1]}, "previous": {"ending_before": rows[5]}}[page]
    with CaptureQueriesContext(connection) as queries:
        editor.get(LIST, query)
    asked = [query["sql"] for query in queries if '"customers_customer"' in query["sql"]]
    assert asked
    for sql in asked:
        assert "OFFSET" not in sql
        assert "LIMIT" in sql
        assert '"customers_customer"."app_id" = ' in sql
