"""Dates as other systems write them."""

from datetime import UTC, datetime

import pytest

from customers.importing.dates import DAY_FIRST, MONTH_FIRST, BadDate, UnknownOrder, order_of, parse_date
from tests.customers.importing.runs import SEOUL, import_file, stored
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("2024-03-05 14:30", datetime(2024, 3, 5, 14, 30, tzinfo=SEOUL)),
        ("2024-03-05T14:30:15.123456", datetime(2024, 3, 5, 14, 30, 15, 123456, tzinfo=SEOUL)),
        ("2024-03-05T14:30:15Z", datetime(2024, 3, 5, 14, 30, 15, tzinfo=UTC)),
        ("2024-03-05 14:30:15+02:00", datetime(2024, 3, 5, 12, 30, 15, tzinfo=UTC)),
        ("2024-03-05 14:30:15 +0200", datetime(2024, 3, 5, 12, 30, 15, tzinfo=UTC)),
        ("2024-03-05 14:30:15 UTC", datetime(2024, 3, 5, 14, 30, 15, tzinfo=UTC)),
        ("20240305", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("2024/3/5 9:05", datetime(2024, 3, 5, 9, 5, tzinfo=SEOUL)),
        ("2024. 3. 5.", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("05.03.2024", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("5.3.2024 14:30:15", datetime(2024, 3, 5, 14, 30, 15, tzinfo=SEOUL)),
        ("05/03/2024", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("5-3-2024, 12:05 am", datetime(2024, 3, 5, 0, 5, tzinfo=SEOUL)),
        ("05/03/2024 2:30 PM", datetime(2024, 3, 5, 14, 30, tzinfo=SEOUL)),
        ("1709647815", datetime(2024, 3, 5, 14, 10, 15, tzinfo=UTC)),
        ("1709647815123", datetime(2024, 3, 5, 14, 10, 15, 123000, tzinfo=UTC)),
    ],
)
def test_dates_as_systems_write_them(text, moment):
    assert parse_date(text, SEOUL, DAY_FIRST) == moment


@pytest.mark.parametrize(
    "text",
    ["0000-00-00 00:00:00", "31.02.2024", "2024-13-01", "13/13/2024", "soon", "1", "2024", "05/03/24", "14:30",
     "5/3/2024 13:00 PM", "٠٥/٠٣/٢٠٢٤", "9999-12-31T23:59:59-23:59", "0001-01-01",
     "0001-01-01T12:00:00Z", "9999-12-31T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_date_is_not_made_one(text):
    with pytest.raises(BadDate):
        parse_date(text, SEOUL, DAY_FIRST)


def test_the_column_shows_whether_the_day_or_the_month_is_first():
    assert order_of(["", "03/04/2024", "05/05/2024", "13/04/2024"]) == DAY_FIRST
    assert order_of(["03/04/2024", "04/13/2024 10:00"]) == MONTH_FIRST
    assert order_of(["05/05/2024"]) is None
    assert order_of(["2024-01-05", "03/04/2024"]) is None
    assert order_of([]) is None
    with pytest.raises(UnknownOrder):
        order_of(["05/05/2024", "03/04/2024", "2024-01-05"])


def test_dates_that_leave_it_open_stop_the_import_until_it_is_said(written):
    app = make_app()
    path = written("email,created\na@x.example,03/04/2024\nb@x.example,05/06/2024\n")
    result = import_file(path, app)
    assert result.status == 1 and stored(app, "email") == []
    assert "03/04/2024, may have the day or the month first" in result.error
    assert "--date-format DD/MM/YYYY or --date-format MM/DD/YYYY" in result.error
    assert import_file(path, app, "--date-format", "MM/DD/YYYY").created == 2
    assert stored(app, "created")[0] == datetime(2024, 3, 4, tzinfo=UTC)


def test_a_column_named_utc_is_in_utc_wherever_the_rest_is(written):
    app = make_app()
    import_file(written("email,Created (UTC)\na@x.example,2024-01-05 10:00\n"), app, "--time-zone", "Asia/Seoul")
    assert stored(app, "created") == [datetime(2024, 1, 5, 10, tzinfo=UTC)]
