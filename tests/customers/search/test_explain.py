"""`manage.py explain_search` prints what decides a search, and changes nothing."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.filters import SORTS
from customers.loading.bulk import create_customers
from customers.management.commands.explain_search import explain
from customers.models import Customer
from customers.search import Costs
from tests.support.factories import make_app
from tests.support.searches import criteria_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def app():
    app, now = make_app("acme"), timezone.now()
    people = [
        {"name": "Kim" if n % 10 == 0 else "Bo", "email": f"{n}@x.example", "created": now - timedelta(days=n)}
        for n in range(60)
    ]
    create_customers(app=app, customers=people)
    return app


def explained(*arguments):
    out = StringIO()
    call_command("explain_search", *arguments, stdout=out)
    return out.getvalue()


def test_the_sample_and_the_costs_are_printed_even_if_the_first_walk_was_enough(app):
    text = explained("--app", "acme", "bo", "--limit", "5")
    assert "Sample, which this search did not need:\n  the newest 60 customers" in text
    assert re.search(r"^ +[\d,]+  walk on \(chosen\)$", text, re.M)
    assert re.search(r"^ +[\d,]+  list ", text, re.M)
    assert "The first walk of 2,000 rows was enough." in text
    assert re.search(r"\d+\.\d\d +6 +\d+  walk\n", text)
    assert "Found 5 for a page of 5, and there are more, in" in text


def test_the_sample_the_cost_of_each_way_and_the_choice_are_printed(app):
    costs = Costs(first_walk_rows=10, min_first_walk_rows=2, sample_rows=40)
    lines = list(explain(criteria_of(app, query="kim nobody"), SORTS["name"], limit=20, costs=costs))
    text = "\n".join(lines)
    assert "Sample:\n  the newest 40 customers" in text
    assert "  kim: 11 % of rows" in text and "  nobody: 1.22 % of rows" in text
    assert "The indexes would be asked for: nobody, kim." in text
    assert "Decision after a walk of 10 rows, about" in text
    assert [line.endswith("(chosen)") for line in lines if "by the indexes" in line or "walk on" in line].count(
        True
    ) > 0
    for way in ("walk on", "list all matches by the indexes", "list stretch by stretch of texts by the indexes"):
        assert re.search(rf"^ +[\d,]+  {way}", text, re.M), way
    assert "Found 0 for a page of 20, in" in text


def test_rows_read_are_those_that_a_walk_passes_over(app):
    costs = Costs(first_walk_rows=30, min_first_walk_rows=6, sample_rows=30)
    text = "\n".join(explain(criteria_of(app, query="kim"), SORTS["-created"], limit=2, costs=costs))
    assert re.search(r" 3 +(?:2[1-9]|30)  walk$", text, re.M)


def test_a_rare_word_is_explained_without_a_walk(app):
    text = explained("--app", "acme", "somebody@x.example", "--sort=-name")
    assert "Chosen without a walk, because a word is rare: list all matches by the indexes." in text
    assert "The whole order: 0 matches" in text and "Part 1" not in text


def test_no_walk_is_told_where_nobody_passes_the_filters(app):
    """It said that the first walk was enough."""
    text = explained("--app", "acme", "kim", "--sort", "name", "--created-to", "2000-01-01")
    assert "Nobody passes the filters, so nothing was searched." in text
    assert "walk" not in text.replace("walked", "")


def test_filters_and_their_implied_words_take_part(app):
    day = str(timezone.now().date())
    text = explained("--app", "acme", "zzqxv", "--email", "@x.example", "--created-to", day, "--sort", "email")
    assert "  @x.example: " in text and "Decision before a walk" in text
    assert "read and sort all of the filter's time" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--app", "nobody", "kim"], "There is no app nobody"),
        (["--app", "acme", "kim", "--email", "nonsense"], "email: Enter a whole address"),
        (["--app", "acme", "kim", "--created-from", "yesterday"], "YYYY-MM-DD"),
        (["--app", "acme", "\u200b"], "no letter, digit or sign"),
        (["--app", "acme", ""], "Give a text to search for."),
        (["--app", "acme", "kim", "--limit", "0"], "The limit must be"),
        (["--app", "acme", "kim", "--sort", "phone"], "invalid choice"),
    ],
)
def test_what_is_wrong_is_said(app, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        explained(*arguments)


def test_it_changes_nothing(app):
    before = list(Customer.objects.order_by("key").values())
    explained("--app", "acme", "kim", "--sort", "name")
    assert list(Customer.objects.order_by("key").values()) == before
