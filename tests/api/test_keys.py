"""API keys at the door of the HTTP API: which open it, for what, and until when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.keys import revoke_api_key
from accounts.models import ApiKey
from tests.support.api import CUSTOMERS, ApiClient, error_of, path_of
from tests.support.factories import make_customer

pytestmark = pytest.mark.django_db


def with_header(value):
    return Client().get(CUSTOMERS, headers={} if value is None else {"Authorization": value})


@pytest.mark.parametrize("value", [None, "", "Basic dTpw", "Token sk_x", "sk_x", "bearer=sk_x"])
def test_without_a_bearer_key_401_says_how_to_send_one(value):
    answer = with_header(value)
    assert error_of(answer) == (401, "key_missing", None)
    assert answer["WWW-Authenticate"] == 'Bearer realm="Proyecta"'


def test_unknown_and_mangled_keys_are_401(api):
    secret = api.secret
    mangled = ["", "x", secret[:-1], secret + "x", secret[:-1] + ("a" if secret[-1] != "a" else "b"), secret.upper()]
    for value in [*mangled, f"{secret} {secret}", f"{secret},{secret}", "sk_" + "a" * 44, "é" * 47, "a" * 8000]:
        answer = with_header(f"Bearer {value}")
        assert error_of(answer) == (401, "key_invalid", None), value
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_the_scheme_is_taken_in_any_case(api):
    assert with_header(f"bearer {api.secret}").status_code == 200
    assert with_header(f"BEARER  {api.secret} ").status_code == 200


def test_a_key_in_the_query_opens_nothing(api):
    assert error_of(Client().get(f"{CUSTOMERS}?api_key={api.secret}"))[0] == 401


def test_a_revoked_key_fails_at_the_very_next_request(api):
    assert api.get(CUSTOMERS).status_code == 200
    revoke_api_key(key=api.key)
    revoked = api.get(CUSTOMERS)
    assert error_of(revoked) == (401, "key_invalid", None)
    unknown = with_header("Bearer sk_" + "a" * 44).json()
    assert revoked.json() | {"request_id": ""} == unknown | {"request_id": ""}


def test_a_read_key_reads_and_a_write_key_does_both(api):
    reader = ApiClient(api.app, scope="read")
    customer = make_customer(api.app, name="Before")
    for path in (CUSTOMERS, path_of(customer)):
        assert reader.get(path).status_code == reader.head(path).status_code == 200
    for answer in (reader.create({"name": "New"}), reader.update(customer, {"name": "After"}), reader.create(b"{")):
        assert error_of(answer) == (403, "read_only_key", None)
    customer.refresh_from_db()
    assert customer.name == "Before"
    assert api.update(customer, {"name": "After"}).status_code == 200


def test_another_secret_of_the_mac_kills_the_keys_and_another_secret_key_does_not(api, settings):
    settings.SECRET_KEY = "x" * 50
    assert api.get(CUSTOMERS).status_code == 200
    settings.API_KEY_SECRET = "y" * 50
    assert error_of(api.get(CUSTOMERS))[0] == 401


def test_last_used_is_kept_to_the_minute_without_a_write_per_request(api):
    def writes():
        with CaptureQueriesContext(connection) as caught:
            assert api.get(CUSTOMERS).status_code == 200
        return sum(query["sql"].lstrip().startswith("UPDATE") for query in caught.captured_queries)

    assert [writes(), writes(), writes()] == [1, 0, 0]
    ApiKey.objects.update(last_used=timezone.now() - timedelta(seconds=61))
    assert [writes(), writes()] == [1, 0]
    api.key.refresh_from_db()
    assert timezone.now() - api.key.last_used < timedelta(minutes=1)


def test_a_refused_request_of_a_known_key_counts_as_its_use(api):
    assert api.get(f"{CUSTOMERS}/cus_nobody").status_code == 404
    api.key.refresh_from_db()
    assert api.key.last_used is not None
