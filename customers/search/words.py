"""The meaning of a search text.

A text is split at white space. Each word is tidied and folded, as stored texts are. A customer matches if every word
occurs in the folded email or name or in the digits of the phone, or begins the id. A word of digits and the punctuation
of phone numbers is looked for in the phone without that punctuation.

To search another field, add it to the database's `proyecta_search_text`: `Word.texts` is what is looked for there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.db.sql import Sql, all_of, any_of, begins_with, contains
from core.folding import fold
from core.invisible import tidy
from customers.models import PUNCTUATION, PUNCTUATION_AS_LETTERS
from customers.values.emails import is_email

MAX_TEXT_LENGTH = 200
MAX_WORDS = 10
# A whole address with so long a local part, or so much of an id, is nearly always one customer's.
MIN_RARE_LOCAL_PART_LENGTH = 6
MIN_RARE_ID_LENGTH = 16
# A trunk prefix (the 0 of 010-1234-5678) is not part of the E.164 form. In a text with fewer digits than these a
# leading 0 is just a digit.
MIN_WHOLE_PHONE_DIGITS = 7

_phone_word = re.compile(r"\+?[0-9().\-/]*[0-9][0-9().\-/]*")
_not_digit = re.compile(r"[^0-9]")
_as_letters = str.maketrans(PUNCTUATION, PUNCTUATION_AS_LETTERS)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search.

    text: folded. typed: as it was given. phone: what to look for in a phone, or an empty string.
    """

    text: str
    typed: str
    phone: str = ""

    @property
    def is_id(self) -> bool:
        return self.text.startswith("cus_")

    @property
    def is_rare(self) -> bool:
        """Whether the word looks like a whole email address or most of an id."""
        if self.is_id:
            return len(self.text) >= MIN_RARE_ID_LENGTH
        return self.text.find("@") >= MIN_RARE_LOCAL_PART_LENGTH and is_email(self.text)

    @property
    def texts(self) -> list[str]:
        """The forms of the word in `search_text`: one of them must occur there."""
        return sorted({_as_stored(self.text), _as_stored(self.phone)} - {""})

    def matches(self) -> Sql:
        """The condition that a customer has this word."""
        found = contains("search_text", _as_stored(self.text))
        if self.phone and self.phone != self.text:
            found |= contains("phone", self.phone)
        return found | self.begins_id() if self.is_id else found

    def begins_id(self) -> Sql:
        """The condition that a customer's id begins with this word."""
        return any_of(begins_with("public_id", text) for text in sorted({self.typed, self.text}))


def search_words(text: str) -> list[Word]:
    """The words of a search text without repeats, the longest first; none where nothing of the text is visible."""
    typed = list(map(tidy, text.split()))
    digits = sum(len(_not_digit.sub("", word)) for word in typed if _phone_word.fullmatch(fold(word)))
    words: dict[str, Word] = {}
    for part in typed:
        for folded in fold(part).split():
            words.setdefault(folded, Word(folded, part, _phone_part(folded, digits >= MIN_WHOLE_PHONE_DIGITS)))
    return sorted(words.values(), key=lambda word: -len(word.text))


def matches_all(words: Iterable[Word]) -> Sql:
    """The condition that a customer has every one of `words`, at least one."""
    return all_of(word.matches() for word in words)


def _as_stored(text: str) -> str:
    return text.translate(_as_letters)


def _phone_part(word: str, is_whole_number: bool) -> str:
    if not _phone_word.fullmatch(word):
        return ""
    digits = _not_digit.sub("", word)
    if is_whole_number and digits.startswith("0"):
        digits = digits.lstrip("0") or digits
    return "+" + digits if word.startswith("+") else digits
