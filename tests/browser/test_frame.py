"""The frame around the pages in a browser: signing in, theme, time zone, apps, API keys."""

import re
from urllib.parse import quote
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from accounts.models import Role
from customers.models import Customer
from tests.browser.conftest import LIST, PASSWORD, list_address, search_box, sign_in, with_password
from tests.support.factories import make_app, make_member, make_user


def test_signing_in_leads_to_the_page_that_was_asked_for_and_signing_out_closes_it(visit, viewer):
    with_password(viewer)
    page = visit(LIST + "?query=kim")
    expect(page).to_have_title("Sign in · Proyecta Admin")
    page.get_by_label("Username or email").fill(viewer.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page).to_have_url(list_address("?query=kim"))
    page.locator(".me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · Proyecta Admin")
    page.goto(LIST)
    expect(page).to_have_title("Sign in · Proyecta Admin")


def test_a_wrong_password_says_so_and_keeps_the_username(visit, viewer):
    with_password(viewer)
    page = visit("/sign-in/")
    sign_in(page, viewer, "Correct horse")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("The username or the password is wrong.")
    expect(problem).to_be_focused()
    expect(page.get_by_label("Username or email")).to_have_value(viewer.username)
    expect(page.get_by_label("Password")).to_have_value("")


def test_a_search_after_the_session_ended_leads_to_signing_in_and_back(visit, viewer):
    with_password(viewer)
    page = visit(LIST + "?sort=email", user=viewer)
    page.context.clear_cookies(name="sessionid")
    search_box(page).press_sequentially("person")
    expect(page).to_have_title("Sign in · Proyecta Admin")
    sign_in(page, viewer)
    expect(page).to_have_url(list_address("?sort=email"))


def test_a_chosen_theme_stays_and_is_there_with_the_first_byte(visit, viewer):
    page = visit(LIST, user=viewer, color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.locator(".me > summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate(background)
    assert dark != light
    response = page.goto("/dashboard/shop/")
    assert '<html lang="en" data-theme="dark">' in response.text()
    assert page.evaluate(background) == dark
    page.locator(".me > summary").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate(background) == light
    assert "data-theme=" not in page.goto(LIST).text()


def test_times_are_those_of_the_browsers_zone_which_is_named(visit, viewer):
    created = Customer.objects.get(email="jihu@example.kr").created
    with_password(viewer)
    for zone in ("Asia/Seoul", "America/St_Johns"):
        page = visit("/sign-in/?next=" + quote(LIST + "?query=jihu"), timezone_id=zone)
        sign_in(page, viewer)
        expect(page.get_by_text(f"Times in {zone}")).to_be_visible()
        local = created.astimezone(ZoneInfo(zone))
        expect(page.locator("time")).to_have_text(f"{local.day} {local:%b %Y, %H:%M}")


def test_a_zone_that_the_person_chose_wins_over_the_browsers(visit, shop):
    user = make_member(shop, Role.VIEWER, time_zone="Europe/Paris")
    page = visit(LIST, user=user)
    expect(page.get_by_text("Times in Europe/Paris")).to_be_visible()


def test_the_switcher_leads_to_the_other_app_and_home_to_the_last(visit, shop):
    user = make_member(shop)
    other = make_app(name="Other shop")
    other.memberships.create(user=user, role=Role.VIEWER)
    page = visit(LIST, user=user)
    page.locator(".switcher > summary").click()
    page.get_by_role("link", name="Other shop").click()
    expect(page.get_by_role("heading", name="No customers yet")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile(f"/dashboard/{other.slug}/commerce/customers/$"))


def test_the_sidebar_is_a_menu_on_a_phone(visit, viewer):
    page = visit(LIST, user=viewer, viewport={"width": 390, "height": 844}, has_touch=True)
    overview = page.get_by_role("link", name="Overview")
    expect(overview).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    overview.click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_person_without_an_app_is_told_what_to_do(visit, database):
    page = visit("/", user=make_user())
    expect(page.get_by_text("You are not a member of any app yet")).to_be_visible()


def test_a_key_is_shown_once_and_revoking_asks(visit, app):
    page = visit(
        f"/dashboard/{app.slug}/developers/keys/",
        user=make_member(app, Role.ADMIN),
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_label("Name").fill("Billing server")
    page.get_by_label("Read and write").check()
    page.get_by_role("button", name="Create key").click()
    secret = page.locator("#secret").text_content()
    assert re.fullmatch(r"sk_\w{44}", secret)
    page.get_by_role("button", name="Copy key").click()
    expect(page.locator("#live")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.goto(page.url)
    expect(page.get_by_role("row", name="Billing server")).to_contain_text("Read and write")
    assert secret not in page.content()

    page.get_by_role("link", name="Revoke Billing server").click()
    expect(page.get_by_role("heading", name="Revoke Billing server?")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    assert app.api_keys.get().revoked is None
    page.get_by_role("link", name="Revoke Billing server").click()
    page.get_by_role("button", name="Revoke key").click()
    expect(page.locator(".message.success")).to_contain_text("“Billing server” is revoked")
    expect(page.get_by_role("row", name="Billing server")).to_contain_text("Revoked")
