"""Every page, in each of its states, in both themes, wide and narrow: axe finds nothing, and nothing is cut off."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from axes.models import AccessFailureLog
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import Role
from tests.browser.conftest import PASSWORD, path_of, rows, search_box, sign_in, with_password
from tests.support.factories import make_app, make_customer, make_key, make_member, make_user

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Off unless asked for.
    "rules": {"target-size": {"enabled": True}},
}
LIST = "/dashboard/shop/commerce/customers/"
PLACE = {"line1": "테헤란로 152", "city": "강남구", "state": "서울특별시", "postal_code": "06236", "country": "KR"}


class Stage:
    """Data for every state of the pages: an app, and people who see it."""

    def __init__(self):
        self.app = make_app("stage", name="Stage")
        self.admin = with_password(make_member(self.app, Role.ADMIN, first_name="Ada", last_name="Lovelace"))
        self.viewer = make_member(self.app, Role.VIEWER)
        self.customer = make_customer(
            self.app, email="minjun@example.kr", name="김민준", phone="+821023456789", address=PLACE
        )
        self.nobody = make_customer(self.app, email=None, name=None)
        self.key, _ = make_key(self.app, name="Billing server")
        self.dashboard = f"/dashboard/{self.app.slug}/"
        self.list = f"{self.dashboard}commerce/customers/"
        self.keys = f"{self.dashboard}developers/keys/"


@pytest.fixture(scope="module")
def stage(database, shop):
    stage = Stage()
    shop.memberships.create(user=stage.admin, role=Role.ADMIN)
    return stage


STATES = {}


def state(open_it):
    """A page in one of its states, opened by open_it(visit, stage)."""
    STATES[open_it.__name__] = open_it
    return open_it


@state
def signing_in(visit, stage):
    return visit("/sign-in/")


@state
def signing_in_with_a_wrong_password(visit, stage):
    page = visit("/sign-in/")
    sign_in(page, stage.viewer, "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    return page


@state
def locked_out(visit, stage):
    user = make_user()
    failures = [AccessFailureLog(username=user.username, ip_address="192.0.2.1", user_agent="", path_info="/")] * 10
    assert len(failures) == settings.AXES_FAILURE_LIMIT
    for failure in failures:
        failure.pk = None
        failure.save(force_insert=True)
    page = visit("/sign-in/", allows={429})
    sign_in(page, user, PASSWORD)
    expect(page.get_by_text("15 minutes")).to_be_visible()
    return page


@state
def a_form_that_is_too_old(visit, stage):
    page = visit("/sign-in/", allows={403})
    page.context.clear_cookies()
    sign_in(page, stage.viewer)
    expect(page.get_by_role("heading", name="This form is too old")).to_be_visible()
    return page


@state
def no_app(visit, stage):
    return visit("/", user=make_user())


@state
def the_list(visit, stage):
    return visit(LIST, user=stage.admin)


@state
def the_list_of_a_viewer(visit, stage):
    return visit(stage.list, user=stage.viewer)


@state
def the_list_with_a_search_and_filters(visit, stage):
    page = visit(LIST + "?email=@example.fr&created_from=2001-01-01&sort=name", user=stage.admin)
    search_box(page).fill("612345678")
    expect(page.locator(".why")).to_be_visible()
    return page


@state
def the_list_with_its_menus_open(visit, stage):
    page = visit(LIST + "?query=person", user=stage.admin)
    expect(page.locator("#count")).to_contain_text("matches")
    page.evaluate("document.querySelectorAll('details').forEach((menu) => { menu.open = true; })")
    return page


@state
def the_list_with_a_row_focused(visit, stage):
    page = visit(LIST, user=stage.admin)
    page.keyboard.press("j")
    return page


@state
def the_empty_list(visit, stage):
    app = make_app()
    return visit(f"/dashboard/{app.slug}/commerce/customers/", user=make_member(app, Role.EDITOR))


@state
def nothing_found(visit, stage):
    return visit(stage.list + "?query=nobody", user=stage.admin)


@state
def a_filter_that_cannot_be_used(visit, stage):
    page = visit(stage.list + "?created_from=yesterday&email=ada", user=stage.admin, allows={400})
    page.locator("summary.pill", has_text="Created").click()
    return page


@state
def a_page_that_is_gone(visit, stage):
    return visit(stage.list + "?starting_after=cus_gone", user=stage.admin, allows={400})


@state
def the_list_of_keys(visit, stage):
    page = visit(stage.list, user=stage.admin)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


@state
def the_menu_of_a_phone(visit, stage):
    page = visit(stage.list, user=stage.admin, viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Menu").click()
    page.locator(".me > summary").click()
    return page


@state
def a_customer(visit, stage):
    return visit(path_of(stage.customer), user=stage.admin)


@state
def a_customer_without_email_and_name(visit, stage):
    return visit(path_of(stage.nobody), user=stage.viewer)


@state
def a_new_customer(visit, stage):
    return visit(stage.list + "new/", user=stage.admin)


@state
def a_new_customer_with_mistakes(visit, stage):
    page = visit(stage.list + "new/", user=stage.admin, allows={400})
    page.get_by_label("Email").fill("minjun@example.kr")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


@state
def an_edit_with_a_mistake(visit, stage):
    page = visit(path_of(stage.nobody) + "edit/", user=stage.admin, allows={400})
    page.get_by_label("Email").fill("minjun@example.kr")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


@state
def two_versions(visit, stage):
    page = visit(path_of(stage.customer) + "edit/", user=stage.admin, allows={409})
    page.locator("[name=version]").evaluate("field => { field.value = 99; }")
    page.get_by_label("Full name").fill("김민서")
    page.get_by_label("City").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Somebody else changed this customer")).to_be_visible()
    return page


@state
def a_customer_just_saved(visit, stage):
    page = visit(path_of(make_customer(stage.app)) + "edit/", user=stage.admin)
    page.get_by_label("Full name").fill("Ada King")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.success")).to_be_visible()
    return page


@state
def the_overview(visit, stage):
    return visit("/dashboard/shop/", user=stage.admin)


@state
def the_overview_with_its_table(visit, stage):
    page = visit("/dashboard/shop/", user=stage.admin)
    page.get_by_text("Show as a table").click()
    return page


@state
def no_api_keys(visit, stage):
    return visit("/dashboard/shop/developers/keys/", user=stage.admin)


@state
def a_new_api_key(visit, stage):
    page = visit(stage.keys, user=stage.admin)
    page.get_by_label("Name").fill("Search server")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#secret")).to_be_visible()
    return page


@state
def an_api_key_with_a_mistake(visit, stage):
    page = visit(stage.keys, user=stage.admin)
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


@state
def revoking_an_api_key(visit, stage):
    return visit(f"{stage.keys}{stage.key.pk}/revoke/", user=stage.admin)


@state
def api_keys_of_which_one_is_revoked(visit, stage):
    page = visit(f"{stage.keys}{make_key(stage.app, name='Old server')[0].pk}/revoke/", user=stage.admin)
    page.get_by_role("button", name="Revoke key").click()
    expect(page.locator(".message.success")).to_be_visible()
    return page


@state
def developers(visit, stage):
    return visit(f"{stage.dashboard}developers/", user=stage.admin)


@state
def the_reference(visit, stage):
    return visit("/v1/docs", user=stage.admin)


@state
def preferences(visit, stage):
    return visit("/account/", user=stage.admin)


@state
def preferences_with_a_mistake(visit, stage):
    page = visit("/account/", user=stage.admin)
    page.get_by_label("First name").evaluate("field => { field.maxLength = 999; }")
    page.get_by_label("First name").fill("Ada" * 99)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


@state
def a_new_password(visit, stage):
    return visit("/account/password/", user=stage.admin)


@state
def a_new_password_with_mistakes(visit, stage):
    page = visit("/account/password/", user=stage.admin)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return page


@state
def not_allowed(visit, stage):
    return visit(stage.list + "new/", user=stage.viewer, allows={403})


@state
def no_such_page(visit, stage):
    return visit(stage.list + "cus_nobody/", user=stage.viewer, allows={404})


@pytest.mark.parametrize("name", STATES)
def test_everybody_can_use(visit, stage, name):
    page = STATES[name](visit, stage)
    page.evaluate(AXE_SCRIPT)
    problems = []
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found = AxeResults(page.evaluate("options => axe.run(options)", OPTIONS))
            if found.violations_count:
                problems.append(f"{width} px, {theme}: {found.generate_report()}")
    # 720 is 1440 at a zoom of 200 %.
    for width in (320, 720):
        page.set_viewport_size({"width": width, "height": 640})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            problems.append(f"{width} px: it scrolls sideways, to {needed} px")
    assert not problems, "\n".join(problems)


def test_the_page_is_in_english_and_has_one_main_heading(visit, stage):
    page = visit(stage.list, user=stage.admin)
    expect(page).to_have_title("Customers · Stage")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("main")).to_have_count(1)


def test_an_email_in_a_row_is_read_out_copied_and_found_as_one_word(visit, stage):
    email = "somebody.with.many.names.and.a.long.address@a-company-of-a-long-name.example.com"
    page = visit(LIST, user=stage.admin, viewport={"width": 390, "height": 844})
    link = page.get_by_role("link", name=email, exact=True)
    select = "element => { getSelection().selectAllChildren(element); return String(getSelection()); }"
    assert link.evaluate(select).strip() == email
    assert page.evaluate("text => { getSelection().empty(); return find(text); }", email)
    # Both ends stay visible: the domain is never cut off.
    shown = link.locator("[data-end]")
    assert shown.get_attribute("data-start") + shown.get_attribute("data-end") == email
    row, place = link.locator("xpath=ancestor::tr").bounding_box(), shown.bounding_box()
    assert row["y"] < place["y"] < row["y"] + row["height"] and place["width"] <= row["width"]


def test_a_short_email_is_shown_once(visit, stage):
    page = visit(LIST + "?query=&email=jihu@example.kr", user=stage.admin)
    cell, ends = rows(page).locator(".middle").bounding_box(), rows(page).locator("[data-end]").bounding_box()
    assert ends["y"] + ends["height"] <= cell["y"], "the ends of the address lie over the whole"
