"""One statement reads a session and the person who is signed in by it: never another, and never as they were before."""

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.core.management import call_command
from django.db import connection

from accounts.models import Role, Session, User
from accounts.services import change_role
from accounts.sessions import SessionStore, take_user
from tests.factories import make_app, make_member, make_user

pytestmark = pytest.mark.django_db

ACCOUNT = "/account/"
KEYS = "/dashboard/acme/developers/api-keys/"


def asking(rf, client):
    """A new request with the client's session."""
    request = rf.get("/")
    request.session = SessionStore(client.session.session_key)
    return request


def test_a_session_knows_whose_it_is_and_one_of_nobody_that_it_is_nobodys(client):
    user = make_user()
    client.force_login(user)
    assert Session.objects.get().user_id == user.pk
    client.logout()
    store = SessionStore()
    store["seen"] = 1
    store.save()
    assert Session.objects.get().user_id is None


def test_a_session_and_its_person_cost_one_query(client, rf, django_assert_num_queries):
    app = make_app()
    user = make_member(app, Role.EDITOR)
    client.force_login(user)
    request = asking(rf, client)
    with django_assert_num_queries(1):
        assert get_user(request).roles == {app: Role.EDITOR}


def test_whose_the_row_says_it_is_counts_for_nothing_beside_what_is_signed(client, rf):
    """The column only saves a query: who writes another id into it is not another person."""
    ada, eve = make_user("ada"), make_user("eve")
    client.force_login(eve)
    Session.objects.update(user_id=ada.pk)
    assert get_user(asking(rf, client)) == eve


def test_who_asks_twice_in_one_request_learns_what_has_changed(client, rf):
    app = make_app()
    user = make_member(app, Role.VIEWER)
    client.force_login(user)
    request = asking(rf, client)
    assert get_user(request).roles == {app: Role.VIEWER}
    change_role(membership=user.memberships.get(), role="admin")
    assert get_user(request).roles == {app: Role.ADMIN}


def test_what_a_request_has_read_and_not_asked_for_is_not_taken_for_the_next_ones(client, rf):
    """Both are answered by the same thread, and only the first reads its session from the database."""
    app = make_app()
    user = make_member(app, Role.ADMIN)
    client.force_login(user)
    signed = dict(asking(rf, client).session.items())
    change_role(membership=user.memberships.get(), role="viewer")
    request = rf.get("/")
    request.session = SessionStore()
    request.session.update({name: signed[name] for name in (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY)})
    assert get_user(request).roles == {app: Role.VIEWER}


def test_a_session_that_is_there_no_more_leaves_nobody_behind(client, rf):
    user = make_user()
    client.force_login(user)
    request = asking(rf, client)
    Session.objects.all().delete()
    assert not get_user(request).is_authenticated
    assert take_user(user.pk) is None


@pytest.mark.parametrize("what", ["deleted", "switched off", "another password"])
def test_somebody_deleted_switched_off_or_with_another_password_is_out_with_the_next_request(client, what):
    user = make_user()
    client.force_login(user)
    assert client.get(ACCOUNT).status_code == 200
    if what == "deleted":
        user.delete()
    elif what == "switched off":
        User.objects.update(is_active=False)
    else:
        user.set_password("something else entirely")
        user.save()
    assert client.get(ACCOUNT).headers["Location"] == f"/sign-in/?next={ACCOUNT}"


def test_an_expired_session_is_nobodys(client):
    client.force_login(make_user())
    Session.objects.update(expire_date="2026-01-01T00:00Z")
    assert client.get(ACCOUNT).status_code == 302


def test_somebody_else_who_signs_in_with_the_same_browser_gets_a_session_of_their_own(client):
    ada, eve = make_user("ada"), make_user("eve")
    for user in (ada, eve):
        client.force_login(user)
    assert Session.objects.get().user_id == eve.pk
    assert "eve" in client.get(ACCOUNT).text


def test_expired_sessions_are_cleared_by_djangos_command(client):
    client.force_login(make_user())
    client.get(ACCOUNT)
    Session.objects.update(expire_date="2026-01-01T00:00Z")
    call_command("clearsessions")
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_is_signed_out_by_the_upgrade_or_by_going_back(client, rf):
    user = make_user()
    client.force_login(user)
    there = Session.objects.get().session_data
    try:
        call_command("migrate", "accounts", "0002", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_data FROM django_session")
            assert cursor.fetchall() == [(there,)]
    finally:
        call_command("migrate", verbosity=0)
    assert Session.objects.get().user_id is None
    assert client.get(ACCOUNT).status_code == 200
    assert get_user(asking(rf, client)) == user
    session = client.session
    session["app"] = "acme"
    session.save()
    assert Session.objects.get().user_id == user.pk
