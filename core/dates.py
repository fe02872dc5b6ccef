"""Moments and days: the calendar that is accepted, and how they are written for people and programs."""

from datetime import UTC, datetime, time

from django.utils import timezone

# Moments that are in the calendar in every time zone.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)


LATEST = datetime(9999, 12, 30, tzinfo=UTC)

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local_time(moment, zone=None):
    """`moment` in a time zone, by default the active one; as it is where the calendar of the zone has no such day."""
    try:
        return moment.astimezone(zone or timezone.get_current_timezone())
    except OverflowError:
        return moment


def day_text(day):
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_text(moment):
    """`moment` in the active time zone, such as 3 Nov 2026, 14:05."""
    return clock_text(local_time(moment))


# A page has twenty of each, and strftime() takes three times as long.
def clock_text(local):
    return f"{day_text(local)}, {local.hour:02}:{local.minute:02}"


def moment_title(local):
    return f"{local.date()} {local.hour:02}:{local.minute:02}:{local.second:02} {local.tzname()}"


def iso_text(moment):
    """`moment` as RFC 3339 in UTC, exact to the microsecond."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_values(name, moment):
    """What a template shows of a moment: {name}_text, {name}_iso (the exact instant) and {name}_title."""
    local = local_time(moment)
    return {
        f"{name}_text": clock_text(local),
        f"{name}_iso": iso_text(moment),
        f"{name}_title": moment_title(local),
    }


def midnight(day):
    """The first moment of `day` in the active time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
