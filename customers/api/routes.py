"""The calls on customers. Validation and concurrency are in customers/services.py."""

import re
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from accounts.keys import AppRow
from api.calls import Answer, ApiRequest, DocumentedError
from api.idempotency import answer_once
from api.openapi import RATE_HEADERS
from api.parsing import read_etags, read_object, read_parameters
from api.resources import Resource
from api.responses import compressed, json_response
from core.exceptions import ValidationFailed
from customers import services
from customers.models import Customer
from customers.serialization import as_json
from customers.values.ids import is_customer_id

from . import schemas
from .examples import resource_samples

NO_SUCH_VERSION = 0
MAX_VERSION_DIGITS = 9
_e164 = re.compile(r"\+[1-9][0-9]{1,14}")

# Their names have been in the document since it had one resource.
NOT_FOUND = DocumentedError(
    404,
    "NotFound",
    "This app has no such customer.",
    code="not_found",
    message="There is no such customer in this app.",
    param="id",
    headers=("Idempotency-Replayed", *RATE_HEADERS),
)
CONFLICT = DocumentedError(
    409,
    "Conflict",
    "The email or id belongs to another customer of the app, which `existing_customer_id` names; or the "
    "Idempotency-Key belongs to another request. With `X-Should-Retry: false`, except where the first request with "
    "the key is still running, or another request is changing the same data (`locked`).",
    code="email_taken",
    message="Another customer of this app already has this email.",
    param="email",
    headers=("X-Should-Retry", "Retry-After", "Idempotency-Replayed", *RATE_HEADERS),
    schema=schemas.Conflict,
)
STALE = DocumentedError(
    412,
    "Stale",
    "The customer is not at the version in If-Match: most likely it has been changed since.",
    code="stale",
    message="The object is not at the version in If-Match, or never was. Get it again and decide anew.",
    param="If-Match",
    headers=("Idempotency-Replayed", *RATE_HEADERS),
)

resource = Resource(
    "Customers",
    "customers",
    samples=resource_samples,
    objects=(schemas.Customer, schemas.Address, schemas.Conflict),
    advice=gettext_lazy(
        "Create the customer when the user, organization or project appears in your own database, and keep the "
        "returned id there."
    ),
)


@resource.call(
    "POST",
    "/customers",
    name="create_customer",
    title="Create a customer",
    url_name="api_customers",
    needs_write_key=True,
    body=schemas.NewCustomer,
    answers={
        201: Answer("The new customer.", schemas.Customer, ("ETag", "Location")),
        200: Answer("The customer that has this email already, unchanged.", schemas.Customer, ("ETag",)),
    },
    errors=[CONFLICT],
)
def create_customer(request: ApiRequest) -> HttpResponse:
    """Create a customer. If the app has one with this email already, the answer is that customer, unchanged."""
    read_parameters(request)
    given = _read_customer(request)

    def work() -> HttpResponse:
        fields = {"customer_id" if name == "id" else name: value for name, value in given.items()}
        customer, created = services.create_customer(app=request.auth.app, **fields)
        response = _customer_response(customer, status=201 if created else 200)
        if created:
            response["Location"] = f"{request.path}/{customer.public_id}"
        return response

    return answer_once(request, given, work)


@resource.call(
    "GET",
    "/customers/{customer_id}",
    name="get_customer",
    title="Get a customer",
    url_name="api_customer",
    needs_write_key=False,
    headers=["If-None-Match"],
    answers={
        200: Answer("The customer.", schemas.Customer, ("ETag",)),
        304: Answer("The customer has not changed since.", headers=("ETag",)),
    },
    errors=[NOT_FOUND],
    read_with_key=lambda path: _row_with_id(path["customer_id"]),
)
def get_customer(request: ApiRequest, customer_id: str) -> HttpResponse:
    """Get one customer by its id."""
    read_parameters(request)
    customer = request.row_read_with_key or services.get_customer(app=request.auth.app, customer_id=customer_id)
    tags = read_etags(request, "If-None-Match")
    if tags and (tags == "*" or str(customer.version) in [tag for _, tag in tags]):
        return HttpResponse(status=304, headers={"ETag": _etag(customer)})
    return _customer_response(customer)


@resource.call(
    "GET",
    "/customers",
    name="list_customers",
    title="List customers",
    url_name="api_customers",
    needs_write_key=False,
    query=schemas.CustomerQuery,
    answers={200: Answer("A page of customers.", schemas.CustomerList)},
)
def list_customers(request: ApiRequest) -> HttpResponse:
    """Get customers page by page. A page costs the same wherever it is in the list."""
    given: dict[str, Any] = read_parameters(request)
    page = services.list_customers(app=request.auth.app, **given)
    body = {"data": [as_json(customer) for customer in page.data], "has_more": page.has_more}
    return compressed(request, json_response(body))


@resource.call(
    "PATCH",
    "/customers/{customer_id}",
    name="update_customer",
    title="Update a customer",
    url_name="api_customer",
    needs_write_key=True,
    body=schemas.CustomerChanges,
    headers=["If-Match"],
    answers={200: Answer("The customer as it is now.", schemas.Customer, ("ETag",))},
    errors=[NOT_FOUND, CONFLICT, STALE],
)
def update_customer(request: ApiRequest, customer_id: str) -> HttpResponse:
    """Change the given fields of a customer. All others keep their values."""
    read_parameters(request)
    given = _read_customer(request)
    tags = read_etags(request, "If-Match")
    app = request.auth.app

    def work() -> HttpResponse:
        version = _expected_version(request, customer_id, tags)
        customer, _ = services.update_customer(app=app, customer_id=customer_id, expected_version=version, **given)
        return _customer_response(customer)

    return answer_once(request, given, work)


def _read_customer(request: ApiRequest) -> dict[str, Any]:
    """read_object(), where a phone number must be E.164: the services take national numbers too."""
    given = read_object(request)
    phone = given.get("phone")
    if isinstance(phone, str) and phone and not _e164.fullmatch(phone):
        raise ValidationFailed({"phone": "Write the phone number as E.164, such as +14155552671."})
    return given


def _row_with_id(customer_id: str) -> AppRow | None:
    return AppRow(Customer, "b.public_id = %s", [customer_id]) if is_customer_id(customer_id) else None


def _expected_version(request: ApiRequest, customer_id: str, tags: Any) -> int | None:
    """The version at which the If-Match `tags`, of read_etags(), allow a change; None where every version will do."""
    if tags is None or tags == "*":
        return None
    wanted = [int(tag) for weak, tag in tags if not weak and tag.isdecimal() and len(tag) <= MAX_VERSION_DIGITS]
    if len(wanted) > 1:
        current: int = services.get_customer(app=request.auth.app, customer_id=customer_id).version
        return current if current in wanted else NO_SUCH_VERSION
    return wanted[0] if wanted else NO_SUCH_VERSION


def _customer_response(customer: Customer, status: int = 200) -> HttpResponse:
    return json_response(as_json(customer), status=status, headers={"ETag": _etag(customer)})


def _etag(customer: Customer) -> str:
    return f'"{customer.version}"'
