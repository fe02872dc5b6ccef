"""What a search text means, and where in a customer it was found.

A text is split at white space, and each word tidied, as stored texts are, and folded. Every word must occur in the
folded email or name or in the digits of the phone, or be (the beginning of) an id. A word of digits and the punctuation
of phone numbers is looked for in the phone without that punctuation.
"""

import re
from dataclasses import dataclass

from accounts.unseen import tidy

from .emails import is_email
from .models import PUNCTUATION, PUNCTUATION_AS_LETTERS, USUAL
from .sql import Sql, all_of, any_of, begins_with, contains
from .text import fold

LONGEST = 200
MOST_WORDS = 10
# A text of this length, or longer, is nearly always rare.
RARE = 6
RARE_ID = 16

_phone_word = re.compile(r"\+?[0-9().\-/]*[0-9][0-9().\-/]*")
_not_digit = re.compile(r"[^0-9]")
_unusual = re.compile(f"[^{USUAL}]")
_run = re.compile(r"[^\W_]+")
_as_letters = str.maketrans(PUNCTUATION, PUNCTUATION_AS_LETTERS)
# The condition of the partial index, without which it is not used.
_IS_UNUSUAL = Sql(f"search_text ~ '[^{USUAL}]'")
# A trunk prefix (the 0 of 010-1234-5678) is not part of the E.164 form. With fewer digits than this in the whole text
# a leading 0 is just a digit.
_WHOLE_NUMBER = 7


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search. `text` is folded, `typed` is not; `phone` is what to look for in a phone, or empty."""

    text: str
    typed: str
    phone: str = ""

    @property
    def is_id(self):
        return self.text.startswith("cus_")

    @property
    def is_rare(self):
        """Whether it looks like a whole email address or (nearly) a whole id."""
        return len(self.text) >= RARE_ID if self.is_id else self.text.find("@") >= RARE and is_email(self.text)

    @property
    def has_unusual(self):
        """Whether the index of unusual characters can list the rows with it."""
        return not (self.is_id or self.phone) and bool(_unusual.search(_as_stored(self.text)))

    @property
    def is_unusual(self):
        """Whether no other index can."""
        return self.has_unusual and not _has_trigrams(_as_stored(self.text))

    @property
    def is_two_letters(self):
        """Whether an index can list the rows with it only by all trigrams that its two letters can be a part of."""
        return any(len(text) == 2 and not _unusual.search(text) for text in self._texts)

    def matches(self):
        """The condition that a customer has this word, as Sql."""
        found = contains("search_text", _as_stored(self.text))
        if self.phone and self.phone != self.text:
            found |= contains("phone", self.phone)
        return found | self.begins_id() if self.is_id else found

    def indexed(self):
        """A condition that the search indexes answer and that no match fails (some others may pass), as Sql, or None.

        None where the indexes know nothing of the word: one usual letter occurs nearly everywhere.
        """
        found = self.indexed_text()
        return found | self.begins_id() if found is not None and self.is_id else found

    def indexed_text(self):
        """The same for the texts alone: an id that begins with the word is no match."""
        found = [_indexed(text) for text in self._texts]
        return None if None in found else any_of(found)

    def begins_id(self):
        """The condition that a customer's id begins with this word, as Sql."""
        return any_of(begins_with("public_id", text) for text in sorted({self.typed, self.text}))

    @property
    def _texts(self):
        return sorted({_as_stored(self.text), _as_stored(self.phone)} - {""})


def _as_stored(text):
    return text.translate(_as_letters)


def _indexed(text):
    if _has_trigrams(text):
        return contains("search_text", text)
    if pieces := _unusual_pieces(text):
        return _has_unusual(pieces)
    if len(text) == 2:
        # Every trigram that it can be a part of, with usual letters beside it; and it itself beside unusual ones.
        return Sql("search_text ~ %s", (f"(^|[{USUAL}]){text}([{USUAL}]|$)",)) | _has_unusual({text})
    return None


def _has_trigrams(text):
    return max(map(len, _run.findall(text)), default=0) >= 3


def _unusual_pieces(text):
    """The pieces of one or two letters under which the index of unusual characters has a text without trigrams."""
    if not _unusual.search(text):
        return set()
    return {text[i : i + 2] for i in range(len(text) - 1) if _unusual.search(text[i : i + 2])} or {text}


def _has_unusual(pieces):
    return Sql("proyecta_unusual(search_text) @> %s::text[]", (sorted(pieces),)) & _IS_UNUSUAL


def all_indexed(words):
    """A condition that the search indexes answer and that no customer with all of `words` fails, as Sql. The indexes
    know each of them."""
    pieces = set()
    if any(word.is_unusual for word in words):
        # In the index of unusual characters all at once, those with trigrams too: PostgreSQL would ask one index alone,
        # and work out the pieces of each row that it lists.
        unusual = [word for word in words if word.has_unusual]
        pieces = {piece for word in unusual for piece in _unusual_pieces(_as_stored(word.text))}
        words = [word for word in words if not word.has_unusual]
    conditions = [word.indexed() for word in words]
    return all_of([*conditions, _has_unusual(pieces)] if pieces else conditions)


def search_words(text):
    """The words of a search text, without repeats, the longest first."""
    typed = list(map(tidy, text.split()))
    digits = sum(len(_not_digit.sub("", word)) for word in typed if _phone_word.fullmatch(fold(word)))
    words = {}
    for part in typed:
        for folded in fold(part).split():
            words.setdefault(folded, Word(folded, part, _phone_part(folded, digits >= _WHOLE_NUMBER)))
    return sorted(words.values(), key=lambda word: -len(word.text))


def _phone_part(word, whole_number):
    if not _phone_word.fullmatch(word):
        return ""
    digits = _not_digit.sub("", word)
    if whole_number and digits.startswith("0"):
        digits = digits.lstrip("0") or digits
    return "+" + digits if word.startswith("+") else digits


def matches_all(words):
    """The condition that a customer has every one of `words`, as Sql."""
    return all_of(word.matches() for word in words)
