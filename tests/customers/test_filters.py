"""From values to the criteria of a list."""

import django_filters
import pytest

from customers.filters import CustomerFilter
from customers.models import Customer
from tests.support.factories import make_app, make_customer


class FilterOfPhones(CustomerFilter):
    """A set with a filter whose value may be False."""

    has_phone = django_filters.BooleanFilter(field_name="phone", lookup_expr="gt", method="with_phone")

    def with_phone(self, queryset, name, value):
        return queryset.exclude(phone="") if value else queryset.filter(phone="")


@pytest.mark.django_db
def test_a_filter_given_as_false_does_not_list_everything():
    app = make_app()
    make_customer(app, phone="+14155552671")
    without = make_customer(app)
    filters = FilterOfPhones({"has_phone": "false"}, Customer.objects.filter(app=app))
    assert filters.is_valid()
    criteria = filters.criteria(app)
    assert criteria.narrows
    condition = criteria.passes_filters
    found = Customer.objects.raw(f"SELECT key FROM customers_customer WHERE {condition.text}", condition.params)
    assert [customer.key for customer in found] == [without.key]
