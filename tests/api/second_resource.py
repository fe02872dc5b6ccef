"""A second resource, as a product of tomorrow would add it: in its own modules, with the public names of api/ alone.

It has what customers do not have: nested paths, verbs beside the usual four, a DELETE with a JSON body, answers of 204,
a body that may be left out, a call that is a POST and needs only a read key, an error with a status of its own.
Objects live in a dict, by app and id.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import translation
from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from accounts.models import App
from api.calls import Answer, ApiRequest, DocumentedError
from api.idempotency import answer_once
from api.openapi import RATE_HEADERS
from api.parsing import read_object, read_parameters
from api.rate_limit import RateBucket
from api.refusals import Refused
from api.resources import Resource, ResourceSamples
from api.responses import json_response, no_content
from api.samples import call_sample, curl_command
from api.schemas import Error, Given, optional_text
from core.exceptions import Conflict, NotFound, ServiceError, Stale, ValidationFailed
from core.texts import Unacceptable, clean_text

EXAMPLE_PRODUCT: JsonDict = {"id": "prod_1", "name": "Pro", "status": "active"}
EXAMPLE_ACCESS: JsonDict = {"has_access": True}
CHECKS = RateBucket("check", calls_per_second=1000)

shelves: dict[int, dict[str, dict]] = {}


class ProductTaken(Conflict):
    existing_id_field = "existing_product_id"


class PaymentFailed(ServiceError):
    code = "payment_failed"


class Variant(Schema):
    """A price."""

    id: str
    amount: int = Field(description="In minor units.")


class VariantGiven(Given):
    """A price to add."""

    id: str = Field(description="The id of the price.")
    amount: int = Field(description="In minor units.", ge=0)


class ProductGiven(Given):
    """A new product."""

    id: str = Field(description="An id of your choice.")
    name: str = Field(description="What it is called.", max_length=200)
    variants: list[VariantGiven] = Field(default=[], description="Its prices.")


class ProductIds(Given):
    """Resources of a product."""

    resource_ids: list[str] = Field(description="Ids of features.")


class CancelGiven(Given):
    """How to cancel."""

    timing: str | None = optional_text("`immediate`, or `at_period_end`, the default.", 20)


class CheckGiven(Given):
    """A question."""

    customer_id: str = Field(description="Whose access it is.")
    resource_id: str = Field(description="A feature.")


class ProductQuery(Given):
    """The parameters of the list."""

    active: Annotated[str | None, Field(description="Only active ones.")] = None


class VariantQuery(Given):
    """The parameters of one price."""

    currency: str = Field(description="The currency to show, as its code of ISO 4217.")


class Product(Schema):
    """Something that is sold."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PRODUCT]})

    id: str
    name: str | None
    status: str


class Access(Schema):
    """Whether somebody has access."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ACCESS]})

    has_access: bool


class ProductConflict(Error):
    """Why a request was refused, with the product in the way."""

    existing_product_id: str


PRODUCT_TAKEN = DocumentedError(
    409,
    "ProductTaken",
    "The id belongs to another product, or the Idempotency-Key to another request.",
    code="conflict",
    message="Another product has this id.",
    param="id",
    headers=RATE_HEADERS,
    schema=ProductConflict,
)
PAYMENT_FAILED = DocumentedError(
    402, "PaymentFailed", "The charge failed.", code="payment_failed", message="The card was declined."
)


def samples(base_url: str, app: App | None) -> ResourceSamples:
    url = f"{base_url}/v1/commerce"
    detach = {"resource_ids": ["feat_1"]}
    return ResourceSamples(
        [
            call_sample(
                "create_product", "Create a product", curl=curl_command(f"{url}/products", "POST", {"id": "a"})
            ),
            call_sample(
                "detach_resources",
                "Detach resources",
                curl=curl_command(f"{url}/products/prod_1/resources", "DELETE", detach, idempotency_key=False),
            ),
        ],
        note=f"{app.name} has no products yet." if app else "",
    )


products = Resource(
    "Products",
    "products",
    samples=samples,
    objects=(Product, Access),
    exception_handlers={
        PaymentFailed: lambda error: Refused(
            402, error.code, error.message, headers={"X-Should-Retry": "false"}, error_type="payment"
        )
    },
    advice="Create the product before you sell it.",
)


@products.call(
    "POST",
    "/products",
    name="create_product",
    title="Create a product",
    needs_write_key=True,
    body=ProductGiven,
    answers={201: Answer("The new product.", Product, ("Location",))},
    errors=[PRODUCT_TAKEN],
)
def create_product(request: ApiRequest) -> HttpResponse:
    """Create a product with its prices."""
    read_parameters(request)
    given = read_object(request)

    def work() -> HttpResponse:
        shelf = shelves.setdefault(request.auth.app.pk, {})
        fields = {"id": _text(given, "id", 40), "name": _text(given, "name", 200)}
        if fields["id"] in shelf:
            raise ProductTaken("Another product has this id.", param="id", existing_id=fields["id"])
        shelf[fields["id"]] = fields | {"status": "active"}
        return json_response(shelf[fields["id"]], status=201)

    return answer_once(request, given, work)


@products.call(
    "GET",
    "/products",
    name="list_products",
    title="List products",
    needs_write_key=False,
    query=ProductQuery,
    answers={200: Answer("A page of products.")},
)
def list_products(request: ApiRequest) -> HttpResponse:
    """Get products, and the language that their messages are in."""
    read_parameters(request)
    data = list(shelves.get(request.auth.app.pk, {}).values())
    return json_response({"data": data, "has_more": False, "language": translation.get_language()})


@products.call(
    "POST",
    "/products/{product_id}/cancel",
    name="cancel_product",
    title="Cancel a product",
    needs_write_key=True,
    body=CancelGiven,
    body_required=False,
    headers=["If-Match"],
    answers={200: Answer("The product as it is now.", Product)},
    errors=[404, 412, PAYMENT_FAILED],
)
def cancel_product(request: ApiRequest, product_id: str) -> HttpResponse:
    """End the sale of a product."""
    read_parameters(request)
    given = read_object(request)

    def work() -> HttpResponse:
        product = _find(request, product_id)
        match given.get("timing"):
            case "declined":
                raise PaymentFailed("The card was declined.")
            case "late":
                raise Stale("The product has changed.", current=product)
            case "broken":
                raise RuntimeError("Nobody expects this.")
        product["status"] = given.get("timing") or "at_period_end"
        return json_response(product)

    return answer_once(request, given, work)


@products.call(
    "POST",
    "/products/{product_id}/resources",
    name="attach_resources",
    title="Attach resources",
    needs_write_key=True,
    body=ProductIds,
    answers={204: Answer("They are attached.")},
    errors=[404],
)
def attach_resources(request: ApiRequest, product_id: str) -> HttpResponse:
    """Attach resources to a product."""
    read_parameters(request)
    given = read_object(request)

    def work() -> HttpResponse:
        _find(request, product_id).setdefault("attached", []).extend(_resource_ids(given))
        return no_content()

    return answer_once(request, given, work)


@products.call(
    "DELETE",
    "/products/{product_id}/resources",
    name="detach_resources",
    title="Detach resources",
    needs_write_key=True,
    body=ProductIds,
    stores_answer=False,
    answers={204: Answer("They are detached.")},
    errors=[404],
)
def detach_resources(request: ApiRequest, product_id: str) -> HttpResponse:
    """Detach resources from a product."""
    read_parameters(request)
    given = read_object(request)
    product, detached = _find(request, product_id), _resource_ids(given)
    product["attached"] = [name for name in product.get("attached", []) if name not in detached]
    return no_content()


@products.call(
    "GET",
    "/products/{product_id}/variants/{variant_id}",
    name="get_variant",
    title="Get a price",
    needs_write_key=False,
    path_parameters={"product_id": "The id of the product.", "variant_id": "The `id` of its price."},
    query=VariantQuery,
    answers={200: Answer("The price.", Variant)},
    errors=[404],
)
def get_variant(request: ApiRequest, product_id: str, variant_id: str) -> HttpResponse:
    """Get one price of a product."""
    read_parameters(request)
    return json_response({"id": variant_id, "amount": len(_find(request, product_id)["name"])})


@products.call(
    "POST",
    "/check",
    name="check_access",
    title="Check access",
    needs_write_key=False,
    body=CheckGiven,
    cache_control="no-store",
    rate_bucket=CHECKS,
    answers={200: Answer("Whether there is access.", Access)},
)
def check_access(request: ApiRequest) -> HttpResponse:
    """Ask whether a customer has access."""
    read_parameters(request)
    given = read_object(request)
    return answer_once(request, given, lambda: json_response({"has_access": given["resource_id"] == "feat_1"}))


def _text(given: Mapping[str, Any], name: str, limit: int) -> str:
    try:
        text = clean_text(given[name], limit)
    except Unacceptable as error:
        raise ValidationFailed({name: str(error)}) from None
    if not text:
        raise ValidationFailed({name: f"A product needs its {name}."})
    return text


def _resource_ids(given: Mapping[str, Any]) -> list[str]:
    names = given["resource_ids"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValidationFailed({"resource_ids": "These must be a list of texts."})
    return names


def _find(request: ApiRequest, product_id: str) -> dict:
    try:
        return shelves[request.auth.app.pk][product_id]
    except KeyError:
        raise NotFound("There is no such product in this app.", param="id") from None
