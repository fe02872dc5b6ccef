"""A list page's state and links, for a list of nothing in particular."""

from datetime import date

import pytest
from django.http import QueryDict

from core import lists
from core.pagination import Page

FILTERS = ("query", "from", "to")


def state(query=""):
    return lists.read_state("/list/", QueryDict(query), FILTERS)


class Item:
    def __init__(self, public_id):
        self.public_id = public_id


def test_a_link_keeps_the_state_changes_what_is_asked_for_and_leads_to_the_first_page():
    here = state("limit=50&query=kim&sort=name&starting_after=id1&other=1")
    assert lists.link(here) == "/list/?query=kim&sort=name&limit=50"
    assert lists.link(here, query=None, sort="-name") == "/list/?sort=-name&limit=50"
    assert lists.link(here, starting_after="id2") == "/list/?query=kim&sort=name&limit=50&starting_after=id2"
    assert lists.link(state()) == "/list/"
    assert here.cursor == {"starting_after": "id1"}


def test_blank_values_are_not_given():
    assert state("query=+&sort=&limit=%20") == state()


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("", set()),
        ("query=a&query=a", set()),
        ("query=a&query=", {"query"}),
        ("limit=1&limit=2", {"limit"}),
        ("colour=red", {"colour"}),
        ("utm_source=mail&fbclid=x&_ga=1", set()),
        ("starting_after=a&ending_before=b", set()),
    ],
)
def test_parameters_that_cannot_be_meant_are_named(query, params):
    assert set(state(query).problems) == params


def test_a_long_unknown_name_is_cut_and_cannot_turn_the_sentence_round():
    (sentence,) = state("%D7%90" * 80 + "=1").problems.values()
    assert f"“\u2068{'א' * lists.MAX_NAME_LENGTH}\u2069”" in sentence


def test_columns_sort_their_own_way_first_and_the_other_way_next():
    def columns(query):
        return {
            column.name: (column.url, column.direction)
            for column in lists.sort_columns(state(query), ("name", "-created"), "-created")
        }

    assert columns("") == {
        "name": ("/list/?sort=name", ""),
        "created": ("/list/?sort=created", "descending"),
    }
    assert columns("sort=name") == {
        "name": ("/list/?sort=-name", "ascending"),
        # The default is no part of an address.
        "created": ("/list/", ""),
    }
    assert columns("sort=-name")["name"] == ("/list/?sort=name", "descending")


def test_sizes_tell_which_one_is_current():
    sizes = lists.page_sizes(state("limit=50"), (20, 50))
    assert [(size.number, size.url, size.is_current) for size in sizes] == [
        (20, "/list/", False),
        (50, "/list/?limit=50", True),
    ]
    assert [size.is_current for size in lists.page_sizes(state(), (20, 50))] == [True, False]


def test_presets_include_today():
    presets = lists.day_presets(state("from=2026-10-28&to=2026-11-03&query=kim"), date(2026, 11, 3), "from", "to")
    assert [(preset.label, preset.is_current) for preset in presets] == [
        ("Today", False),
        ("Last 7 days", True),
        ("Last 30 days", False),
        ("Last 90 days", False),
    ]
    assert presets[0].url == "/list/?query=kim&from=2026-11-03&to=2026-11-03"


def test_neighbours_end_at_both_ends():
    middle = Page([Item("a"), Item("b")], has_more=True, first=False)
    assert lists.neighbours(state("sort=name"), middle) == (
        "/list/?sort=name&ending_before=a",
        "/list/?sort=name&starting_after=b",
    )
    assert lists.neighbours(state(), Page([Item("a")], has_more=False)) == ("", "")


def test_a_page_whose_rows_have_gone_leads_back_to_the_first():
    assert lists.neighbours(state("query=kim"), Page([], has_more=False, first=False)) == ("/list/?query=kim", "")


def test_a_refused_sort_or_size_is_in_no_link():
    refused = lists.without_rejected(state("query=kim&sort=bogus&limit=0"), ["sort", "limit", "query"])
    assert lists.link(refused) == "/list/?query=kim"


def test_a_count_that_was_cut_off_has_a_plus():
    assert lists.bounded_number(10_000, is_exact=False) == "10,000+"
    assert lists.bounded_number(7, is_exact=True) == "7"
