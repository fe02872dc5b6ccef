"""The Customers tab: every state is in its address, a wrong one says so and shows nothing."""

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Role
from customers.models import Customer
from customers.pages.list_page import PANEL_FILTERS
from customers.services import create_customer
from tests.support.factories import make_app, make_customer, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def app():
    return make_app(name="Acme")


@pytest.fixture
def member(app, client):
    user = make_member(app, Role.EDITOR, time_zone="Asia/Seoul")
    client.force_login(user)
    return user


def url(app, **params):
    return reverse("customer_list", args=[app.slug]) + (f"?{urlencode(params, doseq=True)}" if params else "")


def shown(response):
    """The ids of the customers in the table, in order."""
    return re.findall(r'<a href="[^"]*/customers/(cus_\w+)/">', response.content.decode())


def link(response, rel):
    found = re.search(rf'href="([^"]*)"[^>]*rel="{rel}"', response.content.decode())
    return unescape(found[1]) if found else None


def test_newest_first_with_the_three_columns(client, app, member):
    ids = [
        make_customer(app, name=f"N{day}", created=datetime(2026, 11, day, 5, 5, tzinfo=UTC)).public_id
        for day in (1, 3, 2)
    ]
    response = client.get(url(app))
    assert shown(response) == [ids[1], ids[2], ids[0]]
    text = response.content.decode()
    assert "3 Nov 2026, 14:05" in text
    assert 'datetime="2026-11-03T14:05:00+09:00"' in text
    assert "Asia/Seoul" in text
    assert "3 customers" in text


def test_next_and_previous_lead_through_all_and_back(client, app, member):
    ids = [make_customer(app).public_id for _ in range(45)][::-1]
    page = client.get(url(app))
    assert (shown(page), link(page, "prev")) == (ids[:20], None)
    page = client.get(link(page, "next"))
    assert shown(page) == ids[20:40]
    page = client.get(link(page, "next"))
    assert (shown(page), link(page, "next")) == (ids[40:], None)
    page = client.get(link(page, "prev"))
    assert shown(page) == ids[20:40]
    page = client.get(link(page, "prev"))
    assert (shown(page), link(page, "prev")) == (ids[:20], None)


def test_links_keep_the_rest_of_the_state(client, app, member):
    for number in range(30):
        make_customer(app, name=f"Kim {number:02}")
    response = client.get(url(app, query="kim", sort="name", limit="20"))
    following = link(response, "next")
    assert "query=kim" in following
    assert "sort=name" in following
    assert len(shown(client.get(following))) == 10


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"email": "nobody"}, "Enter a whole address, or @ and a domain"),
        ({"created_from": "2026-02-30"}, "Enter a date as YYYY-MM-DD"),
        ({"created_from": "2026-02-02", "created_to": "2026-02-01"}, "The last day is before the first day"),
        ({"query": "a\x00b"}, "control character"),
        ({"query": "x" * 201}, "Use at most 200 characters; this has 201."),
        ({"sort": "phone"}, "Sort by one of"),
        ({"limit": "1000"}, "from 1 to 100"),
        ({"starting_after": "cus_unknown"}, "first page"),
        ({"emial": "a@example.com"}, f"This page has no filter named “emial”. It has {', '.join(PANEL_FILTERS)}"),
        ({"foo": ""}, "This page has no filter named “foo”."),
        ({"utm": "1"}, "This page has no filter named “utm”."),
        ({"page": "2", "email": "a@example.com"}, "This page has no filter named “page”."),
        ({"email": ["a@example.com", ""]}, "The address has email twice"),
        ({"starting_after": "cus_a", "ending_before": "cus_b"}, "Give starting_after or ending_before, not both."),
    ],
)
def test_a_wrong_filter_says_what_is_wrong_and_shows_no_rows(client, app, member, params, problem):
    make_customer(app)
    for headers in ({}, {"HX-Request": "true"}):
        response = client.get(url(app, **params), headers=headers)
        assert response.status_code == 400
        assert shown(response) == []
        page = unescape(re.sub('data-said="[^"]*"', "", response.content.decode()))
        assert problem in page, re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))


@pytest.mark.parametrize(
    ("params", "chip"),
    [
        ({"created_from": "2026-11-03"}, "Created: from 3 Nov 2026"),
        ({"created_to": "2026-11-03"}, "Created: to 3 Nov 2026"),
        ({"created_from": "2026-11-03", "created_to": "2026-11-03"}, "Created: 3 Nov 2026"),
        ({"created_from": "2026-09-01", "created_to": "2026-11-03"}, "Created: 1 Sep 2026 – 3 Nov 2026"),
        ({"created_from": "yesterday"}, "Created: from yesterday"),
        ({"created_from": "אתמול"}, "Created: from \u2068אתמול\u2069"),
    ],
)
def test_the_chip_of_days_and_the_link_that_takes_it_off_say_the_same(client, app, member, params, chip):
    page = client.get(url(app, **params)).text
    assert f'<span class="cut">{chip}</span>' in page
    assert f'aria-label="Remove {chip}"' in page


def test_a_filter_that_the_page_does_not_know_is_not_counted_as_everything(client, app, member):
    response = client.get(reverse("customer_count", args=[app.slug]), {"emial": "a@example.com"})
    assert response.status_code == 400
    assert "no filter named “emial”" in response.content.decode()


def test_an_unknown_filter_hides_no_other_mistake_of_the_address(client, app, member):
    wrong = {"foo": "1", "email": "nobody", "sort": "phone", "limit": ["1000", "50"], "created_from": "2026-02-30"}
    response = client.get(url(app, **wrong))
    assert (response.status_code, shown(response)) == (400, [])
    for problem in ("no filter named “foo”", "whole address", "Sort by one of", "has limit twice", "date as YYYY"):
        assert problem in response.content.decode(), problem
    assert "first page" in client.get(url(app, foo="1", starting_after="cus_unknown")).content.decode()
    counted = client.get(reverse("customer_count", args=[app.slug]), {"foo": "1", "email": "nobody"})
    assert counted.status_code == 400
    assert "no filter named “foo”" in counted.text and "whole address" in counted.text


def test_what_other_sites_put_behind_an_address_does_no_harm(client, app, member):
    customer = make_customer(app)
    response = client.get(url(app, query="ada", utm_source="mail", fbclid="x", gclid="", mc_eid="1", _gl="1"))
    assert shown(response) == [customer.public_id]
    assert "utm_source" not in response.content.decode()


def test_another_apps_cursor_is_no_cursor_here(client, app, member):
    response = client.get(url(app, starting_after=make_customer().public_id))
    assert (response.status_code, shown(response)) == (400, [])


def test_each_empty_state_has_its_own_words(client, app, member):
    assert "No customers yet" in client.get(url(app)).content.decode()
    make_customer(app)
    assert "Nothing found" in client.get(url(app, query="nobody")).content.decode()


@pytest.mark.parametrize(
    ("zone", "day", "inside", "outside"),
    [
        ("Asia/Seoul", "2026-03-01", ["2026-02-28T15:00:00Z", "2026-03-01T14:59:59.999999Z"], ["2026-02-28T14:59:59.999999Z", "2026-03-01T15:00:00Z"]),
        # 23 and 25 hours long
        ("Europe/Berlin", "2026-03-29", ["2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999Z"], ["2026-03-28T22:59:59Z", "2026-03-29T22:00:00Z"]),
        ("America/New_York", "2026-11-01", ["2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999999Z"], ["2026-11-01T03:59:59Z", "2026-11-02T05:00:00Z"]),
        # Midnight itself does not exist on this day.
        ("Africa/Cairo", "2026-04-24", ["2026-04-23T22:00:00Z", "2026-04-24T20:59:59.999999Z"], ["2026-04-23T21:59:59Z", "2026-04-24T21:00:00Z"]),
    ],
)  # fmt: skip
def test_days_are_whole_days_of_the_viewers_zone(client, app, zone, day, inside, outside):
    client.force_login(make_member(app, time_zone=zone))
    made = {moment: make_customer(app, created=datetime.fromisoformat(moment)).public_id for moment in inside + outside}
    response = client.get(url(app, created_from=day, created_to=day))
    assert set(shown(response)) == {made[moment] for moment in inside}
    assert zone in response.content.decode()


def test_email_filter_is_one_address_or_one_domain(client, app, member):
    one = make_customer(app, email="Kim@Example.com").public_id
    two = make_customer(app, email="lee@example.com").public_id
    make_customer(app, email="kim@example.com.au")
    assert shown(client.get(url(app, email="kim@EXAMPLE.com"))) == [one]
    assert set(shown(client.get(url(app, email="@Example.COM")))) == {one, two}


def test_matches_are_marked_and_markup_in_names_is_text(client, app, member):
    make_customer(app, email="a@example.com", name="<b>Zoë</b> & Kim")
    text = client.get(url(app, query="zoe kim")).content.decode()
    assert "&lt;b&gt;<mark>Zoë</mark>&lt;/b&gt; &amp; <mark>Kim</mark>" in text
    make_customer(app, name="민수", phone="+821012345678")
    text = client.get(url(app, query="1234-5678")).content.decode()
    assert "phone +82 10-<mark>1234-5678</mark>" in text


def test_count_is_exact_up_to_ten_thousand(client, app, member):
    rows = (Customer(app=app, public_id=f"cus_{number}", name="Kim") for number in range(10_000))
    Customer.objects.bulk_create(rows, batch_size=2000)
    assert "10,000 customers" in client.get(url(app)).content.decode()
    create_customer(app=app, name="Kim")
    assert "10,000+ customers" in client.get(url(app)).content.decode()
    count_url = reverse("customer_count", args=[app.slug]) + "?query=kim"
    assert client.get(count_url, headers={"HX-Request": "true"}).content.decode() == "10,000+ matches"
    assert client.get(url(app, query="kim")).content.decode().count(count_url) >= 1
    assert "10,000+ matches" in client.get(count_url, follow=True).content.decode()


def test_a_text_that_is_too_long_is_shown_and_kept_in_the_links(client, app, member):
    wrong = client.get(url(app, query="김" * 600, sort="email"))
    assert wrong.status_code == 400
    assert quote("김" * 600) in wrong.text


def test_the_rows_and_how_many_there_are_come_in_one_statement(client, app, member, django_assert_num_queries):
    """On every page of the list, in any order; there is no row to carry the number where all have gone meanwhile."""
    customers = [make_customer(app) for _ in range(45)]
    make_customer(make_app())
    following = link(client.get(url(app)), "next")
    for address in (url(app), url(app, sort="email"), url(app, sort="-name", limit=40)):
        with django_assert_num_queries(2):  # session with user, apps and roles; customers
            assert 'id="count">45 customers<' in client.get(address).text, address
    for address in (following, following.replace("starting_after", "ending_before")):
        assert 'id="count">45 customers<' in client.get(address).text, address
    Customer.objects.filter(app=app).exclude(pk=customers[0].pk).delete()
    gone = client.get(url(app, starting_after=customers[0].public_id))
    assert shown(gone) == [] and 'id="count">1 customer<' in gone.text


@pytest.mark.parametrize(
    "params", [{}, {"sort": "email"}, {"query": "ada"}, {"email": "@example.com"}, {"created_from": "2020-01-01"}]
)
def test_a_page_costs_the_same_queries_whatever_the_number_of_rows(
    client, app, member, params, django_assert_num_queries, django_assert_max_num_queries
):
    client.get(url(app))
    for _ in range(30):
        make_customer(app)
    with django_assert_max_num_queries(8) as few:
        client.get(url(app, **params))
    for _ in range(90):
        make_customer(app)
    with django_assert_num_queries(len(few)):
        client.get(url(app, **params, limit=100))


@pytest.mark.parametrize("wrong", [{"sort": "bogus"}, {"limit": "0"}, {"sort": ["name", "email"]}])
def test_the_way_out_of_a_wrong_sort_or_size_does_not_lead_back_to_it(client, app, member, wrong):
    make_customer(app, email="kim@example.com")
    page = client.get(url(app, query="kim", **wrong))
    assert page.status_code == 400
    text = page.content.decode()
    assert client.get(unescape(re.search(r'href="([^"]*)">Show all customers', text)[1])).status_code == 200
    for name in wrong:
        assert f'name="{name}"' not in text, "the search box would send it again"


@settings(deadline=None, max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from([*PANEL_FILTERS, "sort", "limit", "starting_after", "ending_before", "x"]),
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                [
                    "@a.b",
                    "a@b.co",
                    "2026-01-01",
                    "9999-12-31",
                    "0001-01-01",
                    "-created",
                    "99999999999999999999",
                    "cus_1",
                    "\x00",
                ]
            ),
        ),
        max_size=4,
    )
)
def test_nothing_in_a_query_string_is_a_server_error(client_and_app, params):
    client, app = client_and_app
    query = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in params.items())
    for address in (reverse("customer_list", args=[app.slug]), reverse("customer_count", args=[app.slug])):
        assert client.get(f"{address}?{query}").status_code in (200, 302, 400)


@pytest.fixture(scope="module")
def client_and_app(django_db_setup, django_db_blocker):
    from django.test import Client

    with django_db_blocker.unblock():
        app = make_app()
        user = make_member(app)
        make_customer(app)
        client = Client()
        client.force_login(user)
        yield client, app
        app.delete()
        user.delete()


@pytest.mark.parametrize(
    "raw", ["query=%00", "query=%ff%fe", "query=%ED%A0%80", "limit[]=1", "query=" + "a" * 5000, "&&=&=", "%"]
)
def test_broken_query_strings_get_an_answer(client, app, member, raw):
    assert client.get(f"{url(app)}?{raw}").status_code in (200, 400)
