"""The pages around the list and the forms: addresses, links, popups, no inline scripts or styles."""

import re

import pytest
from django.urls import reverse

from customers.models import Customer
from tests.customers.admin.visits import (
    ADD,
    LIST,
    page_of,
    shown,
)
from tests.support.factories import make_customer

pytestmark = pytest.mark.django_db


def test_the_short_addresses_are_the_panels_and_the_others_djangos(editor, app):
    customer = make_customer(app)
    panel = f"/dashboard/{app.slug}/commerce/customers/"
    assert editor.get("/admin/customers/?query=kim").headers["Location"] == f"{panel}?query=kim"
    assert editor.get(f"/admin/customers/{customer.public_id}/").headers["Location"] == f"{panel}{customer.public_id}/"
    assert editor.get("/admin/customers/customer").status_code == 301
    assert shown(editor.get("/admin/customers/customer/")) == [customer.public_id]
    assert editor.get("/admin/customers/nothing/").status_code == 404
    assert editor.get("/admin/customers/cus_!/").status_code == 404


def test_no_link_of_the_admin_leads_unexpectedly_into_the_panel(editor, app):
    customer = make_customer(app)
    for url in ("/admin/", LIST, ADD, page_of(customer), page_of(customer, "history")):
        page = editor.get(url).content.decode()
        assert 'href="/admin/customers/"' not in page
        assert reverse("admin:app_list", args=["customers"]) in page
    overview = editor.get(reverse("admin:app_list", args=["customers"]))
    assert overview.status_code == 200 and LIST in overview.content.decode()
    assert editor.get(reverse("admin:app_list", args=["nosuch"])).status_code == 404


def test_a_customer_in_the_admin_links_to_its_page_in_the_panel(editor, app):
    customer = make_customer(app)
    address = f"/dashboard/{app.slug}/commerce/customers/{customer.public_id}/"
    assert f'href="{address}"' in editor.get(page_of(customer)).content.decode()
    assert editor.get(address).status_code == 200


def test_nothing_in_the_pages_is_inline(editor, app):
    customer = make_customer(app)
    for url in (
        LIST,
        f"{LIST}?q=a&o=1",
        f"{LIST}?o=999",
        ADD,
        page_of(customer),
        page_of(customer, "history"),
        "/admin/",
    ):
        page = editor.get(url).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script>", page), url


def test_a_popup_of_the_list_and_of_adding_works(editor, app):
    assert editor.get(LIST, {"_popup": "1"}).status_code == 200
    answer = editor.post(ADD, {"_popup": "1", "app": app.pk, "name": "Ada"})
    assert answer.status_code == 200 and Customer.objects.get().name == "Ada"


def test_a_name_of_full_length_is_clipped_by_a_class_and_not_by_the_page(editor, app):
    make_customer(app, name="x" * 200)
    page = editor.get(LIST).content.decode()
    assert re.search(r'<link rel="stylesheet" href="/static/css/admin[^"]*\.css">', page)
    assert 'class="field-name"' in page
    assert "style=" not in page
