"""The guard of the pages of an app, the way to one's app, and the frame around every page."""

import pytest

from accounts.access import apps_of, current_app
from accounts.context_processors import initials_of
from accounts.models import Membership, Role, User
from accounts.services import add_member, change_role, remove_member
from tests.accounts.roles import role_in
from tests.support.factories import make_app, make_member, make_superuser, make_user

pytestmark = pytest.mark.django_db

KEYS = "/dashboard/{}/developers/keys/"


# -- the guard


def test_each_role_covers_itself_and_the_ones_before():
    covered = {role: [needed.value for needed in Role if role.covers(needed)] for role in Role}
    assert covered == {
        Role.VIEWER: ["viewer"],
        Role.EDITOR: ["viewer", "editor"],
        Role.ADMIN: ["viewer", "editor", "admin"],
    }


def test_members_have_their_apps_and_superusers_all():
    mine, other = make_app(name="B"), make_app(name="A")
    member, boss = make_member(mine, Role.EDITOR), make_superuser()
    assert list(apps_of(member)) == [mine]
    assert list(apps_of(member, Role.ADMIN)) == []
    assert list(apps_of(boss)) == [other, mine]
    assert (role_in(member, mine), role_in(member, other)) == (Role.EDITOR, None)
    assert role_in(boss, other) is None


def test_staff_status_opens_no_app(client):
    make_app("acme")
    client.force_login(make_user(is_staff=True))
    assert client.get(KEYS.format("acme")).status_code == 404


@pytest.mark.parametrize("method", ["get", "post", "head", "put", "delete"])
def test_somebody_elses_app_and_one_that_does_not_exist_are_the_same_404(client, method):
    make_app("theirs")
    client.force_login(make_member(make_app("mine"), Role.ADMIN))
    answers = [getattr(client, method)(KEYS.format(slug)) for slug in ("theirs", "nobodys", "Mine", "x" * 5000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


def test_a_role_that_is_too_low_is_told_which_is_needed(client):
    client.force_login(make_member(make_app("acme", name="Acme"), Role.EDITOR))
    answer = client.get(KEYS.format("acme"))
    assert answer.status_code == 403
    assert "This needs the role Admin in Acme. Yours is Editor." in answer.content.decode()


def test_the_guard_costs_one_query(client, rf, django_assert_num_queries):
    from accounts.access import app_view

    app = make_app("acme")
    view = app_view(Role.VIEWER)(lambda request: (request.app, request.role))
    for user, role in ((make_member(app, Role.EDITOR), Role.EDITOR), (make_superuser(), Role.ADMIN)):
        request = rf.get("/")
        request.user, request.session = user, {}
        with django_assert_num_queries(1):
            assert view(request, app="acme") == (app, role)


def test_a_role_taken_away_is_gone_with_the_next_request(client):
    app = make_app("acme")
    user = make_member(app, Role.ADMIN)
    client.force_login(user)
    assert client.get(KEYS.format("acme")).status_code == 200
    change_role(membership=user.memberships.get(), role="viewer")
    assert client.get(KEYS.format("acme")).status_code == 403
    remove_member(membership=user.memberships.get())
    assert client.get(KEYS.format("acme")).status_code == 404


# -- the way to one's app


def test_home_is_the_first_app_by_name_until_another_was_visited(client):
    first, second = make_app("zzz", name="Alpha"), make_app("aaa", name="Beta")
    user = make_member(first, Role.ADMIN)
    add_member(app=second, user=user, role="admin")
    client.force_login(user)
    assert client.get("/").headers["Location"] == "/dashboard/zzz/commerce/customers/"
    client.get(KEYS.format("aaa"))
    assert client.get("/").headers["Location"] == "/dashboard/aaa/commerce/customers/"
    remove_member(membership=Membership.objects.get(app=second))
    assert client.get("/").headers["Location"] == "/dashboard/zzz/commerce/customers/"


def test_home_is_the_view_that_the_settings_name(client, settings):
    settings.HOME_VIEW_OF_APP = "api_keys"
    client.force_login(make_member(make_app("acme"), Role.ADMIN))
    assert client.get("/").headers["Location"] == KEYS.format("acme")


def test_a_visit_that_was_refused_is_not_remembered(client):
    make_app("theirs", name="A")
    client.force_login(make_member(make_app("mine", name="B")))
    client.get(KEYS.format("theirs"))
    client.get(KEYS.format("mine"))
    assert "app" not in client.session
    assert client.get("/").headers["Location"] == "/dashboard/mine/commerce/customers/"


def test_the_session_is_written_when_the_app_changes_and_not_on_every_page(client, django_assert_num_queries):
    app = make_app("acme")
    client.force_login(make_member(app, Role.ADMIN))
    client.get(KEYS.format("acme"))
    with django_assert_num_queries(2):  # session with user, apps and roles; keys
        client.get(KEYS.format("acme"))


def test_without_an_app_there_is_a_page_that_says_what_to_do(client):
    client.force_login(make_user("ada"))
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Ask an admin of your app to add <b>ada</b>" in answer.content.decode()
    client.force_login(make_superuser())
    assert "/admin/accounts/app/add/" in client.get("/").content.decode()


def test_the_current_app_of_a_person_without_one_is_none(rf):
    request = rf.get("/")
    request.user, request.session = make_user(), {"app": "gone"}
    assert current_app(request) is None


# -- the frame


def test_the_switcher_names_the_persons_apps_and_no_others(client):
    make_app(name="Hidden one")
    user = make_member(make_app("acme", name="Acme"), Role.ADMIN)
    add_member(app=make_app("beta", name="Beta"), user=user, role="viewer")
    client.force_login(user)
    for address in (KEYS.format("acme"), "/account/", "/account/password/"):
        page = client.get(address).content.decode()
        assert "/dashboard/acme/" in page and "/dashboard/beta/" in page
        assert "Hidden one" not in page


@pytest.mark.parametrize(
    ("cookie", "shown"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><script>', "")]
)
def test_the_theme_is_drawn_by_the_server(client, cookie, shown):
    client.cookies["theme"] = cookie
    assert f'<html lang="en"{shown}>' in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize(
    ("names", "initials"),
    [
        (("Ada", "Lovelace"), "AL"),
        (("", "Lovelace"), "L"),
        (("서연", "박"), "서박"),
        (("", ""), "U"),
        ((" ", " "), "U"),
    ],
)
def test_initials(names, initials):
    assert initials_of(User(username="user", first_name=names[0], last_name=names[1])) == initials
