"""Dates as other systems write them."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo

from core.dates import EARLIEST, LATEST

DAY_FIRST = "DD/MM/YYYY"
MONTH_FIRST = "MM/DD/YYYY"
ORDERS = (DAY_FIRST, MONTH_FIRST)
# Of a text in a sentence, in characters.
MAX_SHOWN_CHARS = 40

_TIME = (
    r"(?:[T,]?\s*(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?:(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_year_first = re.compile(rf"(?P<year>\d{{4}})([-./])\s?(?P<month>\d\d?)\2\s?(?P<day>\d\d?)\.?\s*{_TIME}", re.A)
_year_last = re.compile(rf"(?P<one>\d\d?)(?P<mark>[-./])\s?(?P<two>\d\d?)(?P=mark)\s?(?P<year>\d{{4}})\s*{_TIME}", re.A)
_seconds = re.compile(r"\d{9,10}(\.\d+)?", re.A)
_milliseconds = re.compile(r"\d{12,13}", re.A)
_spaced_offset = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)", re.A)
_epoch = datetime(1970, 1, 1, tzinfo=UTC)


class BadDate(ValueError):
    """The text cannot be read as a date. `str(error)` is a sentence that says why."""


class UnknownOrder(Exception):
    """No date of the column tells the day from the month. example: one that may be either."""

    def __init__(self, example: str) -> None:
        super().__init__(example)
        self.example = example


def order_of(texts: Iterable[str]) -> str | None:
    """DAY_FIRST or MONTH_FIRST, as the dates of a column show; None where the order does not matter.

    texts: the column from its beginning. They are read up to the first that decides, usually one of the first few.
    Raises UnknownOrder where it matters and no date decides.
    """
    example, has_such_dates = "", False
    for text in filter(None, map(str.strip, texts)):
        match = _with_either_first(text)
        if not match and not has_such_dates:
            return None
        if match:
            has_such_dates = True
            one, two = int(match["one"]), int(match["two"])
            if one > 12 or two > 12:
                return DAY_FIRST if one > 12 else MONTH_FIRST
            if one != two:
                example = example or text
    if example:
        raise UnknownOrder(example)
    return None


def parse_date(text: str, zone: tzinfo, order: str | None = None) -> datetime:
    """The moment, in UTC, of a date as another system writes it.

    text: ISO 8601, Unix seconds or milliseconds, YYYY/MM/DD, DD.MM.YYYY, or DD/MM/YYYY and MM/DD/YYYY; with or without
        a time.
    zone: of a text that names none. order: DAY_FIRST or MONTH_FIRST, of 03/04/2024; None where that is an error.
    Raises BadDate.
    """
    try:
        moment = _parse(text, zone, order).astimezone(UTC)
        if EARLIEST <= moment <= LATEST:
            return moment
        # Many systems write such a date for "never".
        raise BadDate(
            f"{text[:MAX_SHOWN_CHARS]} is a date at the end of the calendar. "
            "Write the day, or leave it empty for today."
        )
    except BadDate:
        raise
    except (ValueError, OverflowError):
        raise BadDate(f"{text[:MAX_SHOWN_CHARS]} is no date that can be understood. Write it as YYYY-MM-DD.") from None


def _parse(text: str, zone: tzinfo, order: str | None) -> datetime:
    if text[4:5] == "-":
        # Nearly always, and the fastest to read.
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if _seconds.fullmatch(text):
        return _epoch + timedelta(seconds=float(text))
    if _milliseconds.fullmatch(text):
        return _epoch + timedelta(milliseconds=int(text))
    try:
        moment = datetime.fromisoformat(_spaced_offset.sub("", re.sub(r"\s*(UTC|GMT)$", "+00:00", text)))
    except ValueError:
        moment = _by_parts(text, order)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _by_parts(text: str, order: str | None) -> datetime:
    if match := _year_first.fullmatch(text):
        month, day = match["month"], match["day"]
    elif match := _year_last.fullmatch(text):
        day, month = match["one"], match["two"]
        if _with_either_first(text) and int(day) != int(month):
            if order is None:
                raise BadDate(f"{text} may have the day or the month first. Say which with --date-format.")
            if order == MONTH_FIRST:
                day, month = month, day
    else:
        raise ValueError
    hour = int(match["hour"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half in "pP" else 0)
    minute, second = int(match["minute"] or 0), int(match["second"] or 0)
    return datetime(int(match["year"]), int(month), int(day), hour, minute, second)


def _with_either_first(text: str) -> re.Match[str] | None:
    """The match of a date that may have the day or the month first. With dots, the day is first everywhere."""
    match = _year_last.fullmatch(text)
    return match if match and match["mark"] != "." else None
