"""The filters of a list of customers, shared by the page, the API and the service module."""

from copy import copy
from functools import cache

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.utils.functional import SimpleLazyObject, cached_property

from core.db.sql import Sql, condition_of
from core.filters import BoundedTextField, DayFilter, Filter, MomentFilter
from core.folding import fold
from core.pagination import Sort

from .models import EMAIL_LENGTH, Customer
from .search.words import LONGEST, MOST_WORDS, Word, matches_all, search_words
from .values.emails import is_email, normalize_email

# That a customer is one of an app's, by its key.
OF_APP = f'"{Customer._meta.db_table}"."app_id" = %s'


SORTS = {
    f"{sign}{name}": Sort(column, bool(sign), nullable=name != "created", unique=name == "email")
    for name, column in (("created", "created"), ("email", "email_key"), ("name", "name_key"))
    for sign in ("", "-")
}
DEFAULT_SORT = "-created"


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
