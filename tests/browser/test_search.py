"""Searching in the list as people do it, with the page's script."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import LIST, expect_rows, is_count, list_address, rows, search_box
from tests.browser.people import NUMBER, PERSONS, person


def searches(page):
    """The searches that the page makes from now on, as requests."""
    made = []

    def on_request(request):
        if "query=" in request.url and not is_count(request):
            made.append(request)

    page.on("request", on_request)
    return made


def test_results_and_address_follow_what_is_typed_and_focus_and_caret_stay(visit, viewer):
    page = visit(LIST, user=viewer)
    length = page.evaluate("history.length")
    search = search_box(page)
    search.press_sequentially("peron07")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    for _ in range(4):
        search.press("ArrowLeft")
    search.press("s")
    expect_rows(page, person(7))
    expect(page).to_have_url(list_address("?query=person07"))
    expect(search).to_be_focused()
    assert search.evaluate("field => [field.selectionStart, field.selectionEnd]") == [4, 4]
    assert page.evaluate("history.length") == length, "typing fills the history"
    expect(page.locator(".rows mark")).to_have_text(["person07"])
    search.fill("")
    expect(rows(page)).to_have_count(20)
    expect(page).to_have_url(list_address())


def test_korean_is_found_while_its_syllables_are_still_being_composed(visit, viewer):
    page = visit(LIST, user=viewer)
    search = search_box(page)
    search.focus()
    keyboard = page.context.new_cdp_session(page)
    for text in ("ㄱ", "기", "김"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
    expect_rows(page, "minjun@example.kr")
    keyboard.send("Input.imeSetComposition", {"text": "김민", "selectionStart": 2, "selectionEnd": 2})
    keyboard.send("Input.insertText", {"text": "김민"})
    expect(search).to_have_value("김민")
    expect_rows(page, "minjun@example.kr")
    expect(page.locator(".rows mark")).to_have_text(["김민"])
    expect(search).to_be_focused()


def test_a_search_waits_for_150_ms_without_a_key(visit, viewer):
    page = visit(LIST, user=viewer)
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    made = searches(page)
    search = search_box(page)
    for letter in "zoe":
        search.press(letter)
        page.clock.run_for(140)
    assert made == []
    page.clock.run_for(20)
    expect_rows(page, "zoe@example.fr")
    assert len(made) == 1


def test_a_search_that_is_typed_over_is_cancelled_and_never_shown(visit, viewer):
    page = visit(LIST, user=viewer)
    held, cancelled = [], []
    page.on("requestfailed", lambda request: cancelled.append((request.url, request.failure)))
    page.route(re.compile(r"query=zoe$"), lambda route: held.append(route))
    search = search_box(page)
    with page.expect_request(re.compile(r"query=zoe$")):
        search.press_sequentially("zoe")
    search.fill("jihu")
    expect_rows(page, "jihu@example.kr")
    assert [failure for url, failure in cancelled if url.endswith("query=zoe")] == ["net::ERR_ABORTED"]
    expect(page).to_have_url(list_address("?query=jihu"))
    for route in held:
        route.abort()


def test_enter_searches_at_once_and_adds_to_the_history(visit, viewer):
    page = visit(LIST, user=viewer)
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    made = searches(page)
    search_box(page).fill("jihu")
    search_box(page).press("Enter")
    page.clock.run_for(1000)
    expect_rows(page, "jihu@example.kr")
    expect(page).to_have_url(list_address("?query=jihu"))
    assert len(made) == 1, "it searches twice"
    search_box(page).fill("seoyeon")
    page.clock.run_for(1000)
    expect_rows(page, "seoyeon@example.kr")
    page.clock.resume()
    page.go_back()
    expect(rows(page)).to_have_count(20)


def test_the_row_says_where_the_match_is_that_it_does_not_show(visit, viewer):
    page = visit(LIST, user=viewer)
    search_box(page).fill("6-12 34 56 78")
    expect_rows(page, "zoe@example.fr")
    expect(page.locator(".why")).to_have_text("phone +33 6 12 34 56 78")


def test_the_number_of_matches_comes_by_itself_and_is_said(visit, viewer):
    page = visit(LIST, user=viewer)
    expect(page.locator("#count")).to_have_text(f"{NUMBER} customers")
    with page.expect_response(is_count):
        search_box(page).fill("person")
    expect(page.locator("#count")).to_have_text(f"{PERSONS} matches")
    live = page.locator("#live")
    expect(live).to_have_attribute("role", "status")
    expect(live).to_have_text(f"{PERSONS} matches")
    search_box(page).fill("seoyeon")
    expect(live).to_have_text("1 on this page, 1 match")
    search_box(page).fill("no such thing")
    expect(live).to_have_text("Nothing found")


def test_a_page_opened_with_a_search_fetches_its_count(visit, viewer):
    page = visit(LIST + "?query=person", user=viewer)
    expect(page.locator("#count")).to_have_text(f"{PERSONS} matches")


def test_a_search_that_fails_says_so_and_keeps_the_rows(visit, viewer):
    page = visit(LIST, user=viewer, allows={502})
    page.route(re.compile("query="), lambda route: route.fulfill(status=502, body="no"))
    search_box(page).fill("jihu")
    expect(page.locator("#live")).to_have_text("The list could not be loaded. Try again.")
    expect(page.locator("#live")).to_be_in_viewport()
    expect(rows(page)).to_have_count(20)
