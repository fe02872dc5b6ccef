"""The stretches of time that a search goes through, and the buckets under which the database has a row."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from customers.time_buckets import LEVELS, LONGEST, Timeline

MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)) | st.sampled_from(
    [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
)
STEPS = st.lists(st.integers(0, 3) | st.integers(0, 1000) | st.integers(0, 2 * LONGEST), max_size=8)


def number_of(moment):
    return (moment.date() - date.min).days


def days_of(bucket):
    """(app, first day, number of days) of a bucket."""
    app, rest = divmod(bucket, 1 << 24)
    level, number = divmod(rest, 1 << 22)
    return app, number * 8**level, 8**level


def stretches(moment, steps, back):
    timeline, found = Timeline(7, moment, back=back), []
    for days in [*steps, LONGEST + 1]:
        before = timeline.days
        found.append(timeline.stretch(days))
        covered = timeline.days - before
        if found[-1][1 if back else 2] is None:
            break
        assert max(days, 1) <= covered <= 1.5 * max(days, 1)
    return found


@given(MOMENTS, STEPS, st.booleans())
def test_stretches_follow_each_other_without_a_gap_or_an_overlap(moment, steps, back):
    found = stretches(moment, steps, back)
    near, far = ("end", "begin") if back else ("begin", "end")
    assert getattr(found[0], near) is None
    assert found[0].has(moment)
    for one, following in zip(found, found[1:], strict=False):
        assert getattr(one, far) == getattr(following, near) is not None
        assert not one.has(one.end) if one.end else True
    assert getattr(found[-1], far) is None


@given(MOMENTS, STEPS, st.booleans())
def test_the_buckets_of_a_stretch_hold_its_days_and_no_others(moment, steps, back):
    today = number_of(moment)
    for stretch in stretches(moment, steps, back):
        if stretch.buckets is None:
            continue
        spans = sorted(days_of(bucket) for bucket in stretch.buckets)
        assert {app for app, _, _ in spans} == {7}
        for (_, first, number), (_, following, _) in zip(spans, spans[1:], strict=False):
            assert first + number == following
        # Open at the near end it is for those who come meanwhile; at the far end, where the calendar ends.
        begin = number_of(stretch.begin) if stretch.begin else 0 if back else today
        end = number_of(stretch.end) if stretch.end else today + 1 if back else number_of(datetime.max) + 1
        assert (spans[0][1], spans[-1][1] + spans[-1][2]) == (begin, end)
        assert len(spans) <= LONGEST / 8 ** (LEVELS - 1) * 2 + 7 * LEVELS


@pytest.mark.django_db
@given(st.lists(MOMENTS, min_size=1, max_size=20), st.integers(1, 2**38))
def test_the_database_has_a_row_under_the_buckets_of_its_moment(moments, app_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT proyecta_time_buckets(%s, m) FROM unnest(%s::timestamptz[]) m", [app_id, moments])
        stored = [buckets for (buckets,) in cursor.fetchall()]
    for moment, buckets in zip(moments, stored, strict=True):
        assert [(app, number) for app, _, number in map(days_of, buckets)] == [(app_id, 8**n) for n in range(LEVELS)]
        assert all(first <= number_of(moment) < first + number for _, first, number in map(days_of, buckets))
