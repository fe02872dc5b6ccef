"""Search finds what its definition says, no more and no less."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db.sql import any_of
from core.exceptions import ValidationFailed
from customers.loading.bulk import create_customers
from customers.loading.indexes import SEARCH_INDEXES
from customers.models import Customer, CustomerCount
from customers.search import planner as search_plan
from customers.search.words import _PARTS, Index, Word, _parts, search_words
from customers.services import count_customers, create_customer, list_customers, update_customer
from tests.support.api import CUSTOMERS, ApiClient
from tests.support.factories import make_app, make_superuser
from tests.support.oracle import Places, wanted, words_of
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
            asked = any_of(_PARTS[part] for part in _parts([word]))
            cursor.execute(f"SELECT {asked.text} FROM {row}", [email, name, phone])
            assert cursor.fetchone() == (True,) or not word.found_in([(text,)]), word


def found(app, query, **options):
    ids, cursor = [], None
    while True:
        page = list_customers(app=app, query=query, limit=5, starting_after=cursor, **options)
        ids += [customer.public_id for customer in page.data]
        if not page.has_more:
            return ids
        cursor = ids[-1]


@pytest.fixture
def search_indexes_alone(db):
    """So few rows as a test has PostgreSQL would not look for by the search indexes, were there any others."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_customer DROP CONSTRAINT customers_email_unique")
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'customers_customer'::regclass "
            "AND NOT indisprimary AND NOT indexrelid = ANY (%s::regclass[])",
            [[index.name for index in SEARCH_INDEXES]],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        # An id is looked for by its own; and nobody has another's email.
        cursor.execute("CREATE INDEX ON customers_customer (public_id)")
        cursor.execute("CREATE UNIQUE INDEX ON customers_customer ((app_id || ' ' || email_key))")
        cursor.execute("SET LOCAL enable_seqscan = off")


def scans(cursor):
    """How often the search indexes have been asked in this transaction."""
    cursor.execute(
        "SELECT sum(pg_stat_get_xact_numscans(indexrelid)) FROM unnest(%s::regclass[]) indexrelid",
        [[index.name for index in SEARCH_INDEXES]],
    )
    return cursor.fetchone()[0]


def test_the_ways_of_the_indexes_are_by_the_search_indexes(by_stretches, search_indexes_alone):
    """They were by another index, of so few rows: what a search index lists was compared with nothing."""
    app = make_app()
    for name in ("Kim", "김민수", "Bo"):
        create_customer(app=app, name=name)
    for query in ("kim", "김", "im", "민수 김"):
        with connection.cursor() as cursor:
            before = scans(cursor)
            list_customers(app=app, query=query)
            assert scans(cursor) > before, query


@pytest.fixture(params=["as it is", "by the indexes", "by stretches of the indexes", "a glance first"])
def way(request, monkeypatch):
    if request.param == "by the indexes":
        request.getfixturevalue("by_the_indexes")
        request.getfixturevalue("search_indexes_alone")
    elif request.param != "as it is":
        request.getfixturevalue("by_stretches")
        request.getfixturevalue("search_indexes_alone")
        monkeypatch.setattr(search_plan, "FIRST", 3)
        if request.param == "a glance first":
            monkeypatch.setattr(search_plan, "MANY", -1)
            monkeypatch.setattr(search_plan, "GLANCE", 2)


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
    assert found(app, query) == expected
    assert found(app, query, sort="created") == expected[::-1]
    assert count_customers(app=app, query=query).number == len(expected)
    for sort in ("email", "-email", "name", "-name"):
        in_order = [one for one in found(app, "", sort=sort) if one in expected]
        assert found(app, query, sort=sort) == in_order
        domain = [one.public_id for one in customers if one.email_domain == "gmail.com"]
        at_gmail = [one for one in in_order if one in domain]
        assert found(app, query, sort=sort, email="@gmail.com") == at_gmail
        if customers:
            middle = sorted(customer.created for customer in customers)[len(customers) // 2]
            since = [one.public_id for one in customers if one.created >= middle]
            assert found(app, query, sort=sort, created_gte=middle) == [one for one in in_order if one in since]


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
    assert found(app, "cus_A", sort=sort) == expected
    assert count_customers(app=app, query="cus_A").number == 24


def test_a_customer_who_comes_while_a_search_walks_on_shows_nobody_twice(monkeypatch):
    app = make_app()
    for number in range(6):
        create_customer(app=app, email=f"kim{number}@example.com")
    read, walks = search_plan.Rows.fetch, []

    def read_and_let_one_come(rows, statement):
        rows = read(rows, statement)
        walks.append(rows)
        create_customer(app=app, email=f"nobody{len(walks)}@example.com")
        return rows

    monkeypatch.setattr(search_plan, "FIRST", 2)
    monkeypatch.setattr(search_plan.Rows, "fetch", read_and_let_one_come)
    shown = [customer.email for customer in list_customers(app=app, query="kim", limit=5).data]
    assert len(walks) > 1
    assert shown == [f"kim{number}@example.com" for number in (5, 4, 3, 2, 1)]


@pytest.mark.parametrize("sort", ["email", "-email"])
def test_where_the_matches_begin_in_an_order_of_texts_it_walks_again(by_stretches, monkeypatch, sort):
    """The index listed all of them: of those who are found by how they begin, as many as there are."""
    app = make_app()
    emails = ["aa1@x.example", "aa2@gmail.com", *[f"amy{n:02}@gmail.com" for n in range(30)], "zz@x.example"]
    emails = [*[f"0{n}@qq.com" for n in range(9)], *emails, *[f"zz{n}@qq.com" for n in range(9)]]
    for email in [*emails[:20], *emails[30:], *emails[20:30]]:
        create_customer(app=app, email=email)
    monkeypatch.setattr(search_plan, "FIRST", 9)
    expected = [email for email in sorted(emails, reverse=sort == "-email") if email.endswith("gmail.com")]
    with CaptureQueriesContext(connection) as queries:
        page = list_customers(app=app, query="gmail", sort=sort, limit=6)
    assert [customer.email for customer in page.data] == expected[:6]
    assert sum("proyecta_buckets" in query["sql"] for query in queries) == 1


def buckets_asked_for(queries):
    """How many buckets each statement asks the search indexes for, in all."""
    arrays = re.findall(r"proyecta_buckets\([^)]*\) && '\{([0-9,]+)\}'", "\n".join(query["sql"] for query in queries))
    return [len(array.split(",")) for array in arrays]


@pytest.mark.parametrize(("sort", "names"), [("name", "09zß김"), ("-name", "(zß김")])
def test_no_bucket_is_asked_for_that_nobody_is_in(by_stretches, sort, names):
    """A hundred were, of letters that no name begins with: PostgreSQL looked at each for each customer in the others."""
    app = make_app()
    for name in names:
        create_customer(app=app, name=f"{name} kim")
    create_customer(app=make_app(), name="m kim")
    with CaptureQueriesContext(connection) as queries:
        assert len(list_customers(app=app, query="kim", sort=sort).data) == len(names)
    asked = buckets_asked_for(queries)
    assert asked and max(asked) <= len(names)


@pytest.mark.parametrize("email", ["", "@x.example"])
def test_buckets_that_most_are_in_are_not_asked_for(by_the_indexes, email):
    """Their lists, of ten million, took three times as long to read as all else."""
    app, now = make_app(), timezone.now()
    for number in range(20):
        create_customer(app=app, email=f"{number}@x.example", created=now - timedelta(days=30 * number))
    days = {"created_from": str((now - timedelta(days=400)).date())}
    for sort, more in (("-created", {}), ("created", {}), ("email", days)):
        with CaptureQueriesContext(connection) as queries:
            assert list_customers(app=app, query="zzqxv", sort=sort, email=email, **more).data == []
        assert buckets_asked_for(queries) == [1] * bool(email), sort


@pytest.mark.parametrize("filters", [{}, {"email": "@x.example"}, {"created_from": "2020-01-01"}])
@pytest.mark.parametrize("sort", ["-created", "name"])
def test_beside_another_app_of_its_size_not_all_of_the_app_is_listed_with_the_matches(by_stretches, sort, filters):
    """PostgreSQL listed all ten million of an app by an index of the app besides, to look at half as many matches."""
    apps = [make_app(), make_app()]
    for app in apps:
        create_customers(
            app=app,
            customers=[
                {"email": f"p{n}@x.example", "name": {0: "Kim", 1: "김민수"}.get(n % 5, "Bo")} for n in range(3_000)
            ],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
        for query in ("kim", "김", "x.example kim", "뷁"):
            with CaptureQueriesContext(connection) as queries:
                list_customers(app=apps[0], query=query, sort=sort, **filters)
            asked = [one["sql"] for one in queries if "search_text !~" in one["sql"]]
            assert asked
            for sql in asked:
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert "customers_search" in plan and "BitmapAnd" not in plan, plan


@pytest.mark.parametrize("filters", [{}, {"email": "@x.example"}, {"created_from": "2020-01-01"}])
@pytest.mark.parametrize("sort", ["name", "-name", "email"])
def test_what_all_are_listed_for_is_listed_once(by_the_indexes, monkeypatch, sort, filters):
    """For those without a name, or email, all were listed anew: 20 ms twice for nobody at yahoo.co.jp."""
    ways = search_plan._Search._ways
    monkeypatch.setattr(search_plan._Search, "_ways", lambda *args: [one for one in ways(*args) if one[1] == "all"])
    app = make_app()
    for number in range(9):
        create_customer(app=app, email=f"{number}@x.example", name="Kim" if number % 3 else "")
    create_customer(app=app, name="kim")
    for query, number in (("zzqxv", 0), ("kim", 6 + (not filters.get("email"))), ("x.exa", 9)):
        with CaptureQueriesContext(connection) as queries:
            page = list_customers(app=app, query=query, sort=sort, **filters)
        assert len(page.data) == number
        assert sum("search_text !~" in query["sql"] for query in queries) == 1, query


@pytest.mark.parametrize("domain", ["", "@gmail.com"])
def test_matches_long_before_the_first_of_the_sample_are_not_listed_with_all_up_to_it(
    by_stretches, monkeypatch, domain
):
    """Of the newest customers few are called Kim, and late in the order: thousands of others before them were listed."""
    app = make_app()
    kims = [*[f"ab kim {n}" for n in range(10)], *[f"{letter}{n} kim" for letter in "bcdefghij" for n in range(10)]]
    newest = [*[f"{letter}z nobody" for letter in "abcdefghij"], "zz kim"]
    for number, name in enumerate(["aa nobody", *kims, *newest]):
        create_customer(app=app, name=name, email=f"{number}@gmail.com")
    monkeypatch.setattr(search_plan, "FIRST", 11)
    monkeypatch.setattr(search_plan, "GLANCE", 22)
    monkeypatch.setattr(search_plan, "MANY", -1)
    # The walk is of one row only, and finds none of them.
    first = search_plan.Rows.first
    monkeypatch.setattr(
        search_plan.Rows, "first", lambda rows, number, **other: first(rows, 1 if number == 11 else number, **other)
    )
    listed, fetch = [], search_plan.Rows.fetch

    def fetch_and_count(rows, statement):
        if "proyecta_buckets" in statement.text:
            whole = statement.text.rpartition(" LIMIT ")[0]
            listed.append(len(fetch(rows, search_plan.Sql(whole, statement.params))))
        return fetch(rows, statement)

    monkeypatch.setattr(search_plan.Rows, "fetch", fetch_and_count)
    page = list_customers(app=app, query="kim", sort="name", limit=5, email=domain)
    assert [customer.name for customer in page.data] == kims[:5]
    assert len(listed) == 1
    assert listed[0] <= 40 < len(kims)


def test_where_matches_stand_apart_it_does_not_walk_on_after_each(by_stretches, monkeypatch):
    """A walk after each stretch found nobody, and took as long as all the stretches."""
    app = make_app()
    names = [
        f"{letter}{n:02} {'kim' if n == 10 and letter in 'bcmnop' else 'bo'}"
        for letter in "bcdefghijklmnop"
        for n in range(20)
    ]
    newest = [*[f"{letter}9 nobody" for letter in "cegikmo"], "zz kim"]
    for name in [*[f"a{n} bo" for n in range(8)], *names, *newest]:
        create_customer(app=app, name=name)
    monkeypatch.setattr(search_plan, "FIRST", 8)
    monkeypatch.setattr(search_plan, "MANY", -1)
    monkeypatch.setattr(search_plan, "GLANCE", 1)
    with CaptureQueriesContext(connection) as queries:
        page = list_customers(app=app, query="kim", sort="name", limit=3)
    assert [customer.name for customer in page.data] == [name for name in names if "kim" in name][:3]
    listed = [query["sql"] for query in queries if "proyecta_buckets" in query["sql"]]
    walks = [query["sql"] for query in queries if 'ORDER BY "name_key", "key" LIMIT 8) AS' in query["sql"]]
    assert len(walks) == 2 < len(listed)


def listings(queries, text):
    """The statements that ask the search indexes for a piece of `text`."""
    pieces = [f"search_text LIKE '%{text[n : n + 3]}%'" for n in range(len(text) - 2)]
    return [query["sql"] for query in queries if any(piece in query["sql"] for piece in pieces)]


def test_a_word_that_nobody_has_is_asked_for_once(by_the_indexes, monkeypatch):
    """It was for one stretch after the other, each eight times as long: all of them together list nobody."""
    app, now = make_app(), timezone.now()
    people = [{"name": f"Bo {n}", "created": now - timedelta(days=20 * n)} for n in range(60)]
    create_customers(app=app, customers=people)
    monkeypatch.setattr(search_plan, "FIRST", 5)
    monkeypatch.setattr(search_plan, "LISTED", -0.001)
    monkeypatch.setattr(search_plan, "LOOKED_AT", -0.5)
    with CaptureQueriesContext(connection) as queries:
        assert list_customers(app=app, query="zzqxv", limit=1).data == []
    assert len(listings(queries, "zzqxv")) == 1


def test_a_walk_goes_on_as_far_as_the_matches_seen_so_far_promise(monkeypatch):
    """It went four times as far each time, from the first row again."""
    app, now = make_app(), timezone.now()
    people = [{"name": f"{'Bo' if n % 10 else 'Kim'} {n}", "created": now - timedelta(days=n)} for n in range(400)]
    create_customers(app=app, customers=people)
    monkeypatch.setattr(search_plan, "FIRST", 10)
    with CaptureQueriesContext(connection) as queries:
        page = list_customers(app=app, query="kim")
    assert [customer.name for customer in page.data] == [f"Kim {n}" for n in range(0, 200, 10)]
    assert sum("LIKE '%kim%'" in query["sql"] for query in queries) == 2


def test_a_walk_goes_further_than_few_matches_promise(monkeypatch):
    """Five tell little: it went as far as they had it, and then again from the first row, a third time over."""
    app, now = make_app(), timezone.now()
    people = [
        {"name": f"{'Bo' if n % (4 if n < 20 else 7) else 'Kim'} {n}", "created": now - timedelta(days=n)}
        for n in range(400)
    ]
    create_customers(app=app, customers=people)
    monkeypatch.setattr(search_plan, "FIRST", 20)
    with CaptureQueriesContext(connection) as queries:
        assert len(list_customers(app=app, query="kim").data) == 20
    assert sum("LIKE '%kim%'" in query["sql"] for query in queries) == 2


def test_a_walk_past_those_of_another_time_reads_no_more_rows_than_any_other(monkeypatch):
    """It was of as many rows as pass the filter, and was gone over once more to see whether there are others."""
    app, now = make_app(), timezone.now()
    people = [
        {"name": f"{n:02} {'Kim' if n > 35 else 'Bo'}", "created": now - timedelta(n % 2 * 99)} for n in range(40)
    ]
    create_customers(app=app, customers=people)
    monkeypatch.setattr(search_plan, "FIRST", 10)
    monkeypatch.setattr(search_plan, "APART", 0)
    with CaptureQueriesContext(connection) as queries:
        page = list_customers(app=app, query="kim", sort="name", created_to=str((now - timedelta(9)).date()))
    assert [customer.name for customer in page.data] == ["37 Kim", "39 Kim"]
    statements = "\n".join(query["sql"] for query in queries)
    walked = re.findall(r'ORDER BY "name_key", "key" LIMIT (\d+)\) AS "customers_customer" WHERE', statements)
    assert walked == ["5", "20", "1"]  # the last of those without a name
    assert re.findall(r"LIMIT 1 OFFSET (\d+)", statements) == ["20"]


@pytest.mark.parametrize(("email", "after"), [("@few.example", None), ("", "390")])
def test_a_walk_in_a_part_of_the_time_ends_where_its_rows_end(monkeypatch, email, after):
    """It went on as if it had all of that time, and read the few that it had four times: those of a domain, those after
    a cursor, those without a name."""
    app, now = make_app(), timezone.now()
    few = [
        {"name": "few" * (n % 2), "email": f"{n}@few.example", "created": now - timedelta(40 + 30 * n)}
        for n in range(6)
    ]
    people = [{"name": f"{n:03}", "created": now - timedelta(n % 2 * 99)} for n in range(400)]
    create_customers(app=app, customers=[*few, *people])
    cursor = {"starting_after": Customer.objects.get(app=app, name=after).public_id} if after else {}
    monkeypatch.setattr(search_plan, "FIRST", 40)
    monkeypatch.setattr(search_plan, "APART", 0)
    with CaptureQueriesContext(connection) as queries:
        page = list_customers(
            app=app, query="q", sort="name", email=email, created_to=str((now - timedelta(9)).date()), **cursor
        )
    assert page.data == []
    assert sum("LIKE '%q%'" in query["sql"] for query in queries) == 2  # of those with a name, and of those without


def test_a_customer_who_is_renamed_while_a_search_goes_by_stretches_is_shown_once(by_stretches, monkeypatch):
    app = make_app()
    for name in [*"bcdefghij", "zzz"]:
        create_customer(app=app, name=f"{name} kim")
    renamed, _ = create_customer(app=app, name="aa kim")
    read, reads = search_plan.Rows.fetch, []

    def read_and_rename(rows, statement):
        customers = read(rows, statement)
        reads.append(statement)
        if customers and "proyecta_buckets" in statement.text:
            update_customer(app=app, customer_id=renamed.public_id, name="zz kim")
        return customers

    monkeypatch.setattr(search_plan, "FIRST", 3)
    # Stretches of a few rows each.
    monkeypatch.setattr(
        search_plan._Search, "_next_stop", lambda _, stops, *rest: (stops[0] if stops else None, 1, True)
    )
    monkeypatch.setattr(search_plan.Rows, "fetch", read_and_rename)
    found = list_customers(app=app, query="kim", sort="name", limit=20).data
    assert len(reads) > 2
    assert len({customer.key for customer in found}) == len(found) == 11


def test_a_search_is_right_where_the_counts_miss_everybody(by_stretches):
    """A page in an order of texts divided by them, and could not be opened."""
    app = make_app()
    names = [f"{letter} kim" for letter in "abcdefgh"]
    for name in names:
        create_customer(app=app, name=name)
    CustomerCount.objects.filter(app=app).delete()
    assert [customer.name for customer in list_customers(app=app, query="kim", sort="name").data] == names


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


def test_of_many_trigrams_the_indexes_are_asked_for_the_few_rare_ones():
    """Each that is asked for is looked at in every row that has the rarest: a whole email took 80 ms, not 3."""
    shares = {"smi": 0.015, "mit": 0.016, "ith": 0.02, "84đ": 0.0001}
    asked = {}
    for text in ("smith@yahoo.co.jp", "smith yahoo.co.jp", "smith", "john1984@gmail.com 김민"):
        index = Index(search_words(text), lambda gram: shares.get(gram.text, 0.1))
        asked[text] = index.listing(Word.begins_id).params
    assert len(asked["smith@yahoo.co.jp"]) == 4
    assert asked["smith yahoo.co.jp"][0] == "%smi%" and len(asked["smith yahoo.co.jp"]) == 3
    assert asked["smith"] == ("%smi%", "%mit%", "%ith%")
    assert asked["john1984@gmail.com 김민"][:1] == ("%84đ%",) and "김민" in asked["john1984@gmail.com 김민"]


@pytest.mark.parametrize("text", ["৴৵৶", "kim৴৵", "x৴"])
def test_numbers_that_are_no_digits_are_found_and_do_not_read_the_whole_index(way, text):
    """PostgreSQL makes no trigrams of them."""
    app = make_app()
    create_customer(app=app, name=f"Ada {text}")
    create_customer(app=app, name="Kim")
    assert len(found(app, text)) == 1
    assert not [gram for word in search_words(text) for gram in word.grams if not gram.unusual and "৴" in gram.text]


def test_search_never_shows_another_apps_customers(people):
    other = make_app()
    assert found(other, "kim") == []
    assert found(other, Customer.objects.filter(app=people).first().public_id) == []
