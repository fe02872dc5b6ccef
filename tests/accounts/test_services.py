"""Apps and memberships: the services, the constraints of the database and the commands."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from accounts.models import ApiKey, App, Membership, Role, User
from accounts.services import add_member, change_role, create_app, remove_member
from tests.accounts.roles import role_in
from tests.support.factories import make_app, make_member, make_user

pytestmark = pytest.mark.django_db


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
