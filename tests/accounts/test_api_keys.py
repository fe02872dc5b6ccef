"""API keys: issuing, checking and revoking them, their page and their command."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.keys import (
    AppRow,
    authenticate_api_key,
    authenticate_with_row,
    create_api_key,
    new_key_prefix,
    revoke_api_key,
)
from accounts.models import ApiKey, Role
from customers.models import Customer
from tests.support.factories import make_app, make_customer, make_key, make_member
from tests.support.pages import field_value

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"sk_[A-Za-z0-9]{44}")


# -- the service


def test_a_secret_opens_its_key_and_names_its_app(django_assert_num_queries):
    key, secret = make_key(scope="write")
    with django_assert_num_queries(2):  # the second notes when it was used
        found = authenticate_api_key(secret)
    assert found == key
    with django_assert_num_queries(0):
        assert (found.app.slug, found.scope) == (key.app.slug, "write")


def test_a_secret_has_160_random_bits_and_no_character_that_needs_quoting():
    secrets = {make_key()[1] for _ in range(20)}
    assert len(secrets) == 20
    assert all(SECRET.fullmatch(secret) for secret in secrets)


def test_what_is_stored_does_not_give_the_secret_away():
    key, secret = make_key()
    row = " ".join(str(value) for value in ApiKey.objects.filter(pk=key.pk).values_list()[0])
    assert key.prefix in row
    assert secret[len(key.prefix) :] not in row


def test_the_mac_depends_on_the_installation(settings):
    _, secret = make_key()
    settings.API_KEY_SECRET = "another installation"
    assert authenticate_api_key(secret) is None


def test_a_row_read_with_a_key_is_of_its_app():
    key, secret = make_key()
    mine, other = make_customer(key.app), make_customer(make_app())
    assert authenticate_with_row(secret, customer_with(mine.public_id)) == (key, mine)
    assert authenticate_with_row(secret, customer_with(other.public_id)) == (key, None)
    assert authenticate_with_row(secret, customer_with("cus_nobody")) == (key, None)


def test_no_row_is_read_with_a_wrong_secret_so_that_the_time_does_not_tell_which_there_are():
    key, secret = make_key()
    customer = make_customer(key.app)
    assert customer.public_id in read_with_key(secret, customer)
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    assert authenticate_with_row(wrong, customer_with(customer.public_id)) == (None, None)
    assert customer.public_id not in read_with_key(wrong, customer)
    revoke_api_key(key=key)
    assert authenticate_with_row(secret, customer_with(customer.public_id)) == (None, None)
    assert customer.public_id not in read_with_key(secret, customer)


def read_with_key(secret, customer):
    """The row that the database gives to the statement for this secret: the statement is run once more."""
    with CaptureQueriesContext(connection) as queries:
        authenticate_with_row(secret, customer_with(customer.public_id))
    with connection.cursor() as cursor:
        cursor.execute(queries[0]["sql"])
        return cursor.fetchone()


def customer_with(customer_id):
    return AppRow(Customer, "b.public_id = %s", (customer_id,))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: "",
        lambda secret: "sk_",
        lambda secret: secret[:-1],
        lambda secret: secret + "a",
        lambda secret: secret[:-1] + ("a" if secret[-1] != "a" else "b"),
        lambda secret: secret.swapcase(),
        lambda secret: new_key_prefix() + secret[15:],
        lambda secret: secret[:20] + "\x00" + secret[21:],
        lambda secret: secret[:20] + "\ud800" + secret[21:],
        lambda secret: secret[:20] + "é" + secret[21:],
        lambda secret: secret[:20] + "٣" + secret[21:],
        lambda secret: " " + secret[:-1],
        lambda secret: "a" * 10_000_000,
    ],
)
def test_no_other_text_opens_a_key(spoil):
    _, secret = make_key()
    assert authenticate_api_key(spoil(secret)) is None
    assert authenticate_api_key(secret) is not None


def test_a_revoked_key_opens_nothing_and_keeps_the_time_when_it_was():
    key, secret = make_key()
    first = revoke_api_key(key=key).revoked
    assert authenticate_api_key(secret) is None
    assert revoke_api_key(key=ApiKey.objects.get(pk=key.pk)).revoked == first


def test_last_used_is_written_once_a_minute_and_not_on_every_request(django_assert_num_queries):
    key, secret = make_key()
    authenticate_api_key(secret)
    with django_assert_num_queries(1):
        authenticate_api_key(secret)
    ApiKey.objects.update(last_used=timezone.now() - timedelta(minutes=2))
    with django_assert_num_queries(2):
        authenticate_api_key(secret)
    key.refresh_from_db()
    assert timezone.now() - key.last_used < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "a" * 101),
        ("name", "a\nb"),
        ("name", "\x00"),
        ("name", "\ud800"),
        ("scope", "all"),
    ],
)
def test_a_bad_name_or_scope_is_said_under_its_field(field, value):
    with pytest.raises(ValidationError) as caught:
        make_key(**{field: value})
    assert list(caught.value.error_dict) == [field]
    assert not ApiKey.objects.exists()


def test_a_prefix_makes_one_key(django_assert_num_queries):
    app, prefix = make_app(), new_key_prefix()
    create_api_key(app=app, name="one", scope="read", prefix=prefix)
    with pytest.raises(ValidationError) as caught:
        create_api_key(app=app, name="two", scope="read", prefix=prefix)
    assert list(caught.value.error_dict) == ["prefix"]


# -- the page


@pytest.fixture
def app():
    return make_app("acme")


@pytest.fixture
def page(client, app):
    """The page as an admin of the app sees it: page() fetches, page(name=…) sends the form that was fetched last."""
    client.force_login(make_member(app, Role.ADMIN, username="root-of-acme"))
    once = []

    def visit(**form):
        if not form:
            answer = client.get("/dashboard/acme/developers/keys/")
        else:
            answer = client.post("/dashboard/acme/developers/keys/", {"scope": "read", "once": once[-1], **form})
        if answer.status_code == 200:
            once.append(re.search(r'name="once" value="([^"]+)"', answer.content.decode())[1])
        return answer

    visit()
    visit.once = once
    return visit


def test_creating_shows_the_secret_once_and_keeps_it_out_of_every_cache(page, app):
    answer = page(name="Billing", scope="write")
    (secret,) = set(SECRET.findall(answer.content.decode()))
    key = authenticate_api_key(secret)
    assert (key.name, key.scope, key.app, key.created_by.username) == ("Billing", "write", app, "root-of-acme")
    assert "no-store" in answer.headers["Cache-Control"]
    again = page().content.decode()
    assert secret not in again
    assert f"{key.prefix}…" in again


def test_a_reload_makes_no_second_key(page):
    first = page.once[0]
    page(name="Billing")
    answer = page(name="Billing", once=first)
    assert answer.status_code == 302
    assert ApiKey.objects.count() == 1
    assert "was created already" in page().content.decode()


def test_the_next_form_makes_the_next_key(page):
    page(name="One")
    page(name="Two")
    assert set(ApiKey.objects.values_list("name", flat=True)) == {"One", "Two"}


@pytest.mark.parametrize("form", [{"name": ""}, {"name": "a" * 101}, {"name": "\x00"}, {"name": "x", "scope": "all"}])
def test_a_wrong_form_makes_no_key_and_keeps_what_was_typed(page, form):
    answer = page(**form)
    assert "No key was created." in answer.content.decode()
    assert not ApiKey.objects.exists()
    assert field_value(answer, "name") == form["name"]
    assert page(name="Right").status_code == 200
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("once", ["", "nonsense", "sk_abc:1tPpAA:sig", "\x00", "sk_prefix"])
def test_a_form_without_its_mark_makes_no_key_but_the_next_press_does(page, once):
    answer = page(name="Billing", once=once)
    assert answer.status_code == 200
    assert "Press the button again." in answer.content.decode()
    assert not ApiKey.objects.exists()
    assert page(name="Billing").status_code == 200
    assert ApiKey.objects.count() == 1


def test_the_mark_of_a_form_is_for_one_app_and_one_person(page, client, app):
    other = make_app("other")
    client.force_login(make_member(other, Role.ADMIN))
    client.post("/dashboard/other/developers/keys/", {"name": "x", "scope": "read", "once": page.once[0]})
    client.force_login(make_member(app, Role.ADMIN))
    client.post("/dashboard/acme/developers/keys/", {"name": "x", "scope": "read", "once": page.once[0]})
    assert not ApiKey.objects.exists()


def test_keys_of_other_apps_are_not_listed(page):
    make_key(make_app("other"), name="Of the others")
    assert "Of the others" not in page().content.decode()


def test_the_page_costs_the_same_for_many_keys(page, app, django_assert_max_num_queries):
    for number in range(30):
        make_key(app, created_by=make_member(app, username=f"maker{number}"))
    with django_assert_max_num_queries(2):  # session with user, apps and roles; keys
        assert "maker29" in page().content.decode()


def test_revoking_asks_first_and_then_ends_the_key(client, page, app):
    key, secret = make_key(app, name="Billing")
    address = f"/dashboard/acme/developers/keys/{key.pk}/revoke/"
    assert "Revoke <bdi>Billing</bdi>?" in client.get(address).content.decode()
    assert authenticate_api_key(secret)
    assert client.post(address).headers["Location"] == "/dashboard/acme/developers/keys/"
    assert authenticate_api_key(secret) is None
    assert "is revoked" in page().content.decode()
    # From another tab, where it was not yet.
    assert client.post(address).status_code == client.get(address).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_key_of_another_app_and_one_that_is_none_are_the_same_404(client, page, method):
    theirs, secret = make_key(make_app("other"))
    answers = [
        getattr(client, method)(f"/dashboard/acme/developers/keys/{number}/revoke/")
        for number in (theirs.pk, theirs.pk + 1, 10**30)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert authenticate_api_key(secret)


def test_names_are_text_and_not_markup(page):
    answer = page(name="<script>alert(1)</script>")
    assert "<script>alert" not in answer.content.decode()
    assert "&lt;script&gt;alert" in answer.content.decode()


# -- the command


def test_the_command_prints_the_key_alone(capsys):
    app = make_app("acme")
    call_command("create_api_key", "acme", "--scope", "write", "--name", "Deploy")
    out = capsys.readouterr().out
    assert SECRET.fullmatch(out.removesuffix("\n"))
    key = authenticate_api_key(out.strip())
    assert (key.app, key.scope, key.name, key.created_by) == (app, "write", "Deploy", None)


def test_the_command_makes_a_reading_key_unless_told_otherwise(capsys):
    make_app("acme")
    call_command("create_api_key", "acme")
    assert authenticate_api_key(capsys.readouterr().out.strip()).scope == "read"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "There is no app nope."),
        (["acm\udcff"], "There is no app"),
        (["acme", "--scope", "all"], "invalid choice"),
        (["acme", "--name", ""], "^Name: This field cannot be blank.$"),
        (["acme", "--name", "a\udcff"], "Use ordinary characters"),
        (["acme", "--name", "a" * 101], "at most 100 characters"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message):
    make_app("acme")
    with pytest.raises(CommandError, match=message):
        call_command("create_api_key", *arguments)
    assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_make_one_key():
    app = make_app("acme")
    user = make_member(app, Role.ADMIN)
    clients = [Client() for _ in range(8)]
    for client in clients:
        client.force_login(user)
        once = field_value(client.get("/dashboard/acme/developers/keys/"), "once")
    barrier = Barrier(len(clients))

    def click(client):
        try:
            barrier.wait(30)
            data = {"name": "Billing", "scope": "read", "once": once}
            return client.post("/dashboard/acme/developers/keys/", data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        codes = list(pool.map(click, clients))
    assert sorted(codes) == [200] + [302] * 7
    assert ApiKey.objects.count() == 1


def test_the_heading_over_a_new_key_is_one_line_of_words(client):
    """Not laid out as the head of a card itself, whose parts stand at its two ends."""
    app = make_app()
    client.force_login(make_member(app, Role.ADMIN))
    address = f"/dashboard/{app.slug}/developers/keys/"
    once = field_value(client.get(address), "once")
    page = client.post(address, {"name": "Billing", "scope": "read", "once": once}).content.decode()
    assert '<h2 id="new-key"><bdi>Billing</bdi>: copy the key now</h2>' in page
