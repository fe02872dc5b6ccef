"""Reading and editing one customer in a browser, with the page's script."""

import re

from playwright.sync_api import expect

from accounts.models import Role
from tests.browser.conftest import path_of
from tests.support.factories import make_customer, make_member, make_superuser


def test_an_edit_says_what_it_changed(visit, app, editor):
    customer = make_customer(app, name="Ada", phone="+14155552671")
    page = visit(path_of(customer), user=editor)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Full name").fill("Ada King")
    page.get_by_label("City").fill("London")
    page.get_by_label("Country").select_option("GB")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.success")).to_have_text("Saved. Changed: Full name, City, Country.")
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
    expect(page.get_by_role("status").filter(has_text="Saved")).to_have_text("Saved. Changed: Full name.")
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
    expect(theirs.locator(".message.success")).to_have_text("Saved. Changed: Full name, Phone.")

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
    expect(mine.locator(".message.success")).to_have_text("Saved. Changed: City.")
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
