"""Text as people type it: the folded form in which the search compares texts, and the check of what may be stored."""

import re
import unicodedata
from collections.abc import Iterator

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

# Marks that a search may ignore: the blocks of combining diacritical marks, Hebrew points, Arabic vowel signs. Other
# combining characters make another letter: those of Devanagari and Thai are vowels, and は is not ば.
COMBINING_MARKS = (
    "\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f"
    "\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u064b-\\u065f\\u0670"
)
# Letters without a decomposition in Unicode, and the plain letters that they are folded to.
UNDECOMPOSED_LETTERS = "øđðłıħς"
PLAIN_LETTERS = "oddlihσ"
EXPANDED_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_marks = re.compile(f"[{COMBINING_MARKS}]")
_letters = str.maketrans(dict(zip(UNDECOMPOSED_LETTERS, PLAIN_LETTERS, strict=True)) | EXPANDED_LETTERS)


def fold(text: str) -> str:
    """Remove differences of case, accents, width and Unicode form, as proyecta_name_key() does in the database.

    The steps: NFKD (UAX 15), without combining marks, NFKC, lower case, and plain letters for those that have no
    decomposition: l for ł, ss for ß. Idempotent.
    """
    if text.isascii():
        return text.lower()
    bare = _marks.sub("", unicodedata.normalize("NFKD", text))
    lowered = "".join([letter.lower() for letter in unicodedata.normalize("NFKC", bare)])
    return lowered.translate(_letters)


def fold_spans(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the folded text, and for each of its characters the (start, end) in `text` that it comes from.

    A base and the characters that combine with it are folded together: a Hangul syllable may be typed as three letters.
    """
    folded: list[str] = []
    origins: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        for letter in fold(text[start:end]):
            folded.append(letter)
            origins.append((start, end))
    return "".join(folded), origins


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or not _joins(text[index]):
            yield start, index
            start = index


def _joins(letter: str) -> bool:
    # Hangul vowels and final consonants compose with the letters before them, but are not combining characters.
    return unicodedata.combining(letter) > 0 or "\u1160" <= letter <= "\u11ff" or letter in "\uff9e\uff9f"


def text_problem(text: str, limit: int) -> str:
    """Return a sentence that says why `text` cannot be stored, or an empty string if it can.

    limit: in characters.
    """
    if len(text) > limit:
        return ngettext(
            "Use at most %(limit)s character; this has %(length)s.",
            "Use at most %(limit)s characters; this has %(length)s.",
            limit,
        ) % {
            "limit": number_format(limit, force_grouping=True),
            "length": number_format(len(text), force_grouping=True),
        }
    if text.isprintable():
        # Fast path of nearly all texts.
        return ""
    for letter in text:
        category = unicodedata.category(letter)
        if category == "Cc":
            return gettext("Remove the control character %(code)s.") % {"code": f"U+{ord(letter):04X}"}
        if category == "Cs":
            return gettext("Type this again: it has half of a character in it (a lone surrogate).")
    return ""
