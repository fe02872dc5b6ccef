"""The HTTP API as its callers meet it: every call, every refusal, every header."""

import gzip
import io
import json
import logging
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from customers.services import get_customer, update_customer
from tests.support.api import CUSTOMERS, ApiClient, api_server, error_of, path_of
from tests.support.factories import make_customer, make_member
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db

ADDRESS = {
    "line1": "123 Wonderland Ave",
    "line2": None,
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94110",
    "country": "US",
}
ALICE = {"email": "alice@example.com", "name": "Alice Liddell", "phone": "+14155552671", "address": ADDRESS}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


@pytest.fixture
def api():
    return ApiClient()


# -- create


def test_create_answers_201_with_the_customer_and_where_it_is(api):
    answer = api.create(ALICE)
    made = answer.json()
    assert answer.status_code == 201
    assert list(made) == ["id", "created", "email", "name", "phone", "address"]
    assert {name: made[name] for name in ALICE} == ALICE
    assert re.fullmatch(r"cus_[0-9a-z]{26}", made["id"]) and MOMENT.fullmatch(made["created"])
    assert answer["Location"] == f"{CUSTOMERS}/{made['id']}"
    assert api.get(answer["Location"]).json() == made


def test_create_with_a_known_email_answers_200_with_the_first_one_unchanged(api):
    first = api.create(ALICE).json()
    again = api.create({"email": " ALICE@example.com ", "name": "Somebody Else", "id": "cus_other"})
    assert (again.status_code, again.json()) == (200, first)
    assert "Location" not in again


@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": "", "name": "", "phone": ""}, {"address": {}}])
def test_a_customer_without_email_is_always_new_and_all_its_fields_are_there(api, body):
    first, second = api.create(body), api.create(body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert {name: first.json()[name] for name in ALICE} == dict.fromkeys(ALICE)


def test_an_id_of_the_callers_choice(api):
    assert api.create({"id": "cus_User_42", "email": "a@example.com"}).json()["id"] == "cus_User_42"
    taken = api.create({"id": "cus_User_42", "email": "b@example.com"})
    assert error_of(taken) == (409, "id_taken", "id")
    assert taken.json()["existing_customer_id"] == "cus_User_42"
    assert taken["X-Should-Retry"] == "false"


def test_text_of_any_language_goes_in_and_out_as_it_is(api):
    body = {"name": "김민수 🙂 Ünïcode", "email": "민수@example.com"}
    answer = api.create(json.dumps(body, ensure_ascii=False))
    assert {name: answer.json()[name] for name in body} == body
    assert "김민수" in answer.content.decode()


# -- get


def test_get(api):
    customer = make_customer(api.app, name="Ada", address={"country": "KR"})
    assert api.get(path_of(customer)).json() == {
        "id": customer.public_id,
        "created": customer.created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "email": customer.email,
        "name": "Ada",
        "phone": None,
        "address": dict.fromkeys(ADDRESS) | {"country": "KR"},
    }


def test_a_whole_second_is_rfc_3339_too(api):
    made = make_customer(api.app, created=datetime(2024, 2, 29, 12, tzinfo=UTC))
    assert api.get(path_of(made)).json()["created"] == "2024-02-29T12:00:00Z"


@pytest.mark.parametrize("which", ["cus_nobody", "nobody", "cus_", "cus_%00", "cus_%F0%9F", "%20", "cus_" + "a" * 9999])
def test_get_of_nobody_is_404(api, which):
    assert error_of(api.get(f"{CUSTOMERS}/{which}")) == (404, "not_found", "id")


# -- update


def test_what_is_absent_stays_and_null_clears(api):
    customer = make_customer(api.app, **ALICE)
    answer = api.update(customer, {"name": None, "address": {"city": None, "line2": "Flat 2"}})
    assert answer.status_code == 200
    changed = ALICE | {"name": None, "address": ADDRESS | {"city": None, "line2": "Flat 2"}}
    assert {name: answer.json()[name] for name in ALICE} == changed
    assert api.update(customer, {"address": None}).json()["address"] is None
    assert api.update(customer, {"email": None, "phone": None}).json()["email"] is None
    assert api.update(customer, {}).status_code == 200


def test_update_to_a_taken_email_is_409_and_names_the_other(api):
    other, customer = make_customer(api.app, email="taken@example.com"), make_customer(api.app)
    answer = api.update(customer, {"email": "TAKEN@example.com"})
    assert error_of(answer) == (409, "email_taken", "email")
    assert answer.json()["existing_customer_id"] == other.public_id
    assert answer["X-Should-Retry"] == "false"


def test_update_of_nobody_is_404(api):
    assert error_of(api.update("cus_nobody", {"name": "x"})) == (404, "not_found", "id")


def test_an_id_cannot_be_changed(api):
    assert error_of(api.update(make_customer(api.app), {"id": "cus_x"})) == (400, "unknown_field", "id")


# -- list


def listed(api, **query):
    answer = api.get(
        CUSTOMERS,
        {
            name.replace("created_", "created[") + "]" if "created_" in name else name: value
            for name, value in query.items()
        },
    )
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["data", "has_more"]
    return [customer["email"] for customer in answer.json()["data"]], answer.json()["has_more"]


@pytest.fixture
def people(api):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        make_customer(api.app, email=f"{name}@example.com", name=name, created=start + timedelta(days=day))
        for day, name in enumerate(["cho", "Ann", "bea"])
    ]


def test_list_is_newest_first_and_goes_on_by_cursor(api, people):
    assert listed(api) == (["bea@example.com", "Ann@example.com", "cho@example.com"], False)
    assert listed(api, limit=2) == (["bea@example.com", "Ann@example.com"], True)
    assert listed(api, limit="2", starting_after=people[1].public_id) == (["cho@example.com"], False)
    assert listed(api, limit=1, ending_before=people[0].public_id) == (["Ann@example.com"], True)
    assert listed(api, sort="name", limit=2) == (["Ann@example.com", "bea@example.com"], True)


def test_the_default_is_20_and_the_most_100(api):
    for number in range(101):
        make_customer(api.app, email=f"{number}@example.com")
    assert [len(listed(api, **query)[0]) for query in ({}, {"limit": 100})] == [20, 100]
    assert error_of(api.get(CUSTOMERS, {"limit": 101})) == (400, "invalid", "limit")


def test_list_filters(api, people):
    assert listed(api, email="ANN@EXAMPLE.com")[0] == ["Ann@example.com"]
    assert listed(api, query="be")[0] == ["bea@example.com"]
    moment = people[1].created
    assert listed(api, created=int(moment.timestamp()))[0] == ["Ann@example.com"]
    assert listed(api, created_gt=moment.isoformat())[0] == ["bea@example.com"]
    assert len(listed(api, created_gte="2026-01-02T09:00:00+09:00")[0]) == 2
    assert listed(api, created_lt="2026-01-02T00:00:00Z")[0] == ["cho@example.com"]
    assert listed(api, created_lte="2026-01-02T00:00:00Z", created_gt="1767225600")[0] == ["Ann@example.com"]


def test_a_cursor_that_no_longer_matches_the_filter_still_works(api, people):
    assert listed(api, query="cho", starting_after=people[1].public_id)[0] == ["cho@example.com"]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("colour=red", "unknown_parameter", "colour"),
        ("created_gt=5", "unknown_parameter", "created_gt"),
        ("created_from=2026-01-01", "unknown_parameter", "created_from"),
        ("app=other", "unknown_parameter", "app"),
        ("Limit=5", "unknown_parameter", "Limit"),
        ("%ED%A0%80=1", "malformed_query", None),
        ("query=%FF", "malformed_query", None),
        ("&".join(f"a{n}=1" for n in range(999)), "malformed_query", None),
        ("limit=5&limit=6", "repeated_parameter", "limit"),
        ("email=a@example.com&email=b@example.com", "repeated_parameter", "email"),
        ("limit=0", "invalid", "limit"),
        ("limit=101", "invalid", "limit"),
        ("limit=-1", "invalid", "limit"),
        ("limit=1.5", "invalid", "limit"),
        ("limit=٣", "invalid", "limit"),
        ("limit=" + "9" * 5000, "invalid", "limit"),
        ("limit=", "invalid", "limit"),
        ("sort=phone", "invalid", "sort"),
        ("sort=", "invalid", "sort"),
        ("email=", "invalid", "email"),
        ("email=%20", "invalid", "email"),
        ("email=nobody", "invalid", "email"),
        ("email=a%00@example.com", "invalid", "email"),
        ("query=", "invalid", "query"),
        ("query=%E3%80%80", "invalid", "query"),
        ("query=" + "a" * 201, "invalid", "query"),
        ("query=%00", "invalid", "query"),
        ("created=soon", "invalid", "created"),
        ("created=2026-01-01", "invalid", "created"),
        ("created[gt]=2026-01-01T00:00:00", "invalid", "created[gt]"),
        ("created[gte]=" + "9" * 4999, "invalid", "created[gte]"),
        ("created%5Blt%5D=-99999999999999", "invalid", "created[lt]"),
        ("created[lte]=", "invalid", "created[lte]"),
        ("starting_after=cus_nobody", "bad_cursor", "starting_after"),
        ("starting_after=", "invalid", "starting_after"),
        ("ending_before=%00", "bad_cursor", "ending_before"),
        ("ending_before=", "invalid", "ending_before"),
        ("starting_after=cus_a&ending_before=cus_b", "bad_cursor", "ending_before"),
    ],
)
def test_what_is_wrong_in_a_query_is_a_400_that_names_it(api, query, code, param):
    assert error_of(api.get(f"{CUSTOMERS}?{query}")) == (400, code, param)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_calls_without_parameters_take_none(api, method):
    customer = make_customer(api.app)
    path = CUSTOMERS if method == "POST" else path_of(customer)
    assert error_of(api.send(method, f"{path}?name=x", {})) == (400, "unknown_parameter", "name")


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


# -- versions


def test_the_etag_is_the_version(api):
    customer = make_customer(api.app)
    assert api.get(path_of(customer))["ETag"] == '"1"'
    assert api.update(customer, {"name": "Changed"})["ETag"] == '"2"'
    assert api.update(customer, {"name": "Changed"})["ETag"] == '"2"'
    assert api.create({"email": customer.email})["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        *[(tags, 304) for tags in ('"1"', 'W/"1"', "*", '"7", "1"', '"7",W/"1"')],
        *[(tags, 200) for tags in ('"2"', '"01"', "1", "", '"1')],
    ],
)
def test_if_none_match(api, tags, status):
    answer = api.get(path_of(make_customer(api.app)), headers={"If-None-Match": tags})
    assert (answer.status_code, answer["ETag"]) == (status, '"1"')
    if status == 304:
        assert answer.content == b"" and "Content-Type" not in answer


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        ('"7", "1"', 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ('"x"', 412),
        ('"a,b"', 412),
        ('"7", "8"', 412),
        (f'"{"9" * 50}"', 412),
        ('"٣"'.encode().decode("latin-1"), 412),
        *[(tags, 412) for tags in ("1", '"1', "1, 2", "", ",")],
    ],
)
def test_if_match(api, tags, status):
    customer = make_customer(api.app, name="Before")
    answer = api.update(customer, {"name": "After"}, If_Match=tags)
    assert answer.status_code == status
    customer.refresh_from_db()
    assert customer.name == ("After" if status == 200 else "Before")
    if status == 412:
        assert error_of(answer) == (412, "stale", "If-Match")


def test_a_change_in_the_panel_makes_the_version_stale(api):
    customer = make_customer(api.app)
    tag = api.get(path_of(customer))["ETag"]
    update_customer(app=api.app, customer_id=customer.public_id, name="In the panel")
    assert api.update(customer, {"name": "Here"}, If_Match=tag).status_code == 412
    assert get_customer(app=api.app, customer_id=customer.public_id).name == "In the panel"


def test_a_stale_change_of_nobody_is_404(api):
    assert error_of(api.update("cus_nobody", {}, If_Match='"1", "2"')) == (404, "not_found", "id")
    assert error_of(api.update("cus_nobody", {}, If_Match='"1"')) == (404, "not_found", "id")


# -- request ids, the log and other headers


@pytest.mark.parametrize("given", ["abc", "A-1._z", "a" * 128])
def test_a_sane_request_id_is_taken(api, given):
    for path in (CUSTOMERS, f"{CUSTOMERS}/cus_nobody", "/v1/nothing", "/v1/docs", "/v1/openapi.json"):
        assert api.get(path, headers={"X-Request-Id": given})["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", "a\nb", "é", "<script>", "a;b"])
def test_any_other_request_id_is_replaced(api, given):
    answer = api.get(CUSTOMERS, headers={"X-Request-Id": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-Id"])


def log_lines(caplog):
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == "api.access"]


@pytest.fixture
def access_log(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("api.access"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


def test_each_request_is_one_line_of_json(api, access_log):
    customer = make_customer(api.app)
    answer = api.get(path_of(customer))
    api.head(CUSTOMERS)
    Client().get("/v1/nothing")
    one, two, three = log_lines(access_log)
    assert MOMENT.fullmatch(one.pop("time").replace(".", ".000")) and one.pop("duration_ms") > 0
    assert one == {
        "method": "GET",
        "route": "/v1/commerce/customers/<customer_id>",
        "status": 200,
        "app": api.app.slug,
        "key": api.key.prefix,
        "request_id": answer["X-Request-Id"],
        "code": None,
    }
    assert (two["method"], two["route"]) == ("HEAD", "/v1/commerce/customers")
    assert (three["route"], three["status"], three["code"], three["app"]) == (None, 404, "no_such_route", None)


def test_no_secret_email_or_body_is_logged(api, access_log):
    api.create({"email": "secret@example.com", "name": "Very Secret"}, Idempotency_Key="hush-key")
    api.create({"email": "secret@", "name": "Very Secret"})
    api.get(CUSTOMERS, {"email": "secret@example.com", "query": "Very"})
    api.get(f"{CUSTOMERS}/secret@example.com")
    api.get(CUSTOMERS, headers={"Authorization": f"Bearer {api.secret[:-1]}"})
    logged = " ".join(record.getMessage() for record in access_log.records)
    assert "customers" in logged
    for secret in ("secret@", "Very", "hush", api.secret[15:]):
        assert secret not in logged


def test_a_failure_is_a_500_in_the_one_shape_and_a_traceback_in_the_log(api, access_log, monkeypatch):
    customer = make_customer(api.app)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer RENAME COLUMN name TO was_name")
    answer = api.get(path_of(customer), headers={"X-Request-Id": "failing"})
    assert error_of(answer) == (500, "internal", None)
    assert "was_name" not in answer.text and "Traceback" not in answer.text
    failure = next(record for record in access_log.records if record.name == "api.errors")
    assert "failing" in failure.getMessage() and failure.exc_info
    assert log_lines(access_log)[-1]["status"] == 500


def test_long_lists_are_compressed_for_those_who_take_it(api):
    for number in range(10):
        make_customer(api.app, email=f"{number}@example.com")
    plain = api.get(CUSTOMERS)
    packed = api.get(CUSTOMERS, headers={"Accept-Encoding": "br;q=1, GZIP;q=0.5"})
    assert packed["Content-Encoding"] == "gzip" and plain["Vary"] == packed["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    for accepted in ("", "br", "gzip;q=0", "gzip;q=0.000", "identity"):
        assert "Content-Encoding" not in api.get(CUSTOMERS, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in api.get(CUSTOMERS + "?limit=1", headers={"Accept-Encoding": "gzip"})


def test_answers_are_kept_by_no_cache_in_between_and_run_nothing(api):
    for answer in (api.get(CUSTOMERS), Client().get("/v1/nothing")):
        assert answer["Cache-Control"] == "private, no-cache"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Set-Cookie" not in answer and not answer.cookies


# -- what a call costs, and what it does not need


@pytest.mark.parametrize(
    ("queries", "call"),
    [
        (1, lambda api, customer: api.get(path_of(customer))),
        (2, lambda api, customer: api.get("/v1/commerce/customers/cus_nobody0")),
        (2, lambda api, customer: api.get(CUSTOMERS)),
        (3, lambda api, customer: api.get(f"{CUSTOMERS}?starting_after={customer.public_id}")),
        (2, lambda api, customer: api.create({"email": "new@example.com"})),
        (1, lambda api, customer: api.get(f"{CUSTOMERS}/nonsense")),
        (1, lambda api, customer: api.create({"email": "nonsense"})),
    ],
)
def test_a_call_costs_one_query_more_than_its_work_and_a_customer_comes_with_the_key(api, queries, call):
    customer = make_customer(api.app)
    api.get(CUSTOMERS)  # once, to have the key marked as used
    with CaptureQueriesContext(connection) as caught:
        call(api, customer)
    assert len(caught) == queries, caught.captured_queries


def test_a_session_opens_nothing_and_no_token_against_forgery_is_asked_for(api):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_member(api.app, "admin"))
    assert error_of(browser.get(CUSTOMERS))[0] == 401
    answer = browser.post(
        CUSTOMERS, "{}", content_type="application/json", headers={"Authorization": f"Bearer {api.secret}"}
    )
    assert answer.status_code == 201
    assert "sessionid" not in answer.cookies


def test_a_key_does_not_open_the_panel(api):
    assert api.get(f"/dashboard/{api.app.slug}/").status_code == 302


# -- over the network


@pytest.mark.django_db(transaction=True)
def test_the_server_itself_answers_every_odd_request_in_json(data_dir):
    api = ApiClient()
    customer = make_customer(api.app)
    with api_server(data_dir) as (url, process):
        bearer = {"Authorization": f"Bearer {api.secret}"}
        json_type = {"Content-Type": "application/json"}
        with httpx.Client(base_url=url, headers=bearer, timeout=30) as http:
            assert http.get(path_of(customer)).json()["id"] == customer.public_id
            head = http.head(path_of(customer))
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["Content-Length"] == str(len(http.get(path_of(customer)).content))
            assert http.options(CUSTOMERS).status_code == 204
            assert http.get(path_of(customer), headers={"If-None-Match": '"1"'}).status_code == 304
            chunks = http.post(CUSTOMERS, content=iter([b'{"name":', b'"In chunks"}']), headers=json_type)
            assert (chunks.status_code, chunks.json()["name"]) == (201, "In chunks")
            error_of(http.post(CUSTOMERS, content=iter([b" " * 1024] * 1000), headers=json_type))
            error_of(http.post(CUSTOMERS, content=b" " * 10_000_000, headers=json_type))
            for path in ("/v1/nothing", "/v1/%FF", "/v1/commerce/customers/%F0%9F"):
                assert error_of(http.get(path))[0] == 404
            assert error_of(http.delete(CUSTOMERS))[0] == 405
            listed = http.get(CUSTOMERS, params={"limit": 1})
            assert listed.json()["has_more"] is True
        lines = [json.loads(line) for line in process.printed().splitlines() if line.startswith("{")]
        assert {line["status"] for line in lines} >= {200, 201, 204, 304, 404, 405, 413}


@pytest.mark.django_db(transaction=True)
def test_without_the_database_every_call_is_a_503_and_all_is_well_again_afterwards(data_dir):
    api = ApiClient()
    name = f"{connection.settings_dict['NAME']}_outage"
    customer = make_customer(api.app)
    connection.close()
    connection.close_pool()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {connection.ops.quote_name(connection.settings_dict['NAME'])}")
    try:
        with api_server(data_dir, name=name) as (url, process), httpx.Client(base_url=url, timeout=60) as http:
            http.headers["Authorization"] = f"Bearer {api.secret}"
            assert http.get(path_of(customer)).status_code == 200
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            for answer in (http.get(path_of(customer)), http.post(CUSTOMERS, json={})):
                assert error_of(answer) == (503, "unavailable", None)
                assert int(answer.headers["Retry-After"]) > 0
            assert http.get("/v1/openapi.json").status_code == 200
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            eventually(lambda: http.get(path_of(customer)).status_code == 200)
            assert "Traceback" not in process.complained()
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
