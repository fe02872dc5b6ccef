"""The Django admin of accounts: the rows that each person sees, and the changes that they may make."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from accounts.keys import authenticate_api_key
from accounts.models import ApiKey, App, Membership, Role, User
from accounts.services import add_member
from tests.accounts.roles import role_in
from tests.support.factories import make_app, make_customer, make_key, make_member, make_superuser, make_user

pytestmark = pytest.mark.django_db


def allow_everything(user):
    """Give the user staff status and every permission of Django, so that only the borders of apps remain."""
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def mine():
    return make_app("mine", name="Mine")


def tells_of_theirs(answer):
    """Return whether the page has a name of the other app, of its key or of its member."""
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
    """Staff who may edit a group could give themselves every permission."""
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
    """Checked for every registered ModelAdmin, so that a new one is closed from the start."""
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
