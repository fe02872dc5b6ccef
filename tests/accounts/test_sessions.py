"""One statement reads a session and its person: never another person, and never with outdated roles."""

from io import StringIO

import pytest
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session as DjangosSession
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.backends import UsernameOrEmailBackend
from accounts.models import App, Membership, Role, Session, User
from accounts.people import SESSION_WITH_PERSON
from accounts.services import change_role, remove_member
from accounts.sessions import SessionStore, user_of
from tests.support.factories import make_app, make_member, make_superuser, make_user
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


# -- sessions that ended stay ended


def by_the_admin(user, is_active):
    client = Client()
    client.force_login(make_superuser())
    page = client.get(f"/admin/accounts/user/{user.pk}/change/")
    form = {name: value for name, value in page.context["adminform"].form.initial.items() if value not in (None, [])}
    form |= {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0, "last_login_0": "", "last_login_1": ""}
    joined = user.date_joined
    form |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"}
    form = {name: value for name, value in form.items() if name not in ("is_active", "date_joined", "last_login")}
    form["is_active" if is_active else "_"] = "on"
    assert client.post(page.wsgi_request.path, form).status_code == 302
    user.refresh_from_db()
    assert user.is_active is is_active


def by_saving(user, is_active):
    user.is_active = is_active
    user.save()


def by_saving_the_field(user, is_active):
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def by_sql(user, is_active):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_active = %s WHERE id = %s", [is_active, user.pk])


def by_a_bulk_update(user, is_active):
    user.is_active = is_active
    User.objects.bulk_update([user], ["is_active"])


def by_a_fixture(user, is_active):
    user.is_active = is_active
    for loaded in serializers.deserialize("json", serializers.serialize("json", [user])):
        loaded.save()


def by_a_query(user, is_active):
    User.objects.filter(pk=user.pk).update(is_active=is_active)


SWITCHES = [by_the_admin, by_saving, by_saving_the_field, by_sql, by_a_bulk_update, by_a_fixture, by_a_query]


@pytest.mark.parametrize("visited_meanwhile", [True, False])
@pytest.mark.parametrize("switch", SWITCHES)
def test_a_session_does_not_live_again_when_its_person_is_switched_on_again(client, switch, visited_meanwhile):
    user = make_user()
    for _ in range(2):
        client.force_login(User.objects.get(pk=user.pk))
        assert client.get(ACCOUNT).status_code == 200
        switch(user, False)
        if visited_meanwhile:
            assert client.get(ACCOUNT).status_code == 302
        switch(user, True)
        assert client.get(ACCOUNT).status_code == 302


def test_an_old_copy_of_a_person_that_is_saved_later_brings_no_session_back(client):
    user = make_user()
    client.force_login(user)
    old = User.objects.get(pk=user.pk)
    by_a_query(user, False)
    old.save()
    assert client.get(ACCOUNT).status_code == 302


def test_switching_somebody_off_signs_nobody_else_out(client):
    client.force_login(make_user())
    User.objects.filter(pk=make_user().pk).update(is_active=False)
    assert client.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize(
    "change", [{"first_name": "Ada"}, {"is_active": True}, {"is_staff": True}, {"last_login": None}]
)
def test_other_changes_of_a_person_end_no_session(client, change):
    user = make_user()
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(**change)
    assert client.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize("usable", [True, False])
def test_a_password_that_an_admin_sets_ends_the_sessions_even_the_same_one(client, usable):
    user, admin = make_user(password="correct horse battery"), Client()
    client.force_login(user)
    admin.force_login(make_superuser())
    form = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    if not usable:
        form = {"password1": "", "password2": "", "usable_password": "false", "unset-password": "1"}
    assert admin.post(f"/admin/accounts/user/{user.pk}/password/", form).status_code == 302
    assert client.get(ACCOUNT).status_code == 302
    assert admin.get(ACCOUNT).status_code == 200


def test_an_admin_who_sets_the_own_password_stays_signed_in_here_alone(client):
    admin, elsewhere = make_superuser(), Client()
    client.force_login(admin)
    elsewhere.force_login(admin)
    form = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    assert client.post(f"/admin/accounts/user/{admin.pk}/password/", form).status_code == 302
    assert client.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 302


def test_the_command_that_sets_a_password_ends_the_sessions(client, monkeypatch):
    user = make_user("ada")
    client.force_login(user)
    monkeypatch.setattr("getpass.getpass", lambda **_: "correct horse battery")
    call_command("changepassword", "ada", stdout=StringIO())
    assert client.get(ACCOUNT).status_code == 302


def test_a_new_secret_key_ends_all_sessions_and_causes_no_error(client, settings):
    client.force_login(make_user())
    settings.SECRET_KEY = "another " * 10
    assert client.get(ACCOUNT).status_code == 302
    client.force_login(make_user())
    assert client.get(ACCOUNT).status_code == 200


def test_who_lost_the_last_role_keeps_the_session_and_sees_no_app(client):
    app = make_app()
    user = make_member(app)
    client.force_login(user)
    page = f"/dashboard/{app.slug}/"
    assert client.get(page).status_code == 200
    remove_member(membership=user.memberships.get())
    assert client.get(page).status_code == 404
    assert "You are not a member of any app yet" in client.get("/").text
