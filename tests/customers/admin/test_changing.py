"""Changing a customer."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry

from customers import services
from customers.models import Customer
from tests.customers.admin.visits import errors_of, form_of, page_of, sent_by_browser
from tests.support.factories import make_customer

pytestmark = pytest.mark.django_db


def test_changing_writes_what_changed_and_logs_it(editor, app):
    customer = make_customer(app, email="ada@example.com", name="Ada")
    data = form_of(editor.get(page_of(customer))) | {
        "name": "Ada L", "address_city": "London", "public_id": "cus_other", "app": "999", "created": "2020-01-01",
    }  # fmt: skip
    assert editor.post(page_of(customer), data).status_code == 302
    changed = Customer.objects.get()
    assert (changed.name, changed.address_city, changed.email, changed.version) == (
        "Ada L",
        "London",
        "ada@example.com",
        2,
    )
    assert (changed.public_id, changed.app, changed.created) == (customer.public_id, app, customer.created)
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.get_change_message()) == (CHANGE, "Changed Full name and City.")
    assert "Changed Full name and City." in editor.get(page_of(customer, "history")).content.decode()


def test_saving_without_a_change_changes_nothing(editor, app):
    customer = make_customer(app)
    assert editor.post(page_of(customer), form_of(editor.get(page_of(customer)))).status_code == 302
    customer.refresh_from_db()
    assert customer.version == 1
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_changing_to_a_taken_email_leads_to_the_customer_who_has_it(editor, app):
    ada, bob = make_customer(app, email="ada@example.com"), make_customer(app, email="bob@example.com")
    response = editor.post(page_of(ada), form_of(editor.get(page_of(ada))) | {"email": "BOB@example.com"})
    assert page_of(bob) in errors_of(response)["email"][0]
    assert 'value="BOB@example.com"' in response.content.decode()
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"


def test_a_stale_edit_is_refused_shows_what_changed_and_loses_nothing(editor, app):
    customer = make_customer(app, name="Ada", email="ada@example.com", address={"city": "Paris"})
    mine = form_of(editor.get(page_of(customer))) | {"name": "Mine", "phone": "+14155552671"}
    services.update_customer(
        app=app, customer_id=customer.public_id, name="Theirs", email="new@example.com", address={"city": "Rome"}
    )
    response = editor.post(page_of(customer), mine)
    errors = errors_of(response)
    assert "Somebody else changed this customer" in errors["__all__"][0]
    assert "“Theirs”" in errors["name"][0]
    assert "“ada@example.com” to “new@example.com”" in errors["email"][0]
    assert "“Paris” to “Rome”" in errors["address_city"][0]
    assert set(errors) == {"__all__", "name", "email", "address_city"}
    page = response.content.decode()
    # What was typed stays; what was left alone is what is stored now.
    assert 'value="Mine"' in page and 'value="+14155552671"' in page
    assert 'name="email" value="new@example.com"' in page and 'name="address_city" value="Rome"' in page
    customer.refresh_from_db()
    assert (customer.name, customer.phone, customer.version) == ("Theirs", "", 2)
    assert not LogEntry.objects.exists()
    # Saved again, knowing both.
    assert editor.post(page_of(customer), sent_by_browser(page)).status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("Mine", "+14155552671")
    assert (customer.email, customer.address_city) == ("new@example.com", "Rome")


def test_a_second_stale_edit_is_refused_as_well(editor, app):
    customer = make_customer(app, name="Ada")
    mine = form_of(editor.get(page_of(customer))) | {"name": "Mine"}
    services.update_customer(app=app, customer_id=customer.public_id, name="Second")
    again = sent_by_browser(editor.post(page_of(customer), mine).content.decode())
    services.update_customer(app=app, customer_id=customer.public_id, name="Third")
    assert "“Third”" in errors_of(editor.post(page_of(customer), again))["name"][0]
    customer.refresh_from_db()
    assert customer.name == "Third"


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "\0", "9" * 400, "1.5"])
def test_without_a_version_nothing_is_overwritten(editor, app, version):
    customer = make_customer(app, name="Ada")
    response = editor.post(page_of(customer), {"name": "Mine", "initial-name": "Ada", "version": version})
    assert "Nothing was saved" in errors_of(response)["__all__"][0]
    assert 'value="Mine"' in response.content.decode()
    customer.refresh_from_db()
    assert customer.name == "Ada"
