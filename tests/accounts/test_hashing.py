"""Passwords are hashed one after the other, and whoever waits for it keeps no connection from others."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from axes.models import AccessFailureLog
from django.conf import settings
from django.contrib.auth import hashers
from django.db import connection, transaction
from django.test import Client

from accounts import hashing
from accounts.hashing import MAX_HASHES_PER_WORKER, MAX_WAITING_PER_WORKER
from accounts.models import User
from tests.support.factories import make_superuser, make_user
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD, OTHER = "correct horse battery", "a rather different phrase"
RIGHT = {"username": "ada", "password": PASSWORD}


class SlowHasher(hashers.MD5PasswordHasher):
    """Notes of each hash whether its thread had a connection, and of all of them how many ran at once."""

    algorithm = "slow"
    running, most, connected = 0, 0, []
    go_on = threading.Event()
    lock = threading.Lock()

    def encode(self, password, salt):
        with self.lock:
            SlowHasher.running += 1
            SlowHasher.most = max(self.most, self.running)
            self.connected.append(connection.connection is not None)
        assert self.go_on.wait(60)
        with self.lock:
            SlowHasher.running -= 1
        return super().encode(password, salt)


@pytest.fixture
def hashed(settings):
    """The hasher of the test. It waits in each hash while `go_on` is not set."""
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
    SlowHasher.running, SlowHasher.most, SlowHasher.connected = 0, 0, []
    SlowHasher.go_on.set()
    yield SlowHasher
    SlowHasher.go_on.set()


@pytest.fixture
def ada(hashed):
    user = make_user("ada", password=PASSWORD)
    hashed.connected.clear()
    return user


@contextmanager
def at_once(number, what):
    """`number` threads that each call what(client)."""

    def call(_):
        try:
            return what(Client())
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        yield [pool.submit(call, n) for n in range(number)]


def sign_in(client):
    return client.post("/sign-in/", RIGHT)


def signed_in(user):
    client = Client()
    client.force_login(user, "accounts.backends.UsernameOrEmailBackend")
    return client


def change_own_password(user):
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    return signed_in(user).post("/account/password/", form)


def change_in_the_admin(user):
    form = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    return signed_in(make_superuser()).post(f"/admin/accounts/user/{user.pk}/password/", form)


WAYS = {
    "right password": lambda user: Client().post("/sign-in/", RIGHT),
    "wrong password": lambda user: Client().post("/sign-in/", RIGHT | {"password": "wrong"}),
    "unknown name": lambda user: Client().post("/sign-in/", RIGHT | {"username": "nobody"}),
    "somebody signed in": lambda user: signed_in(user).post("/account/password/", {"old_password": "wrong"}),
    "own password": change_own_password,
    "in Django's admin": change_in_the_admin,
}


@pytest.mark.parametrize("way", WAYS)
def test_no_connection_is_held_while_a_password_is_hashed(ada, hashed, way):
    answer = WAYS[way](ada)
    assert answer.status_code in (200, 302)
    assert hashed.connected and not any(hashed.connected)


def test_a_new_user_of_the_admin_holds_the_one_connection_of_its_transaction(hashed):
    client = signed_in(make_superuser())
    form = {"username": "new", "password1": OTHER, "password2": OTHER, "usable_password": "true"}
    assert client.post("/admin/accounts/user/add/", form).status_code == 302
    assert User.objects.get(username="new").check_password(OTHER)


def test_as_many_passwords_are_hashed_at_once_as_a_worker_has_places(ada, hashed):
    hashed.go_on.clear()
    with at_once(6, sign_in) as answers:
        eventually(lambda: hashed.running == MAX_HASHES_PER_WORKER)
        # So that another hash had the time to begin, if one could.
        assert not any(answer.done() for answer in answers)
        hashed.go_on.set()
    assert [answer.result().status_code for answer in answers] == [302] * 6
    assert hashed.most == MAX_HASHES_PER_WORKER


def test_a_sign_in_that_waits_in_vain_is_503_and_has_asked_the_database_nothing(
    ada, hashed, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(hashing, "MAX_WAIT_SECONDS", 0.05)
    hashed.go_on.clear()
    with at_once(1, sign_in):
        eventually(lambda: hashed.running)
        with django_assert_num_queries(0):
            answer = Client().post("/sign-in/", RIGHT)
        hashed.go_on.set()
    assert answer.status_code == 503 and int(answer["Retry-After"]) > 0
    assert "Too many people sign in at once" in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert not AccessFailureLog.objects.exists()


def test_so_many_may_wait_and_the_next_is_refused_at_once(ada, hashed):
    hashed.go_on.clear()
    with at_once(MAX_HASHES_PER_WORKER + MAX_WAITING_PER_WORKER + 3, sign_in) as answers:
        eventually(lambda: sum(answer.done() for answer in answers) == 3)
        hashed.go_on.set()
    assert sorted(answer.result().status_code for answer in answers)[-4:] == [302, 503, 503, 503]


@pytest.mark.parametrize(
    "path", ["/account/password/", "/admin/accounts/user/add/", "/admin/accounts/user/1/password/"]
)
def test_every_page_that_hashes_says_so_while_there_is_no_place(ada, hashed, monkeypatch, path):
    client = signed_in(make_superuser())
    monkeypatch.setattr(hashing, "MAX_WAIT_SECONDS", 0.05)
    hashed.go_on.clear()
    with at_once(1, sign_in):
        eventually(lambda: hashed.running)
        posted, looked_at = client.post(path, {}), client.get(path)
        hashed.go_on.set()
    assert posted.status_code == 503
    assert looked_at.status_code != 503


def test_the_place_is_free_again_whatever_became_of_a_request(ada, hashed, monkeypatch):
    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(SlowHasher, "encode", lambda *_: 1 / 0)
        for _ in range(MAX_HASHES_PER_WORKER + 1):
            assert client.post("/sign-in/", RIGHT).status_code == 500
    assert client.post("/sign-in/", RIGHT).status_code == 302


def test_guesses_that_come_at_once_are_counted_one_by_one(ada):
    with at_once(
        2 * settings.AXES_FAILURE_LIMIT, lambda client: client.post("/sign-in/", RIGHT | {"password": "no"})
    ) as tries:
        statuses = [one.result().status_code for one in tries]
    refused = statuses.count(503)
    assert statuses.count(200) == settings.AXES_FAILURE_LIMIT - 1
    assert statuses.count(429) == len(statuses) - refused - settings.AXES_FAILURE_LIMIT + 1


def test_a_command_keeps_its_connection_while_it_hashes(ada, hashed):
    """It may be reading from a cursor."""
    for user in User.objects.iterator():
        user.set_password(OTHER)
        user.save()
    with transaction.atomic():
        assert User.objects.get().check_password(OTHER)
    assert all(hashed.connected)
