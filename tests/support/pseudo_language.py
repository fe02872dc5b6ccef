"""A language made of brackets: every sentence that can be translated reads ⟦sentence⟧, so that the others stand out."""

import re
from html.parser import HTMLParser
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from scripts.messages import extracted

CODE = "en-xa"
LOCALE = "en_XA"
PRODUCT = "Proyecta Admin"


def write_catalogue(directory):
    """Compile the language into `directory`, for LOCALE_PATHS: our sentences, and Django's, which it translates."""
    catalog = Catalog(locale="en", fuzzy=False)
    own = [extracted()]
    theirs = sorted(Path(django.__file__).parent.glob("**/locale/en/LC_MESSAGES/django.po"))
    for source in [*(read_po(path.open("rb")) for path in theirs), *own]:
        for message in source:
            if message.id:
                catalog.add(message.id, _bracketed(message.id), context=message.context)
    path = Path(directory) / LOCALE / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as compiled:
        write_mo(compiled, catalog)


def _bracketed(message):
    return tuple(map(_bracketed, message)) if isinstance(message, tuple | list) else f"⟦{message}⟧"


# What is data by its form, whatever page it stands on.
DATA = re.compile(
    r"\S+@\S+|@[\w.]+"  # email addresses and domains
    r"|https?://\S+|(?<!\w)/[\w/.-]+"  # addresses
    r"|\b(?:cus|sk|req|evt)_\w*…?"  # ids and API keys
    r"|\b[A-Z][A-Za-z]+/[A-Z][\w/+-]+|\bUTC\b"  # time zones
    r"|\d{4}-\d\d-\d\dT[\d:.+-]+Z?|\d\d:\d\d:\d\d [A-Z]{3,5}\b"  # moments of machines, and a zone behind a time
)
# Elements whose content is data: names, code, keys, and the first letters of names.
DATA_ELEMENTS = {"bdi", "code", "kbd", "pre", "script", "style"}
DATA_CLASSES = {"tile", "avatar"}
ATTRIBUTES = {
    "alt",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "data-label",
    "data-said",
    "label",
    "placeholder",
    "title",
}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def untranslated(html):
    """The pieces of text on a page that are no translation: text nodes, and attributes that people read or hear.

    A piece counts as data, and not as text, by its form (DATA), by its element, or because it has no Latin letter: the
    tests that use this give their apps, people and customers names in other scripts.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.depth == 0, "A sentence was cut apart after it was translated."
    return reader.found


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found, self.depth, self.open, self.group = [], 0, [], ""

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "optgroup":
            # The region of time zones is a part of their names: Asia in Asia/Seoul.
            self.group = given.pop("label")
        if tag == "option" and self.group:
            if not given["value"].startswith(f"{self.group}/"):
                self._look("optgroup[label]", self.group, 0)
            self.group = ""
        for name, value in given.items():
            button = tag == "input" and given.get("type") in ("submit", "button", "reset") and name == "value"
            if name in ATTRIBUTES or name.startswith("data-say-") or button:
                self._look(f"{tag}[{name}]", value, 0)
        if tag not in VOID:
            data = tag in DATA_ELEMENTS or DATA_CLASSES & set(given.get("class", "").split())
            # Countries and time zones: the name belongs to the code in the value.
            data = data or (tag == "option" and re.fullmatch(r"[A-Z][\w+-]+(/[\w+-]+)*", given.get("value", "")))
            # Names that are the same in every language, and English on a page that says so, as the API's documentation.
            data = data or given.get("translate") == "no" or (tag != "html" and given.get("lang") == "en")
            self.open.append((tag, bool(data)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if not any(data for _, data in self.open):
            self.depth = self._look(" ".join(tag for tag, _ in self.open[-2:]), text, self.depth)

    def _look(self, where, text, depth):
        outside = ""
        for letter in text:
            depth += (letter == "⟦") - (letter == "⟧")
            outside += letter if not depth else " "
        if re.search("[A-Za-z]", DATA.sub(" ", outside).replace(PRODUCT, " ")):
            self.found.append(f"{where}: {' '.join(outside.split())}")
        return depth
