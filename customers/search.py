"""What a search text means, and where in a customer it was found.

A text is folded and split at white space. Every word must occur in the folded email or name or in the digits of the
phone, or be (the beginning of) an id. A word of digits and the punctuation of phone numbers is looked for in the phone
without that punctuation.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.lookups import Contains, Lookup, Regex

from .emails import is_email
from .models import PUNCTUATION, PUNCTUATION_AS_LETTERS, USUAL
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
_trigram_text = Func(F("search_text"), function="proyecta_trigram_text", output_field=TextField())
_BESIDE = f"[a-z0-9 {PUNCTUATION_AS_LETTERS}]"
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
    def has_trigrams(self):
        return _has_trigrams(self.text)

    @property
    def is_unusual(self):
        return bool(_unusual.search(self.text))

    def matches(self):
        """The condition that a customer has this word, as a Q."""
        found = Q(search_text__contains=self.text)
        if self.phone and self.phone != self.text:
            found |= Q(phone__contains=self.phone)
        if self.is_id:
            found |= self.begins_id()
        return found

    def indexed(self):
        """A condition that the search indexes answer and that no match fails (some others may pass), or None.

        None where the indexes know nothing of the word: one usual letter occurs nearly everywhere.
        """
        found = self.indexed_text()
        return found | self.begins_id() if found is not None and self.is_id else found

    def indexed_text(self):
        """The same for the texts alone: an id that begins with the word is no match."""
        found = _indexed_text(self.text)
        if found is not None and self.phone and self.phone != self.text:
            in_phone = _indexed_text(self.phone.lstrip("+"))
            found = None if in_phone is None else found | in_phone
        return found

    def begins_id(self):
        """The condition that a customer's id begins with this word, as a Q."""
        return reduce(or_, (Q(public_id__startswith=text) for text in {self.typed, self.text}))


def _indexed_text(text):
    as_letters = text.translate(_as_letters)
    if _has_trigrams(text):
        local_part = text.partition("@")[0]
        # Each trigram is a list to go through, those of a mail domain long ones: what stands before it is enough.
        enough = as_letters[: len(local_part) + 1] if len(local_part) >= RARE else as_letters
        return Q(Contains(_trigram_text, enough))
    if _unusual.search(text):
        pieces = {text[i : i + 2] for i in range(len(text) - 1) if _unusual.search(text[i : i + 2])} or {text}
        return _has_unusual(pieces)
    if len(text) == 2:
        # Every trigram that it can be a part of, with usual letters beside it; and it itself beside unusual ones.
        return Q(Regex(_trigram_text, f"(^|{_BESIDE}){as_letters}({_BESIDE}|$)")) | _has_unusual({text})
    return None


def _has_trigrams(text):
    return max(map(len, _run.findall(text.translate(_as_letters))), default=0) >= 3


def _has_unusual(pieces):
    return Q(_HasUnusual(sorted(pieces))) & Q(search_text__regex=f"[^{USUAL}]")


class _HasUnusual(Lookup):
    """Whether all of some one- and two-letter pieces are among `proyecta_unusual(search_text)`, by its index."""

    lookup_name = "has_unusual"
    prepare_rhs = False

    def __init__(self, pieces):
        super().__init__(Func(F("search_text"), function="proyecta_unusual"), Value(pieces, output_field=TextField()))

    def as_sql(self, compiler, connection):
        sql, params = self.process_lhs(compiler, connection)
        return f"{sql} @> %s::text[]", [*params, self.rhs.value]


def search_words(text):
    """The words of a search text, without repeats, the longest first."""
    typed = text.split()
    digits = sum(len(_not_digit.sub("", word)) for word in typed if _phone_word.fullmatch(fold(word)))
    words = {}
    for part in typed:
        for folded in fold(part).split():
            words.setdefault(folded, Word(folded, part.strip(), _phone_part(folded, digits >= _WHOLE_NUMBER)))
    return sorted(words.values(), key=lambda word: -len(word.text))


def _phone_part(word, whole_number):
    if not _phone_word.fullmatch(word):
        return ""
    digits = _not_digit.sub("", word)
    if whole_number and digits.startswith("0"):
        digits = digits.lstrip("0") or digits
    return "+" + digits if word.startswith("+") else digits


def matches_all(words):
    """The condition that a customer has every one of `words`, as a Q."""
    return reduce(and_, (word.matches() for word in words), Q())
