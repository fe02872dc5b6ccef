"""The panel in a browser that runs no scripts: everything works, page by page."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Role
from tests.browser.conftest import expect_rows, path_of, rows, search_box, sign_in, with_password
from tests.browser.people import KOREAN, NUMBER, PERSONS, person
from tests.support.factories import make_customer, make_member

LIST = "/dashboard/shop/commerce/customers/"
KOREANS = [customer["email"] for customer in KOREAN]


@pytest.fixture
def visit(visit):
    def visit_without(path, **options):
        return visit(path, java_script_enabled=False, **options)

    return visit_without


def test_signing_in_searching_opening_and_signing_out(visit, viewer):
    page = visit("/")
    sign_in(page, with_password(viewer))
    expect(page).to_have_url(re.compile(LIST + "$"))
    search_box(page).fill("person07")
    search_box(page).press("Enter")
    expect_rows(page, person(7))
    expect(page).to_have_url(re.compile(r"\?query=person07"))
    expect(page.locator("#count")).to_have_text("1 match")
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Person 07")).to_be_visible()
    page.locator(".me > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(LIST)
    expect(page).to_have_title("Sign in · Proyecta Admin")


def test_filters_add_up_and_chips_take_them_off(visit, viewer):
    page = visit(LIST + "?sort=email&limit=50", user=viewer)
    page.locator("summary.pill", has_text="Email").click()
    page.get_by_label("Email is").fill("@example.kr")
    page.get_by_role("button", name="Apply").click()
    expect_rows(page, *sorted(KOREANS))
    page.locator("summary.pill", has_text="Created").click()
    page.get_by_label("From", exact=True).fill(str(timezone.localdate() - timedelta(days=30)))
    page.get_by_role("button", name="Apply").click()
    expect_rows(page, *sorted(KOREANS))
    search_box(page).fill("김")
    page.get_by_role("button", name="Search", exact=True).click()
    expect_rows(page, "minjun@example.kr")
    expect(page.locator(".chip")).to_have_count(3)
    page.get_by_role("link", name="Remove Search: 김").click()
    expect_rows(page, *sorted(KOREANS))
    page.get_by_role("link", name="Clear all").click()
    expect(rows(page)).to_have_count(NUMBER)
    expect(page).to_have_url(re.compile(r"\?sort=email&limit=50$"))


def test_presets_sorting_pages_and_the_way_back(visit, viewer):
    page = visit(LIST + "?query=person", user=viewer)
    page.locator("summary.pill", has_text="Created").click()
    page.get_by_role("link", name="Last 90 days").click()
    page.get_by_role("columnheader", name="Email").get_by_role("link").click()
    expect_rows(page, *map(person, range(1, 21)))
    page.get_by_role("link", name="Next").click()
    expect_rows(page, *map(person, range(21, 39)))
    page.go_back()
    expect_rows(page, *map(person, range(1, 21)))
    page.get_by_role("link", name="Count them").click()
    expect(page.locator(".message")).to_have_text(f"{PERSONS} matches.")


def test_a_filter_that_cannot_be_used_is_corrected(visit, viewer):
    page = visit(LIST + "?created_from=yesterday", user=viewer, allows={400})
    expect(page.get_by_text("Enter a date as YYYY-MM-DD, such as 2026-11-03.")).to_be_visible()
    page.locator("summary.pill", has_text="Created").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("yesterday")
    page.get_by_label("From", exact=True).fill("2001-01-01")
    page.get_by_label("From", exact=True).press("Enter")
    expect(rows(page)).to_have_count(20)


def test_creating_with_a_taken_email_then_with_a_free_one(visit, app, editor):
    make_customer(app, email="ada@example.com", name="Ada Lovelace")
    page = visit(f"/dashboard/{app.slug}/commerce/customers/", user=editor, allows={400})
    page.get_by_role("link", name="Add customer").click()
    page.get_by_label("Email").fill("ada@EXAMPLE.com")
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator(".field-error")).to_contain_text("This email belongs to another customer already.")
    expect(page.get_by_label("Full name")).to_have_value("Grace Hopper")
    page.get_by_label("Email").fill("grace@example.com")
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator(".message.success")).to_contain_text("is now a customer of")


def test_editing_and_choosing_between_two_versions(visit, app, editor):
    customer = make_customer(app, name="Ada")
    page = visit(path_of(customer), user=editor, allows={409})
    page.get_by_role("link", name="Edit").click()
    other = visit(path_of(customer) + "edit/", user=make_member(app, Role.EDITOR))
    other.get_by_label("Full name").fill("Ada King")
    other.get_by_role("button", name="Save").click()
    expect(other.locator(".message.success")).to_have_text("Saved. Changed: Full name.")
    page.get_by_label("Full name").fill("Ada Byron")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Somebody else changed this customer")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.success")).to_have_text("Saved. Changed: Full name.")
    expect(page.get_by_role("heading", name="Ada Byron")).to_be_visible()


def test_what_needs_a_script_is_not_offered(visit, app, editor):
    page = visit(path_of(make_customer(app)), user=editor)
    expect(page.get_by_role("button", name="Copy id")).to_be_hidden()
    page.locator(".me > summary").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()
    page.get_by_role("group", name="Update this customer: show as").get_by_text("Python").click()
    expect(page.get_by_role("region", name="Update this customer: Python")).to_be_visible()


def test_the_menu_of_a_phone_opens(visit, viewer):
    page = visit(LIST, user=viewer, viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_key_is_created_and_revoked(visit, app):
    page = visit(f"/dashboard/{app.slug}/developers/keys/", user=make_member(app, Role.ADMIN))
    page.get_by_label("Name").fill("Billing server")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#secret")).to_have_text(re.compile(r"^sk_\w{44}$"))
    page.get_by_role("link", name="Revoke Billing server").click()
    page.get_by_role("button", name="Revoke key").click()
    expect(page.get_by_role("row", name="Billing server")).to_contain_text("Revoked")
