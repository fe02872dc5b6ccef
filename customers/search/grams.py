"""Grams: the pieces of words by which the search indexes list customers.

A trigram index lists rows by three letters or digits. Rows with unusual characters (`USUAL` in the models has the usual
ones) are also listed by one or two characters, so that names of one or two characters in Han or Hangul are found.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from core.db.sql import Sql, all_of, any_of, contains
from customers.models import HANGUL, SEARCH_PARTS, USUAL

from .words import Word

_unusual = re.compile(f"[^{USUAL}]")
_hangul = re.compile(f"[{HANGUL}]")
# The conditions of the partial indexes. PostgreSQL uses such an index only for a statement with its condition.
PART_CONDITIONS = {
    part: all_of(Sql(f"search_text !~ '{pattern}'") for pattern in patterns) for part, patterns in SEARCH_PARTS.items()
}


class Gram(NamedTuple):
    """A piece of a word: three letters or digits; or, where `unusual`, one or two characters, one of them unusual."""

    text: str
    unusual: bool

    def condition(self) -> Sql:
        """The condition that a row has this gram, as its search index answers it."""
        if self.unusual:
            return Sql("proyecta_unusual(search_text) @> ARRAY[%s]", (self.text,))
        return contains("search_text", self.text)


def is_indexed(word: Word) -> bool:
    """Whether the search indexes can list the rows with the word: they cannot for one usual letter."""
    return all(len(text) > 1 or _unusual.search(text) for text in word.texts)


def is_two_letters(word: Word) -> bool:
    """Whether the word is two usual letters, which an index lists by every trigram that they can be part of."""
    return any(len(text) == 2 and not _unusual.search(text) for text in word.texts)


def grams_of(word: Word) -> list[Gram]:
    """The grams that every row with this word has; none for two usual letters and for words with a second form."""
    if len(word.texts) > 1 or is_two_letters(word):
        return []
    return _grams(word.texts[0])


def parts_with(words: Iterable[Word]) -> list[str]:
    """The names of the SEARCH_PARTS that can hold rows with all of `words`."""
    words = list(words)
    if any(all(map(_hangul.search, word.texts)) for word in words):
        return ["hangul"]
    if any(all(map(_unusual.search, word.texts)) for word in words):
        return ["hangul", "other"]
    return list(PART_CONDITIONS)


def word_condition(word: Word, part: str) -> Sql:
    """The condition that a row has the word, as the search index of `part` (a name in SEARCH_PARTS) answers it; other
    rows may pass."""
    return any_of(_text_condition(text, part) for text in word.texts)


def _text_condition(text: str, part: str) -> Sql:
    if grams := _grams(text):
        return all_of(gram.condition() for gram in grams)
    # Two usual letters: with a usual letter beside them they are in a trigram, beside unusual ones a gram of their own.
    beside_usual = Sql("search_text ~ %s", (f"(^|[{USUAL}]){text}([{USUAL}]|$)",))
    return beside_usual if part == "usual" else beside_usual | Gram(text, True).condition()


def _grams(text: str) -> list[Gram]:
    return _trigrams(text) or _unusual_grams(text)


def _trigrams(text: str) -> list[Gram]:
    pieces = dict.fromkeys(text[i : i + 3] for i in range(len(text) - 2))
    # PostgreSQL makes no trigrams of numbers that are not digits, such as the fractions of Bengali.
    return [Gram(piece, False) for piece in pieces if all(c.isalpha() or c.isdecimal() for c in piece)]


def _unusual_grams(text: str) -> list[Gram]:
    if not _unusual.search(text):
        return []
    pairs = (text[i : i + 2] for i in range(len(text) - 1))
    pieces = dict.fromkeys(pair for pair in pairs if _unusual.search(pair)) or {text: None}
    return [Gram(piece, True) for piece in pieces]
