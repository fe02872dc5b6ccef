"""The requests of `make fuzz`: made from a seed alone, whole, and to every address as every role."""

from collections import Counter
from pathlib import Path

import pytest

from fuzz.__main__ import RAW, SCHEDULE, role_of
from fuzz.addresses import all_addresses, names_for, query_names_for
from fuzz.compose import shot
from fuzz.framing import KINDS, raw_case, smuggled_request
from fuzz.values import CHARSETS, HEADERS
from fuzz.world import ROLES, World

NUMBERS = range(1_500)


@pytest.fixture(scope="module")
def world():
    """The world of a server that does not run."""
    ids = {"app": ["alpha"], "customer_id": ["cus_alpha1"], "id": ["1"], "object_id": ["1"], "accounts_user": ["1"]}
    cookies = {role: f"sessionid={role.replace(' ', '')}; csrftoken=x" for role in ROLES}
    return World(1, Path(), (), None, cookies=cookies, keys={"key read": "sk_r", "key write": "sk_w"}, ids=ids)


@pytest.fixture(scope="module")
def shots(world):
    return [shot(1, number, ROLES[number % len(ROLES)], world) for number in NUMBERS]


def parts_of(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return first, [line.split(b": ", 1) for line in lines], body


def test_a_seed_and_a_number_make_the_same_request_again(world, shots):
    assert [shot(1, number, ROLES[number % len(ROLES)], world) for number in NUMBERS[:100]] == shots[:100]
    assert shot(2, 0, ROLES[0], world) != shots[0]
    assert [raw_case(1, number, world) for number in range(50)] == [raw_case(1, number, world) for number in range(50)]


def test_a_request_is_whole(shots):
    """What is wrong in the framing is the work of framing.py: no answer to one of these is a hang."""
    for one in shots:
        first, headers, body = parts_of(one.raw)
        assert first == f"{one.method} {one.target} HTTP/1.1".encode()
        assert all(len(header) == 2 for header in headers), one.raw[:500]
        assert all(byte >= 0x20 and byte != 0x7F for _, value in headers for byte in value), one.raw[:500]
        names = Counter(name.lower() for name, _ in headers)
        assert names[b"host"] == 1 and names[b"content-length"] <= 1
        lengths = [int(value) for name, value in headers if name == b"Content-Length"]
        assert lengths == [len(body)] or (not lengths and not body)
        assert all(0x21 <= byte < 0x7F for byte in one.target.encode())


def test_every_address_of_the_urlconf_is_walked():
    names = {address.name for address in all_addresses()}
    assert names >= {"customer_list", "api_key_revoke", "sign_in", "admin:accounts_user_change", "api:api_customers"}
    assert {address.door for address in all_addresses()} == {"page", "admin", "api"}


def test_the_names_of_parameters_come_from_the_code():
    assert {"next", "created_from", "initial-email", "choose_phone", "old_password"} <= set(names_for("page"))
    assert {"_to_field", "_popup", "o", "q", "is_superuser", "_changelist_filters"} <= set(names_for("admin"))
    names = {address.name: set(query_names_for(address)) for address in all_addresses()}
    assert {"created[gt]", "starting_after"} <= names["api:api_customers"]
    assert {"query", "created_from", "sort", "ending_before"} <= names["customer_list"]


def test_every_codec_of_python_and_every_header_is_there():
    assert {"hex", "punycode", "idna", "zip", "rot13", "utf_8", "unicode_escape", "undefined"} <= set(CHARSETS)
    assert {"Host", "Range", "If-Match", "Idempotency-Key", "X-Forwarded-For", "Triggering-Event"} <= set(HEADERS)


def test_every_role_and_raw_http_has_its_turn():
    assert set(SCHEDULE) == {*ROLES, RAW}
    assert {role_of(number) for number in range(0, 250 * len(SCHEDULE), 250)} == {*ROLES, RAW}


def test_a_role_sends_its_session_or_its_key(world):
    viewers = [shot(1, number, "viewer", world).raw for number in range(200)]
    assert sum(b"sessionid=viewer" in raw for raw in viewers) > 150
    writers = [shot(1, number, "key write", world).raw for number in range(50)]
    assert all(b"sk_w" in raw for raw in writers)
    assert not any(
        b"sk_" in raw and b"earer sk_aaa" not in raw
        for raw in (shot(1, number, "key none", world).raw for number in range(50))
    )


def test_cases_of_framing_are_of_every_kind_and_hide_a_request(world):
    cases = [raw_case(1, number, world) for number in range(1_000)]
    names = {kind.__name__.strip("_").replace("_", " ") for kind in KINDS}
    assert {case.name for case in cases} >= {*names, "half a request"}
    hidden = smuggled_request(7, b"127.0.0.1:1", "sk_w")
    assert b"case7@smuggled.example" in hidden and b"Bearer sk_w" in hidden
    assert sum(b"@smuggled.example" in case.raw for case in cases) > 200
