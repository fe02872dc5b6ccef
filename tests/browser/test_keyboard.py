"""Keyboard shortcuts, and every task by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from tests.browser.conftest import path_of, rows, search_box
from tests.browser.people import person
from tests.support.factories import make_customer, make_member

LIST = "/dashboard/shop/commerce/customers/"


@pytest.fixture
def staff(shop):
    return make_member(shop, Role.EDITOR)


def focused_row(page):
    return page.locator(".rows tbody tr:focus-within")


def test_slash_searches_and_selects_what_is_there(visit, staff):
    page = visit(LIST + "?query=person", user=staff)
    page.keyboard.press("/")
    expect(search_box(page)).to_be_focused()
    page.keyboard.type("jihu")
    expect(search_box(page)).to_have_value("jihu")
    expect(rows(page)).to_have_count(1)


def test_j_and_k_walk_the_rows_and_enter_opens_one(visit, staff):
    page = visit(LIST + "?query=person&sort=email", user=staff)
    for key, number in (("j", 1), ("j", 2), ("j", 3), ("k", 2), ("k", 1), ("k", 1)):
        page.keyboard.press(key)
        expect(focused_row(page)).to_contain_text(person(number))
    for _ in range(25):
        page.keyboard.press("j")
    expect(focused_row(page)).to_contain_text(person(20))
    expect(focused_row(page)).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Person 20")).to_be_visible()


def test_j_begins_anew_after_the_rows_were_replaced(visit, staff):
    page = visit(LIST, user=staff)
    page.keyboard.press("j")
    page.keyboard.press("/")
    page.keyboard.type("person2")
    expect(rows(page)).to_have_count(10)
    page.get_by_role("heading", name="Customers").click()
    page.keyboard.press("j")
    expect(focused_row(page)).to_contain_text(person(20))


def test_c_creates_e_edits_and_g_c_goes_to_the_customers(visit, app, editor):
    customer = make_customer(app)
    page = visit(f"/dashboard/{app.slug}/", user=editor)
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Add customer")).to_be_visible()
    page.goto(path_of(customer))
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Edit Ada Lovelace")).to_be_visible()


def test_c_and_e_do_nothing_for_a_viewer(visit, viewer):
    page = visit(LIST + "?query=jihu", user=viewer)
    page.keyboard.press("c")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="박지후")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(page).to_have_url(re.compile("/cus_[^/]+/$"))


def test_question_mark_lists_the_keys_and_escape_returns(visit, staff):
    page = visit(LIST, user=staff)
    page.keyboard.press("j")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    page.keyboard.press("c")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(focused_row(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(LIST + "$"))


def test_no_key_fires_while_typing(visit, app, editor):
    page = visit(f"/dashboard/{app.slug}/commerce/customers/new/", user=editor)
    for label in ("Email", "Full name", "City"):
        page.get_by_label(label).focus()
        page.keyboard.type("/jkceg?c")
        expect(page.get_by_label(label)).to_have_value("/jkceg?c")
    page.get_by_label("Country").focus()
    page.keyboard.type("c")
    expect(page.get_by_label("Country")).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", name="Add customer")).to_be_visible()


def test_no_key_fires_with_control_or_while_a_syllable_is_composed(visit, staff):
    page = visit(LIST, user=staff)
    for key in ("Control+c", "Alt+e", "Meta+c"):
        page.keyboard.press(key)
    search_box(page).focus()
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "ㅊ", "selectionStart": 1, "selectionEnd": 1})
    keyboard.send("Input.insertText", {"text": "최"})
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("query=%EC%B5%9C$"))


def test_the_keys_can_be_turned_off_in_this_browser(visit, staff):
    page = visit(LIST, user=staff)
    page.keyboard.press("?")
    page.get_by_label("Use these shortcuts in this browser").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("c")
        page.keyboard.press("/")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(search_box(page)).not_to_be_focused()
        expect(page).to_have_url(re.compile(LIST + "$"))
        page.reload()


def test_tab_reaches_the_content_first_and_each_row_once(visit, staff):
    page = visit(LIST + "?query=jihu", user=staff)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.innerText.trim() || document.activeElement.name || ''"))
    row = stops.index("jihu@example.kr")
    assert stops[0].startswith("Add customer")
    assert stops[row - 3 : row] == ["Email", "Full name", "Created"]
    assert stops[row + 1] == "20"


def test_the_filters_work_by_keys_alone(visit, staff):
    page = visit(LIST, user=staff)
    page.locator("#filter-email summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Email is")).to_be_focused()
    page.keyboard.type("jihu@example.kr")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#filter-email summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Remove Email")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(20)
    assert page.evaluate("document.activeElement !== document.body"), "focus is lost"


def test_a_link_followed_the_moment_it_arrives_loads_no_whole_page(visit, staff):
    page = visit(LIST + "?email=jihu@example.kr", user=staff)
    expect(rows(page)).to_have_count(1)
    page.evaluate(
        """() => {
            window.loaded = "once";
            const next = () => document.getElementById("page-next").click();
            document.addEventListener("htmx:afterSwap", () => setTimeout(next), { once: true });
            document.querySelector(".chip a").click();
        }"""
    )
    expect(page.locator("#page-previous")).to_be_visible()
    assert page.evaluate("window.loaded") == "once"
