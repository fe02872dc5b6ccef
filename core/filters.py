"""Form fields and filters of any list: bounded texts, moments and days."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .dates import EARLIEST, LATEST, midnight
from .folding import text_problem

MIN_YEAR = 1900
# The last day of the calendar, in 9999, has no midnight after it.
MAX_YEAR = 9998
# RFC 3339, section 5.6: date-time. datetime.fromisoformat() also takes other forms of ISO 8601.
_rfc_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?(?:[Zz]|([+-](?:[01]\d|2[0-3]):[0-5]\d))",
    re.ASCII,
)


class BoundedTextField(forms.CharField):
    """A text of bounded length without control characters, whatever bytes were sent."""

    def __init__(self, *, limit: int, **kwargs: Any) -> None:
        """limit: in characters."""
        super().__init__(**kwargs)
        self.limit = limit

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if problem := text_problem(text, self.limit):
            raise ValidationError(problem)
        return text

    def run_validators(self, value: Any) -> None:
        """Do nothing: to_python() checks everything, NUL included."""


class MomentField(forms.CharField):
    """A moment, given as Unix seconds or as an RFC 3339 timestamp with its offset. A datetime is taken as it is."""

    default_error_messages = {"invalid": _("Give Unix seconds or an RFC 3339 timestamp such as 2026-11-03T14:05:00Z.")}

    def to_python(self, value: Any) -> datetime | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        try:
            moment = value if isinstance(value, datetime) else _moment(str(value).strip())
            if moment.tzinfo is None:
                raise ValueError
            moment = moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            raise ValidationError(self.error_messages["invalid"]) from None
        if not EARLIEST <= moment <= LATEST:
            raise ValidationError(self.error_messages["invalid"])
        return moment

    def run_validators(self, value: Any) -> None:
        """Do nothing: to_python() checks everything."""


def _moment(text: str) -> datetime:
    if re.fullmatch(r"-?\d+", text, re.ASCII):
        return datetime.fromtimestamp(int(text), UTC)
    match = _rfc_3339.fullmatch(text)
    if not match:
        raise ValueError
    day, minute, second, fraction, offset = match.groups()
    # Python has no leap second: it is read as the second after it, as in Unix time.
    leap = second == "60"
    moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{fraction or ''}{offset or '+00:00'}")
    if leap and not moment.astimezone(UTC).strftime("%H:%M") == "23:59":
        raise ValueError
    return moment + timedelta(seconds=leap)


class DayField(forms.DateField):
    """A day, given as YYYY-MM-DD, from 1900 to 9998."""

    default_error_messages = {"invalid": _("Enter a date as YYYY-MM-DD, such as 2026-11-03.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], widget=forms.DateInput(attrs={"type": "date"}), **kwargs)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day and not MIN_YEAR <= day.year <= MAX_YEAR:
            raise ValidationError(
                gettext("Choose a year from %(first)s to %(last)s.") % {"first": MIN_YEAR, "last": MAX_YEAR}
            )
        return day


class MomentFilter(django_filters.Filter):
    """Rows at, before or after a moment, as `lookup_expr` says."""

    field_class = MomentField


class DayFilter(django_filters.Filter):
    """Rows from a day on (`lookup_expr` gte), or up to a day (lt), both days included, in the active time zone.

    The bounds are the zone's own midnights: a day on which clocks change has 23 or 25 hours.
    """

    field_class = DayField

    def filter(self, queryset: QuerySet[Any], day: date | None) -> QuerySet[Any]:
        if day is None:
            return queryset
        if self.lookup_expr == "lt":
            day += timedelta(days=1)
        filtered: QuerySet[Any] = super().filter(queryset, midnight(day))
        return filtered
