"""From where wrong passwords are counted, and the wait after too many wrong old passwords."""

from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.contrib.auth import hashers
from django.core.management import call_command
from django.db.models import F
from django.db.models.signals import post_save
from django.test import Client

from accounts.models import User
from tests.support.factories import make_superuser, make_user

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


# -- the old password

PAGE, NEW = "/account/password/", "a rather different phrase"


@pytest.fixture
def ada(client):
    user = make_user("Ada", email="ada@example.com", password=PASSWORD)
    client.force_login(user)
    return user


def change(client, old, new=NEW, **request):
    return client.post(PAGE, {"old_password": old, "new_password1": new, "new_password2": new}, **request)


def guess(client, times):
    return [change(client, f"wrong{number}", REMOTE_ADDR=f"192.0.2.{number}") for number in range(times)][-1]


def pass_time(minutes):
    AccessFailureLog.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def test_the_old_password_cannot_be_guessed_without_limit(client, ada):
    assert guess(client, LIMIT - 1).status_code == 200
    answer = guess(client, 1)
    assert answer.status_code == 429 and 880 < int(answer["Retry-After"]) <= 900
    assert "Wait 15 minutes, then try again." in answer.text
    refused = change(client, PASSWORD)
    assert refused.status_code == 429 and "Wait 15 minutes" in refused.text
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_the_right_old_password_works_after_the_wait_which_tries_do_not_prolong(client, ada):
    guess(client, LIMIT)
    pass_time(14.5)
    assert "Wait 1 minute, then" in guess(client, LIMIT).text
    pass_time(0.5)
    assert change(client, PASSWORD).status_code == 302
    assert change(client, "wrong").status_code == 200


def test_the_old_password_is_not_even_hashed_during_the_wait(client, ada, monkeypatch):
    guess(client, LIMIT)
    monkeypatch.setattr(type(hashers.get_hasher()), "encode", lambda *_: 1 / 0)
    assert change(client, PASSWORD).status_code == 429


def test_a_new_password_clears_the_count(client, ada):
    guess(client, LIMIT - 1)
    assert change(client, PASSWORD).status_code == 302
    assert guess(client, LIMIT - 1).status_code == 200


@pytest.mark.parametrize("again", ["another browser", "another spelling", "after signing in again"])
def test_the_count_is_the_persons_and_no_sessions(client, ada, again):
    guess(client, LIMIT)
    other = Client()
    if again == "another browser":
        other.force_login(ada)
    else:
        name = "ADA@example.com" if again == "another spelling" else "Ada"
        assert other.post("/sign-in/", {"username": name, "password": PASSWORD}).status_code == 302
    assert change(other, PASSWORD).status_code == 429


def test_another_person_at_the_same_address_does_not_wait(client, ada):
    guess(client, LIMIT)
    client.force_login(make_user("eve", password=PASSWORD))
    assert change(client, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("old", "new"), [("", NEW), (PASSWORD, "12"), (PASSWORD, ""), ("\0", NEW)], ids=["empty", "short", "none", "nul"]
)
def test_other_mistakes_are_no_guesses(client, ada, old, new):
    for _ in range(LIMIT):
        assert change(client, old, new).status_code == 200
    assert not AccessFailureLog.objects.exists()


def test_strangers_at_the_sign_in_page_keep_nobody_from_a_new_password(client, ada):
    for number in range(LIMIT):
        Client().post("/sign-in/", {"username": "Ada", "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{number}")
    assert change(client, PASSWORD).status_code == 302


def test_guesses_at_the_old_password_do_not_keep_the_person_from_signing_in(client, ada):
    guess(client, LIMIT)
    assert Client().post("/sign-in/", {"username": "Ada", "password": PASSWORD}).status_code == 302


def test_an_operator_ends_this_wait_as_well(client, ada, capsys):
    guess(client, LIMIT)
    call_command("axes_reset_username", "Ada")
    assert change(client, PASSWORD).status_code == 302


def test_the_page_of_djangos_admin_is_no_second_door(client):
    client.force_login(make_superuser(password=PASSWORD))
    form = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    assert client.post("/admin/password_change/", form).headers["Location"] == PAGE


def test_saving_the_own_name_changes_nothing_else_of_the_person(client, ada):
    """The form saved all that had been read, so that a password or a switch of the meantime was undone."""
    form = {"first_name": "Ada", "last_name": "", "time_zone": ""}
    saved = []
    post_save.connect(lambda update_fields, **_: saved.append(update_fields), sender=User, weak=False, dispatch_uid="x")
    try:
        client.post("/account/", form)
    finally:
        post_save.disconnect(sender=User, dispatch_uid="x")
    assert saved == [{"first_name"}]
