"""The panel as people use it, with its script."""

import re
from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Role
from customers.models import Customer
from tests.browser.conftest import PASSWORD, expect_rows, path_of, rows, search_box, sign_in, with_password
from tests.browser.people import KOREAN, NUMBER, PERSONS, SEOUL, person
from tests.support.factories import make_app, make_customer, make_member, make_superuser, make_user

LIST = "/dashboard/shop/commerce/customers/"
KOREANS = [customer["email"] for customer in KOREAN]


def address(query=""):
    return re.compile(re.escape(LIST + query) + "$")


def searches(page):
    """The searches that the page makes from now on, as requests."""
    made = []

    def on_request(request):
        if "query=" in request.url and not is_count(request):
            made.append(request)

    page.on("request", on_request)
    return made


def is_count(request):
    return "/count/" in request.url


def open_filter(page, name):
    page.locator("summary.pill", has_text=name).click()


# -- signing in and out


def test_signing_in_leads_to_the_page_that_was_asked_for_and_signing_out_closes_it(visit, viewer):
    with_password(viewer)
    page = visit(LIST + "?query=kim")
    expect(page).to_have_title("Sign in · Proyecta Admin")
    page.get_by_label("Username or email").fill(viewer.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page).to_have_url(address("?query=kim"))
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
    expect(page).to_have_url(address("?sort=email"))


# -- searching


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
    expect(page).to_have_url(address("?query=person07"))
    expect(search).to_be_focused()
    assert search.evaluate("field => [field.selectionStart, field.selectionEnd]") == [4, 4]
    assert page.evaluate("history.length") == length, "typing fills the history"
    expect(page.locator(".rows mark")).to_have_text(["person07"])
    search.fill("")
    expect(rows(page)).to_have_count(20)
    expect(page).to_have_url(address())


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
    expect(page).to_have_url(address("?query=jihu"))
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
    expect(page).to_have_url(address("?query=jihu"))
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


# -- filters


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
    expect(page).to_have_url(address(f"?created_from={oldest}&created_to={oldest + timedelta(days=1)}"))
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
    expect(page).to_have_url(address("?sort=email"))
    expect(rows(page)).to_have_count(20)


def test_clear_all_takes_every_filter_off_and_keeps_the_sort(visit, viewer):
    page = visit(LIST + "?query=김&email=@example.kr&sort=name&limit=50", user=viewer)
    expect_rows(page, "minjun@example.kr")
    page.get_by_role("link", name="Clear all").click()
    expect(rows(page)).to_have_count(NUMBER)
    expect(page).to_have_url(address("?sort=name&limit=50"))
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


# -- order, pages, history


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
    expect(page).to_have_url(address("?limit=50"))
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
    expect(page).to_have_url(address("?query=person&sort=email"))
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
    expect(page).to_have_url(address(""))
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


# -- one customer


def test_an_edit_says_what_it_changed(visit, app, editor):
    customer = make_customer(app, name="Ada", phone="+14155552671")
    page = visit(path_of(customer), user=editor)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Full name").fill("Ada King")
    page.get_by_label("City").fill("London")
    page.get_by_label("Country").select_option("GB")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.success")).to_have_text("Saved: full name, city, country changed.")
    expect(page.get_by_role("heading", name="Ada King")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.success")).to_have_text("Nothing was changed.")


def test_saving_a_form_does_not_rewrite_an_email_that_is_not_ascii(visit, app, editor):
    """Chromium sends the host of <input type="email"> as xn--…."""
    customer = make_customer(app, email="ada@exämple.com")
    page = visit(path_of(customer) + "edit/", user=editor)
    page.get_by_label("Full name").fill("Ada King")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_have_text("Saved: full name changed.")
    customer.refresh_from_db()
    assert customer.email == "ada@exämple.com"


def test_the_django_admin_does_not_rewrite_emails_either(visit, app):
    boss = make_superuser(email="boss@exämple.com")
    customer = make_customer(app, email="ada@exämple.com")
    page = visit(f"/admin/customers/customer/{customer.pk}/change/", user=boss)
    page.get_by_label("Full name").fill("Ada King")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    customer.refresh_from_db()
    assert (customer.name, customer.email) == ("Ada King", "ada@exämple.com")
    page.goto(f"/admin/accounts/user/{boss.pk}/change/")
    page.get_by_label("First name").fill("Ada")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    boss.refresh_from_db()
    assert (boss.first_name, boss.email) == ("Ada", "boss@exämple.com")


def test_two_people_who_edit_the_same_customer_choose_field_by_field(visit, app, editor):
    customer = make_customer(app, name="Ada", phone="+14155552671")
    theirs = visit(path_of(customer) + "edit/", user=make_member(app, Role.EDITOR))
    mine = visit(path_of(customer) + "edit/", user=editor, allows={409})

    theirs.get_by_label("Full name").fill("Ada King")
    theirs.get_by_label("Phone").fill("+442079460000")
    theirs.get_by_role("button", name="Save").click()
    expect(theirs.locator(".message.success")).to_have_text("Saved: full name, phone changed.")

    mine.get_by_label("Full name").fill("Ada Byron")
    mine.get_by_label("City").fill("London")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_role("heading", name="Somebody else changed this customer")).to_be_visible()
    name, phone, city = (mine.get_by_role("row", name=label) for label in ("Full name", "Phone", "City"))
    expect(name).to_contain_text("Ada King")
    expect(name).to_contain_text("Ada Byron")
    for row, chosen in ((name, 1), (phone, 0), (city, 1)):
        expect(row.get_by_role("radio").nth(chosen)).to_be_checked()
    name.get_by_text("Ada King").click()
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator(".message.success")).to_have_text("Saved: city changed.")
    customer.refresh_from_db()
    assert (customer.name, customer.phone, customer.address_city) == ("Ada King", "+442079460000", "London")


def test_a_taken_email_leads_to_the_customer_who_has_it_and_nothing_typed_is_lost(visit, app, editor):
    make_customer(app, email="ada@example.com", name="Ada Lovelace")
    path = f"/dashboard/{app.slug}/commerce/customers/"
    page = visit(path, user=editor, allows={400})
    page.get_by_role("link", name="Add customer").click()
    page.get_by_label("Email").fill("ADA@example.com")
    page.get_by_label("Full name").fill("Another Ada")
    page.get_by_label("Country").select_option("KR")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_role("alert")).to_be_focused()
    email = page.get_by_label("Email")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(re.compile("This email belongs to another customer already"))
    expect(email).to_have_value("ADA@example.com")
    expect(page.get_by_label("Full name")).to_have_value("Another Ada")
    expect(page.get_by_label("Country")).to_have_value("KR")
    page.locator(".field-error").get_by_role("link", name="Open that customer").click()
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Full name")).to_have_value("Another Ada")


def test_a_new_customer_is_made_after_its_mistakes_are_corrected(visit, app, editor):
    page = visit(f"/dashboard/{app.slug}/commerce/customers/new/", user=editor, allows={400})
    page.get_by_label("Email").fill("grace@")
    page.get_by_label("Phone").fill("555 2671")
    page.get_by_role("button", name="Add customer").click()
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_count(2)
    summary.get_by_role("link", name="Phone").click()
    expect(page.get_by_label("Phone")).to_be_focused()
    page.get_by_label("Phone").fill("010-2345-6789")
    page.get_by_label("Country").select_option("KR")
    page.get_by_label("Email").fill("grace@example.com")
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator(".message.success")).to_contain_text("is now a customer of")
    expect(page.get_by_role("link", name="+82 10-2345-6789")).to_be_visible()


def test_a_long_line_of_code_does_not_run_below_its_copy_button(visit, app, editor):
    customer = make_customer(app)
    page = visit(path_of(customer), user=editor, viewport={"width": 390, "height": 800})
    code, button = page.locator("#get_customer-json"), page.get_by_role("button", name="Copy JSON")
    assert code.evaluate("code => code.scrollWidth > code.clientWidth"), "no line is long enough for this test"
    assert code.bounding_box()["x"] + code.bounding_box()["width"] <= button.bounding_box()["x"]


def test_copy_buttons_copy(visit, app, editor):
    customer = make_customer(app, email="ada@example.com")
    page = visit(path_of(customer), user=editor, permissions=["clipboard-read", "clipboard-write"])

    def copied(name, where=page):
        button = where.get_by_role("button", name=name)
        button.click()
        expect(page.locator("#live")).to_have_text("Copied")
        expect(button).to_be_focused()
        return page.evaluate("navigator.clipboard.readText()")

    assert copied("Copy id") == customer.public_id
    assert copied("Copy email") == "ada@example.com"
    for title, call in (("Get this customer", "curl http"), ("Update this customer", "curl -X PATCH http")):
        card = page.get_by_role("region", name=title, exact=True)
        card.get_by_text("curl", exact=True).click()
        text = copied("Copy curl", card)
        assert text.startswith(call) and customer.public_id in text


def test_a_refused_clipboard_is_said_where_it_can_be_seen(visit, app, editor):
    page = visit(path_of(make_customer(app)), user=editor)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.get_by_role("button", name="Copy id").click()
    expect(page.locator("#live")).to_have_text("Copying was refused. Select the text and copy it by hand.")
    expect(page.locator("#live")).to_be_in_viewport()


# -- what the browser says of itself


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


# -- the frame


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


# -- API keys


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
