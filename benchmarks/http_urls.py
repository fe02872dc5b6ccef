"""The product's addresses, and beside them what a call of the API is measured by."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.urls import path, resolve

from accounts.models import App
from core.db.prepared import one_row, select
from customers.models import Customer
from customers.serialization import as_json
from proyecta_admin.urls import handler500  # noqa: F401
from proyecta_admin.urls import urlpatterns as product

BY_ID = select(Customer, "app_id = %s AND public_id = %s")


@login_not_required
def bare(request):
    return answer({"id": "cus_1", "email": "alice@example.com"})


@login_not_required
def one_statement(request, customer_id):
    """The customer of the benchmark's app with this id: no key, no limit, no log, none of the product's rules."""
    return answer(as_json(one_row(Customer, BY_ID, [app_number(), customer_id])))


@cache
def app_number():
    return App.objects.get(slug="bench").pk


def answer(value):
    response = JsonResponse(value)
    response["Content-Length"] = len(response.content)  # which a middleware does otherwise
    return response


class BareFirst:
    """Calls what is below /bare without any of the product's middleware: as fast as Django can be."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith("/bare"):
            return self.get_response(request)
        match = resolve(request.path_info)
        return match.func(request, **match.kwargs)


urlpatterns = [
    path("bare", bare),
    path("bare/<customer_id>", one_statement),
    path("within", bare),
    *product,
]
