"""The rows of the table: what is marked in them, and that no text of a customer becomes markup."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.template.loader import get_template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer
from customers.pages.marking import Piece, mark_phone, mark_spans, mark_words
from customers.pages.presentation import table_rows
from customers.search import search_words

ALLOWED = {"tr", "th", "td", "a", "bdi", "span", "code", "mark", "time"}
ATTRIBUTES = {"scope", "class", "href", "title", "aria-hidden", "data-start", "data-end", "datetime"}
# Letters that mean something in HTML, and some that a search marks.
texts = st.text(alphabet="<>&\"'/=` \u200bkKé김mark;", max_size=20)


class Reader(HTMLParser):
    """The tags, the attributes, and the text of a piece of HTML."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.open, self.text = [], [], [], {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        for tag in set(self.open):
            self.text[tag] = self.text.get(tag, "") + text


def rendered(customer, query=""):
    rows = table_rows([customer], search_words(query), "/list/")
    return str(get_template("customers/_rows.html").template.module.table_rows(rows))


def customer_with(**fields):
    return Customer(**{"public_id": "cus_1", "name": "", "created": datetime(2026, 11, 3, 5, 5, tzinfo=UTC), **fields})


@given(email=texts.filter(bool), name=texts, query=texts)
@pytest.mark.parametrize("is_searched", [False, True])
def test_no_name_or_email_becomes_markup(is_searched, email, name, query):
    read = Reader(rendered(customer_with(email=email, name=name), query if is_searched else ""))
    assert set(read.tags) <= ALLOWED and read.open == []
    assert {attribute for attribute, _ in read.attributes} <= ATTRIBUTES
    assert ("title", email) in read.attributes
    assert read.text.get("bdi", "") == name
    assert read.text["a"] == email


@given(typed=texts)
def test_no_typed_word_becomes_markup_in_the_reason_for_a_row(typed):
    customer = customer_with(public_id="cus_abc", phone="+821012345678", email=None)
    read = Reader(rendered(customer, f"{typed} cus_ab 1234"))
    assert set(read.tags) <= ALLOWED and read.open == []


@given(email=texts, name=texts, query=texts)
def test_the_pieces_of_a_text_joined_are_the_text(email, name, query):
    words = [word.text for word in search_words(query)]
    for text in (email, name):
        pieces, found = mark_words(text, words)
        assert "".join(piece.text for piece in pieces) == text
        assert found <= set(words)
        assert any(piece.is_match for piece in pieces) == bool(found)


def test_a_row_without_a_search_has_no_marks():
    html = rendered(customer_with(email="ada.lovelace@example.com", name="Ada"))
    assert "<mark>" not in html and 'class="why"' not in html
    assert 'data-start="ada.lovelace" data-end="@example.com"' in html
    assert '<time datetime="2026-11-03T05:05:00+00:00" title="2026-11-03 05:05:00 UTC">3 Nov 2026, 05:05</time>' in html


def test_a_row_reads_as_one_line_of_html():
    with timezone.override("Asia/Seoul"):
        html = rendered(customer_with(email=None, name="Kim <Min>", phone="+821012345678"), "min 1234")
    assert html == (
        '<tr><th scope="row" class="email"><a href="/list/cus_1/"><span class="none">No email</span> <code>cus_1</code>'
        '</a></th><td class="name"><bdi>Kim &lt;<mark>Min</mark>&gt;</bdi>'
        '<span class="why">phone +82 10-<mark>1234</mark>-5678</span></td>'
        '<td class="when"><time datetime="2026-11-03T14:05:00+09:00" title="2026-11-03 14:05:00 KST">3 Nov 2026, 14:05'
        "</time></td></tr>\n"
    )


def test_each_field_that_is_not_shown_is_named_once():
    customer = customer_with(public_id="cus_abc", phone="+821012345678", email="x@example.com")
    reason = re.search(r'<span class="why">(.*?)</span>', rendered(customer, "cus_ab 5678 1234"))[1]
    assert reason == "id <mark>cus_ab</mark>c, phone +82 10-<mark>1234</mark>-<mark>5678</mark>"


@pytest.mark.parametrize(
    ("text", "spans", "marked"),
    [
        ("abcdef", [], "abcdef"),
        ("abcdef", [(1, 3)], "a[bc]def"),
        ("abcdef", [(0, 2), (2, 4)], "[abcd]ef"),
        ("abcdef", [(3, 6), (0, 4)], "[abcdef]"),
        ("abcdef", [(1, 5), (2, 3)], "a[bcde]f"),
        ("abcdef", [(2, 2)], "abcdef"),
        ("", [], ""),
    ],
)
def test_marks_that_overlap_or_touch_are_one(text, spans, marked):
    assert "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in mark_spans(text, spans)) == marked


def test_digits_that_a_phone_lacks_mark_nothing():
    assert mark_phone("+821012345678", ["9"]) == [Piece("+82 10-1234-5678", False)]
