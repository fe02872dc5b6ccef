"""The stretches of an order that a search goes through, and the buckets under which the database has a row."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from customers.search import DEFAULT_COSTS
from customers.search.buckets import (
    BUCKET_DAYS,
    MAX_STRETCH_DAYS,
    NO_TEXT_PLACE,
    TEXT_BUCKET_PLACES,
    domain_bucket,
    timeline_from,
)
from customers.search.statements import Ends
from customers.search.text_order import beginning, place, text_order
from tests.support.texts import NAMES

MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)) | st.sampled_from(
    [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
)
STEPS = st.lists(st.integers(0, 3) | st.integers(0, 1000) | st.integers(0, 2 * MAX_STRETCH_DAYS), max_size=8)
# As a column has them: no NUL, no half of a pair, no capitals.
LETTERS = st.characters(exclude_characters="\0ABCDEFGHIJKLMNOPQRSTUVWXYZ", exclude_categories=["Cs"])
TEXTS = st.text(st.sampled_from("ab1.김민é\U0001f600") | LETTERS, min_size=1, max_size=6)
CREATED, EMAIL, NAME, DOMAIN = range(4)


def number_of(moment):
    return (moment.date() - date.min).days


def places_of(bucket):
    """(app, order, first place, number of places) of a bucket."""
    app, rest = divmod(bucket, 1 << 28)
    kind, number = divmod(rest, 1 << 24)
    order, level = divmod(kind, 4)
    size = 1 if order == DOMAIN else (BUCKET_DAYS if order == CREATED else TEXT_BUCKET_PLACES)[level]
    return app, order, number * size, size


def spans(buckets, order):
    """(first, number) of the places of the buckets, which are all of app 7 and of this order."""
    found = sorted(map(places_of, buckets), key=lambda one: one[2])
    assert {(app, kind) for app, kind, _, _ in found} == {(7, order)}
    for (_, _, first, number), (_, _, following, _) in zip(found, found[1:], strict=False):
        # Of texts some places are none's.
        assert first + number == following or (order in (EMAIL, NAME) and first + number < following)
    return [(first, number) for _, _, first, number in found]


def stretches(moment, steps, back):
    """(days before, its Stretch, days after) for each stretch of time."""
    timeline, found = timeline_from(7, moment, back=back), []
    for days in [*steps, MAX_STRETCH_DAYS + 1]:
        before = timeline.days
        stretch, timeline = timeline.next_stretch(days)
        found.append((before, stretch, timeline.days))
        if not any(condition.text.endswith(" >= %s" if back else " < %s") for condition in found[-1][1].conditions):
            break
        assert max(days, 1) <= timeline.days - before <= 1.5 * max(days, 1)
    return found


def order_of(column, first, last, sample, wanted, back):
    return text_order(7, column, Ends(first, None, last), back=back, sample=sample, wanted=wanted, costs=DEFAULT_COSTS)


def passes(value, stretch):
    """Whether a row with it passes the conditions of a stretch."""
    compare = {">=": value.__ge__, "<": value.__lt__}
    return all(compare[condition.text.split()[1]](*condition.params) for condition in stretch.conditions)


@given(MOMENTS, STEPS, st.booleans(), MOMENTS)
def test_a_moment_is_in_one_stretch_of_time_whoever_comes_meanwhile(moment, steps, back, other):
    found = [stretch for _, stretch, _ in stretches(moment, steps, back)]
    assert passes(moment, found[0])
    assert sum(passes(other, stretch) for stretch in found) == 1


@given(MOMENTS, STEPS, st.booleans(), MOMENTS)
def test_the_stretches_so_far_have_passed_what_is_in_none_that_follows(moment, steps, back, other):
    timeline, found = timeline_from(7, moment, back=back), []
    for days in [*steps, MAX_STRETCH_DAYS + 1]:
        stretch, timeline = timeline.next_stretch(days)
        found.append(stretch)
        assert timeline.has_passed(other) is any(passes(other, stretch) for stretch in found)


@given(MOMENTS, STEPS, st.booleans())
def test_the_buckets_of_a_stretch_of_time_hold_its_days_and_no_others(moment, steps, back):
    today = number_of(moment)
    for before, stretch, after in stretches(moment, steps, back):
        if stretch.buckets is None:
            continue
        found = spans(stretch.buckets, CREATED)
        edges = [today + 1 - after, today + 1 - before] if back else [today + before, today + after]
        assert [found[0][0], sum(found[-1])] == edges
        assert len(found) <= MAX_STRETCH_DAYS / BUCKET_DAYS[-1] * 2 + 7 * len(BUCKET_DAYS)


@given(TEXTS, TEXTS)
def test_places_and_beginnings_keep_the_order_of_texts(one, other):
    one, other = sorted([one, other], key=str.encode)
    assert 0 < place(one) <= place(other) < NO_TEXT_PLACE == place(None)
    # Buckets and conditions on the column agree at each boundary.
    edge = beginning(other)
    assert "" < edge <= other
    assert (place(one) >= place(edge)) is (one.encode() >= edge.encode())


@given(
    st.tuples(TEXTS, TEXTS, TEXTS), st.lists(TEXTS, max_size=30), st.integers(0, 3), st.lists(st.integers(0, 30)),
    st.booleans(),
)  # fmt: skip
def test_a_text_is_in_one_stretch_of_texts_and_in_its_buckets(texts, sample, wanted, steps, back):
    first, other, last = sorted(texts, key=str.encode, reverse=back)
    order = order_of("name_key", first, last, sample, sample[:wanted], back)
    found, rest = [], []
    for step in [*steps, 30]:
        stops = order.stops
        assert len(stops) <= len(sample)
        stop = stops[step] if step < len(stops) else None
        stretch, order = order.next_stretch(stop)
        found.append(stretch)
        rest.append(order.rest)
        if stop is None:
            break
    number = [passes(Text(other), stretch) for stretch in found]
    assert sum(number) == 1
    for stretch, holds, after in zip(found, number, rest, strict=True):
        if holds:
            assert any(start <= place(other) < start + size for start, size in spans(stretch.buckets, NAME))
            assert found[-1] is stretch or not all(
                passes(Text(other), replace(stretch, conditions=(c,))) for c in after
            )


class Text(str):
    """One that compares as the columns do, by code points."""

    def __ge__(self, other):
        return self.encode() >= other.encode()

    def __lt__(self, other):
        return self.encode() < other.encode()


@given(TEXTS, TEXTS, st.integers(0, NO_TEXT_PLACE), st.sampled_from(["email_key", "name_key"]))
def test_the_extent_of_a_bucket_is_that_of_its_places(text, other, somewhere, column):
    texts = order_of(column, "a", "b", [], [], back=False)
    order = {"email_key": EMAIL, "name_key": NAME}[column]
    asked = [
        7 << 28 | 4 * order + level << 24 | number // size
        for number in (place(text), place(other), somewhere)
        for level, size in enumerate(TEXT_BUCKET_PLACES)
    ]
    extents = list(texts.extents(asked))
    assert [number for number, _, _ in extents[:4]] == asked[:4] or max(text, other, key=str.encode) >= "\U00100000"
    for number, low, after in extents:
        _, _, first, size = places_of(number)
        for one in (text, other):
            assert (first <= place(one) < first + size) is (low <= one < after)


@given(st.lists(TEXTS, max_size=30), st.booleans())
def test_what_has_no_text_is_one_stretch(sample, back):
    order = order_of("email_key", None, None, sample, sample[:1], back)
    assert order.stops == []
    stretch, _ = order.next_stretch(None)
    assert stretch.conditions == ()
    assert any(start <= NO_TEXT_PLACE < start + size for start, size in spans(stretch.buckets, EMAIL))


@pytest.mark.django_db
@given(
    st.lists(st.tuples(MOMENTS, st.none() | TEXTS, st.none() | TEXTS | NAMES), min_size=1, max_size=20),
    st.integers(1, 2**34),
)
def test_the_database_has_a_row_under_the_buckets_of_its_places(rows, app_id):
    moments, emails, names = map(list, zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proyecta_buckets(%s, m, e, n, e) FROM unnest(%s::timestamptz[], %s::text[], %s::text[]) r (m, e, n)",
            [app_id, moments, emails, names],
        )
        stored = [buckets for (buckets,) in cursor.fetchall()]
    for (moment, email, name), buckets in zip(rows, stored, strict=True):
        *orders, domain = buckets
        assert domain == domain_bucket(app_id, email or "")
        found = list(map(places_of, orders))
        assert [(app, order, size) for app, order, _, size in found] == [
            *[(app_id, CREATED, size) for size in BUCKET_DAYS],
            *[(app_id, order, size) for order in (EMAIL, NAME) for size in TEXT_BUCKET_PLACES],
        ]
        for _, order, first, size in found:
            there = {CREATED: number_of(moment), EMAIL: place(email), NAME: place(name)}[order]
            assert first <= there < first + size
