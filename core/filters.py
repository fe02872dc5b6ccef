"""Form fields and filters of any list: bounded texts, moments and days."""

import re
from datetime import UTC, datetime, timedelta

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from .dates import EARLIEST, LATEST, midnight
from .folding import problem_with

# RFC 3339, section 5.6: date-time. Python's own reading takes other forms of ISO 8601 as well.
_rfc_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?(?:[Zz]|([+-](?:[01]\d|2[0-3]):[0-5]\d))",
    re.ASCII,
)


class BoundedTextField(forms.CharField):
    """A text of bounded length without control characters, whatever bytes were sent."""

    def __init__(self, *, longest, noun, **kwargs):
        super().__init__(**kwargs)
        self.longest = longest
        self.noun = noun

    def to_python(self, value):
        text = super().to_python(value)
        if problem := problem_with(text, self.longest):
            raise ValidationError(f"{self.noun} {problem}")
        return text

    def run_validators(self, value):
        """problem_with() has said all, NUL included."""


class MomentField(forms.CharField):
    """A moment, given as Unix seconds or as an RFC 3339 timestamp with its offset. A datetime is taken as it is."""

    default_error_messages = {"invalid": "Give Unix seconds or an RFC 3339 timestamp such as 2026-11-03T14:05:00Z."}

    def to_python(self, value):
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

    def run_validators(self, value):
        """to_python() has said all."""


def _moment(text):
    if re.fullmatch(r"-?\d+", text, re.ASCII):
        return datetime.fromtimestamp(int(text), UTC)
    match = _rfc_3339.fullmatch(text)
    if not match:
        raise ValueError
    day, minute, second, fraction, offset = match.groups()
    # A leap second, which Python has no name for, is the one after it, as in Unix time.
    leap = second == "60"
    moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{fraction or ''}{offset or '+00:00'}")
    if leap and not moment.astimezone(UTC).strftime("%H:%M") == "23:59":
        raise ValueError
    return moment + timedelta(seconds=leap)


class DayField(forms.DateField):
    default_error_messages = {"invalid": "Enter a date as YYYY-MM-DD, such as 2026-11-03."}

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%d"], widget=forms.DateInput(attrs={"type": "date"}), **kwargs)

    def to_python(self, value):
        day = super().to_python(value)
        # Days at either end of the calendar have no neighbour to bound them with.
        if day and not 1900 <= day.year <= 9998:
            raise ValidationError("Choose a year from 1900 to 9998.")
        return day


class Filter(django_filters.Filter):
    def __deepcopy__(self, memo):
        # Every set takes a deep copy of all filters, and changes nothing in them but their parent: a flat one will do,
        # and copy() takes four times as long to make it.
        flat = object.__new__(type(self))
        vars(flat).update(vars(self))
        return flat


class MomentFilter(Filter):
    field_class = MomentField


class DayFilter(Filter):
    """Whole days in the active time zone, as half-open bounds at the zone's own midnights: a day of a clock change has
    23 or 25 hours."""

    field_class = DayField

    def filter(self, queryset, day):
        if day is None:
            return queryset
        if self.lookup_expr == "lt":
            day += timedelta(days=1)
        return super().filter(queryset, midnight(day))
