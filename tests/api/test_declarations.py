"""Resources declare schemas, headers and calls of their own, without a change in api/."""

import json

import pytest
from django.http import HttpResponse
from django.urls import path
from ninja import Schema

from api.calls import Answer, DocumentedHeader
from api.idempotency import answer_once
from api.parsing import read_parameters
from api.resources import Resource
from api.schemas import Given
from api.v1 import Api
from customers.api.routes import resource as customers
from tests.support.api import ApiClient, error_of

REPORTS = "/v1/commerce/reports"
ROWS = DocumentedHeader("X-Rows", "How many rows the report has.", 3)
PREFER = DocumentedHeader("Prefer", "How much to answer.", "return=minimal")


class ReportQuery(Given):
    """The parameters of a report."""

    kind: str


reports = Resource("Reports", "reports")


@reports.call(
    "POST",
    "/reports",
    name="make_report",
    title="Make a report",
    needs_write_key=True,
    query=ReportQuery,
    headers=[PREFER, "If-Match"],
    answers={201: Answer("The report.", headers=(ROWS,))},
)
def make_report(request):
    """Make a report."""
    kind = read_parameters(request)["kind"]

    def work():
        content = b"\xff" if kind == "binary" else f"id\n{kind}".encode()
        return HttpResponse(content, content_type="text/csv; charset=utf-8", status=201, headers={"X-Rows": "1"})

    return answer_once(request, {}, work)


api = Api([reports], base_path="/v1/commerce/", namespace="declarations")
urlpatterns = [path("v1/commerce/", api.urls)]


@pytest.fixture
def client(db, settings):
    settings.ROOT_URLCONF = __name__
    return ApiClient()


def send(client, kind, **headers):
    return client.send("POST", f"{REPORTS}?kind={kind}", {}, Idempotency_Key="k", **headers)


def test_a_replay_keeps_the_content_type_and_the_headers_that_the_call_declares(client):
    """It was JSON, and had no header that api/ does not know."""
    first, again = send(client, "new"), send(client, "new")
    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.content == first.content
    assert (again["Content-Type"], again["X-Rows"]) == ("text/csv; charset=utf-8", "1")


def test_the_same_key_with_another_parameter_is_another_request(client):
    """It was answered with the first report."""
    assert send(client, "new").status_code == 201
    assert error_of(send(client, "old"))[1] == "idempotency_key_reused"


def test_the_same_key_with_another_if_match_is_another_request(client):
    assert send(client, "new", If_Match='"1"').status_code == 201
    assert error_of(send(client, "new", If_Match='"2"'))[1] == "idempotency_key_reused"
    assert send(client, "new", If_Match='"1"')["Idempotency-Replayed"] == "true"


def test_an_answer_that_is_no_text_is_refused_when_it_is_stored(client):
    client.raise_request_exception = False
    assert send(client, "binary").status_code == 500


def test_headers_of_a_resource_are_in_the_document():
    document = api.document
    operation = document["paths"][REPORTS]["post"]
    assert {"in": "header", "name": "Prefer"}.items() <= next(
        one for one in operation["parameters"] if one["name"] == "Prefer"
    ).items()
    reference = operation["responses"][201]["headers"]["X-Rows"]["$ref"]
    assert document["components"]["headers"][reference.rpartition("/")[2]]["schema"] == {"type": "integer"}
    referred = set(part for part in json.dumps(document).split('"') if part.startswith("#/components/"))
    for one in referred:
        _, _, kind, name = one.split("/")
        assert name in document["components"][kind], one


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ({"headers": ["Prefer"]}, "x names headers without a description: Prefer. Use DocumentedHeader."),
        ({"answers": {200: Answer("X.", headers=("X-Total",))}}, "x names headers without a description: X-Total."),
        ({"errors": [422]}, "x names errors without a description: 422. Use DocumentedError."),
    ],
)
def test_what_is_described_nowhere_is_refused_by_the_name_of_the_call(declared, sentence):
    """It was a KeyError, or a reference into nothing."""
    given = {"name": "x", "title": "X", "needs_write_key": False, "answers": {200: Answer("X.")}} | declared
    with pytest.raises(ValueError, match=sentence):
        Resource("Others", "others").call("GET", "/others", **given)


def test_two_schemas_of_one_name_are_refused_also_inside_others():
    """The address of a customer became the one of another resource."""

    class Address(Schema):
        """A postal box."""

        box: int

    class Parcel(Schema):
        """A parcel."""

        address: Address

    for schema in (Address, Parcel):
        others = Resource("Others", "others")
        answers = {200: Answer("X.", schema)}
        declare = others.call("GET", "/others", name="x", title="X", needs_write_key=False, answers=answers)
        declare(lambda request: HttpResponse())
        with pytest.raises(ValueError, match="called Address"):
            _ = Api([customers, others], base_path="/v1/commerce/", namespace=schema.__name__).document


@pytest.mark.filterwarnings("ignore:operation_id")
def test_two_calls_of_one_name_are_refused():
    others = Resource("Others", "others")
    for place in ("/others", "/more"):
        answers = {200: Answer("X.")}
        declare = others.call("GET", place, name="x", title="X", needs_write_key=False, answers=answers)
        declare(lambda request: HttpResponse())
    with pytest.raises(ValueError, match="Two calls of the API are called x."):
        _ = Api([others], base_path="/v1/commerce/", namespace="twice").document
