"""Forms of a page as a browser reads them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

UNSENT_TYPES = {"submit", "button", "reset", "image", "file"}


@dataclass(slots=True)
class Form:
    """A form: where it leads, empty for the page itself, and what it sends if nobody changes it."""

    method: str
    action: str
    values: dict[str, str] = field(default_factory=dict)


def posting_form(html: str, name: str) -> Form | None:
    """The first form of the page that is sent by POST and has a field of this name; None if there is none."""
    reader = _FormReader()
    reader.feed(html)
    return next((form for form in reader.forms if form.method == "post" and name in form.values), None)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None and tag == "input":
            self._read_input(self._form, given)
        elif self._form is not None and tag == "select":
            self._select = given.get("name", "")
            self._form.values.setdefault(self._select, "")
        elif self._form is not None and tag == "option" and self._select and "selected" in given:
            self._form.values[self._select] = given.get("value", "")
        elif self._form is not None and tag == "textarea":
            self._textarea = given.get("name", "")
            self._form.values[self._textarea] = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def _read_input(self, form: Form, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if not name or kind in UNSENT_TYPES or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        form.values[name] = given.get("value", "on" if kind == "checkbox" else "")
