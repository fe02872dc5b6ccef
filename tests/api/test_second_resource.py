"""The API as a platform: a second resource, with verbs that customers do not have, needs no change in api/."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from api.calls import Answer
from api.models import IdempotencyRecord
from api.resources import Resource
from api.v1 import Api
from customers.api.routes import resource as customers
from tests.api.second_resource import PRODUCT_TAKEN, products
from tests.support.api import CUSTOMERS, ApiClient, error_of
from tests.support.factories import make_app, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.second_urls")]

BASE = "/v1/commerce"
PRODUCTS = f"{BASE}/products"
CALLS = {
    ("POST", PRODUCTS): "create_product",
    ("GET", PRODUCTS): "list_products",
    ("POST", PRODUCTS + "/{product_id}/cancel"): "cancel_product",
    ("POST", PRODUCTS + "/{product_id}/resources"): "attach_resources",
    ("DELETE", PRODUCTS + "/{product_id}/resources"): "detach_resources",
    ("GET", PRODUCTS + "/{product_id}/variants/{variant_id}"): "get_variant",
    ("POST", f"{BASE}/check"): "check_access",
}


@pytest.fixture
def described():
    return Client().get("/v1/openapi.json").json()


@pytest.fixture
def operations(described):
    return {one["operationId"]: one for path in described["paths"].values() for one in path.values()}


@pytest.fixture
def product(api):
    """The path of a product of the app."""
    assert api.send("POST", PRODUCTS, {"id": "prod_1", "name": "Pro"}).status_code == 201
    return f"{PRODUCTS}/prod_1"


# -- the documents


def test_the_document_has_the_calls_of_both_resources_and_every_reference_leads_somewhere(described):
    calls = {
        (method.upper(), path): operation["operationId"]
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert CALLS.items() <= calls.items() and len(calls) == len(CALLS) + 4
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(described)):
        part = described
        for name in reference.split("/"):
            part = part[name]


def test_what_a_call_says_of_itself_is_in_the_document(operations):
    def parameters(name):
        return {parameter["name"] for parameter in operations[name]["parameters"]}

    def statuses(name):
        return set(map(int, operations[name]["responses"]))

    every = {400, 401, 429, 500, 503}
    assert statuses("check_access") == {200, 413, 415, *every}
    assert "Idempotency-Key" not in parameters("check_access") | parameters("detach_resources")
    assert parameters("cancel_product") == {"product_id", "Idempotency-Key", "If-Match", "X-Request-Id"}
    assert statuses("cancel_product") == {200, 402, 403, 404, 409, 412, 413, 415, *every}
    assert statuses("detach_resources") == {204, 403, 404, 413, 415, *every}
    assert "content" not in operations["detach_resources"]["responses"]["204"]
    assert operations["detach_resources"]["requestBody"]["required"] is True
    assert operations["cancel_product"]["requestBody"]["required"] is False


def test_a_resource_describes_its_own_errors_and_those_of_customers_stay(described, operations):
    responses = described["components"]["responses"]
    assert operations["create_product"]["responses"]["409"]["$ref"].endswith("/ProductTaken")
    assert operations["update_customer"]["responses"]["409"]["$ref"].endswith("/Conflict")
    assert operations["cancel_product"]["responses"]["409"]["$ref"].endswith("/KeyReused")
    assert responses["ProductTaken"]["content"]["application/json"]["schema"]["$ref"].endswith("/ProductConflict")
    assert "customer" not in json.dumps([responses[name] for name in ("NoSuchObject", "OtherVersion", "KeyReused")])


def test_two_components_of_one_name_are_refused():
    taken = replace(PRODUCT_TAKEN, description="Something else.")
    others = Resource("Others", "others")
    declare = others.call(
        "GET", "/others", name="x", title="X", needs_write_key=False, answers={200: Answer("X.")}, errors=[taken]
    )
    declare(lambda request: HttpResponse())
    with pytest.raises(ValueError, match="ProductTaken"):
        _ = Api([customers, products, others], base_path="/v1/commerce/", namespace="others").document


def test_the_reference_shows_every_call_with_its_samples_and_its_own_answer(described):
    page = unescape(Client().get("/v1/docs").text)
    for (method, path), name in CALLS.items():
        section = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)[0]
        assert re.search(rf'<span class="method"[^>]*>{method}</span> <code>{re.escape(path)}</code>', section)
    for text in (
        "curl -X DELETE http://testserver/v1/commerce/products/prod_1/resources",
        json.dumps({"has_access": True}, indent=2),
        "<code>variants[].amount</code>",
        "<code>402</code>",
        "whole number from 0",
    ):
        assert text in page, text
    check = re.search(r'<section id="check_access".*?</section>', page, re.DOTALL)[0]
    assert "has_access" in check and "alice@example.com" not in check
    detach = re.search(r'<section id="detach_resources".*?</section>', page, re.DOTALL)[0]
    assert ": answer" not in detach and "Idempotency-Key" not in detach
    headings = re.findall(r'<h2 id="(\w+)-title"', page)
    assert headings[:11] == [call.name for call in (*customers.calls, *products.calls)]


def test_the_developers_page_shows_the_samples_of_every_resource():
    app = make_app(name="Quiet")
    client = Client()
    client.force_login(make_member(app))
    page = client.get(reverse("developers", args=[app.slug])).text
    assert re.search("<dt[^>]*>Products</dt>", page) and f"http://testserver{PRODUCTS}" in page
    assert "Create the product before you sell it." in page and "Create the customer when" in page
    assert 'id="detach_resources-curl"' in page and 'id="detach_resources-python"' not in page
    assert "<bdi>Quiet</bdi> has no customers yet" in page and "Quiet has no products yet." in page


# -- reading


def test_a_required_parameter_and_the_values_of_a_path_are_described(operations):
    """`required` was never written, and a value of a path had no description."""
    described = {one["name"]: one for one in operations["get_variant"]["parameters"]}
    assert described["currency"]["required"] is True
    assert described["variant_id"]["description"] == "The `id` of its price."
    assert "required" not in next(one for one in operations["list_products"]["parameters"] if one["in"] == "query")
    page = Client().get("/v1/docs").text
    assert "The <code>id</code> of its price." in page


def test_a_description_of_a_value_that_the_path_has_not_is_refused():
    with pytest.raises(ValueError, match="/others has no other_id"):
        Resource("Others", "others").call(
            *("GET", "/others"),
            name="x",
            title="X",
            needs_write_key=False,
            answers={},
            path_parameters={"other_id": "X."},
        )


def test_what_is_required_of_an_object_inside_the_body_is_for_the_service_to_say(api):
    assert api.send("POST", PRODUCTS, {"id": "a", "name": "A", "variants": [{}]}).status_code == 201


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ('{"name": "a", "name": "b"}', "name"),
        ('{"variants": [{"id": "a"}, {"id": "b", "id": "c"}]}', "variants[1].id"),
        ('{"name": {"a": [[{"b": 1, "b": 2}]]}}', "name.a[0][0].b"),
        ('{"id": "x", "variants": [{"a": {"z": 1, "z": 2}}], "name": {"y": 1, "y": 1}}', "variants[0].a.z"),
        ('{"name": ' + '{"a":' * 300 + '{"b": 1, "b": 2}' + "}" * 301, "name" + ".a" * 48 + "…"),
    ],
)
def test_a_field_that_is_given_twice_is_found_at_any_depth(api, body, param):
    assert error_of(api.send("POST", PRODUCTS, body)) == (400, "repeated_field", param)


def test_a_body_that_may_be_left_out_counts_as_an_empty_object(api, product):
    assert api.send("POST", f"{product}/cancel", b"").json()["status"] == "at_period_end"
    assert api.send("POST", f"{product}/cancel", {"timing": "now"}).json()["status"] == "now"
    assert error_of(api.send("POST", f"{product}/cancel", b"", Content_Type="text/plain"))[0] == 415
    assert error_of(api.send("POST", f"{product}/cancel", "[]")) == (400, "not_an_object", None)
    assert error_of(api.send("POST", PRODUCTS, b"")) == (400, "malformed_json", None)


# -- answers


def test_a_delete_reads_a_json_body_and_answers_204_without_one(api, product):
    assert api.send("POST", f"{product}/resources", {"resource_ids": ["feat_1", "feat_2"]}).status_code == 204
    answer = api.send("DELETE", f"{product}/resources", {"resource_ids": ["feat_1"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer and "Content-Length" not in answer
    assert api.get(PRODUCTS).json()["data"][0]["attached"] == ["feat_2"]


def test_nested_paths_lead_to_their_own_objects(api, product):
    assert api.get(f"{product}/variants/var_1?currency=USD").json() == {"id": "var_1", "amount": 3}
    assert error_of(api.get(f"{PRODUCTS}/prod_2/variants/var_1?currency=USD")) == (404, "not_found", "id")
    assert error_of(api.send("DELETE", product, {})) == (404, "no_such_route", None)
    answer = api.send("PUT", f"{product}/resources", {})
    assert (error_of(answer)[0], answer["Allow"]) == (405, "DELETE, OPTIONS, POST")


def test_errors_of_the_resource_and_of_core_are_answered_in_the_one_shape(api, product):
    taken = api.send("POST", PRODUCTS, {"id": "prod_1", "name": "Pro"})
    assert (taken.status_code, taken.json()["existing_product_id"]) == (409, "prod_1")
    assert taken["X-Should-Retry"] == "false" and "existing_customer_id" not in taken.json()
    assert error_of(api.send("POST", PRODUCTS, {"id": "x", "name": None})) == (400, "invalid", "name")
    stale = api.send("POST", f"{product}/cancel", {"timing": "late"})
    assert error_of(stale) == (412, "stale", "If-Match")
    assert "customer" not in stale.json()["message"]
    declined = api.send("POST", f"{product}/cancel", {"timing": "declined"})
    assert error_of(declined) == (402, "payment_failed", None)
    assert (declined.json()["type"], declined["X-Should-Retry"]) == ("payment", "false")
    assert error_of(api.send("POST", f"{product}/cancel", {"timing": "broken"})) == (500, "internal", None)


def test_answers_are_in_english_whatever_language_the_last_page_of_the_thread_had(api):
    with translation.override("ko"):
        assert api.get(PRODUCTS).json()["language"] == "en"
        assert translation.get_language() == "ko"


# -- keys, idempotency, rate limits


def test_a_call_says_itself_whether_it_needs_a_write_key(api, product):
    reader = ApiClient(api.app, scope="read")
    question = {"customer_id": "cus_1", "resource_id": "feat_1"}
    assert reader.send("POST", f"{BASE}/check", question).json() == {"has_access": True}
    assert reader.get(PRODUCTS).status_code == 200
    for method, path in (("POST", PRODUCTS), ("POST", f"{product}/cancel"), ("DELETE", f"{product}/resources")):
        assert error_of(reader.send(method, path, {})) == (403, "read_only_key", None)


def test_a_repeated_call_gets_its_first_answer_a_204_and_an_error_of_the_resource_too(api, product):
    attach = {"resource_ids": ["feat_1"]}
    first, again = (api.send("POST", f"{product}/resources", attach, Idempotency_Key="a") for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again["Idempotency-Replayed"] == "true" and "Content-Type" not in again
    assert api.get(PRODUCTS).json()["data"][0]["attached"] == ["feat_1"]
    for _ in range(2):
        declined = api.send("POST", f"{product}/cancel", {"timing": "declined"}, Idempotency_Key="b")
        assert error_of(declined) == (402, "payment_failed", None)
        assert declined["X-Should-Retry"] == "false"
    assert declined["Idempotency-Replayed"] == "true"


def test_a_call_that_stores_no_answer_leaves_no_record_and_is_kept_by_no_cache(api):
    question = {"customer_id": "cus_1", "resource_id": "feat_1"}
    for _ in range(2):
        answer = api.send("POST", f"{BASE}/check", question, Idempotency_Key="k")
        assert "Idempotency-Replayed" not in answer
        assert answer["Cache-Control"] == "no-store"
    assert not IdempotencyRecord.objects.exists()
    assert Client().post(f"{BASE}/check")["Cache-Control"] == "no-store"
    assert api.get(PRODUCTS)["Cache-Control"] == "private, no-cache"


def test_calls_share_the_limit_of_their_key_and_one_may_name_a_bucket_of_its_own(limited_to):
    limited_to(2)
    api = ApiClient()
    statuses = [api.get(path).status_code for _ in range(6) for path in (PRODUCTS, CUSTOMERS)]
    assert statuses[:4] == [200] * 4 and 429 in statuses
    question = {"customer_id": "cus_1", "resource_id": "feat_1"}
    answers = [api.send("POST", f"{BASE}/check", question) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0]["RateLimit-Policy"] == '"check";q=2000;w=2'
    assert answers[0]["RateLimit"].startswith('"check";r=1999;')


def test_where_limits_are_turned_off_no_bucket_is_limited(limited_to):
    limited_to(0)
    question = {"customer_id": "cus_1", "resource_id": "feat_1"}
    assert "RateLimit" not in ApiClient().send("POST", f"{BASE}/check", question)
