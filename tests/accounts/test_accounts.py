"""Apps, members and roles: the guard of an app's pages, the services, the commands and the Django admin."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.urls import reverse

from accounts.access import apps_of, current_app
from accounts.context_processors import initials_of
from accounts.models import ApiKey, App, Membership, Role, User
from accounts.services import add_member, authenticate_api_key, change_role, create_app, remove_member
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser, make_user

pytestmark = pytest.mark.django_db

KEYS = "/dashboard/{}/developers/keys/"


def role_in(user, app):
    return Membership.objects.filter(user=user, app=app).values_list("role", flat=True).first()


# -- who may enter what


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


# -- services and commands


def test_create_app_makes_words_of_the_slug():
    assert create_app(slug="acme-shop").name == "Acme shop"
    assert create_app(slug="acme", name=" Acme, Inc. ").name == "Acme, Inc."


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        *(
            ("slug", {"slug": slug})
            for slug in ["", "Acme", "a_b", "-a", "a-", "a--b", "é", "a\n", "a b", "a" * 51, "a\x00", "\ud800"]
        ),
        *(("name", {"slug": "a", "name": name}) for name in ["", " ", "a" * 101, "a\nb", "a\x00", "\ud800"]),
    ],
)
def test_a_bad_slug_or_name_is_said_under_its_field(field, fields):
    with pytest.raises(ValidationError) as caught:
        create_app(**fields)
    assert list(caught.value.error_dict)[0] == field
    assert not App.objects.exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda app, user: App.objects.create(slug="Not a slug", name="x"),
        lambda app, user: Membership.objects.create(app=app, user=user, role="owner"),
        lambda app, user: ApiKey.objects.create(app=app, name="x", scope="all", prefix="p", mac="m", created=Now()),
        lambda app, user: Membership.objects.bulk_create([Membership(app=app, user=user, role="viewer")] * 2),
        lambda app, user: User.objects.create(username=user.username.upper()),
        lambda app, user: User.objects.create(username="x", email="USER@example.com"),
    ],
)
def test_the_database_itself_refuses_what_the_services_do(write):
    user = make_user(email="user@EXAMPLE.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        write(make_app(), user)


def test_a_member_is_added_once_changed_and_removed():
    app, user = make_app(), make_user()
    membership = add_member(app=app, user=user, role="viewer")
    with pytest.raises(ValidationError, match="already a member"):
        add_member(app=app, user=user, role="admin")
    assert change_role(membership=membership, role=Role.ADMIN).role == "admin"
    with pytest.raises(ValidationError) as caught:
        change_role(membership=membership, role="owner")
    assert "role" in caught.value.error_dict
    assert role_in(user, app) == Role.ADMIN
    remove_member(membership=membership)
    remove_member(membership=membership)
    assert role_in(user, app) is None


@pytest.mark.django_db(transaction=True)
def test_the_same_app_from_eight_sides_at_once_is_made_once():
    barrier = Barrier(8)

    def create(_):
        try:
            barrier.wait(30)
            return create_app(slug="acme").pk
        except ValidationError as error:
            return error.message_dict
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    made = App.objects.get()
    assert answers.count(made.pk) == 1
    assert answers.count({"slug": ["App with this Slug already exists."]}) == 7


def test_commands_make_an_app_with_a_member(capsys):
    ada = make_user("ada", email="ada@example.com")
    call_command("create_app", "acme", "--name", "Acme, Inc.")
    call_command("add_member", "acme", "ADA@example.com", "editor")
    app = App.objects.get()
    assert (app.slug, app.name, role_in(ada, app)) == ("acme", "Acme, Inc.", Role.EDITOR)
    assert "/dashboard/acme/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["create_app", "Acme Shop"], "Use lower-case letters"),
        (["create_app", "acm\udcff"], "Use lower-case letters"),
        (["create_app", "acme"], "already exists"),
        (["create_app", ""], "^Slug: This field cannot be blank."),
        (["create_app", "beta", "--name", ""], "^Name: This field cannot be blank.$"),
        (["create_app", "beta", "--name", "x" * 101], "^Name: .* at most 100 characters"),
        (["add_member", "nope", "ada", "viewer"], "There is no app nope."),
        (["add_member", "acme", "nobody", "viewer"], "No user has the username or email address nobody."),
        (["add_member", "acme", "nob\udcff", "viewer"], "No user has"),
        (["add_member", "acme", "ada", "owner"], "invalid choice: 'owner'"),
        (["add_member", "acme", "ada", "admin"], "already a member"),
    ],
)
def test_commands_say_what_is_wrong(command, message):
    make_member(make_app("acme"), username="ada")
    with pytest.raises(CommandError, match=message):
        call_command(*command)
    assert App.objects.count() == Membership.objects.count() == 1


# -- the Django admin


def allow_everything(user):
    """Staff with every permission that Django knows: what is left are the borders of apps."""
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def mine():
    return make_app("mine", name="Mine")


def tells_of_theirs(answer):
    """Whether the page has any name of the other app, of its key or its member."""
    return any(name in answer.content.decode() for name in ("Secret Zebra", "zebra key", "zebra-person", "theirs"))


@pytest.fixture
def theirs():
    app = make_app("theirs", name="Secret Zebra")
    make_key(app, name="zebra key", created_by=make_member(app, Role.ADMIN, username="zebra-person"))
    return app


@pytest.fixture
def staff(client, mine):
    user = allow_everything(make_member(mine, Role.ADMIN, username="staff"))
    client.force_login(user)
    return user


def test_staff_see_the_members_and_keys_of_the_apps_where_they_are_admins(client, staff, mine, theirs):
    make_key(mine, name="my key")
    add_member(app=make_app(name="Only reading"), user=staff, role="editor")
    members, keys = client.get("/admin/accounts/membership/"), client.get("/admin/accounts/apikey/")
    assert "my key" in keys.content.decode() and ">Mine<" in members.content.decode()
    for page in (members, keys, client.get("/admin/")):
        assert not tells_of_theirs(page)
        assert "Only reading" not in page.content.decode()


def test_staff_without_djangos_permission_see_nothing(client, staff, mine):
    key, _ = make_key(mine)
    staff.user_permissions.clear()
    addresses = ["accounts/membership/", "accounts/apikey/", f"accounts/apikey/{key.pk}/change/"]
    assert {client.get(f"/admin/{address}").status_code for address in addresses} == {403}


@pytest.mark.parametrize("model", ["user", "app"])
@pytest.mark.parametrize(
    "page", ["", "add/", "{}/change/", "{}/delete/", "{}/history/", "?_popup=1", "?_popup=1&_to_field=id"]
)
def test_users_and_apps_are_for_superusers(client, staff, mine, model, page):
    number = mine.pk if model == "app" else staff.pk
    assert client.get(f"/admin/accounts/{model}/{page.format(number)}").status_code == 403


def test_groups_are_for_superusers(client, staff):
    """Who may edit a group may give themselves every permission."""
    assert client.get("/admin/auth/group/").status_code == 403
    assert client.post("/admin/auth/group/add/", {"name": "x"}).status_code == 403


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_what_belongs_to_another_app_is_not_there(client, staff, theirs, page):
    rows = [("membership", theirs.memberships.get().pk), ("apikey", theirs.api_keys.get().pk)]
    for model, number in rows:
        for answer in (
            client.get(f"/admin/accounts/{model}/{number}/{page}/", follow=True),
            client.get(f"/admin/accounts/{model}/{number}/{page}/?_to_field=id&_popup=1", follow=True),
            client.post(
                f"/admin/accounts/{model}/{number}/{page}/", {"role": "viewer", "name": "x", "post": "yes"}, follow=True
            ),
        ):
            assert not tells_of_theirs(answer)
    assert Membership.objects.get(app=theirs).role == "admin"
    assert theirs.api_keys.get().name == "zebra key"


def test_actions_do_not_reach_into_another_app(client, staff, mine, theirs):
    make_key(mine)
    key, member = theirs.api_keys.get(), theirs.memberships.get()
    for model, action, number in (("apikey", "revoke", key.pk), ("membership", "delete_selected", member.pk)):
        form = {"action": action, "_selected_action": number, "select_across": "1", "post": "yes"}
        client.post(f"/admin/accounts/{model}/", form)
    assert theirs.api_keys.get().revoked is None
    assert theirs.memberships.exists()


@pytest.mark.parametrize(
    "query",
    [
        "app={}",
        "app__id__exact={}",
        "app__slug__startswith=their",
        "app__name__startswith=Secret",
        "q=zebra",
        "user__username__startswith=zebra",
        "created_by__username__startswith=zebra",
        "e=1",
        "all=",
    ],
)
def test_no_filter_of_a_list_tells_of_another_app(client, staff, theirs, query):
    for model in ("membership", "apikey"):
        answer = client.get(f"/admin/accounts/{model}/?{query.format(theirs.pk)}", follow=True)
        assert not tells_of_theirs(answer)


@pytest.mark.parametrize(
    "query",
    ["user__password__startswith=pbk", "created_by__password__startswith=pbk", "app__api_keys__mac__startswith=a"],
)
def test_no_filter_of_a_list_asks_for_secrets(client, staff, mine, query):
    make_key(mine, created_by=staff)
    for model in ("membership", "apikey"):
        answer = client.get(f"/admin/accounts/{model}/?{query}")
        assert answer.status_code in (302, 400)


@pytest.mark.parametrize(
    ("model", "field"), [("membership", "user"), ("membership", "app"), ("apikey", "app"), ("apikey", "created_by")]
)
def test_autocomplete_names_nobody(client, staff, theirs, model, field):
    query = {"app_label": "accounts", "model_name": model, "field_name": field, "term": ""}
    assert client.get("/admin/autocomplete/", query).status_code == 403


def test_view_on_site_finds_nothing_that_the_admin_does_not_show(client, staff, mine, theirs):
    for thing in (theirs, theirs.memberships.get(), theirs.api_keys.get(), mine, staff):
        content_type = ContentType.objects.get_for_model(thing).pk
        assert client.get(f"/admin/r/{content_type}/{thing.pk}/").status_code == 404
    for address in ("/admin/r/999999/1/", "/admin/r/x/1/", f"/admin/r/{10**40}/1/", "/admin/r/1/x/", "/admin/r/1/%00/"):
        assert client.get(address).status_code == 404


def test_adding_a_member_by_name_in_ones_own_app(client, staff, mine, theirs):
    make_user("ada", email="ada@example.com")
    page = client.get("/admin/accounts/membership/add/")
    assert "Mine" in page.content.decode() and not tells_of_theirs(page)
    add = {"app": mine.pk, "username": "ADA@example.com", "role": "viewer"}
    assert client.post("/admin/accounts/membership/add/", add).status_code == 302
    assert role_in(User.objects.get(username="ada"), mine) == Role.VIEWER
    twice = client.post("/admin/accounts/membership/add/", add)
    assert "This user is already a member of this app." in twice.content.decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"app": "theirs"}, "Select a valid choice."),
        ({"app": ""}, "This field is required."),
        ({"username": "nobody"}, "No user has this username or email address."),
        ({"username": "\x00"}, "Null characters are not allowed."),
        ({"role": "owner"}, "Select a valid choice."),
    ],
)
def test_a_member_that_cannot_be_added_is_refused_in_words(client, staff, mine, theirs, change, message):
    make_user("ada")
    add = {"app": mine.pk, "username": "ada", "role": "viewer", **change}
    if add["app"] == "theirs":
        add["app"] = theirs.pk
    assert message in client.post("/admin/accounts/membership/add/", add).content.decode()
    assert not Membership.objects.filter(user__username="ada").exists()


def test_a_membership_changes_its_role_and_neither_its_app_nor_its_user(client, staff, mine, theirs):
    member = add_member(app=mine, user=make_user("ada"), role="viewer")
    form = {"role": "editor", "app": theirs.pk, "user": staff.pk}
    assert client.post(f"/admin/accounts/membership/{member.pk}/change/", form).status_code == 302
    member.refresh_from_db()
    assert (member.role, member.app, member.user.username) == ("editor", mine, "ada")
    assert client.post(f"/admin/accounts/membership/{member.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_an_api_key_shows_no_secret_and_changes_only_its_name(client, staff, mine, theirs):
    key, secret = make_key(mine, name="before", created_by=staff)
    page = client.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
    assert f"{key.prefix}…" in page
    assert key.mac not in page and secret not in page
    form = {"name": "after", "scope": "write", "app": theirs.pk, "mac": "x", "prefix": "x", "revoked": ""}
    client.post(f"/admin/accounts/apikey/{key.pk}/change/", form)
    changed = ApiKey.objects.get(pk=key.pk)
    assert (changed.name, changed.scope, changed.app) == ("after", "read", mine)
    assert (changed.mac, changed.prefix) == (key.mac, key.prefix)


def test_an_api_key_is_revoked_in_the_admin_and_neither_added_nor_deleted(client, staff, mine):
    key, secret = make_key(mine)
    assert client.get("/admin/accounts/apikey/add/").status_code == 403
    assert client.post(f"/admin/accounts/apikey/{key.pk}/delete/", {"post": "yes"}).status_code == 403
    answer = client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": key.pk}, follow=True)
    assert "Revoked 1 API key." in answer.content.decode()
    assert authenticate_api_key(secret) is None


@pytest.mark.parametrize(
    ("path", "lookups"),
    [
        ("apikey", ["mac__startswith", "mac", "mac__exact", "prefix__gt", "created_by__password__startswith"]),
        ("membership", ["user__password__startswith", "user__email__startswith", "user", "app__api_keys__mac__gt"]),
    ],
)
def test_a_stored_hash_cannot_be_guessed_letter_by_letter_from_a_filter_in_the_address(
    client, staff, mine, path, lookups
):
    make_key(mine)
    for lookup in lookups:
        assert client.get(f"/admin/accounts/{path}/", {lookup: "a"}).status_code == 400, lookup


def test_the_filters_beside_the_lists_are_accepted(client, boss, mine):
    group = Group.objects.create(name="Support")
    for path, name, value in [
        ("apikey", "app", "mine"),
        ("apikey", "scope__exact", "read"),
        ("apikey", "revoked__isempty", "1"),
        ("membership", "role__exact", "viewer"),
        ("user", "is_staff__exact", "1"),
        ("user", "groups__id__exact", group.pk),
    ]:
        assert client.get(f"/admin/accounts/{path}/", {name: value}).status_code == 200, name


def test_no_list_of_the_admin_filters_by_a_column_that_no_filter_beside_it_is_for(client, boss, mine):
    """Every ModelAdmin there is, so that a new one is born closed."""
    for model, model_admin in admin.site._registry.items():
        listed = {given[0] if isinstance(given, tuple) else given for given in model_admin.list_filter}
        columns = [field.name for field in model._meta.fields if field.name not in listed | {"app"}]
        assert "password" in columns or model is not User
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for column in columns:
            for lookup in (column, f"{column}__exact", f"{column}__startswith", f"{column}__gt"):
                assert client.get(address, {lookup: "1"}).status_code == 400, (model, lookup)


def shown_in(answer):
    return list(answer.context_data["cl"].result_list)


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "e=1"])
def test_what_no_list_of_the_admin_understands_shows_no_rows_beside_the_message(client, boss, mine, query):
    make_key(mine)
    Group.objects.create(name="Support")
    make_customer(mine)
    add_member(app=mine, user=boss, role="viewer")
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert shown_in(client.get(address)), model
        answer = client.get(f"{address}?{query}")
        assert shown_in(answer) == [], model
        assert 'class="error"' in answer.text, model


def test_a_filter_with_a_value_that_it_cannot_have_does_not_lead_to_all_rows(client, boss, mine):
    make_key(mine)
    answer = client.get("/admin/accounts/apikey/?revoked__isempty=x", follow=True)
    assert shown_in(answer) == []
    assert 'class="error"' in answer.text


def test_a_nul_in_a_filter_or_in_what_autocompletes_is_no_error_of_the_server(client, boss, mine):
    for path in (
        "apikey/?app=%00",
        "apikey/?scope__exact=%00",
        "membership/?role__exact=%00",
        "user/?is_staff__exact=%00",
    ):
        assert client.get(f"/admin/accounts/{path}").status_code == 400, path
    query = {"app_label": "accounts", "model_name": "membership", "field_name": "app", "term": "\0"}
    assert client.get("/admin/autocomplete/", query).json()["results"] == []


def test_looking_at_keys_is_not_revoking_them(client, staff, mine):
    key, secret = make_key(mine)
    staff.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": key.pk})
    assert authenticate_api_key(secret)


@pytest.fixture
def boss(client):
    user = make_superuser(username="boss", password="correct horse battery")
    client.force_login(user)
    return user


def test_a_superuser_makes_an_app_whose_slug_then_stays(client, boss):
    assert client.post("/admin/accounts/app/add/", {"slug": "acme", "name": "Acme"}).status_code == 302
    app = App.objects.get()
    client.post(f"/admin/accounts/app/{app.pk}/change/", {"slug": "other", "name": "Acme 2"})
    app.refresh_from_db()
    assert (app.slug, app.name) == ("acme", "Acme 2")
    again = client.post("/admin/accounts/app/add/", {"slug": "acme", "name": "Again"})
    assert "App with this Slug already exists." in again.content.decode()
    assert (
        "Use lower-case letters"
        in client.post("/admin/accounts/app/add/", {"slug": "A b", "name": "x"}).content.decode()
    )
    assert client.get(f"/admin/accounts/app/{app.pk}/delete/").status_code == 403


def test_a_superuser_makes_a_user_who_can_sign_in(client, boss):
    phrase = "a rather different phrase"
    form = {
        "username": "ada",
        "email": "ada@example.com",
        "usable_password": "true",
        "password1": phrase,
        "password2": phrase,
    }
    assert client.post("/admin/accounts/user/add/", form).status_code == 302
    client.logout()
    assert client.post("/sign-in/", {"username": "ada@example.com", "password": phrase}).status_code == 302


def test_a_superuser_changes_somebodys_password_and_memberships(client, boss, mine):
    ada = make_user("ada", password="before before before")
    phrase = "a rather different phrase"
    form = {"usable_password": "true", "password1": phrase, "password2": phrase}
    assert client.post(f"/admin/accounts/user/{ada.pk}/password/", form).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(phrase)
    page = client.get(f"/admin/accounts/user/{ada.pk}/change/")
    assert page.status_code == 200
    form = {
        "username": "ada",
        "is_active": "on",
        "time_zone": "Asia/Seoul",
        "language": "ko",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-app": mine.pk,
        "memberships-0-role": "editor",
    }
    assert client.post(f"/admin/accounts/user/{ada.pk}/change/", form).status_code == 302
    assert role_in(ada, mine) == Role.EDITOR
    wrong = client.post(f"/admin/accounts/user/{ada.pk}/change/", {**form, "time_zone": "Mars/Olympus"})
    assert "There is no time zone of this name." in wrong.content.decode()


def test_a_taken_email_is_refused_in_words(client, boss):
    make_user("ada", email="ada@example.com")
    phrase = "a rather different phrase"
    form = {
        "username": "eve",
        "email": "ADA@example.com",
        "usable_password": "true",
        "password1": phrase,
        "password2": phrase,
    }
    assert "Another user has this email address." in client.post("/admin/accounts/user/add/", form).content.decode()


def test_a_superuser_deletes_a_user_and_the_keys_that_they_made_stay(client, boss, mine):
    ada = make_member(mine, Role.ADMIN, username="ada")
    _, secret = make_key(mine, created_by=ada)
    assert client.post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="ada").exists()
    assert authenticate_api_key(secret).created_by is None
