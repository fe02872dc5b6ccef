"""The API's calls on customers as a developer writes them, and the objects of the documentation's examples.

The API's documentation and the page of a customer both show them.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from pydantic.config import JsonDict

from api.samples import CallSample, CodeText, call_sample, curl_command, python_call

EXAMPLE_ID = "cus_01kdwnt6vxf8h3cq2m9e7r5zap"
EXAMPLE_ADDRESS: JsonDict = {
    "line1": "123 Wonderland Ave",
    "line2": None,
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "US",
}
EXAMPLE_NEW_CUSTOMER: JsonDict = {
    "id": EXAMPLE_ID,
    "email": "alice@example.com",
    "name": "Alice Liddell",
    "phone": "+14155552671",
    "address": EXAMPLE_ADDRESS,
}
EXAMPLE_CUSTOMER: JsonDict = {
    "id": EXAMPLE_ID,
    "created": "2026-11-03T14:05:00.123456Z",
    "email": "alice@example.com",
    "name": "Alice Liddell",
    "phone": "+14155552671",
    "address": EXAMPLE_ADDRESS,
}
EXAMPLE_CHANGES: JsonDict = {"email": "new@example.com", "address": {"line1": "1 Looking-Glass Rd"}}
CUSTOMERS_PATH = "/v1/commerce/customers"
CLIENT = "proyecta.commerce.customers"


def call_samples(base_url: str, customer_id: str = EXAMPLE_ID) -> list[CallSample]:
    """The calls create, get, list and update, in this order.

    base_url: scheme and host, such as "https://proyecta.example.com".
    customer_id: the customer that is read and changed.
    """
    url = f"{base_url}{CUSTOMERS_PATH}"
    given = _writable_fields(EXAMPLE_CUSTOMER)
    list_all = f'for customer in {CLIENT}.list(limit="20").auto_paging():\n    print(customer.name)'
    return [
        call_sample(
            "create_customer",
            gettext("Create a customer"),
            curl=curl_command(url, "POST", given),
            python=python_call(f"{CLIENT}.create", given, result="customer"),
        ),
        _get_sample(gettext("Get a customer"), base_url, customer_id),
        call_sample("list_customers", gettext("List customers"), curl=curl_command(f"{url}?limit=20"), python=list_all),
        _update_sample(gettext("Update a customer"), base_url, customer_id, EXAMPLE_CHANGES),
    ]


def own_samples(base_url: str, customer: Mapping[str, Any]) -> list[CallSample]:
    """The calls that get and update one customer, with its own values. Run as they stand, they change nothing.

    customer: as serialization.as_json() returns it. It is shown as the answer of the first call.
    """
    get = _get_sample(gettext("Get this customer"), base_url, customer["id"])
    answer = CodeText("json", "JSON", json.dumps(customer, indent=2, ensure_ascii=False))
    changes = _writable_fields(customer) or {"name": None}
    return [
        CallSample(get.name, get.title, (answer, *get.texts)),
        _update_sample(gettext("Update this customer"), base_url, customer["id"], changes),
    ]


def _get_sample(title: str, base_url: str, customer_id: str) -> CallSample:
    python = python_call(f"{CLIENT}.get", {"customer_id": customer_id}, result="customer")
    curl = curl_command(f"{base_url}{CUSTOMERS_PATH}/{customer_id}")
    return call_sample("get_customer", title, curl=curl, python=f"{python}\nprint(customer.name)")


def _update_sample(title: str, base_url: str, customer_id: str, changes: Mapping[str, Any]) -> CallSample:
    arguments = {"customer_id": customer_id, **changes}
    return call_sample(
        "update_customer",
        title,
        curl=curl_command(f"{base_url}{CUSTOMERS_PATH}/{customer_id}", "PATCH", changes),
        python=python_call(f"{CLIENT}.update", arguments, result="customer"),
    )


def _writable_fields(customer: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a caller gives for this customer: those that are not empty, without id and created."""
    address = {part: value for part, value in (customer["address"] or {}).items() if value}
    given = {"email": customer["email"], "name": customer["name"], "phone": customer["phone"], "address": address}
    return {name: value for name, value in given.items() if value}
