"""The filters of a list of customers, shared by the page, the API and the service module."""

import re
from copy import copy
from datetime import UTC, datetime, time, timedelta
from functools import cache

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property

from .emails import is_email, normalize_email
from .models import EARLIEST, EMAIL_LENGTH, LATEST, Customer
from .search import LONGEST, MOST_WORDS, Word, matches_all, search_words
from .sql import Sql, condition_of
from .text import fold, problem_with

# That a customer is one of an app's, by its key.
OF_APP = f'"{Customer._meta.db_table}"."app_id" = %s'
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


class QueryField(BoundedTextField):
    """A search text, as the words to look for."""

    def __init__(self, **kwargs):
        super().__init__(longest=LONGEST, noun="The search text", **kwargs)

    def to_python(self, value):
        text = super().to_python(value)
        words = search_words(text)
        if text and not words:
            raise ValidationError("The search text has no letter, digit or sign to look for.")
        if len(words) > MOST_WORDS:
            raise ValidationError(f"Search for at most {MOST_WORDS} words at once.")
        return words


class EmailFilterField(BoundedTextField):
    """A whole address, or `@` and a domain."""

    def __init__(self, **kwargs):
        super().__init__(longest=EMAIL_LENGTH, noun="The email", **kwargs)

    def to_python(self, value):
        given = super().to_python(value)
        text = normalize_email(given)
        if given and not is_email(f"a{text}" if text.startswith("@") else text):
            raise ValidationError("Enter a whole address, or @ and a domain, such as @example.com.")
        return text


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


class QueryFilter(Filter):
    field_class = QueryField

    def filter(self, queryset, words):
        if not words:
            return queryset
        condition = matches_all(words)
        return queryset.filter(RawSQL(condition.text, condition.params, output_field=BooleanField()))


class EmailFilter(Filter):
    field_class = EmailFilterField

    def filter(self, queryset, email):
        return queryset.filter(has_email(email)) if email else queryset


def has_email(email):
    """The condition that a customer has this address, in any case, or one at this domain ("@example.com"), as a Q."""
    column = "email_domain" if email.startswith("@") else "email_key"
    return Q(**{column: Func(Value(email, output_field=TextField()), function=f"proyecta_{column}")})


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


def midnight(day):
    """The first moment of `day` in the active time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class FilterForm(forms.Form):
    def clean(self):
        first, last = self.cleaned_data.get("created_from"), self.cleaned_data.get("created_to")
        if first and last and first > last:
            self.add_error("created_to", "The last day is before the first day.")
        return self.cleaned_data


class SharedFields(dict):
    """The fields of a form class of which no form changes any: each takes a deep copy of them, and this is it."""

    def __deepcopy__(self, memo):
        return self


class CustomerFilter(django_filters.FilterSet):
    """Ask is_valid() before `.qs`: django-filter's queryset of an invalid set is everything.

    counted: whether a list of all customers, where nothing narrows it, is to tell their `total` too.
    """

    counted, total = False, None
    query = QueryFilter()
    email = EmailFilter()
    created_from = DayFilter(field_name="created", lookup_expr="gte")
    created_to = DayFilter(field_name="created", lookup_expr="lt")
    created = MomentFilter(field_name="created")

    class Meta:
        model = Customer
        fields = []
        form = FilterForm

    @classmethod
    def of(cls, data, app):
        """The set of `data`, a dict, for the customers of `app`. Of none it is a copy of one that is kept: to make one
        takes a tenth of a page, and so does its queryset, which a list does not ask for."""
        customers = SimpleLazyObject(lambda: Customer.objects.filter(app=app))
        if data:
            filterset = cls(data, customers)
        else:
            filterset = copy(_without_filters())
            filterset.queryset = customers
        filterset.app = app
        return filterset

    def get_form_class(self):
        """Made once, not for every set, and its fields for all forms: that is half of the cost of a set."""
        cls = type(self)
        if "_form_class" not in vars(cls):
            cls._form_class = super().get_form_class()
            cls._form_class.base_fields = SharedFields(cls._form_class.base_fields)
        return cls._form_class

    @property
    def words(self):
        """The words of the search; only of a valid set."""
        return self.form.cleaned_data["query"]

    @property
    def implied_words(self):
        """Words that all customers have who pass the other filters; only of a valid set."""
        email = self.form.cleaned_data["email"]
        # Of others, who knows whether the two ways to fold letters agree on each.
        return [Word(fold(email), email)] if email and email.isascii() else []

    @property
    def domain(self):
        """The mail domain that it filters by, as it is stored, where that is known; only of a valid set."""
        email = self.form.cleaned_data["email"] or ""
        return email[1:].lower() if email.startswith("@") and email.isascii() else None

    @property
    def bounds_time(self):
        """Whether it filters by when customers were created; only of a valid set."""
        return any(value for name, value in self.form.cleaned_data.items() if name.startswith("created"))

    @property
    def narrows(self):
        """Whether it filters by anything; only of a valid set."""
        return any(self.form.cleaned_data.values())

    @property
    def of_app(self):
        """The condition that a customer is one of the app's, whoever passes the filters, as Sql."""
        return Sql(OF_APP, (self.app.pk,))

    @cached_property
    def condition(self):
        """That of a customer who passes every filter but the search; only of a valid set."""
        others = (value for name, value in self.form.cleaned_data.items() if name != "query")
        return condition_of(self.unsearched) if any(others) else self.of_app

    @property
    def unsearched(self):
        """The queryset under every filter but the search, for search_plan to search in; only of a valid set."""
        queryset = self.queryset
        for name, value in self.form.cleaned_data.items():
            if name != "query":
                queryset = self.filters[name].filter(queryset, value)
        return queryset


@cache
def _without_filters():
    filterset = CustomerFilter({}, Customer.objects.none())
    # So that all copies have its form.
    filterset.is_valid()
    return filterset


for operator in ("gt", "gte", "lt", "lte"):
    CustomerFilter.base_filters[f"created[{operator}]"] = MomentFilter(field_name="created", lookup_expr=operator)

FILTERS = tuple(CustomerFilter.base_filters)
