"""Visits to the pages of customers in Django's admin, and what they show."""

import re
from datetime import UTC, datetime

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from tests.support.factories import make_user

LIST = "/admin/customers/customer/"
ADD = "/admin/customers/customer/add/"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMN = {"email": "0", "name": "1", "created": "3"}


def staff(roles, permissions=("view", "add", "change", "delete"), **fields):
    """Staff with these roles, a dict of App and Role, and these of Django's permissions for customers."""
    user = make_user(is_staff=True, **fields)
    for app, role in roles.items():
        Membership.objects.create(app=app, user=user, role=role)
    codenames = [f"{permission}_customer" for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def signed_in(user):
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def page_of(customer, what="change"):
    return reverse(f"admin:customers_customer_{what}", args=[customer.pk])


def shown(response):
    return [customer.public_id for customer in response.context_data["cl"].result_list]


def link(response, rel):
    found = re.search(f'<a href="([^"]*)" rel="{rel}"', response.content.decode())
    return found and found[1].replace("&amp;", "&")


def form_of(response):
    """The data that a browser would send of the page's form, unchanged."""
    form = response.context_data["adminform"].form
    data = {}
    for name, field in form.fields.items():
        bound = form[name]
        data[name] = bound.value() if bound.value() is not None else ""
        if field.show_hidden_initial:
            data[form.add_initial_prefix(name)] = data[name]
    return data


def errors_of(response):
    assert response.status_code == 200
    return response.context_data["adminform"].form.errors


def insert_many(app, number):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (app_id, public_id, name, phone, address_line1, address_line2,"
            " address_city, address_state, address_postal_code, address_country, created, updated, version)"
            " SELECT %s, 'cus_' || n, '', '', '', '', '', '', '', '', now(), now(), 1 FROM generate_series(1, %s) AS n",
            [app.pk, number],
        )


def sent_by_browser(page):
    form = page.split('id="customer_form"')[1].split("</form>")[0]
    data = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="submit"' not in tag:
            data[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    return data
