"""Forms as a browser sends them."""

from chaos.pages import posting_form

PAGE = """
<form action="/search"><input name="email" value="not this one"></form>
<form method="post" action="/save/">
  <input type="hidden" name="token" value="a&amp;b"><input name="email" value="">
  <input type="checkbox" name="off"><input type="checkbox" name="on" checked>
  <input type="radio" name="scope" value="read"><input type="radio" name="scope" value="write" checked>
  <select name="country"><option value="">—</option><option value="KR" selected>Korea</option></select>
  <textarea name="note">two
lines</textarea>
  <input type="submit" name="_save" value="Save"><button name="_more" value="1">More</button>
</form>
"""


def test_a_form_sends_what_a_browser_would_send():
    form = posting_form(PAGE, "email")
    assert form.action == "/save/"
    assert form.values == {
        "token": "a&b",
        "email": "",
        "on": "on",
        "scope": "write",
        "country": "KR",
        "note": "two\nlines",
    }


def test_a_page_without_such_a_form_has_none():
    assert posting_form(PAGE, "password") is None
