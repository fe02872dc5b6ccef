"""Cookies of another application on the same host, which the server cannot read."""

from playwright.sync_api import expect

from tests.browser.conftest import LIST


def test_a_cookie_that_the_server_cannot_read_signs_nobody_out(visit, viewer):
    page = visit(LIST, user=viewer, allows={400})
    for cookie in ("name=Zoë; Path=/", "이름=김; Path=/dashboard", "ä=1; Path=/; Domain=127.0.0.1"):
        page.evaluate("cookie => { document.cookie = cookie }", cookie)
        page.goto(f"{LIST}?sort=email")
        expect(page).to_have_title("Customers · Shop")
        assert page.evaluate("document.cookie").isascii()


def test_where_the_cookie_cannot_be_removed_the_page_says_what_to_do(visit, viewer, site):
    page = visit(LIST, user=viewer, allows={400})
    page.context.add_cookies([{"name": "name", "value": "Zoë", "url": site, "httpOnly": True}])
    page.goto(LIST)
    expect(page.get_by_role("heading")).to_have_text("A cookie is in the way")
    page.context.clear_cookies(name="name")
    page.goto(LIST)
    expect(page).to_have_title("Customers · Shop")
