"""Text as people type it: what may be stored, and the folded form in which texts are compared by the search."""

import re
import unicodedata

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

# Marks that only colour a letter: the blocks of combining diacritical marks, Hebrew points, Arabic vowel signs.
# Not all combining characters: the marks of Devanagari or Thai are vowels, and は is not ば.
MARKS = (
    "\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f"
    "\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u064b-\\u065f\\u0670"
)
LETTERS = "øđðłıħς"
PLAIN_LETTERS = "oddlihσ"
SPELLED_OUT = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_marks = re.compile(f"[{MARKS}]")
_letters = str.maketrans(dict(zip(LETTERS, PLAIN_LETTERS, strict=True)) | SPELLED_OUT)


def fold(text):
    """`text` without case, accents, width and Unicode form, as the database does it in `proyecta_name_key`.

    NFKD, marks off, NFKC, lower case (Unicode Standard Annex 15), and letters that have no decomposition spelled
    plainly (ł as l, ß as ss). Idempotent.
    """
    if text.isascii():
        return text.lower()
    bare = _marks.sub("", unicodedata.normalize("NFKD", text))
    lowered = "".join([letter.lower() for letter in unicodedata.normalize("NFKC", bare)])
    return lowered.translate(_letters)


def fold_spans(text):
    """The folded text, and for each of its characters the index in `text` that it came from.

    Folding is not letter by letter (a syllable may be typed as three letters), so a group of a base and all that
    combines with it is folded at once.
    """
    folded, origins = [], []
    for start, end in _clusters(text):
        for letter in fold(text[start:end]):
            folded.append(letter)
            origins.append((start, end))
    return "".join(folded), origins


def _clusters(text):
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or not _joins(text[index]):
            yield start, index
            start = index


def _joins(letter):
    # Hangul medial and final letters compose with the initial before them without being combining marks.
    return unicodedata.combining(letter) or "\u1160" <= letter <= "\u11ff" or letter in "\uff9e\uff9f"


def text_problem(text: str, noun: str | Promise, limit: int) -> str:
    """A sentence that says why `text` cannot be stored, or an empty text where it can.

    noun: what the sentence calls the text, such as "The name". limit: in characters.
    """
    if len(text) > limit:
        return ngettext(
            "%(field)s is %(length)s character long; at most %(limit)s fit.",
            "%(field)s is %(length)s characters long; at most %(limit)s fit.",
            len(text),
        ) % {"field": noun, "length": number_format(len(text), force_grouping=True), "limit": limit}
    if text.isprintable():
        # Nearly always, and by far the fastest to find out.
        return ""
    for letter in text:
        category = unicodedata.category(letter)
        if category == "Cc":
            return gettext("%(field)s has a control character (%(code)s); remove it.") % {
                "field": noun,
                "code": f"U+{ord(letter):04X}",
            }
        if category == "Cs":
            return gettext("%(field)s has half of a character in it (a lone surrogate); type it again.") % {
                "field": noun
            }
    return ""
