"""The product's addresses, and the views that calls of the API are compared with."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path, resolve

from accounts.models import App
from core.db.prepared import one_row, select
from customers.models import Customer
from customers.serialization import as_json
from proyecta_admin.urls import handler500  # noqa: F401
from proyecta_admin.urls import urlpatterns as product

CUSTOMER_BY_ID = select(Customer, "app_id = %s AND public_id = %s")


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    return answer({"id": "cus_1", "email": "alice@example.com"})


@login_not_required
def one_statement(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The customer with this id, read by one statement. No key, limit, log or rule of the product is looked at."""
    customer = one_row(Customer, CUSTOMER_BY_ID, [app_id(), customer_id])
    if customer is None:
        raise Http404
    return answer(as_json(customer))


@cache
def app_id() -> int:
    return App.objects.get(slug="bench").pk


def answer(value: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(value)
    # Otherwise a middleware sets it.
    response["Content-Length"] = str(len(response.content))
    return response


class BareFirst:
    """Middleware that calls the views below /bare without the product's middleware: as fast as Django can be."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/bare"):
            return self.get_response(request)
        match = resolve(request.path_info)
        response: HttpResponse = match.func(request, **match.kwargs)
        return response


urlpatterns = [
    path("bare", bare),
    path("bare/<customer_id>", one_statement),
    path("within", bare),
    *product,
]
