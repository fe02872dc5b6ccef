"""The messages of the script are in the language of the page, here a made-up one."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from playwright.sync_api import expect

from accounts.models import Role
from tests.browser.conftest import LIST, path_of
from tests.support import pseudo_language
from tests.support.factories import make_customer, make_member


@pytest.fixture(scope="module")
def language(tmp_path_factory):
    directory = tmp_path_factory.mktemp("locale")
    pseudo_language.write_catalogue(directory)
    languages = [*settings.LANGUAGES, (pseudo_language.CODE, "⟦⟧")]
    with override_settings(LANGUAGES=languages, LOCALE_PATHS=[directory]):
        yield pseudo_language.CODE


@pytest.fixture
def open_translated(visit, language):
    """open_translated(path, user): the page at `path`, which this process renders; its files are the server's."""

    def open_translated(path, user, **options):
        client = Client()
        client.force_login(user, "accounts.backends.UsernameOrEmailBackend")

        def answer(route):
            parts = urlsplit(route.request.url)
            kept = {name: value for name, value in route.request.headers.items() if name.startswith("hx-")}
            page = client.get(f"{parts.path}?{parts.query}", headers=kept)
            # Each answer runs in a context of its own, with a connection of its own.
            connection.close()
            route.fulfill(status=page.status_code, headers=dict(page.headers), body=page.content)

        page = visit("/healthz", **options)
        page.route("**/dashboard/**", answer)
        page.goto(path)
        return page

    return open_translated


def test_the_list_is_said_in_the_language_of_the_page(open_translated, shop, language):
    page = open_translated(LIST, make_member(shop, Role.VIEWER, language=language), allows={502})
    live = page.locator("#live")
    page.locator("#search").fill("person0")
    expect(live).to_have_text("⟦⟨9⟩ on this page, ⟨9⟩ matches⟧")
    page.locator("#search").fill("person")
    expect(live).to_have_text("⟦⟨38⟩ matches⟧")
    page.route(re.compile("query=jihu"), lambda route: route.fulfill(status=502, body="no"))
    page.locator("#search").fill("jihu")
    expect(live).to_have_text("⟦The list could not be loaded. Try again.⟧")


def test_copying_is_said_in_the_language_of_the_page(open_translated, app, language):
    page = open_translated(
        path_of(make_customer(app)),
        make_member(app, Role.VIEWER, language=language),
        permissions=["clipboard-read", "clipboard-write"],
    )
    copy = page.get_by_role("button", name="⟦Copy id⟧")
    copy.click()
    expect(page.locator("#live")).to_have_text("⟦Copied⟧")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    copy.click()
    expect(page.locator("#live")).to_have_text("⟦Copying was refused. Select the text and copy it by hand.⟧")


# String literals of the script that are not sentences: selectors, keys, cookies, and an error that nobody is shown.
NO_WORDS_FOR_PEOPLE = {
    "; Secure",
    "=; Path=/; Max-Age=; SameSite=Lax",
    ".rows time",
    ".rows tbody a",
    "Escape",
    "input:not([type=radio], [type=checkbox]), textarea, select",
    "g c",
    "The browser did not copy.",
}
COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`""", re.DOTALL
)
# A word with a capital letter at its beginning, two words in a row, or letters with the end of a sentence.
READS_AS_WORDS = re.compile(r"(?<![^\W_])[A-Z]|[^\W\d_],? +[^\W\d_]|[^\W\d_][.!?…](?!\w)|[^\x00-\x7f]")


def test_the_script_has_no_sentence_of_its_own():
    script = (Path(settings.BASE_DIR) / "static" / "js" / "app.js").read_text()
    # The names of sentences, which the page has.
    script = re.sub(r'\bsentence\("\w+"\)', "sentence()", script)
    literals = {"".join(filter(None, found)) for found in COMMENT_OR_LITERAL.findall(script)}
    literals = {re.sub(r"\$\{[^}]*\}", "", literal) for literal in literals}
    assert {literal for literal in literals if READS_AS_WORDS.search(literal)} - NO_WORDS_FOR_PEOPLE == set()
    assert re.findall(r"""(?:say\(|textContent = |title = )\s*["'`](?!["'`])""", script) == []
