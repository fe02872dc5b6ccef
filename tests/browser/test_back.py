"""Back and Forward in a browser that keeps pages in memory: nothing is seen after signing out, and lists come back."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Session
from customers.models import Customer
from tests.browser.chromium import launched
from tests.browser.conftest import LIST, expect_rows, list_address, path_of, rows, search_box
from tests.browser.people import person


@pytest.fixture(scope="module")
def chromium(chromium):
    """A browser as people have it. Playwright switches the back/forward cache off."""
    browser = launched(chromium.browser_type, ignore_default_args=["--disable-back-forward-cache"])
    yield browser
    browser.close()


def detail_path(number=1):
    return path_of(Customer.objects.get(email=person(number)))


def sign_out(page):
    page.locator(".me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · Proyecta Admin")


def go(page, way):
    """Back or Forward. A page that comes from the browser's memory is never loaded."""
    (page.go_back if way == "back" else page.go_forward)(wait_until="commit")


def expect_no_customer(page):
    expect(page).to_have_title("Sign in · Proyecta Admin")
    assert not re.search("person ?01", page.content(), re.IGNORECASE)


@pytest.mark.parametrize("script", [True, False])
def test_back_and_forward_after_signing_out_show_no_customer(visit, viewer, script):
    page = visit(LIST + "?query=person", user=viewer, java_script_enabled=script)
    page.goto(detail_path())
    sign_out(page)
    for way in ("back", "back", "forward"):
        go(page, way)
        expect_no_customer(page)
    # Theme, time zone and the choice of shortcuts are kept.
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"] == "tz"]


@pytest.mark.parametrize("script", [True, False])
def test_back_after_the_session_expired_shows_no_customer(visit, viewer, script):
    page = visit(LIST + "?query=person", user=viewer, java_script_enabled=script)
    page.goto(detail_path())
    Session.objects.filter(user_id=viewer.pk).update(expire_date="2026-01-01T00:00Z")
    page.get_by_role("link", name="Overview").click()
    expect_no_customer(page)
    for way in ("back", "back"):
        go(page, way)
        expect_no_customer(page)


def test_back_in_another_tab_after_signing_out_shows_no_customer(visit, viewer):
    page = visit(LIST + "?query=person", user=viewer)
    other = page.context.new_page()
    other.goto(LIST)
    page.goto(detail_path())
    sign_out(other)
    go(page, "back")
    expect_no_customer(page)


def test_the_browsers_storage_holds_nothing_of_the_customers_that_were_seen(visit, viewer):
    page = visit(LIST, user=viewer)
    search_box(page).fill("person")
    expect(page).to_have_url(list_address("?query=person"))
    page.get_by_role("link", name="Email", exact=True).click()
    expect_rows(page, *map(person, range(1, 21)))
    page.get_by_role("link", name="Next").click()
    expect_rows(page, *map(person, range(21, 39)))
    page.go_back(wait_until="commit")
    expect_rows(page, *map(person, range(1, 21)))
    kept = page.evaluate(
        "async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await caches.keys(), history.state,"
        " (await indexedDB.databases()).map(one => one.name)])"
    )
    assert "example.com" not in kept and "Person" not in kept and "<" not in kept
    sign_out(page)
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("way", ["by a click", "by the keyboard"])
def test_back_from_a_customer_brings_the_list_back_as_it_was(visit, viewer, way):
    """Search, order, page, place and focus, though the page comes from the server again."""
    page = visit(LIST + "?query=person&sort=email", user=viewer, viewport={"width": 1000, "height": 400})
    page.get_by_role("link", name="Next").click()
    expect_rows(page, *map(person, range(21, 39)))
    address = page.url
    link = rows(page).get_by_role("link").nth(15)
    link.scroll_into_view_if_needed()
    if way == "by a click":
        link.click()
    else:
        link.focus()
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Person 36")).to_be_visible()

    go(page, "back")
    expect_rows(page, *map(person, range(21, 39)))
    assert page.url == address
    expect(search_box(page)).to_have_value("person")
    expect(rows(page).get_by_role("link").nth(15)).to_be_focused()
    expect(rows(page).get_by_role("link").nth(15)).to_be_in_viewport()
    expect(rows(page).first).not_to_be_in_viewport()
    # j goes on from there.
    page.keyboard.press("j")
    expect(rows(page).get_by_role("link").nth(16)).to_be_focused()


def test_a_list_that_is_opened_anew_has_no_focus_of_before(visit, viewer):
    page = visit(LIST + "?query=person&sort=email", user=viewer)
    rows(page).get_by_role("link").nth(3).click()
    expect(page.get_by_role("heading", name="Person 04")).to_be_visible()
    page.get_by_role("link", name="Customers").first.click()
    expect(page).to_have_url(list_address())
    expect(rows(page)).to_have_count(20)
    assert page.evaluate("document.activeElement === document.body")


def test_what_was_typed_in_a_form_is_there_again_after_back(visit, app, editor):
    page = visit(f"/dashboard/{app.slug}/commerce/customers/new/", user=editor)
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    go(page, "back")
    expect(page.get_by_label("Full name")).to_have_value("Grace Hopper")
