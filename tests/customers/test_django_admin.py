"""Customers in Django's admin: one app at a time, page by page, written through the services, closed to other apps."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Role
from customers import services
from customers.admin import CustomerAdmin
from customers.filters import SORTS
from customers.models import Customer
from tests.support.factories import make_app, make_customer, make_superuser, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/customers/customer/"
ADD = "/admin/customers/customer/add/"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMN = {"email": "0", "name": "1", "created": "3"}


def staff(roles, permissions=("view", "add", "change", "delete"), **fields):
    """Staff with these roles, a dict of App and Role, and these of Django's permissions for customers."""
    user = make_user(is_staff=True, **fields)
    for app, role in roles.items():
        Membership.objects.create(app=app, user=user, role=role)
    codenames = [f"{permission}_customer" for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def signed_in(user):
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


@pytest.fixture
def app():
    return make_app("acme", name="Acme")


@pytest.fixture
def other():
    return make_app("other", name="Other")


@pytest.fixture
def editor(app):
    return signed_in(staff({app: Role.EDITOR}))


def page_of(customer, what="change"):
    return reverse(f"admin:customers_customer_{what}", args=[customer.pk])


def shown(response):
    return [customer.public_id for customer in response.context_data["cl"].result_list]


def link(response, rel):
    found = re.search(f'<a href="([^"]*)" rel="{rel}"', response.content.decode())
    return found and found[1].replace("&amp;", "&")


def form_of(response):
    """What a browser would send of the page's form, unchanged."""
    form = response.context_data["adminform"].form
    data = {}
    for name, field in form.fields.items():
        bound = form[name]
        data[name] = bound.value() if bound.value() is not None else ""
        if field.show_hidden_initial:
            data[form.add_initial_prefix(name)] = data[name]
    return data


def errors_of(response):
    assert response.status_code == 200
    return response.context_data["adminform"].form.errors


# The list


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


def insert_many(app, number):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (app_id, public_id, name, phone, address_line1, address_line2,"
            " address_city, address_state, address_postal_code, address_country, created, updated, version)"
            " SELECT %s, 'cus_' || n, '', '', '', '', '', '', '', '', now(), now(), 1 FROM generate_series(1, %s) AS n",
            [app.pk, number],
        )


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


# Who may come in


def test_the_admin_needs_staff_a_membership_and_djangos_permission(app):
    make_customer(app)
    member = make_user()
    Membership.objects.create(app=app, user=member, role=Role.ADMIN)
    assert signed_in(member).get(LIST).status_code == 403
    assert signed_in(staff({})).get(LIST).status_code == 403
    assert signed_in(staff({app: Role.ADMIN}, permissions=())).get(LIST).status_code == 403
    assert signed_in(staff({app: Role.VIEWER}, permissions=["view"])).get(LIST).status_code == 200


@pytest.mark.parametrize(
    "role, permissions, may_change, may_add",
    [
        (Role.VIEWER, ("view", "add", "change"), False, False),
        (Role.EDITOR, ("view",), False, False),
        (Role.EDITOR, ("view", "add"), False, True),
        (Role.EDITOR, ("change",), True, False),
        (Role.ADMIN, ("view", "add", "change"), True, True),
    ],
)
def test_changing_and_adding_need_both_the_role_and_the_permission(app, role, permissions, may_change, may_add):
    customer = make_customer(app, email="ada@example.com")
    client = signed_in(staff({app: role}, permissions))
    page = client.get(page_of(customer))
    assert page.status_code == 200
    assert ('name="_save"' in page.content.decode()) == may_change
    assert ('name="version"' in page.content.decode()) == may_change
    assert "ada@example.com" in page.content.decode()
    data = {"email": "new@example.com", "version": customer.version}
    assert client.post(page_of(customer), data).status_code == (302 if may_change else 403)
    customer.refresh_from_db()
    assert customer.email == ("new@example.com" if may_change else "ada@example.com")
    assert client.get(ADD).status_code == (200 if may_add else 403)
    assert client.post(ADD, {"app": app.pk, "name": "B"}).status_code == (302 if may_add else 403)
    assert Customer.objects.count() == (2 if may_add else 1)


def test_the_role_that_counts_is_that_in_the_customers_own_app(app, other):
    mine, theirs = make_customer(app), make_customer(other, name="Theirs")
    client = signed_in(staff({app: Role.EDITOR, other: Role.VIEWER}))
    assert 'name="_save"' in client.get(page_of(mine)).content.decode()
    assert 'name="_save"' not in client.get(page_of(theirs)).content.decode()
    assert client.post(page_of(theirs), {"name": "Changed", "version": 1}).status_code == 403
    theirs.refresh_from_db()
    assert theirs.name == "Theirs"


@pytest.mark.parametrize("what", ["change", "history", "delete"])
@pytest.mark.parametrize("query", ["", "?_popup=1", "?_to_field=key", "?_changelist_filters=app%3Dother"])
def test_a_customer_of_another_app_is_answered_as_a_missing_one(editor, app, other, what, query):
    theirs = make_customer(other, name="Secret person")
    answers = []
    for key in (theirs.pk, theirs.pk + 1000):
        url = f"{LIST}{key}/{what}/{query}"
        responses = [editor.get(url), editor.post(url, {"name": "Mine now", "version": 1, "post": "yes"})]
        follow = re.sub(r'value="[^"]{64}"', "", editor.get("/admin/").content.decode())
        answers.append(
            [
                (response.status_code, response.headers.get("Location"), b"Secret" in response.content)
                for response in responses
            ]
            # As the message has it: the bare number may stand in the name of a style sheet as well.
            + [follow.replace(f"“{key}”", "KEY")]
        )
    assert answers[0] == answers[1]
    theirs.refresh_from_db()
    assert theirs.name == "Secret person"


@pytest.mark.parametrize(
    "key", ["0", "-1", "9" * 30, "9" * 5000, "x", "cus_x", "_00", "%00", "1_2F2", "%ED%A0%80", "1.5"]
)
def test_any_key_in_the_address_gets_an_answer(editor, key):
    assert editor.get(f"{LIST}{key}/change/").status_code == 302
    assert editor.get(f"{LIST}{key}/history/").status_code == 302


def test_a_field_to_refer_by_cannot_be_chosen(editor, app):
    customer = make_customer(app)
    for field in ("app", "email", "public_id", "app__slug", "\0"):
        assert editor.get(LIST, {"_to_field": field}).status_code == 400
        assert editor.get(page_of(customer), {"_to_field": field}).status_code == 400


def test_no_autocomplete_reaches_customers_or_the_names_of_apps(editor):
    for model, field in (("customers.customer", "app"), ("accounts.app", "customers"), ("accounts.apikey", "app")):
        label, name = model.split(".")
        answer = editor.get("/admin/autocomplete/", {"app_label": label, "model_name": name, "field_name": field})
        assert answer.status_code in (403, 404)


def test_nobody_deletes_or_edits_in_bulk(app):
    client = signed_in(make_superuser())
    customer = make_customer(app)
    assert client.get(page_of(customer, "delete")).status_code == 403
    assert client.post(page_of(customer, "delete"), {"post": "yes"}).status_code == 403
    assert "/delete/" not in client.get(page_of(customer)).content.decode()
    sent = {
        "action": "delete_selected",
        "_selected_action": [customer.pk],
        "select_across": "1",
        "post": "yes",
        "index": "0",
    }
    page = client.post(LIST, sent)
    assert page.status_code == 200 and "_selected_action" not in page.content.decode()
    client.post(LIST, {"_save": "Save", "form-TOTAL_FORMS": "1", "form-0-key": customer.pk, "form-0-name": "Changed"})
    customer.refresh_from_db()
    assert customer.name != "Changed"


def test_save_as_new_is_refused(editor, app, other):
    for customer in (make_customer(app), make_customer(other)):
        sent = {"_saveasnew": "1", "app": app.pk, "name": "Copy", "email": "copy@example.com"}
        assert editor.post(page_of(customer), sent).status_code == 403
    assert not Customer.objects.filter(name="Copy").exists()


# Adding


def test_adding_writes_through_the_service_and_is_logged(editor, app):
    sent = {
        "app": app.pk,
        "email": "  Ada@Example.com ",
        "name": " Ada ",
        "phone": "010-1234-5678",
        "address_country": "KR",
        "address_city": "Seoul",
        "public_id": "cus_mine",
        "created": "2020-01-01",
    }
    response = editor.post(ADD, sent)
    assert response.status_code == 302
    customer = Customer.objects.get()
    assert (customer.app, customer.email, customer.name) == (app, "Ada@Example.com", "Ada")
    assert (customer.phone, customer.address_country, customer.address_city) == ("+821012345678", "KR", "Seoul")
    assert customer.public_id != "cus_mine" and customer.created.year > 2020
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id, entry.get_change_message()) == (ADDITION, str(customer.pk), "Added.")
    assert "was added successfully" in editor.get(response.headers["Location"]).content.decode()


def test_the_apps_to_add_to_are_those_where_the_role_is_editor(app, other):
    third, alien = make_app("third"), make_app("alien")
    client = signed_in(staff({app: Role.EDITOR, other: Role.VIEWER, third: Role.ADMIN}))
    field = client.get(ADD).context_data["adminform"].form.fields["app"]
    assert [value for value, _ in field.choices] == [str(app.pk), str(third.pk)]
    refusals = []
    for pk in (other.pk, alien.pk, "12345678", "\0", ""):
        errors = errors_of(client.post(ADD, {"app": pk, "email": "ada@example.com"}))
        refusals.append(errors["app"][0].replace(str(pk), "") if pk else errors["app"][0])
    assert len(set(refusals[:3])) == 1 and all(refusals)
    assert not Customer.objects.exists()


def test_the_app_to_add_to_is_the_current_one_at_first(app, other):
    client = signed_in(staff({app: Role.EDITOR, other: Role.EDITOR}))
    client.get(LIST, {"app": other.slug})
    assert f'<option value="{other.pk}" selected>' in client.get(ADD).content.decode()


def test_adding_a_known_email_leads_to_the_customer_who_has_it(editor, app, other):
    theirs = make_customer(other, email="ada@example.com", name="Theirs")
    mine = make_customer(app, email="ada@example.com", name="Mine")
    response = editor.post(ADD, {"app": app.pk, "email": "ADA@example.com", "name": "Typed", "phone": ""})
    error = errors_of(response)["email"][0]
    assert page_of(mine) in error and page_of(theirs) not in error
    assert 'value="Typed"' in response.content.decode()
    assert f'<a href="{page_of(mine)}">' in response.content.decode()
    mine.refresh_from_db()
    assert (mine.name, mine.version, Customer.objects.count(), LogEntry.objects.count()) == ("Mine", 1, 2, 0)


def test_the_name_in_that_link_is_escaped(editor, app):
    make_customer(app, email="ada@example.com", name="<script>alert(1)</script>")
    page = editor.post(ADD, {"app": app.pk, "email": "ada@example.com"}).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "field, value",
    [
        ("email", "not an email"),
        ("email", "a\0@example.com"),
        ("email", "x" * 400 + "@example.com"),
        ("name", "x" * 201),
        ("name", "a\0b"),
        ("name", "a\x07b"),
        ("phone", "01012345678"),
        ("phone", "+99 no"),
        ("address_country", "XX"),
        ("address_country", "\0"),
        ("address_line1", "x" * 201),
        ("address_city", "\x1b"),
    ],
)
def test_what_the_services_refuse_is_an_error_on_its_field(editor, app, field, value):
    customer = make_customer(app, name="Ada")
    for url, data in ((ADD, {"app": app.pk}), (page_of(customer), {"version": 1})):
        response = editor.post(url, data | {field: value})
        assert list(errors_of(response)) == [field]
        assert "Nothing was saved" not in response.content.decode()
    customer.refresh_from_db()
    assert (customer.name, customer.version, Customer.objects.count()) == ("Ada", 1, 1)


def test_everything_that_is_wrong_is_said_at_once(editor, app):
    sent = {"app": app.pk, "email": "nonsense", "phone": "nonsense", "name": "x" * 300}
    assert set(errors_of(editor.post(ADD, sent))) == {"email", "phone", "name"}


def test_half_characters_are_refused(editor, app):
    """They come in with a request in UTF-7, and would go out with the page that shows what was typed."""
    form = f"--b\r\nContent-Disposition: form-data; name=app\r\n\r\n{app.pk}\r\n"
    form += "--b\r\nContent-Disposition: form-data; name=name\r\n\r\n+2AA-\r\n--b--\r\n"
    sent = editor.generic("POST", ADD, form, content_type="multipart/form-data; boundary=b; charset=utf-7")
    searched = editor.get(f"{LIST}?q=%2B2AA-", CONTENT_TYPE="text/plain; charset=utf-7")
    assert [sent.status_code, searched.status_code] == [400, 400]
    assert not Customer.objects.exists()


# Changing


def test_changing_writes_what_changed_and_logs_it(editor, app):
    customer = make_customer(app, email="ada@example.com", name="Ada")
    data = form_of(editor.get(page_of(customer))) | {
        "name": "Ada L", "address_city": "London", "public_id": "cus_other", "app": "999", "created": "2020-01-01",
    }  # fmt: skip
    assert editor.post(page_of(customer), data).status_code == 302
    changed = Customer.objects.get()
    assert (changed.name, changed.address_city, changed.email, changed.version) == (
        "Ada L",
        "London",
        "ada@example.com",
        2,
    )
    assert (changed.public_id, changed.app, changed.created) == (customer.public_id, app, customer.created)
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.get_change_message()) == (CHANGE, "Changed Full name and City.")
    assert "Changed Full name and City." in editor.get(page_of(customer, "history")).content.decode()


def test_saving_without_a_change_changes_nothing(editor, app):
    customer = make_customer(app)
    assert editor.post(page_of(customer), form_of(editor.get(page_of(customer)))).status_code == 302
    customer.refresh_from_db()
    assert customer.version == 1
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_changing_to_a_taken_email_leads_to_the_customer_who_has_it(editor, app):
    ada, bob = make_customer(app, email="ada@example.com"), make_customer(app, email="bob@example.com")
    response = editor.post(page_of(ada), form_of(editor.get(page_of(ada))) | {"email": "BOB@example.com"})
    assert page_of(bob) in errors_of(response)["email"][0]
    assert 'value="BOB@example.com"' in response.content.decode()
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"


def test_a_stale_edit_is_refused_shows_what_changed_and_loses_nothing(editor, app):
    customer = make_customer(app, name="Ada", email="ada@example.com", address={"city": "Paris"})
    mine = form_of(editor.get(page_of(customer))) | {"name": "Mine", "phone": "+14155552671"}
    services.update_customer(
        app=app, customer_id=customer.public_id, name="Theirs", email="new@example.com", address={"city": "Rome"}
    )
    response = editor.post(page_of(customer), mine)
    errors = errors_of(response)
    assert "Somebody else changed this customer" in errors["__all__"][0]
    assert "“Theirs”" in errors["name"][0]
    assert "“ada@example.com” to “new@example.com”" in errors["email"][0]
    assert "“Paris” to “Rome”" in errors["address_city"][0]
    assert set(errors) == {"__all__", "name", "email", "address_city"}
    page = response.content.decode()
    # What was typed stays; what was left alone is what is stored now.
    assert 'value="Mine"' in page and 'value="+14155552671"' in page
    assert 'name="email" value="new@example.com"' in page and 'name="address_city" value="Rome"' in page
    customer.refresh_from_db()
    assert (customer.name, customer.phone, customer.version) == ("Theirs", "", 2)
    assert not LogEntry.objects.exists()
    # Saved again, knowing both.
    assert editor.post(page_of(customer), sent_by_browser(page)).status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("Mine", "+14155552671")
    assert (customer.email, customer.address_city) == ("new@example.com", "Rome")


def test_a_second_stale_edit_is_refused_as_well(editor, app):
    customer = make_customer(app, name="Ada")
    mine = form_of(editor.get(page_of(customer))) | {"name": "Mine"}
    services.update_customer(app=app, customer_id=customer.public_id, name="Second")
    again = sent_by_browser(editor.post(page_of(customer), mine).content.decode())
    services.update_customer(app=app, customer_id=customer.public_id, name="Third")
    assert "“Third”" in errors_of(editor.post(page_of(customer), again))["name"][0]
    customer.refresh_from_db()
    assert customer.name == "Third"


def sent_by_browser(page):
    form = page.split('id="customer_form"')[1].split("</form>")[0]
    data = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="submit"' not in tag:
            data[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    return data


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "\0", "9" * 400, "1.5"])
def test_without_a_version_nothing_is_overwritten(editor, app, version):
    customer = make_customer(app, name="Ada")
    response = editor.post(page_of(customer), {"name": "Mine", "initial-name": "Ada", "version": version})
    assert "Nothing was saved" in errors_of(response)["__all__"][0]
    assert 'value="Mine"' in response.content.decode()
    customer.refresh_from_db()
    assert customer.name == "Ada"


# Around it


def test_the_short_addresses_are_the_panels_and_the_others_djangos(editor, app):
    customer = make_customer(app)
    panel = f"/dashboard/{app.slug}/commerce/customers/"
    assert editor.get("/admin/customers/?query=kim").headers["Location"] == f"{panel}?query=kim"
    assert editor.get(f"/admin/customers/{customer.public_id}/").headers["Location"] == f"{panel}{customer.public_id}/"
    assert editor.get("/admin/customers/customer").status_code == 301
    assert shown(editor.get("/admin/customers/customer/")) == [customer.public_id]
    assert editor.get("/admin/customers/nothing/").status_code == 404
    assert editor.get("/admin/customers/cus_!/").status_code == 404


def test_no_link_of_the_admin_leads_unexpectedly_into_the_panel(editor, app):
    customer = make_customer(app)
    for url in ("/admin/", LIST, ADD, page_of(customer), page_of(customer, "history")):
        page = editor.get(url).content.decode()
        assert 'href="/admin/customers/"' not in page
        assert reverse("admin:app_list", args=["customers"]) in page
    overview = editor.get(reverse("admin:app_list", args=["customers"]))
    assert overview.status_code == 200 and LIST in overview.content.decode()
    assert editor.get(reverse("admin:app_list", args=["nosuch"])).status_code == 404


def test_a_customer_in_the_admin_links_to_its_page_in_the_panel(editor, app):
    customer = make_customer(app)
    address = f"/dashboard/{app.slug}/commerce/customers/{customer.public_id}/"
    assert f'href="{address}"' in editor.get(page_of(customer)).content.decode()
    assert editor.get(address).status_code == 200


def test_nothing_in_the_pages_is_inline(editor, app):
    customer = make_customer(app)
    for url in (
        LIST,
        f"{LIST}?q=a&o=1",
        f"{LIST}?o=999",
        ADD,
        page_of(customer),
        page_of(customer, "history"),
        "/admin/",
    ):
        page = editor.get(url).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script>", page), url


def test_a_popup_of_the_list_and_of_adding_works(editor, app):
    assert editor.get(LIST, {"_popup": "1"}).status_code == 200
    answer = editor.post(ADD, {"_popup": "1", "app": app.pk, "name": "Ada"})
    assert answer.status_code == 200 and Customer.objects.get().name == "Ada"


def test_a_name_of_full_length_is_clipped_by_a_class_and_not_by_the_page(editor, app):
    make_customer(app, name="x" * 200)
    page = editor.get(LIST).content.decode()
    assert re.search(r'<link rel="stylesheet" href="/static/css/admin[^"]*\.css">', page)
    assert 'class="field-name"' in page
    assert "style=" not in page
