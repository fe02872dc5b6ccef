"""Permissions to see, add and change customers."""

import re

import pytest

from accounts.models import Membership, Role
from customers.models import Customer
from tests.customers.admin.visits import (
    ADD,
    LIST,
    page_of,
    signed_in,
    staff,
)
from tests.support.factories import make_customer, make_superuser, make_user

pytestmark = pytest.mark.django_db


def test_the_admin_needs_staff_a_membership_and_djangos_permission(app):
    make_customer(app)
    member = make_user()
    Membership.objects.create(app=app, user=member, role=Role.ADMIN)
    assert signed_in(member).get(LIST).status_code == 403
    assert signed_in(staff({})).get(LIST).status_code == 403
    assert signed_in(staff({app: Role.ADMIN}, permissions=())).get(LIST).status_code == 403
    assert signed_in(staff({app: Role.VIEWER}, permissions=["view"])).get(LIST).status_code == 200


@pytest.mark.parametrize(
    "role, permissions, may_change, may_add",
    [
        (Role.VIEWER, ("view", "add", "change"), False, False),
        (Role.EDITOR, ("view",), False, False),
        (Role.EDITOR, ("view", "add"), False, True),
        (Role.EDITOR, ("change",), True, False),
        (Role.ADMIN, ("view", "add", "change"), True, True),
    ],
)
def test_changing_and_adding_need_both_the_role_and_the_permission(app, role, permissions, may_change, may_add):
    customer = make_customer(app, email="ada@example.com")
    client = signed_in(staff({app: role}, permissions))
    page = client.get(page_of(customer))
    assert page.status_code == 200
    assert ('name="_save"' in page.content.decode()) == may_change
    assert ('name="version"' in page.content.decode()) == may_change
    assert "ada@example.com" in page.content.decode()
    data = {"email": "new@example.com", "version": customer.version}
    assert client.post(page_of(customer), data).status_code == (302 if may_change else 403)
    customer.refresh_from_db()
    assert customer.email == ("new@example.com" if may_change else "ada@example.com")
    assert client.get(ADD).status_code == (200 if may_add else 403)
    assert client.post(ADD, {"app": app.pk, "name": "B"}).status_code == (302 if may_add else 403)
    assert Customer.objects.count() == (2 if may_add else 1)


def test_the_role_that_counts_is_that_in_the_customers_own_app(app, other):
    mine, theirs = make_customer(app), make_customer(other, name="Theirs")
    client = signed_in(staff({app: Role.EDITOR, other: Role.VIEWER}))
    assert 'name="_save"' in client.get(page_of(mine)).content.decode()
    assert 'name="_save"' not in client.get(page_of(theirs)).content.decode()
    assert client.post(page_of(theirs), {"name": "Changed", "version": 1}).status_code == 403
    theirs.refresh_from_db()
    assert theirs.name == "Theirs"


@pytest.mark.parametrize("what", ["change", "history", "delete"])
@pytest.mark.parametrize("query", ["", "?_popup=1", "?_to_field=key", "?_changelist_filters=app%3Dother"])
def test_a_customer_of_another_app_is_answered_as_a_missing_one(editor, app, other, what, query):
    theirs = make_customer(other, name="Secret person")
    answers = []
    for key in (theirs.pk, theirs.pk + 1000):
        url = f"{LIST}{key}/{what}/{query}"
        responses = [editor.get(url), editor.post(url, {"name": "Mine now", "version": 1, "post": "yes"})]
        follow = re.sub(r'value="[^"]{64}"', "", editor.get("/admin/").content.decode())
        answers.append(
            [
                (response.status_code, response.headers.get("Location"), b"Secret" in response.content)
                for response in responses
            ]
            # As the message has it: the bare number may stand in the name of a style sheet as well.
            + [follow.replace(f"“{key}”", "KEY")]
        )
    assert answers[0] == answers[1]
    theirs.refresh_from_db()
    assert theirs.name == "Secret person"


@pytest.mark.parametrize(
    "key", ["0", "-1", "9" * 30, "9" * 5000, "x", "cus_x", "_00", "%00", "1_2F2", "%ED%A0%80", "1.5"]
)
def test_any_key_in_the_address_gets_an_answer(editor, key):
    assert editor.get(f"{LIST}{key}/change/").status_code == 302
    assert editor.get(f"{LIST}{key}/history/").status_code == 302


def test_a_field_to_refer_by_cannot_be_chosen(editor, app):
    customer = make_customer(app)
    for field in ("app", "email", "public_id", "app__slug", "\0"):
        assert editor.get(LIST, {"_to_field": field}).status_code == 400
        assert editor.get(page_of(customer), {"_to_field": field}).status_code == 400


def test_no_autocomplete_reaches_customers_or_the_names_of_apps(editor):
    for model, field in (("customers.customer", "app"), ("accounts.app", "customers"), ("accounts.apikey", "app")):
        label, name = model.split(".")
        answer = editor.get("/admin/autocomplete/", {"app_label": label, "model_name": name, "field_name": field})
        assert answer.status_code in (403, 404)


def test_nobody_deletes_or_edits_in_bulk(app):
    client = signed_in(make_superuser())
    customer = make_customer(app)
    assert client.get(page_of(customer, "delete")).status_code == 403
    assert client.post(page_of(customer, "delete"), {"post": "yes"}).status_code == 403
    assert "/delete/" not in client.get(page_of(customer)).content.decode()
    sent = {
        "action": "delete_selected",
        "_selected_action": [customer.pk],
        "select_across": "1",
        "post": "yes",
        "index": "0",
    }
    page = client.post(LIST, sent)
    assert page.status_code == 200 and "_selected_action" not in page.content.decode()
    client.post(LIST, {"_save": "Save", "form-TOTAL_FORMS": "1", "form-0-key": customer.pk, "form-0-name": "Changed"})
    customer.refresh_from_db()
    assert customer.name != "Changed"


def test_save_as_new_is_refused(editor, app, other):
    for customer in (make_customer(app), make_customer(other)):
        sent = {"_saveasnew": "1", "app": app.pk, "name": "Copy", "email": "copy@example.com"}
        assert editor.post(page_of(customer), sent).status_code == 403
    assert not Customer.objects.filter(name="Copy").exists()
