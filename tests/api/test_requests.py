"""Requests of the HTTP API: bodies, routes and methods, and which of them are refused."""

import io

import pytest
from django.test import Client

from customers.models import Customer
from tests.support.api import CUSTOMERS, error_of, path_of
from tests.support.factories import make_customer

pytestmark = pytest.mark.django_db


# -- bodies


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"", "malformed_json", None),
        ("{", "malformed_json", None),
        ("{'a': 1}", "malformed_json", None),
        ('{"name": NaN}', "malformed_json", None),
        ('{"name": -Infinity}', "malformed_json", None),
        ("{} {}", "malformed_json", None),
        ('{"name": "a\x00b"}', "malformed_json", None),
        (b'\xef\xbb\xbf{"name": "a"}', "malformed_json", None),
        (b'{"name": "\xff"}', "malformed_json", None),
        ('{"name": "a"}'.encode("utf-16"), "malformed_json", None),
        ("[" * 60_000, "malformed_json", None),
        ('{"address":' * 5_000 + "1" + "}" * 5_000, "malformed_json", None),
        ('{"name": ' + "9" * 5_000 + "}", "malformed_json", None),
        ("[]", "not_an_object", None),
        ("null", "not_an_object", None),
        ('"{}"', "not_an_object", None),
        ("1", "not_an_object", None),
        ('{"name": "a", "name": "a"}', "repeated_field", "name"),
        ('{"address": {"city": "a", "city": "b"}}', "repeated_field", "address.city"),
        ('{"colour": "red"}', "unknown_field", "colour"),
        ('{"created": "2026-01-01T00:00:00Z"}', "unknown_field", "created"),
        ('{"version": 2}', "unknown_field", "version"),
        ('{"": 1}', "unknown_field", None),
        ('{"\\ud800": 1}', "unknown_field", "?"),
        ('{"\\u0000": 1}', "unknown_field", "\0"),
        ('{"' + "a" * 50_000 + '": 1}', "unknown_field", "a" * 100 + "…"),
        ('{"address": {"zip": "1"}}', "invalid", "address.zip"),
        ('{"address": {"\\ud800": "1"}}', "invalid", "address.?"),
        ('{"address": "here"}', "invalid", "address"),
        ('{"address": []}', "invalid", "address"),
        ('{"address": {"country": "ZZ"}}', "invalid", "address.country"),
        ('{"address": {"country": "USA"}}', "invalid", "address.country"),
        ('{"address": {"line1": 5}}', "invalid", "address.line1"),
        ('{"address": {"city": "a\\u0000"}}', "invalid", "address.city"),
        ('{"name": 5}', "invalid", "name"),
        ('{"name": true}', "invalid", "name"),
        ('{"name": {}}', "invalid", "name"),
        ('{"name": "\\u0000"}', "invalid", "name"),
        ('{"name": "\\ud800"}', "invalid", "name"),
        ('{"name": "' + "a" * 201 + '"}', "invalid", "name"),
        ('{"email": "nobody"}', "invalid", "email"),
        ('{"email": ["a@example.com"]}', "invalid", "email"),
        ('{"email": "a@example.com\\u0000"}', "invalid", "email"),
        ('{"phone": "010-1234-5678"}', "invalid", "phone"),
        ('{"phone": "+1 415 555 2671"}', "invalid", "phone"),
        ('{"phone": "4155552671", "address": {"country": "US"}}', "invalid", "phone"),
        ('{"phone": "+1"}', "invalid", "phone"),
        ('{"phone": "+1415555267"}', "invalid", "phone"),
        ('{"phone": "+\\u0661415555267"}', "invalid", "phone"),
        ('{"phone": 14155552671}', "invalid", "phone"),
        ('{"id": "42"}', "invalid", "id"),
        ('{"id": ""}', "invalid", "id"),
        ('{"id": "cus_"}', "invalid", "id"),
        ('{"id": "cus_a-b"}', "invalid", "id"),
        ('{"id": "cus_a\\n"}', "invalid", "id"),
        ('{"id": 42}', "invalid", "id"),
        ('{"id": "cus_' + "a" * 61 + '"}', "invalid", "id"),
    ],
)
def test_what_is_wrong_in_a_body_is_a_400_that_names_it(api, body, code, param):
    assert error_of(api.create(body)) == (400, code, param)
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/jsonp",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
    ],
)
def test_a_body_that_is_not_said_to_be_json_is_415(api, content_type):
    assert error_of(api.create("{}", Content_Type=content_type)) == (415, "not_json", "Content-Type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_a_charset_of_utf_8_is_fine(api, content_type):
    assert api.create("{}", Content_Type=content_type).status_code == 201


def test_a_body_over_64_kib_is_413(api):
    padding = " " * (64 * 1024 - 2)
    assert api.create("{}" + padding).status_code == 201
    assert error_of(api.create("{}" + padding + " ")) == (413, "body_too_large", None)


def raw(api, body, **environ):
    """A POST whose body is a file, under this WSGI environment."""
    environ |= {"CONTENT_TYPE": "application/json", "wsgi.input": body}
    return api.generic("POST", CUSTOMERS, **environ)


class Unread(io.BytesIO):
    def read(self, *size):
        raise AssertionError("The body was read.")


def test_a_large_body_is_refused_before_it_is_read(api):
    answer = raw(api, Unread(), CONTENT_LENGTH="1000000000")
    assert error_of(answer)[0] == 413


def test_a_body_in_chunks_is_read_and_bounded(api):
    def post(content):
        return raw(api, io.BytesIO(content), **{"CONTENT_LENGTH": "", "wsgi.input_terminated": True})

    assert post(b'{"name": "In chunks"}').json()["name"] == "In chunks"
    assert error_of(post(b" " * 65_537))[0] == 413


def test_a_body_that_ends_too_early_is_400(api):
    answer = raw(api, io.BytesIO(b"{}   "), CONTENT_LENGTH="50")
    assert error_of(answer) == (400, "incomplete_body", None)


# -- routes and methods


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/x",
        "/v1/commerce",
        "/v1/commerce/",
        f"{CUSTOMERS}/",
        f"{CUSTOMERS}/a/b",
        "/v1/docs/",
        f"{CUSTOMERS}/cus_a/",
        "/v1//",
        "/v1/%00",
        "/v1/commerce/customers%2Fcus_a%2Fb",
        "/v1/%FF",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE"])
def test_an_unknown_route_is_404_in_json(method, path):
    answer = Client().generic(method, path)
    assert answer.status_code == 404 and answer["Content-Type"] == "application/json"
    if method != "HEAD":
        assert error_of(answer) == (404, "no_such_route", None)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", CUSTOMERS, "GET, HEAD, OPTIONS, POST"),
        ("PUT", CUSTOMERS, "GET, HEAD, OPTIONS, POST"),
        ("PATCH", CUSTOMERS, "GET, HEAD, OPTIONS, POST"),
        ("POST", f"{CUSTOMERS}/cus_a", "GET, HEAD, OPTIONS, PATCH"),
        ("DELETE", f"{CUSTOMERS}/cus_a", "GET, HEAD, OPTIONS, PATCH"),
        ("TRACE", f"{CUSTOMERS}/cus_a", "GET, HEAD, OPTIONS, PATCH"),
        ("BREW", f"{CUSTOMERS}/cus_a", "GET, HEAD, OPTIONS, PATCH"),
        ("POST", "/v1/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_405_and_told_the_right_ones(method, path, allow):
    answer = Client().generic(method, path)
    assert error_of(answer) == (405, "method_not_allowed", None)
    assert answer["Allow"] == allow


def test_options_tell_the_methods_without_a_key():
    answer = Client().options(CUSTOMERS)
    assert (answer.status_code, answer.content, answer["Allow"]) == (204, b"", "GET, HEAD, OPTIONS, POST")
    assert "Content-Type" not in answer


def test_head_is_get_without_the_body(api):
    for path in (CUSTOMERS, path_of(make_customer(api.app)), "/v1/openapi.json", f"{CUSTOMERS}/cus_nobody"):
        get, head = api.get(path), api.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        for name in ("Content-Type", "Content-Length", "ETag"):
            assert head.headers.get(name) == get.headers.get(name), name
    assert Client().head(CUSTOMERS).status_code == 401


def test_an_unknown_host_is_a_400_in_json(api):
    assert error_of(api.get(CUSTOMERS, headers={"Host": "evil.example"})) == (400, "refused", None)


def test_over_plain_http_the_key_is_refused_where_https_is_wanted(api, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert error_of(api.get(CUSTOMERS)) == (400, "https_needed", None)
    assert api.get(CUSTOMERS, secure=True).status_code == 200
