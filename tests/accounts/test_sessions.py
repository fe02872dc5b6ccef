"""One statement reads a session and its person: never another person, and never with outdated roles."""

import pytest
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session as DjangosSession
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.backends import UsernameOrEmailBackend
from accounts.models import App, Membership, Role, Session, User
from accounts.people import SESSION_WITH_PERSON
from accounts.services import change_role
from accounts.sessions import SessionStore, user_of
from tests.support.factories import make_app, make_member, make_user
from tests.support.migrating import migrate_by_the_old_files

pytestmark = pytest.mark.django_db

ACCOUNT = "/account/"


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
        assert user_of(request).roles == {app: Role.EDITOR}


def test_whose_the_row_says_it_is_counts_for_nothing_beside_what_is_signed(client, rf):
    """The column only saves a query: another id in it does not sign in another person."""
    ada, eve = make_user("ada"), make_user("eve")
    client.force_login(eve)
    Session.objects.update(user_id=ada.pk)
    assert user_of(asking(rf, client)) == eve


def test_what_was_read_with_a_session_is_used_once_and_by_no_other_request(client, rf):
    """A later call of the backend in the same thread has to see new roles."""
    app = make_app()
    user = make_member(app, Role.VIEWER)
    client.force_login(user)
    request = asking(rf, client)
    assert user_of(request).roles == {app: Role.VIEWER}
    read_only = asking(rf, client)
    assert read_only.session["_auth_user_id"] == str(user.pk)
    change_role(membership=user.memberships.get(), role="admin")
    assert UsernameOrEmailBackend().get_user(user.pk).roles == {app: Role.ADMIN}
    again = rf.get("/")
    again.session = request.session
    assert user_of(again).roles == {app: Role.ADMIN}


def test_who_was_read_and_could_not_sign_in_that_way_is_not_left_for_others(client, rf, settings):
    user = make_member(make_app(), Role.VIEWER)
    client.force_login(user)
    request = asking(rf, client)
    backends, settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS, []
    assert not user_of(request).is_authenticated
    settings.AUTHENTICATION_BACKENDS = backends
    change_role(membership=user.memberships.get(), role="admin")
    assert [*UsernameOrEmailBackend().get_user(user.pk).roles.values()] == [Role.ADMIN]


def test_a_session_that_is_there_no_more_leaves_nobody_behind(client, rf):
    client.force_login(make_user())
    request = asking(rf, client)
    Session.objects.all().delete()
    assert not user_of(request).is_authenticated


@pytest.mark.parametrize("key", ["", "short", "a\0bcdefghij", "\ud800bcdefghij", "'; --bcdefghij", "x" * 10_000])
def test_a_key_that_is_none_is_of_nobody(rf, key):
    request = rf.get("/")
    request.session = SessionStore(key)
    assert not user_of(request).is_authenticated


def test_a_cookie_with_a_nul_leads_to_the_sign_in_page(client):
    client.cookies["sessionid"] = "a\0bcdefghij"
    assert client.get(ACCOUNT).status_code == 302


def test_a_session_comes_once_however_many_apps_are_open(client, rf):
    """In a row for each of a thousand apps, one of 100 KB took 900 MB."""
    user = make_user()
    apps = App.objects.bulk_create(App(slug=f"app-{n}", name=f"App {n:02}") for n in range(49, -1, -1))
    Membership.objects.bulk_create(Membership(app=app, user=user, role="viewer") for app in apps)
    client.force_login(user)
    assert [app.name for app in user_of(asking(rf, client)).roles] == [f"App {n:02}" for n in range(50)]
    with connection.cursor() as cursor:
        cursor.execute(SESSION_WITH_PERSON, [client.session.session_key, timezone.now()])
        assert cursor.rowcount == 1


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


def test_a_server_of_before_may_run_beside_this_one(client):
    user = make_user()
    client.force_login(user)
    saved_there = DjangosStore()
    saved_there.update(client.session.items())
    saved_there.save()
    client.cookies["sessionid"] = saved_there.session_key
    assert client.get(ACCOUNT).status_code == 200
    assert Session.objects.get(pk=saved_there.session_key).user_id is None
    session = client.session
    session["app"] = "acme"
    session.save()
    assert Session.objects.get(pk=saved_there.session_key).user_id == user.pk
    DjangosSession.objects.all().delete()
    assert client.get(ACCOUNT).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_nobody_is_signed_out_by_the_upgrade_or_by_going_back(client):
    client.force_login(make_user())
    there = list(DjangosSession.objects.values_list())
    try:
        migrate_by_the_old_files(("accounts", "0002_readers"))
        assert list(DjangosSession.objects.values_list()) == there
    finally:
        call_command("migrate", verbosity=0)
    assert client.get(ACCOUNT).status_code == 200
