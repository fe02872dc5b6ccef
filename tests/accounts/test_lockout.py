"""From where wrong passwords are counted, and the wait after too many wrong old passwords."""

import pytest
from axes.models import AccessFailureLog
from django.core.management import call_command

from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LIMIT = 3  # instead of ten, which takes longer


@pytest.fixture(autouse=True)
def low_limit(settings):
    settings.AXES_FAILURE_LIMIT = LIMIT


def wrong_from(client, address, number=0):
    """Guess at another user from this address, and return the status."""
    form = {"username": f"user{number}", "password": "wrong"}
    return client.post("/sign-in/", form, REMOTE_ADDR=address).status_code


# -- addresses


@pytest.mark.parametrize(
    "address",
    [
        "2001:db8:1:2:{:x}::1",
        "2001:db8:1:2:ffff:ffff:ffff:{:x}",
        "2001:0DB8:0001:0002:0000:0000:0000:{:04X}",
        "fe80::{:x}%eth0",
        "::ffff:192.0.2.7",
        "64:ff9b::192.0.2.7",
        "2002:c000:207:{:x}::1",
    ],
)
def test_nobody_gets_more_tries_by_the_other_addresses_of_a_network(client, address):
    statuses = [wrong_from(client, address.format(number), number) for number in range(1, LIMIT + 1)]
    assert statuses == [200] * (LIMIT - 1) + [429]
    assert AccessFailureLog.objects.values("ip_address").distinct().count() == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("192.0.2.7", "192.0.2.8"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8"),
        ("64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8"),
        ("2002:c000:207::1", "2002:c000:208::1"),
    ],
)
def test_the_network_beside_it_does_not_wait(client, one, other):
    for number in range(LIMIT):
        wrong_from(client, one, number)
    assert wrong_from(client, one) == 429
    assert wrong_from(client, other) == 200


@pytest.mark.parametrize("same", ["::ffff:192.0.2.7", "64:ff9b::192.0.2.7", "2002:c000:207::1"])
def test_an_ipv4_address_is_itself_inside_of_ipv6(client, same):
    for number in range(LIMIT):
        wrong_from(client, "192.0.2.7", number)
    assert wrong_from(client, same) == 429


@pytest.mark.parametrize("address", ["", "unix:", "192.0.2.7:5555", "not an address", "::1::", "\ud800"])
def test_a_client_without_an_address_is_counted_by_the_name_alone(client, address):
    assert [wrong_from(client, address, number) for number in range(LIMIT + 1)] == [200] * (LIMIT + 1)
    assert [wrong_from(client, address, 99) for _ in range(LIMIT)][-1] == 429


@pytest.mark.parametrize("named", ["2001:db8:1:2::1", "2001:DB8:1:2::", "2001:db8:1:2:3:4:5:6"])
def test_an_operator_ends_the_wait_of_an_address_by_any_of_its_network(client, capsys, named):
    make_user("ada", password=PASSWORD)
    for number in range(LIMIT):
        wrong_from(client, f"2001:db8:1:2::{number:x}", number)
    call_command("axes_reset_ip", named)
    assert wrong_from(client, "2001:db8:1:2::1") == 200
