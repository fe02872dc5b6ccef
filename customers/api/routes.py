"""The calls of the API. What a customer may be and who wins a race is said in customers/services.py alone."""

from django.http import HttpResponse
from ninja import Router

from api.idempotency import answer_once
from api.openapi import WRITING, call
from api.parsing import read_etags, read_object, read_parameters
from api.responses import compressed, dump
from customers import services
from customers.serialization import as_json

from .schemas import Customer, CustomerChanges, CustomerList, CustomerQuery, NewCustomer

NEVER = 0  # no customer has this version
BODIES = (NewCustomer, CustomerChanges)

router = Router(tags=["Customers"])


@router.post(
    "/customers",
    url_name="api_customers",
    summary="Create a customer",
    operation_id="create_customer",
    response={200: Customer, 201: Customer},
    openapi_extra=call(
        body=NewCustomer,
        headers=["Idempotency-Key"],
        answers={
            201: ("The new customer.", ["ETag", "Location", "Idempotency-Replayed"]),
            200: ("The customer that has this email already, unchanged.", ["ETag", "Idempotency-Replayed"]),
        },
        refusals=WRITING,
    ),
)
def create_customer(request):
    """Make a customer; or, where the app has one with this email already, get that one, unchanged."""
    read_parameters(request)
    given = read_object(request, NewCustomer)

    def work():
        fields = {"customer_id" if name == "id" else name: value for name, value in given.items()}
        customer, created = services.create_customer(app=request.auth.app, **fields)
        response = _customer(customer, status=201 if created else 200)
        if created:
            response["Location"] = f"{request.path}/{customer.public_id}"
        return response

    return answer_once(request, given, work)


@router.get(
    "/customers",
    url_name="api_customers",
    summary="List customers",
    operation_id="list_customers",
    response={200: CustomerList},
    openapi_extra=call(query=CustomerQuery, answers={200: ("A page of customers.", [])}),
)
def list_customers(request):
    """Get customers page by page. A page costs the same wherever it is."""
    given = read_parameters(request, CustomerQuery)
    page = services.list_customers(app=request.auth.app, **given)
    body = dump({"data": [as_json(customer) for customer in page.data], "has_more": page.has_more})
    return compressed(request, HttpResponse(body, content_type="application/json"))


@router.get(
    "/customers/{customer_id}",
    url_name="api_customer",
    summary="Get a customer",
    operation_id="get_customer",
    response={200: Customer, 304: None},
    openapi_extra=call(
        headers=["If-None-Match"],
        answers={200: ("The customer.", ["ETag"]), 304: ("The customer has not changed since.", ["ETag"])},
        refusals=[404],
    ),
)
def get_customer(request, customer_id: str):
    """Get one customer by its id."""
    read_parameters(request)
    key = request.auth
    customer = key.along or services.get_customer(app=key.app, customer_id=customer_id)
    tags = read_etags(request, "If-None-Match")
    if tags and (tags == "*" or str(customer.version) in [tag for _, tag in tags]):
        return HttpResponse(status=304, headers={"ETag": _etag(customer)})
    return _customer(customer)


@router.patch(
    "/customers/{customer_id}",
    url_name="api_customer",
    summary="Update a customer",
    operation_id="update_customer",
    response={200: Customer},
    openapi_extra=call(
        body=CustomerChanges,
        headers=["Idempotency-Key", "If-Match"],
        answers={200: ("The customer as it is now.", ["ETag", "Idempotency-Replayed"])},
        refusals=[404, 412, *WRITING],
    ),
)
def update_customer(request, customer_id: str):
    """Change the given fields of a customer; all others stay as they are."""
    read_parameters(request)
    given = read_object(request, CustomerChanges)
    tags = read_etags(request, "If-Match")
    app = request.auth.app

    def work():
        version = _expected_version(app, customer_id, tags)
        customer, _ = services.update_customer(app=app, customer_id=customer_id, expected_version=version, **given)
        return _customer(customer)

    return answer_once(request, given, work)


def _expected_version(app, customer_id, tags):
    """The version that the customer must have for a change under these If-Match tags; None where any will do."""
    if tags is None or tags == "*":
        return None
    wanted = [int(tag) for weak, tag in tags if not weak and tag.isdecimal() and len(tag) < 10]
    if len(wanted) > 1:
        current = services.get_customer(app=app, customer_id=customer_id).version
        return current if current in wanted else NEVER
    return wanted[0] if wanted else NEVER


def _customer(customer, status=200):
    headers = {"ETag": _etag(customer)}
    return HttpResponse(dump(as_json(customer)), content_type="application/json", status=status, headers=headers)


def _etag(customer):
    return f'"{customer.version}"'
