"""Signing in and out, the wait after too many wrong passwords, and the pages of one's own account."""

from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.conf import settings
from django.contrib.auth import hashers
from django.core.management import CommandError, call_command
from django.db.models import F
from django.urls import reverse

from accounts.models import Role, User
from tests.support.factories import make_app, make_key, make_member, make_superuser, make_user
from tests.support.pages import field_value

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LIMIT = settings.AXES_FAILURE_LIMIT


@pytest.fixture
def ada():
    return make_member(username="Ada", email="Ada.Lovelace@Example.com", password=PASSWORD)


def sign_in(client, username, password=PASSWORD, address="192.0.2.1", next="", **headers):
    form = {"username": username, "password": password, "next": next}
    return client.post("/sign-in/", form, REMOTE_ADDR=address, headers=headers)


def signed_in(client):
    return "_auth_user_id" in client.session


def fail(client, times, username="Ada", address="192.0.2.1"):
    return [sign_in(client, username, "wrong", address) for _ in range(times)][-1]


def pass_time(minutes):
    AccessFailureLog.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "name", ["Ada", "ada", "ADA", "ada.lovelace@example.com", "ADA.LOVELACE@EXAMPLE.COM", "  Ada "]
)
def test_username_and_email_both_sign_in_in_any_case(client, ada, name):
    answer = sign_in(client, name)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    assert signed_in(client)


@pytest.mark.parametrize("name", ["Ada", "nobody", "nobody@example.com"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_words(client, ada, name):
    answer = sign_in(client, name, "wrong")
    assert answer.status_code == 200
    assert "The username or the password is wrong." in answer.content.decode()
    assert f'value="{name}"' in answer.content.decode()
    assert not signed_in(client)


@pytest.mark.parametrize("name", ["Ada", "nobody"])
def test_an_unknown_name_costs_one_password_hash_as_a_known_one_does(client, ada, name, monkeypatch):
    hasher = type(hashers.get_hasher())
    hashed = []
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda *args, **kwargs: hashed.append(1) or encode(*args, **kwargs))
    sign_in(client, name, "wrong")
    assert len(hashed) == 1


def test_a_username_wins_over_the_same_text_as_an_email(client):
    owner = make_user("ada@example.com", password=PASSWORD)
    make_user("other", email="ada@example.com", password="something else entirely")
    sign_in(client, "Ada@example.com")
    assert int(client.session["_auth_user_id"]) == owner.pk


def test_nobody_signs_in_by_an_empty_email(client):
    make_user("blank", password=PASSWORD)
    assert not User.objects.get().email
    assert "This field is required." in sign_in(client, "").content.decode()


def test_somebody_switched_off_cannot_sign_in(client, ada):
    User.objects.update(is_active=False)
    assert sign_in(client, "ada").status_code == 200
    assert not signed_in(client)


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_nul_byte_gets_a_message(client, ada, field):
    form = {"username": "ada", "password": PASSWORD, field: "a\x00da"}
    answer = client.post("/sign-in/", form)
    assert answer.status_code == 200
    assert "Null characters are not allowed." in answer.content.decode()


@pytest.mark.parametrize("garbage", ["%ED%A0%80", "%FF%FE", "%00", "a%0Ab", "%F0%9F%92%A9"])
def test_bytes_that_are_no_text_get_a_message(client, ada, garbage):
    form = f"username={garbage}&password={garbage}&next={garbage}"
    answer = client.post("/sign-in/", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert "You are not signed in." in answer.content.decode()


def test_a_long_username_gets_a_message_and_no_row(client):
    answer = sign_in(client, "a" * 100_000)
    assert answer.status_code == 200
    assert "too long to be a username" in answer.content.decode()
    assert not AccessFailureLog.objects.exists()


def test_ten_megabytes_of_username_get_a_message(client):
    answer = sign_in(client, "a" * 10_000_000)
    assert answer.status_code == 413
    assert "This is too large" in answer.content.decode()


@pytest.mark.parametrize("name", ["longer" * 40, "ﬃ" * 80, "İ" * 200])
def test_an_unknown_name_of_any_length_that_the_form_takes_is_counted(client, name):
    assert fail(client, LIMIT, name).status_code == 429


def test_signing_in_leads_on_to_the_page_that_was_wanted(client, ada):
    wanted = "/account/?a=1&b=%C3%A9"
    answer = client.get(wanted)
    assert answer.status_code == 302
    form = client.get(answer.headers["Location"])
    assert field_value(form, "next") == wanted
    assert sign_in(client, "ada", next=wanted).headers["Location"] == wanted


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(client, ada, elsewhere):
    assert sign_in(client, "ada", next=elsewhere).headers["Location"] == "/"


@pytest.mark.parametrize("back", ["/sign-in/", "/sign-in/?next=/sign-in/", "/sign-out/"])
def test_a_way_on_that_leads_nowhere_is_dropped(client, ada, back):
    assert sign_in(client, "ada", next=back).headers["Location"] == "/"
    # Signed in already: Django answers a loop with an error of its own.
    assert client.get("/sign-in/", {"next": back}).headers["Location"] == "/"


def test_an_expired_session_sends_htmx_to_the_form_and_not_the_form_into_the_page(client):
    page = "http://testserver/dashboard/acme/commerce/customers/?query=kim"
    answer = client.get("/account/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/sign-in/?next=%2Fdashboard%2Facme%2Fcommerce%2Fcustomers%2F%3Fquery%3Dkim"
    elsewhere = client.get("/account/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"})
    assert elsewhere.headers["HX-Redirect"] == "/sign-in/?next=%2F"


def test_sign_out_ends_the_session_and_may_come_twice(client, ada):
    client.force_login(ada)
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert not signed_in(client)
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_a_link_cannot_sign_a_person_out(client, ada):
    client.force_login(ada)
    assert client.get("/sign-out/").status_code == 405
    assert signed_in(client)


# -- the wait


def test_ten_wrong_tries_make_even_the_right_password_wait(client, ada):
    assert fail(client, LIMIT - 1).status_code == 200
    answer = fail(client, 1)
    assert answer.status_code == 429
    assert "<strong>15 minutes</strong>" in answer.content.decode()
    assert 880 < int(answer.headers["Retry-After"]) <= 900
    assert sign_in(client, "ada").status_code == 429
    assert not signed_in(client)


def test_nine_wrong_tries_do_not(client, ada):
    fail(client, LIMIT - 1)
    assert sign_in(client, "ada").status_code == 302


def test_a_sign_in_forgets_the_failures_of_that_user(client, ada):
    fail(client, LIMIT - 1)
    sign_in(client, "ada")
    client.logout()
    assert fail(client, LIMIT - 1).status_code == 200


def test_tries_during_the_wait_do_not_make_it_longer(client, ada):
    fail(client, LIMIT)
    pass_time(10)
    answer = fail(client, 5)
    assert answer.status_code == 429
    assert "<strong>5 minutes</strong>" in answer.content.decode()
    assert 280 < int(answer.headers["Retry-After"]) <= 300
    pass_time(5)
    assert sign_in(client, "ada").status_code == 302


def test_the_last_minute_is_told_as_one(client, ada):
    fail(client, LIMIT)
    pass_time(14.5)
    assert "<strong>1 minute</strong>" in sign_in(client, "ada").content.decode()


def test_failures_count_for_fifteen_minutes_and_no_longer(client, ada):
    """Each failure counts for itself: slips spread over hours never lock, though each renews the count elsewhere."""
    for _ in range(4 * LIMIT):
        assert fail(client, 1).status_code == 200
        pass_time(2)
    assert sign_in(client, "ada").status_code == 302


def test_the_wait_lasts_until_fewer_than_ten_failures_are_left(client, ada):
    fail(client, 1)
    pass_time(8)
    answer = fail(client, LIMIT - 1)
    assert "<strong>7 minutes</strong>" in answer.content.decode()
    pass_time(7)
    assert sign_in(client, "ada").status_code == 302


def test_a_user_is_counted_over_all_addresses_and_spellings(client, ada):
    spellings = ["Ada", "ada", "ADA", "Ada.Lovelace@example.com", "ada.lovelace@EXAMPLE.com"]
    for number in range(LIMIT):
        answer = sign_in(client, spellings[number % 5], "wrong", address=f"192.0.2.{number}")
    assert answer.status_code == 429
    assert sign_in(client, "ada", address="198.51.100.7").status_code == 429


def test_an_address_is_counted_over_all_users(client, ada):
    for number in range(LIMIT):
        answer = sign_in(client, f"user{number}", "wrong")
    assert answer.status_code == 429
    assert sign_in(client, "ada").status_code == 429
    assert sign_in(client, "ada", address="198.51.100.7").status_code == 302


def test_another_browser_is_no_new_chance(client, ada):
    for number in range(LIMIT):
        answer = sign_in(client, "ada", "wrong", **{"User-Agent": f"Browser {number}"})
    assert answer.status_code == 429


def test_ones_own_account_does_not_wash_an_address_clean(client, ada):
    """Guessing at others for ever, by signing in as oneself every ninth time."""
    make_user("mallory", password=PASSWORD)
    for number in range(LIMIT - 1):
        sign_in(client, f"user{number}", "wrong")
    assert sign_in(client, "mallory").status_code == 302
    client.logout()
    assert fail(client, 1).status_code == 429


def test_the_wait_tells_nobody_who_exists(client, ada):
    known = fail(client, LIMIT, "ada", "192.0.2.1")
    unknown = fail(client, LIMIT, "nobody", "192.0.2.2")
    assert known.status_code == unknown.status_code == 429
    assert known.content == unknown.content


def test_unreadable_forms_are_no_tries(client, ada):
    for _ in range(LIMIT + 1):
        sign_in(client, "ada", "")
    assert sign_in(client, "ada").status_code == 302


def test_an_operator_ends_the_wait(client, ada, capsys):
    fail(client, LIMIT, address="192.0.2.1")
    call_command("axes_reset_username", "ada")
    assert sign_in(client, "ada").status_code == 302


def test_old_failures_do_not_pile_up(client, ada):
    fail(client, 3)
    pass_time(16)
    fail(client, 1)
    assert AccessFailureLog.objects.count() == 1


# -- the Django admin has no second door


def test_the_django_admin_sends_people_to_the_one_form(client):
    assert client.get("/admin/accounts/app/").headers["Location"] == "/sign-in/?next=/admin/accounts/app/"
    assert client.get("/admin/login/").status_code == 302
    assert (
        client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
        .headers["Location"]
        .startswith("/sign-in/")
    )


def test_a_signed_in_person_without_staff_status_gets_our_403(client, ada):
    client.force_login(ada)
    for address in ("/admin/", "/admin/accounts/user/", "/admin/nothing/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "The Django admin is for staff." in answer.content.decode()


def test_staff_at_the_admins_old_sign_in_page_go_on(client):
    client.force_login(make_superuser())
    assert client.get("/admin/login/").headers["Location"] == "/admin/"
    assert client.get("/admin/login/?next=/admin/accounts/app/").headers["Location"] == "/admin/accounts/app/"
    assert client.get("/admin/login/?next=https://evil.example/").headers["Location"] == "/admin/"
    assert client.get("/admin/login/?next=/admin/login/").headers["Location"] == "/admin/"


def test_sign_out_and_password_in_the_admin_are_the_products(client):
    user = make_superuser()
    client.force_login(user)
    assert client.get("/admin/password_change/").headers["Location"] == "/account/password/"
    assert client.post("/admin/logout/").headers["Location"] == "/sign-in/"
    assert not signed_in(client)


# -- one's own account


def test_preferences_save_and_times_follow(client, ada):
    client.force_login(ada)
    page = client.get("/account/").content.decode()
    assert '<option value="Asia/Seoul">Asia/Seoul (' in page
    answer = client.post("/account/", {"first_name": "Ada", "last_name": "Lovelace", "time_zone": "Asia/Seoul"})
    assert answer.headers["Location"] == "/account/"
    ada.refresh_from_db()
    assert (ada.first_name, ada.last_name, ada.time_zone) == ("Ada", "Lovelace", "Asia/Seoul")
    assert '<option value="Asia/Seoul" selected>' in client.get("/account/").text


@pytest.mark.parametrize(
    "change", [{"time_zone": "Mars/Olympus"}, {"first_name": "a" * 151}, {"last_name": "\x00"}, {"time_zone": "\x00"}]
)
def test_a_wrong_preference_is_said_and_nothing_is_saved(client, ada, change):
    client.force_login(ada)
    answer = client.post("/account/", {"first_name": "Ada", "last_name": "", "time_zone": "", **change})
    assert answer.status_code == 200
    assert "Nothing was saved yet." in answer.content.decode()
    ada.refresh_from_db()
    assert (ada.first_name, ada.last_name, ada.time_zone) == ("", "", "")
    # The frame goes on showing the stored name.
    assert f'<span class="cut">{ada.username}</span>' in answer.content.decode()


def test_password_change(client, ada):
    sign_in(client, "ada")
    new = "a rather different phrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", form).headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    client.logout()
    assert sign_in(client, "ada").status_code == 200
    assert sign_in(client, "ada", new).status_code == 302


def test_a_changed_password_signs_other_browsers_out(client, ada):
    other = type(client)()
    sign_in(client, "ada")
    sign_in(other, "ada")
    new = "a rather different phrase"
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert other.get("/account/").headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    "wrong", [{"old_password": "no"}, {"new_password2": "no"}, {"new_password1": "12", "new_password2": "12"}]
)
def test_a_password_that_cannot_be_changed_stays(client, ada, wrong):
    client.force_login(ada)
    new = "a rather different phrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new, **wrong}
    assert "Your password is still the old one." in client.post("/account/password/", form).content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


# -- the time zone of a page


@pytest.fixture
def shown_zone(client):
    """The time zone of a page, read from the list of keys, which prints a time."""
    app = make_app("zoned")
    user = make_member(app, Role.ADMIN)
    key, _ = make_key(app)
    type(key).objects.update(created="2026-07-01T12:00:00Z")
    client.force_login(user)

    def show(time_zone="", cookie=None):
        User.objects.update(time_zone=time_zone)
        if cookie is not None:
            client.cookies["tz"] = cookie
        return client.get(reverse("api_keys", args=["zoned"])).content.decode()

    return show


@pytest.mark.parametrize(
    ("time_zone", "cookie", "shown"),
    [
        ("", None, "1 Jul 2026, 12:00"),
        ("", "Asia%2FSeoul", "1 Jul 2026, 21:00"),
        ("", "Asia/Seoul", "1 Jul 2026, 21:00"),
        ("America/New_York", "Asia%2FSeoul", "1 Jul 2026, 08:00"),
        ("Gone/Away", "Asia%2FSeoul", "1 Jul 2026, 21:00"),
        ("", "../../etc/passwd", "1 Jul 2026, 12:00"),
        ("", "%00", "1 Jul 2026, 12:00"),
    ],
)
def test_times_are_in_the_persons_zone_else_the_browsers_else_utc(shown_zone, time_zone, cookie, shown):
    assert shown in shown_zone(time_zone, cookie)


# -- making users on the command line


def test_createsuperuser_without_questions(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="root", email="root@example.com", verbosity=0)
    assert sign_in(client, "root@example.com").status_code == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("username", "email", "message"),
    [
        ("ADA", "new@example.com", "That username is already taken."),
        ("new", "ada.LOVELACE@example.com", "Another user has this email address."),
    ],
)
def test_createsuperuser_says_what_is_taken(ada, username, email, message):
    with pytest.raises(CommandError, match=message):
        call_command("createsuperuser", "--noinput", username=username, email=email, verbosity=0)
