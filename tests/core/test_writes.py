"""Rows written by one statement, beside the same by the ORM."""

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from core.db.writes import insert_if_free, update_row
from customers.models import Customer
from customers.values.ids import new_customer_id
from tests.support.factories import make_app, make_customer

pytestmark = pytest.mark.django_db


def new_customer(app, **fields):
    return Customer(app=app, public_id=new_customer_id(), **fields)


def content(customer):
    """All columns but those that differ between two rows with the same content."""
    values = {field.attname: getattr(customer, field.attname) for field in Customer._meta.concrete_fields}
    return {name: value for name, value in values.items() if name not in ("key", "app_id", "public_id")}


def test_a_row_is_inserted_as_the_orm_does_and_returned_as_stored():
    fields = {"email": "Ada@Example.com", "name": "Ada Löve", "phone": "+14155552671", "address_city": "Köln"}
    here, there = new_customer(make_app(), **fields), new_customer(make_app(), **fields)
    inserted = insert_if_free(here)
    there.created, there.updated = here.created, here.updated
    there.save(force_insert=True)
    there.refresh_from_db()
    assert content(inserted) == content(there)
    assert content(inserted) == content(Customer.objects.get(pk=inserted.pk))
    assert (inserted.email_key, inserted.name_key) == ("ada@example.com", "ada love")
    assert model_to_dict(inserted) == model_to_dict(Customer.objects.get(pk=inserted.pk))


def test_a_row_that_is_in_the_way_is_told_without_an_error_and_the_transaction_goes_on():
    there = make_customer(email="ada@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        new_customer(there.app, email="ADA@example.com").save(force_insert=True)
    assert insert_if_free(new_customer(there.app, email="ADA@example.com")) is None
    assert Customer.objects.filter(app=there.app).count() == 1


def test_a_row_is_updated_as_the_orm_does_and_returned_as_stored():
    here, there = make_customer(email="one@example.com"), make_customer(email="one@example.com")
    for customer in (here, there):
        customer.name, customer.address_city = "Grace Höpper", "Not to be stored"
    updated = update_row(here, ["name"])
    there.save(update_fields=["name"])
    there.refresh_from_db()
    there.created, there.updated = updated.created, updated.updated
    assert content(updated) == content(there)
    assert (updated.name_key, updated.address_city) == ("grace hopper", "")


def test_an_update_of_a_row_that_is_gone_or_would_be_a_second_one_raises():
    there = make_customer(email="ada@example.com")
    other = make_customer(app=there.app, email="bob@example.com")
    other.email = "ADA@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        update_row(other, ["email"])
    Customer.objects.filter(pk=other.pk).delete()
    with pytest.raises(ObjectDoesNotExist):
        update_row(other, ["name"])
