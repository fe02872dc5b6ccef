"""The list's filters in a browser, with the page's script."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from tests.browser.conftest import LIST, expect_rows, list_address, open_filter, rows, search_box
from tests.browser.people import KOREAN, NUMBER, PERSONS, SEOUL, person

KOREANS = [customer["email"] for customer in KOREAN]


def within_days(days):
    """How many customers of the shop were created in the last so many days, as a person in Seoul counts them."""
    now = timezone.now()
    first = now.astimezone(SEOUL).date() - timedelta(days=days - 1)
    moments = [(now - timedelta(days=age, minutes=1)).astimezone(SEOUL) for age in range(NUMBER)]
    return sum(moment.date() >= first for moment in moments)


def test_a_preset_filters_by_date(visit, viewer):
    page = visit(LIST, user=viewer)
    open_filter(page, "Created")
    page.get_by_role("link", name="Last 7 days", exact=True).click()
    expect(rows(page)).to_have_count(within_days(7))
    expect(page.locator(".chip")).to_have_text(["Created: last 7 days"])
    expect(page).to_have_url(re.compile(r"\?created_from=[\d-]{10}&created_to=[\d-]{10}$"))
    expect(page.locator("#filter-created summary")).to_be_focused()
    open_filter(page, "Created")
    expect(page.get_by_role("link", name="Last 7 days", exact=True)).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("Both days included, in Asia/Seoul time.")).to_be_visible()


def test_typed_dates_filter_and_include_both_days(visit, viewer):
    page = visit(LIST, user=viewer)
    oldest = Customer.objects.get(email=person(PERSONS)).created.astimezone(SEOUL).date()
    open_filter(page, "Created")
    page.get_by_label("From", exact=True).fill(str(oldest))
    page.get_by_label("To", exact=True).fill(str(oldest + timedelta(days=1)))
    page.get_by_label("To", exact=True).press("Enter")
    expect_rows(page, person(PERSONS - 1), person(PERSONS))
    expect(page).to_have_url(list_address(f"?created_from={oldest}&created_to={oldest + timedelta(days=1)}"))
    expect(page.locator(".chip")).to_have_count(1)


def test_days_the_wrong_way_round_say_so_and_show_no_rows(visit, viewer):
    page = visit(LIST, user=viewer, allows={400})
    open_filter(page, "Created")
    page.get_by_label("From", exact=True).fill("2026-02-02")
    page.get_by_label("To", exact=True).fill("2026-02-01")
    page.locator("#filter-created").get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="These filters cannot be used")).to_be_visible()
    expect(page.locator("#problems")).to_have_text("The last day is before the first day.")
    expect(page.locator("#live")).to_contain_text("The last day is before the first day.")
    expect(rows(page)).to_have_count(0)
    open_filter(page, "Created")
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-02-02")
    page.get_by_role("link", name="Show all customers").click()
    expect(rows(page)).to_have_count(20)


@pytest.mark.parametrize(("typed", "found"), [("Seoyeon@Example.KR", KOREANS[1:2]), ("@example.kr", KOREANS)])
def test_the_email_filter_takes_an_address_or_a_domain(visit, viewer, typed, found):
    page = visit(LIST, user=viewer)
    open_filter(page, "Email")
    page.get_by_label("Email is").fill(typed)
    page.locator("#filter-email").get_by_role("button", name="Apply").click()
    expect_rows(page, *found)
    expect(page.locator(".chip")).to_have_text([f"Email: {typed}"])


def test_chips_are_taken_off_one_by_one(visit, viewer):
    days = timezone.localdate() - timedelta(days=60), timezone.localdate() + timedelta(days=1)
    page = visit(
        f"{LIST}?query=김&email=@example.kr&created_from={days[0]}&created_to={days[1]}&sort=email", user=viewer
    )
    expect_rows(page, "minjun@example.kr")
    chips = page.locator(".chip")
    expect(chips).to_have_count(3)
    page.get_by_role("link", name="Remove Search: 김").click()
    expect(chips).to_have_count(2)
    expect(search_box(page)).to_have_value("")
    expect_rows(page, *sorted(KOREANS))
    page.get_by_role("link", name="Remove Created").click()
    expect(chips).to_have_text(["Email: @example.kr"])
    page.get_by_role("link", name="Remove Email").click()
    expect(chips).to_have_count(0)
    expect(page).to_have_url(list_address("?sort=email"))
    expect(rows(page)).to_have_count(20)


def test_clear_all_takes_every_filter_off_and_keeps_the_sort(visit, viewer):
    page = visit(LIST + "?query=김&email=@example.kr&sort=name&limit=50", user=viewer)
    expect_rows(page, "minjun@example.kr")
    page.get_by_role("link", name="Clear all").click()
    expect(rows(page)).to_have_count(NUMBER)
    expect(page).to_have_url(list_address("?sort=name&limit=50"))
    expect(search_box(page)).to_have_value("")
    expect(page.locator("#count")).to_have_text(f"{NUMBER} customers")


def test_a_menu_closes_by_escape_and_by_a_click_beside_it(visit, viewer):
    page = visit(LIST, user=viewer)
    menu = page.locator("#filter-email")
    open_filter(page, "Email")
    page.get_by_label("Email is").press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(page.locator("#filter-email summary")).to_be_focused()
    open_filter(page, "Email")
    expect(menu).to_have_attribute("open", "")
    page.get_by_role("heading", name="Customers").click()
    expect(menu).not_to_have_attribute("open", "")
