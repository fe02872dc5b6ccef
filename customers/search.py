"""What a search text means, and where in a customer it was found.

A text is split at white space, and each word tidied, as stored texts are, and folded. Every word must occur in the
folded email or name or in the digits of the phone, or be (the beginning of) an id. A word of digits and the punctuation
of phone numbers is looked for in the phone without that punctuation.
"""

import re
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter
from typing import NamedTuple

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
# The part of what the rarest gram of a search lists that it is not worth asking for more grams to shorten; and what at
# least a second gram of the same word leaves, having come with the first.
LITTLE = 0.05
OF_ONE_WORD = 0.3

_phone_word = re.compile(r"\+?[0-9().\-/]*[0-9][0-9().\-/]*")
_not_digit = re.compile(r"[^0-9]")
_unusual = re.compile(f"[^{USUAL}]")
_as_letters = str.maketrans(PUNCTUATION, PUNCTUATION_AS_LETTERS)
# The condition of the partial index, without which it is not used.
_IS_UNUSUAL = Sql(f"search_text !~ '^[{USUAL}]*$'")
_BUCKETS = "proyecta_buckets(app_id, created, email_key, name_key, email_domain)"
# A trunk prefix (the 0 of 010-1234-5678) is not part of the E.164 form. With fewer digits than this in the whole text
# a leading 0 is just a digit.
_WHOLE_NUMBER = 7


class Gram(NamedTuple):
    """A piece of a word by which a search index lists rows: three letters; or, where `unusual`, one or two with a
    character among them that is not usual."""

    text: str
    unusual: bool


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
        return self.has_unusual and not _trigrams(_as_stored(self.text))

    @property
    def is_two_letters(self):
        """Whether an index can list the rows with it only by all trigrams that its two letters can be a part of."""
        return any(len(text) == 2 and not _unusual.search(text) for text in self.texts)

    def matches(self):
        """The condition that a customer has this word, as Sql."""
        found = contains("search_text", _as_stored(self.text))
        if self.phone and self.phone != self.text:
            found |= contains("phone", self.phone)
        return found | self.begins_id() if self.is_id else found

    def found_in(self, rows):
        """Those of some rows, tuples that begin with the `search_text`, that have it there."""
        texts = self.texts
        if len(texts) == 1:
            (text,) = texts
            return [row for row in rows if text in row[0]]
        return [row for row in rows if any(text in row[0] for text in texts)]

    @property
    def is_indexed(self):
        """Whether the search indexes know of it: one usual letter occurs nearly everywhere."""
        return all(len(text) > 1 or _unusual.search(text) for text in self.texts)

    @property
    def grams(self):
        """The Grams that all rows with this word have. None where it is two words in one, or of two letters alone."""
        if self.is_id or len(self.texts) > 1 or self.is_two_letters:
            return []
        (text,) = self.texts
        return _trigrams(text) or _unusual_grams(text)

    @property
    def unusual_grams(self):
        """Those of them that are unusual, or would be if there were no others."""
        return _unusual_grams(_as_stored(self.text)) if self.has_unusual else []

    def indexed(self, buckets=()):
        """A condition that the search indexes answer and that no match fails (some others may pass), as Sql; for a word
        that they know. buckets: lists of the numbers of buckets; to answer for those rows that are in one of each."""
        found = self.indexed_text(buckets)
        return found | self.begins_id() if self.is_id else found

    def indexed_text(self, buckets=()):
        """The same for the texts alone: an id that begins with the word is no match."""
        return any_of(_indexed(text, buckets) for text in self.texts)

    def begins_id(self):
        """The condition that a customer's id begins with this word, as Sql."""
        return any_of(begins_with("public_id", text) for text in sorted({self.typed, self.text}))

    @property
    def texts(self):
        """What to look for in `search_text`, one or the other."""
        return sorted({_as_stored(self.text), _as_stored(self.phone)} - {""})


def _as_stored(text):
    return text.translate(_as_letters)


def _indexed(text, buckets):
    if grams := _trigrams(text) or _unusual_grams(text):
        return _has_grams(grams, buckets)
    # Two usual letters: every trigram that they can be a part of, with usual letters beside them; and they themselves
    # beside unusual ones.
    around = Sql("search_text ~ %s", (f"(^|[{USUAL}]){text}([{USUAL}]|$)",))
    return _in_buckets(around, buckets) | _has_grams([Gram(text, True)], buckets)


def _trigrams(text):
    pieces = dict.fromkeys(text[i : i + 3] for i in range(len(text) - 2))
    # What PostgreSQL makes trigrams of: not the numbers that are no digits, such as those of Bengali fractions.
    return [Gram(piece, False) for piece in pieces if all(c.isalpha() or c.isdecimal() for c in piece)]


def _unusual_grams(text):
    if not _unusual.search(text):
        return []
    pieces = {text[i : i + 2]: None for i in range(len(text) - 1) if _unusual.search(text[i : i + 2])} or [text]
    return [Gram(piece, True) for piece in pieces]


def _has_grams(grams, buckets):
    conditions = []
    if trigrams := [gram.text for gram in grams if not gram.unusual]:
        conditions.append(_in_buckets(all_of(contains("search_text", text) for text in trigrams), buckets))
    if unusual := [gram.text for gram in grams if gram.unusual]:
        found = Sql("proyecta_unusual(search_text) @> %s::text[]", (unusual,)) & _IS_UNUSUAL
        # As that index has them: as texts.
        conditions.append(_in_buckets(found, [list(map(str, numbers)) for numbers in buckets], "text"))
    return all_of(conditions)


def _in_buckets(condition, buckets, type="bigint"):
    cast = "" if type == "bigint" else f"::{type}[]"
    return all_of([condition, *[Sql(f"{_BUCKETS}{cast} && %s::{type}[]", (numbers,)) for numbers in buckets]])


class Index:
    """What to ask the search indexes for all of `words`, which they know.

    share: a function of a Gram, the share of rows that have it, more or less. An index looks at each gram that it is
    asked for in each row that has the rarest, so that of many the few that leave little are the quickest to ask.
    """

    def __init__(self, words, share):
        in_one = any(word.is_unusual for word in words)
        # In the index of unusual characters all at once, those with trigrams too: PostgreSQL would ask one index alone,
        # and work out the grams of each row that it lists.
        grams = {word: in_one and word.unusual_grams or word.grams for word in words}
        self._others = [word for word in words if not grams[word]]
        self._grams = [[(gram, share(gram)) for gram in grams[word]] for word in words if grams[word]]
        self.share = min((share for grams in self._grams for _, share in grams), default=None)

    def listing(self, buckets=(), share=1):
        """A condition that the search indexes answer and that no customer with all words fails (some others may pass),
        as Sql. buckets: as in Word.indexed(); share: that of the rows that are in them, where it is known."""
        conditions = [word.indexed(buckets) for word in self._others]
        return all_of([*conditions, _has_grams(_few(self._grams, share), buckets)] if self._grams else conditions)


def _few(grams_of_words, left):
    """The rarest gram of each word, then the next of each, and so on until little is left of what the first lists.

    grams_of_words: (gram, share) of all of each word; left: the share of it that is asked for.
    """

    def rarest_first(grams):
        return sorted(grams, key=itemgetter(1))

    chosen = []
    for number, grams in enumerate(zip_longest(*map(rarest_first, grams_of_words))):
        for gram, share in rarest_first(filter(None, grams)):
            if chosen:
                if left < LITTLE:
                    return chosen
                left *= max(share, OF_ONE_WORD) if number else share
            chosen.append(gram)
    return chosen


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
