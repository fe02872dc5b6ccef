"""How searches are run: what they read, and that they are right while others write."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.loading.bulk import create_customers
from customers.loading.indexes import SEARCH_INDEXES
from customers.models import Customer, CustomerCount
from customers.search import Costs, search_words
from customers.search.grams import grams_of
from customers.search.index import index_query
from customers.services import create_customer, update_customer
from tests.support.factories import make_app
from tests.support.searches import after_each_statement, list_by

pytestmark = pytest.mark.django_db


def walks_of(rows, **others):
    """Costs by which the first walk is of so many rows, as is the sample."""
    return Costs(first_walk_rows=rows, min_first_walk_rows=rows // 5, sample_rows=rows, **others)


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
            list_by(by_stretches, app=app, query=query)
            assert scans(cursor) > before, query


def test_a_customer_who_comes_while_a_search_walks_on_shows_nobody_twice():
    app, walks = make_app(), []
    for number in range(6):
        create_customer(app=app, email=f"kim{number}@example.com")

    def let_one_come(sql):
        if "LIKE" in sql:
            walks.append(sql)
            create_customer(app=app, email=f"nobody{len(walks)}@example.com")

    with after_each_statement(let_one_come):
        page = list_by(walks_of(2), app=app, query="kim", limit=5)
    assert len(walks) > 1
    assert [customer.email for customer in page.data] == [f"kim{number}@example.com" for number in (5, 4, 3, 2, 1)]


@pytest.mark.parametrize("sort", ["email", "-email"])
def test_where_the_matches_begin_in_an_order_of_texts_it_walks_again(by_stretches, sort):
    """The index listed all of them: of those who are found by how they begin, as many as there are."""
    app = make_app()
    emails = ["aa1@x.example", "aa2@gmail.com", *[f"amy{n:02}@gmail.com" for n in range(30)], "zz@x.example"]
    emails = [*[f"0{n}@qq.com" for n in range(9)], *emails, *[f"zz{n}@qq.com" for n in range(9)]]
    for email in [*emails[:20], *emails[30:], *emails[20:30]]:
        create_customer(app=app, email=email)
    costs = replace(by_stretches, first_walk_rows=9, sample_rows=9)
    expected = [email for email in sorted(emails, reverse=sort == "-email") if email.endswith("gmail.com")]
    with CaptureQueriesContext(connection) as queries:
        page = list_by(costs, app=app, query="gmail", sort=sort, limit=6)
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
        assert len(list_by(by_stretches, app=app, query="kim", sort=sort).data) == len(names)
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
            assert list_by(by_the_indexes, app=app, query="zzqxv", sort=sort, email=email, **more).data == []
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
                list_by(by_stretches, app=apps[0], query=query, sort=sort, **filters)
            asked = [one["sql"] for one in queries if "search_text !~" in one["sql"]]
            assert asked
            for sql in asked:
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert "customers_search" in plan and "BitmapAnd" not in plan, plan


@pytest.mark.parametrize("filters", [{}, {"email": "@x.example"}, {"created_from": "2020-01-01"}])
@pytest.mark.parametrize("sort", ["name", "-name", "email"])
def test_what_all_are_listed_for_is_listed_once(by_the_indexes, sort, filters):
    """For those without a name, or email, all were listed anew: 20 ms twice for nobody at yahoo.co.jp."""
    costs = replace(by_the_indexes, text_order_cost=float("inf"), text_order_in_time_cost=float("inf"))
    app = make_app()
    for number in range(9):
        create_customer(app=app, email=f"{number}@x.example", name="Kim" if number % 3 else "")
    create_customer(app=app, name="kim")
    for query, number in (("zzqxv", 0), ("kim", 6 + (not filters.get("email"))), ("x.exa", 9)):
        with CaptureQueriesContext(connection) as queries:
            page = list_by(costs, app=app, query=query, sort=sort, **filters)
        assert len(page.data) == number
        assert sum("search_text !~" in query["sql"] for query in queries) == 1, query


@pytest.mark.parametrize("domain", ["", "@gmail.com"])
def test_matches_long_before_the_first_of_the_sample_are_not_listed_with_all_up_to_it(by_stretches, domain):
    """Few of the newest customers are called Kim, late in the order: thousands before them were listed."""
    app = make_app()
    kims = [*[f"ab kim {n}" for n in range(10)], *[f"{letter}{n} kim" for letter in "bcdefghij" for n in range(10)]]
    newest = [*[f"{letter}z nobody" for letter in "abcdefghij"], "zz kim"]
    for number, name in enumerate(["aa nobody", *kims, *newest]):
        create_customer(app=app, name=name, email=f"{number}@gmail.com")
    # The walk is of one row only, and finds none of them.
    costs = replace(by_stretches, sample_rows=11, glance_rows=22, many_matches=-1)
    with CaptureQueriesContext(connection) as queries:
        page = list_by(costs, app=app, query="kim", sort="name", limit=5, email=domain)
    assert [customer.name for customer in page.data] == kims[:5]
    (listing,) = [query["sql"] for query in queries if "proyecta_buckets" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({listing.rpartition(' LIMIT ')[0]}) AS listed")
        (listed,) = cursor.fetchone()
    assert 5 <= listed <= 40 < len(kims)


def test_where_matches_stand_apart_it_does_not_walk_on_after_each(by_stretches):
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
    costs = replace(by_stretches, first_walk_rows=8, sample_rows=8, many_matches=-1, glance_rows=1)
    with CaptureQueriesContext(connection) as queries:
        page = list_by(costs, app=app, query="kim", sort="name", limit=3)
    assert [customer.name for customer in page.data] == [name for name in names if "kim" in name][:3]
    listed = [query["sql"] for query in queries if "proyecta_buckets" in query["sql"]]
    walks = [query["sql"] for query in queries if 'ORDER BY "name_key", "key" LIMIT 8) AS' in query["sql"]]
    assert len(walks) == 2 < len(listed)


def listings(queries, text):
    """The statements that ask the search indexes for a piece of `text`."""
    pieces = [f"search_text LIKE '%{text[n : n + 3]}%'" for n in range(len(text) - 2)]
    return [query["sql"] for query in queries if any(piece in query["sql"] for piece in pieces)]


def test_a_word_that_nobody_has_is_asked_for_once(by_the_indexes):
    """It was for one stretch after the other, each eight times as long: all of them together list nobody."""
    app, now = make_app(), timezone.now()
    people = [{"name": f"Bo {n}", "created": now - timedelta(days=20 * n)} for n in range(60)]
    create_customers(app=app, customers=people)
    costs = replace(by_the_indexes, first_walk_rows=5, sample_rows=5, row_cost_listed=-0.001, row_cost_looked_at=-0.5)
    with CaptureQueriesContext(connection) as queries:
        assert list_by(costs, app=app, query="zzqxv", limit=1).data == []
    assert len(listings(queries, "zzqxv")) == 1


def test_a_walk_goes_on_as_far_as_the_matches_seen_so_far_promise():
    """It went four times as far each time, from the first row again."""
    app, now = make_app(), timezone.now()
    people = [{"name": f"{'Bo' if n % 10 else 'Kim'} {n}", "created": now - timedelta(days=n)} for n in range(400)]
    create_customers(app=app, customers=people)
    with CaptureQueriesContext(connection) as queries:
        page = list_by(walks_of(10), app=app, query="kim")
    assert [customer.name for customer in page.data] == [f"Kim {n}" for n in range(0, 200, 10)]
    assert sum("LIKE '%kim%'" in query["sql"] for query in queries) == 2


def test_a_walk_goes_further_than_few_matches_promise():
    """Five tell little: it went as far as they had it, and then again from the first row, a third time over."""
    app, now = make_app(), timezone.now()
    people = [
        {"name": f"{'Bo' if n % (4 if n < 20 else 7) else 'Kim'} {n}", "created": now - timedelta(days=n)}
        for n in range(400)
    ]
    create_customers(app=app, customers=people)
    with CaptureQueriesContext(connection) as queries:
        assert len(list_by(walks_of(20), app=app, query="kim").data) == 20
    assert sum("LIKE '%kim%'" in query["sql"] for query in queries) == 2


def test_a_walk_past_those_of_another_time_reads_no_more_rows_than_any_other():
    """It was of as many rows as pass the filter, and was gone over once more to see whether there are others."""
    app, now = make_app(), timezone.now()
    people = [
        {"name": f"{n:02} {'Kim' if n > 35 else 'Bo'}", "created": now - timedelta(n % 2 * 99)} for n in range(40)
    ]
    create_customers(app=app, customers=people)
    costs = walks_of(10, row_cost_random_order=0)
    with CaptureQueriesContext(connection) as queries:
        page = list_by(costs, app=app, query="kim", sort="name", created_to=str((now - timedelta(9)).date()))
    assert [customer.name for customer in page.data] == ["37 Kim", "39 Kim"]
    statements = "\n".join(query["sql"] for query in queries)
    walked = re.findall(r'ORDER BY "name_key", "key" LIMIT (\d+)\) AS "customers_customer" WHERE', statements)
    assert walked == ["5", "20"]
    assert re.findall(r"LIMIT 1 OFFSET (\d+)", statements) == ["20"]


@pytest.mark.parametrize(("email", "after"), [("@few.example", None), ("", "390")])
def test_a_walk_in_a_part_of_the_time_ends_where_its_rows_end(email, after):
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
    costs = walks_of(40, row_cost_random_order=0)
    with CaptureQueriesContext(connection) as queries:
        page = list_by(
            costs, app=app, query="q", sort="name", email=email, created_to=str((now - timedelta(9)).date()), **cursor
        )
    assert page.data == []
    assert sum("LIKE '%q%'" in query["sql"] for query in queries) == 2  # of those with a name, and of those without


def test_a_customer_who_is_renamed_while_a_search_goes_by_stretches_is_shown_once(by_stretches):
    app, reads = make_app(), []
    for name in [*"bcdefghij", "zzz"]:
        create_customer(app=app, name=f"{name} kim")
    renamed, _ = create_customer(app=app, name="aa kim")

    def rename(sql):
        if "proyecta_buckets" in sql:
            reads.append(sql)
            update_customer(app=app, customer_id=renamed.public_id, name="zz kim")

    # Stretches of a few rows each.
    costs = replace(
        by_stretches, first_walk_rows=3, sample_rows=20, stretch_margin_factor=0, many_matches=-1, glance_rows=0
    )
    with after_each_statement(rename):
        found = list_by(costs, app=app, query="kim", sort="name", limit=20).data
    assert len(reads) > 2
    assert len({customer.key for customer in found}) == len(found) == 11


def test_a_search_is_right_where_the_counts_miss_everybody(by_stretches):
    """A page in an order of texts divided by them, and could not be opened."""
    app = make_app()
    names = [f"{letter} kim" for letter in "abcdefgh"]
    for name in names:
        create_customer(app=app, name=name)
    CustomerCount.objects.filter(app=app).delete()
    assert [customer.name for customer in list_by(by_stretches, app=app, query="kim", sort="name").data] == names


def test_of_many_trigrams_the_indexes_are_asked_for_the_few_rare_ones():
    """Each that is asked for is looked at in every row that has the rarest: a whole email took 80 ms, not 3."""
    shares = {"smi": 0.015, "mit": 0.016, "ith": 0.02, "84đ": 0.0001}
    asked = {}
    for text in ("smith@yahoo.co.jp", "smith yahoo.co.jp", "smith", "john1984@gmail.com 김민"):
        words = search_words(text)
        grams = {gram: shares.get(gram.text, 0.1) for word in words for gram in grams_of(word)}
        asked[text] = index_query(words, grams).condition({}).params
    assert len(asked["smith@yahoo.co.jp"]) == 4
    assert asked["smith yahoo.co.jp"][0] == "%smi%" and len(asked["smith yahoo.co.jp"]) == 3
    assert asked["smith"] == ("%smi%", "%mit%", "%ith%")
    assert asked["john1984@gmail.com 김민"][:1] == ("%84đ%",) and "김민" in asked["john1984@gmail.com 김민"]
