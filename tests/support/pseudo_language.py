"""A language made of brackets: a sentence reads ⟦sentence with a ⟨value⟩⟧, so that what is not translated stands out."""

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
PLACEHOLDER = r"%\(\w+\)[sd]|%[sd]|\{\w+\}"
# The sentences whose values are names of parameters, which are the same in every language.
SENTENCES_ABOUT_PARAMETERS = {
    "This page has no filter named “%(name)s”. It has %(filters)s.",
    "The address has %(name)s twice, with different values. Give it once.",
    "This list has no filter named “%(name)s”.",
    "Sort by one of %(sorts)s.",
}


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
    if isinstance(message, tuple | list):
        return tuple(map(_bracketed, message))
    if message in SENTENCES_ABOUT_PARAMETERS:
        return f"⟦{message}⟧"
    return "⟦" + re.sub(PLACEHOLDER, "⟨\\g<0>⟩", message) + "⟧"


# What is data by its form, whatever page it stands on.
DATA = re.compile(
    r"\S+@\S+|@[\w.]+"  # email addresses and domains
    r"|https?://\S+|(?<!\w)/[\w/.-]+"  # addresses
    r"|\b(?:cus|sk|req|evt)_\w*…?"  # ids and API keys
    r"|\b[a-z]+(?:_[a-z]+)+\b"  # names in code
    r"|\bU\+[0-9A-F]{4,6}\b"  # characters
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

    A piece counts as data, and not as text, by its form (DATA), by its element, as a word that the page itself marks
    with translate="no", or because it has no Latin letter: the tests that use this give their apps, people and
    customers names in other scripts.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.brackets == "", "A sentence was cut apart after it was translated."
    return reader.found


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.phrases = set()
        self.pieces, self.names, self.brackets, self.open, self.group = (
            [],
            set(PRODUCT.lower().split()),
            "",
            [],
            "",
        )

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "optgroup":
            # The region of time zones is a part of their names: Asia in Asia/Seoul.
            self.group = given.pop("label")
        if tag == "option" and self.group:
            if not given["value"].startswith(f"{self.group}/"):
                self._look("optgroup[label]", self.group)
            self.group = ""
        is_data = any(data for _, data, _ in self.open)
        for name, value in given.items() if not is_data else ():
            button = tag == "input" and given.get("type") in ("submit", "button", "reset") and name == "value"
            if name in ATTRIBUTES or name.startswith("data-say-") or button:
                self._look(f"{tag}[{name}]", value)
        if tag not in VOID:
            data = tag in DATA_ELEMENTS or DATA_CLASSES & set(given.get("class", "").split())
            # Countries and time zones: the name belongs to the code in the value.
            data = data or (tag == "option" and re.fullmatch(r"[A-Z][\w+-]+(/[\w+-]+)*", given.get("value", "")))
            # Names that are the same in every language, and English on a page that says so, as the API's documentation.
            data = data or given.get("translate") == "no" or (tag != "html" and given.get("lang") == "en")
            self.open.append((tag, bool(data), given.get("translate") == "no" or given.get("lang") == "en"))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    @property
    def found(self):
        """The pieces with a letter, in words that the page does not mark as English or the same in every language."""
        found = []
        for where, text in self.pieces:
            words = " ".join(text.split())
            for phrase in sorted(self.phrases, key=len, reverse=True):
                words = re.sub(rf"\b{re.escape(phrase)}\b", " ", words, flags=re.IGNORECASE) if phrase else words
            words = " ".join(word for word in re.split(r"[\s,]+", words) if word.lower() not in self.names)
            found.append((where, words))
        return [f"{where}: {text}" for where, text in found if re.search("[A-Za-z]", text)]

    def handle_data(self, text):
        if self.open and self.open[-1][2]:
            self.phrases.add(" ".join(text.split()))
        if not any(data for _, data, _ in self.open):
            self.brackets = self._look(" ".join(tag for tag, *_ in self.open[-2:]), text, self.brackets)

    def _look(self, where, text, brackets=""):
        """Note what of `text` stands in no sentence. Returns the brackets that are open behind it.

        brackets: those that are open before it. A value in a sentence is as free as text outside of sentences.
        """
        outside = ""
        for letter in text:
            if letter in "⟦⟨":
                brackets += letter
            elif letter in "⟧⟩":
                brackets = brackets[:-1]
            outside += " " if letter in "⟦⟨⟩⟧" or brackets.endswith("⟦") else letter
        self.pieces.append((where, DATA.sub(" ", outside)))
        return brackets
