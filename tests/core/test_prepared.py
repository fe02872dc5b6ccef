"""Instances from prepared statements equal those of the ORM."""

import pytest

from accounts.models import User
from core.db.prepared import one_row, select
from customers.filters import CustomerFilter, read_filters
from customers.models import Customer
from customers.services import count_of, list_customers, update_customer
from tests.support.factories import make_app, make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("make", [make_customer, make_user])
def test_an_instance_is_the_one_of_the_orm(make):
    made = make()
    model, key = type(made), made._meta.pk.column
    instance = one_row(model, select(model, f"{key} = %s"), [made.pk])
    from_orm = model.objects.get(pk=made.pk)
    assert (instance._state.adding, instance._state.db) == (from_orm._state.adding, from_orm._state.db)
    ours, theirs = vars(instance), vars(from_orm)
    assert ours | {"_state": None} == theirs | {"_state": None}


def test_an_instance_can_be_changed_saved_and_followed():
    customer = list_customers(app=make_customer(app=make_app("acme")).app).data[0]
    assert (customer.app.slug, customer.get_deferred_fields()) == ("acme", set())
    customer.app = make_app("other")
    assert customer.app_id == customer.app.pk
    customer.name = "Grace Hopper"
    customer.save(force_update=True)
    customer.refresh_from_db()
    assert (customer.name_key, customer.app.slug) == ("grace hopper", "other")
    person = one_row(User, select(User, "id = %s"), [make_user(password="correct horse").pk])
    assert person.check_password("correct horse")


def test_a_list_without_filters_does_not_share_what_it_finds_with_others():
    """The set of no filters was made once, and each list had a copy of it."""
    first, second = make_customer(), make_customer()
    make_customer(app=second.app)
    pages = [list_customers(app=customer.app) for customer in (first, second, first)]
    assert [[row.app_id for row in page.data] for page in pages] == [
        [first.app_id],
        [second.app_id] * 2,
        [first.app_id],
    ]
    assert [page.criteria.app for page in pages] == [first.app, second.app, first.app]
    assert [count_of(page).number for page in pages] == [1, 2, 1]
    update_customer(app=first.app, customer_id=first.public_id, name="Ada")
    searched = CustomerFilter({"query": "nobody"}, Customer.objects.filter(app=first.app))
    assert searched.is_valid() and searched.criteria(first.app).narrows and not searched.qs.exists()
    assert not read_filters(second.app, {})[0].narrows
