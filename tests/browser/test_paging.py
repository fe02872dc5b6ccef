"""Order, pages and history of the list in a browser, with the page's script."""

from playwright.sync_api import expect

from tests.browser.conftest import LIST, expect_rows, list_address, rows, search_box
from tests.browser.people import NUMBER, PERSONS, person


def test_each_column_sorts_both_ways(visit, viewer):
    page = visit(LIST + "?query=person0", user=viewer)
    upwards = [person(number) for number in range(1, 10)]
    expect_rows(page, *upwards)  # the newest first
    for column, first_way in (("Email", "ascending"), ("Full name", "ascending"), ("Created", "descending")):
        header = page.get_by_role("columnheader", name=column)
        for way in (first_way, "descending" if first_way == "ascending" else "ascending"):
            header.get_by_role("link").click()
            expect(header).to_have_attribute("aria-sort", way)
            expect(header.get_by_role("link")).to_be_focused()
            # Person 01 is the youngest.
            expect_rows(page, *(upwards if (way == "ascending") is (column != "Created") else reversed(upwards)))
        expect(page.locator("th[aria-sort]")).to_have_count(1)


def test_pages_lead_on_and_back_to_the_same_rows(visit, viewer):
    page = visit(LIST + "?query=person&sort=email", user=viewer)
    expect_rows(page, *map(person, range(1, 21)))
    page.get_by_role("link", name="Next").click()
    expect_rows(page, *map(person, range(21, 39)))
    expect(page.get_by_role("link", name="Next")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#count")).to_have_text(f"{PERSONS} matches")
    page.get_by_role("link", name="Previous").click()
    expect_rows(page, *map(person, range(1, 21)))
    expect(page.get_by_role("link", name="Previous")).to_have_attribute("aria-disabled", "true")


def test_the_size_of_a_page_is_chosen(visit, viewer):
    page = visit(LIST, user=viewer)
    page.get_by_role("group", name="Rows").get_by_role("link", name="50").click()
    expect(rows(page)).to_have_count(NUMBER)
    expect(page).to_have_url(list_address("?limit=50"))
    page.reload()
    expect(rows(page)).to_have_count(NUMBER)


def test_back_and_forward_restore_what_was_there(visit, viewer):
    page = visit(LIST, user=viewer)
    search_box(page).fill("person")
    expect(page.locator("#count")).to_have_text(f"{PERSONS} matches")
    page.get_by_role("link", name="Email", exact=True).click()
    # The rows are the same in both orders: only the header tells that the new page is there.
    expect(page.get_by_role("columnheader", name="Email")).to_have_attribute("aria-sort", "ascending")
    expect_rows(page, *map(person, range(1, 21)))
    page.get_by_role("link", name="Next").click()
    expect_rows(page, *map(person, range(21, 39)))
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Person 21")).to_be_visible()

    page.go_back()
    expect_rows(page, *map(person, range(21, 39)))
    expect(search_box(page)).to_have_value("person")
    page.go_back()
    expect(page.get_by_role("columnheader", name="Email")).to_have_attribute("aria-sort", "ascending")
    expect_rows(page, *map(person, range(1, 21)))
    expect(page.locator("#count")).to_have_text(f"{PERSONS} matches")
    page.go_back()
    expect(page.get_by_role("columnheader", name="Created")).to_have_attribute("aria-sort", "descending")
    expect(search_box(page)).to_have_value("person")
    page.go_forward()
    expect(page.get_by_role("columnheader", name="Email")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(list_address("?query=person&sort=email"))
    # What Back brought works as what came first.
    search_box(page).fill("person07")
    expect_rows(page, person(7))


def test_back_twice_shows_the_page_of_the_second_whichever_answer_comes_last(visit, viewer):
    page = visit(LIST, user=viewer)
    newest = rows(page).first.inner_text()
    # The answer to the first Back comes a second late.
    page.evaluate(
        """() => {
            const { abort, send, setRequestHeader } = XMLHttpRequest.prototype;
            let restores = 0;
            XMLHttpRequest.prototype.abort = function () {
                this.aborted = true;
                abort.call(this);
            };
            XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
                this.restores ||= name === "HX-History-Restore-Request";
                setRequestHeader.call(this, name, value);
            };
            XMLHttpRequest.prototype.send = function (...body) {
                const late = this.restores && restores++ === 0;
                if (late) setTimeout(() => this.aborted || send.apply(this, body), 1000);
                else send.apply(this, body);
            };
        }"""
    )
    for _ in range(2):
        before = rows(page).first.inner_text()
        page.locator("#page-next").click()
        expect(rows(page).first).not_to_have_text(before, use_inner_text=True)
    page.go_back()
    page.go_back()
    expect(page).to_have_url(list_address(""))
    expect(rows(page).first).to_have_text(newest, use_inner_text=True)
    page.wait_for_timeout(1500)
    expect(rows(page).first).to_have_text(newest, use_inner_text=True)


def test_a_click_anywhere_in_a_row_opens_the_customer(visit, viewer):
    page = visit(LIST, user=viewer)
    for part in (".name", "time", ".email .middle"):
        page.goto(LIST + "?email=jihu@example.kr")
        # Forced, for the row's link lies over its cells.
        rows(page).locator(part).click(force=True)
        expect(page.get_by_role("heading", name="박지후")).to_be_visible()
