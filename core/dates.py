"""Moments and days: the range that is accepted, and how people and programs read them."""

from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language, pgettext

# Moments that are in the calendar in every time zone.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)


class DateForms(NamedTuple):
    """How a language writes days and moments, in forms that its translators write."""

    day_form: str
    moment_form: str
    months: tuple[str, ...]

    def day(self, day: date) -> str:
        """A day, such as 3 Nov 2026."""
        return self.day_form.format(
            day=day.day, month=self.months[day.month - 1], month_number=day.month, year=day.year
        )

    def moment(self, local: datetime) -> str:
        """A moment in its own time zone, such as 3 Nov 2026, 14:05."""
        return self.moment_form.format(
            day=local.day,
            month=self.months[local.month - 1],
            month_number=local.month,
            year=local.year,
            hour=f"{local.hour:02}",
            minute=f"{local.minute:02}",
        )


def date_forms() -> DateForms:
    """The forms of the active language."""
    return _date_forms(get_language())


@lru_cache(maxsize=20)
def _date_forms(language: str | None) -> DateForms:
    return DateForms(
        # Translators: {month} is a short name (Nov), {month_number} its number (11).
        day_form=pgettext("date", "{day} {month} {year}"),
        # Translators: {hour} counts to 23. {month} is a short name (Nov), {month_number} its number (11).
        moment_form=pgettext("date and time", "{day} {month} {year}, {hour}:{minute}"),
        # Not Django's names: its English ones are in lower case, and others must not have their case changed.
        months=(
            pgettext("month in a date", "Jan"),
            pgettext("month in a date", "Feb"),
            pgettext("month in a date", "Mar"),
            pgettext("month in a date", "Apr"),
            pgettext("month in a date", "May"),
            pgettext("month in a date", "Jun"),
            pgettext("month in a date", "Jul"),
            pgettext("month in a date", "Aug"),
            pgettext("month in a date", "Sep"),
            pgettext("month in a date", "Oct"),
            pgettext("month in a date", "Nov"),
            pgettext("month in a date", "Dec"),
        ),
    )


def local_time(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """`moment` in `zone`, by default the active one; unchanged where the zone's calendar has no such day."""
    try:
        return moment.astimezone(zone or timezone.get_current_timezone())
    except OverflowError:
        return moment


def day_text(day: date) -> str:
    """`day` in the active language, such as 3 Nov 2026."""
    return date_forms().day(day)


def moment_text(moment: datetime) -> str:
    """`moment` in the active time zone and language, such as 3 Nov 2026, 14:05."""
    return date_forms().moment(local_time(moment))


def moment_title(local: datetime) -> str:
    """A moment to the second with the letters of its own time zone, such as 2026-11-03 14:05:00 KST."""
    return f"{local.date()} {local.hour:02}:{local.minute:02}:{local.second:02} {local.tzname()}"


def iso_text(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC, exact to the microsecond."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_values(name: str, moment: datetime) -> dict[str, str]:
    """The values by which a template shows a moment: {name}_text, {name}_iso (the exact instant) and {name}_title."""
    local = local_time(moment)
    return {
        f"{name}_text": date_forms().moment(local),
        f"{name}_iso": iso_text(moment),
        f"{name}_title": moment_title(local),
    }


def midnight(day: date) -> datetime:
    """The first moment of `day` in the active time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def number_text(number: int) -> str:
    """`number` with the thousands separators of the active language, such as 1,234."""
    return number_format(number, force_grouping=True)
