"""Rules that hold for every call: of the product's API, and of one with a second resource.

A new resource is read from proyecta_admin/urls.py, so its calls are tried here from the first day.
"""

import re

import pytest
from django.test import Client

from proyecta_admin.urls import api as product_api
from tests.api.second_urls import api as api_of_both
from tests.support.api import ApiClient, error_of

pytestmark = pytest.mark.django_db

CALLS = [
    pytest.param(call, urlconf, id=f"{urlconf.partition('.')[0]}-{call.name}")
    for api, urlconf in ((product_api, "proyecta_admin.urls"), (api_of_both, "tests.api.second_urls"))
    for call in api.calls
]


def of_calls(condition):
    """Parametrize a test over the calls that fulfil a condition."""
    return pytest.mark.parametrize(("call", "urlconf"), [one for one in CALLS if condition(one.values[0])])


every_call = of_calls(lambda call: True)


@pytest.fixture
def address(call, urlconf, settings):
    """The method of a call, its path and its query string: values of the path, and required parameters, are made up."""
    settings.ROOT_URLCONF = urlconf
    paths = Client().get("/v1/openapi.json").json()["paths"]
    method, path = next(
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if operation["operationId"] == call.name
    )
    query = "&".join(f"{name}=x" for name in required(call.query))
    return method, re.sub(r"{.*?}", "x", path), query


def required(schema):
    fields = schema.model_fields.items() if schema else ()
    return [field.alias or name for name, field in fields if field.is_required()]


@every_call
def test_an_unknown_parameter_is_refused(api, address):
    """A route that forgets read_parameters() would ignore it."""
    method, path, query = address
    answer = api.send(method, f"{path}?{query}&nonsense=1", {})
    assert error_of(answer) == (400, "unknown_parameter", "nonsense")


@of_calls(lambda call: call.body)
def test_an_unknown_field_is_refused(api, address):
    """A route that forgets read_object() would ignore it."""
    method, path, query = address
    assert error_of(api.send(method, f"{path}?{query}", {"nonsense": 1})) == (400, "unknown_field", "nonsense")


@of_calls(lambda call: required(call.query))
def test_a_missing_parameter_is_refused(api, call, address):
    method, path, _ = address
    assert error_of(api.send(method, path, {})) == (400, "missing_parameter", required(call.query)[0])


@of_calls(lambda call: call.body and required(call.body))
def test_each_missing_field_is_refused(api, call, address):
    """It was once a KeyError in the route, and so a 500."""
    method, path, query = address
    for missing in required(call.body):
        body = {name: "x" for name in required(call.body) if name != missing}
        assert error_of(api.send(method, f"{path}?{query}", body)) == (400, "missing_field", missing)


@every_call
def test_no_values_of_a_wrong_type_break_it(api, call, address):
    method, path, query = address
    names = [field.alias or name for name, field in call.body.model_fields.items()] if call.body else []
    for value in (None, 1, True, "x", "\0", "\ud800", [], [None], [[]], {}, {"a": {}}):
        answer = api.send(method, f"{path}?{query}", dict.fromkeys(names, value))
        assert answer.status_code < 500, (value, answer.content)


@every_call
def test_it_needs_a_key_and_says_so_to_a_key_that_may_not_write(api, call, address):
    method, path, query = address
    assert Client().generic(method, path).status_code == 401
    answer = ApiClient(api.app, scope="read").send(method, f"{path}?{query}", {})
    assert (answer.status_code == 403) == call.needs_write_key


@every_call
def test_it_is_described(call, urlconf, settings):
    settings.ROOT_URLCONF = urlconf
    paths = Client().get("/v1/openapi.json").json()["paths"]
    operation = next(one for methods in paths.values() for one in methods.values() if one["operationId"] == call.name)
    assert operation["description"] and operation["summary"] and operation["security"] == [{"ApiKeyAuth": []}]
    assert {"400", "401", "429", "500", "503"} <= set(operation["responses"])
    assert all(one.get("description") for one in operation["parameters"] if one["in"] != "path")
