"""The filters of a list of customers, shared by the page, the API and the service module."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db.models import BooleanField, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext, ngettext

from accounts.models import App
from core.db.sql import condition_of
from core.filters import BoundedTextField, DayFilter, MomentFilter
from core.folding import fold
from core.pagination import Sort

from .models import EMAIL_LENGTH, Customer
from .search import MAX_TEXT_LENGTH, MAX_WORDS, Criteria, Word, matches_all, search_words
from .values.emails import is_email, normalize_email

SORTS = {
    f"{sign}{name}": Sort(column, bool(sign), nullable=name != "created", unique=name == "email")
    for name, column in (("created", "created"), ("email", "email_key"), ("name", "name_key"))
    for sign in ("", "-")
}
DEFAULT_SORT = "-created"
# Of the filters for moments, such as created[gt].
OPERATORS = ("gt", "gte", "lt", "lte")


class QueryField(BoundedTextField):
    """A search text, cleaned to a list of the Words to look for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=MAX_TEXT_LENGTH, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        words = search_words(text)
        if text and not words:
            raise ValidationError(gettext("The search text has no letter, digit or sign to look for."))
        if len(words) > MAX_WORDS:
            raise ValidationError(
                ngettext(
                    "Search for at most %(limit)s word at once.",
                    "Search for at most %(limit)s words at once.",
                    MAX_WORDS,
                )
                % {"limit": MAX_WORDS}
            )
        return words


class EmailFilterField(BoundedTextField):
    """A whole address, or @ and a domain; normalized, with its case kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=EMAIL_LENGTH, **kwargs)

    def to_python(self, value: Any) -> str:
        given = super().to_python(value)
        text = normalize_email(given)
        if given and not is_email(f"a{text}" if text.startswith("@") else text):
            raise ValidationError(gettext("Enter a whole address, or @ and a domain, such as @example.com."))
        return text


class QueryFilter(django_filters.Filter):
    """Customers in whose email, name, phone or id every word is found."""

    field_class = QueryField

    def filter(self, queryset: QuerySet, words: list[Word]) -> QuerySet:
        if not words:
            return queryset
        condition = matches_all(words)
        return queryset.filter(RawSQL(condition.text, condition.params, output_field=BooleanField()))


class EmailFilter(django_filters.Filter):
    """The customer with an address, or the customers at a domain."""

    field_class = EmailFilterField

    def filter(self, queryset: QuerySet, email: str) -> QuerySet:
        return queryset.filter(has_email(email)) if email else queryset


def has_email(email: str) -> Q:
    """The condition that a customer has this address, in any case; or, for "@example.com", one at that domain."""
    column = "email_domain" if email.startswith("@") else "email_key"
    return Q(**{column: Func(Value(email, output_field=TextField()), function=f"proyecta_{column}")})


class FilterForm(forms.Form):
    """The form of the filters: the rules that concern several of them."""

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("created_from"), self.cleaned_data.get("created_to")
        if first and last and first > last:
            self.add_error("created_to", gettext("The last day is before the first day."))
        return self.cleaned_data


class CustomerFilter(django_filters.FilterSet):
    """Ask is_valid() before `.qs` and criteria(): django-filter's queryset of an invalid set is everything."""

    query = QueryFilter()
    email = EmailFilter()
    created_from = DayFilter(field_name="created", lookup_expr="gte")
    created_to = DayFilter(field_name="created", lookup_expr="lt")
    created = MomentFilter(field_name="created")

    class Meta:
        model = Customer
        fields: list[str] = []
        form = FilterForm

    def criteria(self, app: App) -> Criteria:
        """The Criteria of this set, made for the customers of `app`; only of a valid set."""
        values = dict(self.form.cleaned_data)
        words = tuple(values.pop("query"))
        # Not by truth: a filter may be given as False or 0.
        if all(value in EMPTY_VALUES for value in values.values()):
            return Criteria(app, words)
        queryset = self.queryset
        for name, value in values.items():
            queryset = self.filters[name].filter(queryset, value)
        # Beyond ASCII the database may fold a letter otherwise.
        email = values["email"] or ""
        email = email if email.isascii() else ""
        return Criteria(
            app,
            words,
            condition_of(queryset),
            implied_words=(Word(fold(email), email),) if email else (),
            domain=email[1:].lower() if email.startswith("@") else None,
            bounds_time=any(values[name] is not None for name in values if name.startswith("created")),
        )


for operator in OPERATORS:
    CustomerFilter.base_filters[f"created[{operator}]"] = MomentFilter(field_name="created", lookup_expr=operator)

FILTERS = tuple(CustomerFilter.base_filters)


def read_filters(app: App, given: Mapping[str, Any]) -> tuple[Criteria, dict[str, str]]:
    """The Criteria of a list of `app`, and the errors of its filters.

    given: by the names of services.list_customers() or of the HTTP API.
    Returns (the Criteria, a dict of a sentence for each filter that is wrong or unknown). With errors the Criteria are
    those of everybody.
    """
    if not given:
        # No filter set: with one made and validated for nothing, the list page takes 23 % longer (docs/decisions/0012).
        return Criteria(app), {}
    data = {_api_name(name): value for name, value in given.items()}
    filterset = CustomerFilter(data, Customer.objects.filter(app=app))
    errors = {name: gettext("There is no such filter.") for name in data if name not in filterset.filters}
    if not filterset.is_valid():
        errors |= {param: messages[0] for param, messages in filterset.form.errors.items()}
    return Criteria(app) if errors else filterset.criteria(app), errors


def _api_name(name: str) -> str:
    """The name of a filter in the HTTP API: created[gt] for created_gt."""
    stem, __, operator = name.rpartition("_")
    return f"created[{operator}]" if stem == "created" and operator in OPERATORS else name
