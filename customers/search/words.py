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

from core.db.sql import Sql, all_of, any_of, begins_with, contains
from core.folding import fold
from core.invisible import tidy
from customers.models import HANGUL, PUNCTUATION, PUNCTUATION_AS_LETTERS, SEARCH_PARTS, USUAL
from customers.values.emails import is_email

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
_hangul = re.compile(f"[{HANGUL}]")
_as_letters = str.maketrans(PUNCTUATION, PUNCTUATION_AS_LETTERS)
# The conditions of the search indexes, without which they are not used.
_PARTS = {
    part: all_of(Sql(f"search_text !~ '{pattern}'") for pattern in patterns) for part, patterns in SEARCH_PARTS.items()
}
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
        """Whether all texts with it have unusual characters."""
        return all(map(_unusual.search, self.texts))

    @property
    def has_hangul(self):
        """Whether all texts with it have Hangul."""
        return all(map(_hangul.search, self.texts))

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
        """The Grams that all texts with this word have. None where it is two words in one, or of two letters alone."""
        if len(self.texts) > 1 or self.is_two_letters:
            return []
        (text,) = self.texts
        return _trigrams(text) or _unusual_grams(text)

    def begins_id(self):
        """The condition that a customer's id begins with this word, as Sql."""
        return any_of(begins_with("public_id", text) for text in sorted({self.typed, self.text}))

    @property
    def texts(self):
        """What to look for in `search_text`, one or the other."""
        return sorted({_as_stored(self.text), _as_stored(self.phone)} - {""})


def _as_stored(text):
    return text.translate(_as_letters)


def _indexed(text, part):
    if grams := _trigrams(text) or _unusual_grams(text):
        return all_of(map(_has_gram, grams))
    # Two usual letters: every trigram that they can be a part of, with usual letters beside them; and they themselves
    # beside unusual ones.
    around = Sql("search_text ~ %s", (f"(^|[{USUAL}]){text}([{USUAL}]|$)",))
    return around if part == "usual" else around | _has_gram(Gram(text, True))


def _trigrams(text):
    pieces = dict.fromkeys(text[i : i + 3] for i in range(len(text) - 2))
    # What PostgreSQL makes trigrams of: not the numbers that are no digits, such as those of Bengali fractions.
    return [Gram(piece, False) for piece in pieces if all(c.isalpha() or c.isdecimal() for c in piece)]


def _unusual_grams(text):
    if not _unusual.search(text):
        return []
    pieces = {text[i : i + 2]: None for i in range(len(text) - 1) if _unusual.search(text[i : i + 2])} or [text]
    return [Gram(piece, True) for piece in pieces]


def _has_gram(gram):
    if gram.unusual:
        return Sql("proyecta_unusual(search_text) @> ARRAY[%s]", (gram.text,))
    return contains("search_text", gram.text)


def _parts(words):
    """Those of SEARCH_PARTS that may have rows with all words in their texts."""
    if any(word.has_hangul for word in words):
        return ["hangul"]
    return ["hangul", "other"] if any(word.has_unusual for word in words) else list(_PARTS)


class Index:
    """What to ask the search indexes for all of `words`, which they know.

    share: a function of a Gram, the share of rows that have it, more or less. An index looks at each gram that it is
    asked for in each row that has the rarest, so that of many the few that leave little are the quickest to ask.
    """

    def __init__(self, words, share):
        self._parts = _parts(words)
        grams = {word: [(gram, share(gram)) for gram in word.grams] for word in words}
        self._ids = {word: grams.pop(word) for word in words if word.is_id}
        self._others = [word for word, found in grams.items() if not found]
        self._grams = [found for found in grams.values() if found]
        self.share = min((share for grams in self._grams for _, share in grams), default=None)

    @property
    def most(self):
        """The share of rows that have all words, at most, more or less; 0 where that of their grams does not tell."""
        return min(map(_share_of_all, self._grams), default=0) if not self._others else 0

    def listing(self, begins_id, buckets=(), share=1):
        """A condition that the search indexes answer and that no customer with all words fails (some others may pass),
        as Sql.

        begins_id: what gives the condition that an id begins with a Word. buckets: lists of the numbers of buckets; to
        answer for those rows that are in one of each, or whose id begins with a word. Without words there has to be
        one. share: that of the rows that are in them, where it is known.
        """
        conditions = [
            self._in_parts(_few([grams], 1), [], buckets) | begins_id(word) for word, grams in self._ids.items()
        ]
        if self._grams or self._others or not conditions:
            grams = _few(self._grams, share) if self._grams else []
            conditions.append(self._in_parts(grams, self._others, buckets))
        return all_of(conditions)

    def _in_parts(self, grams, words, buckets):
        def in_part(part):
            texts = [any_of(_indexed(text, part) for text in word.texts) for word in words]
            return all_of([_PARTS[part], *texts])

        return all_of([*map(_has_gram, grams), any_of(map(in_part, self._parts)), *map(_in_bucket, buckets)])


def _in_bucket(numbers):
    return Sql(f"{_BUCKETS} && %s::bigint[]", (numbers,))


def _share_of_all(grams):
    """The share of rows that have all grams of a word, where none is known that has: of grams that nobody is known to
    have, which are the rarest, each makes it less likely."""
    shares = [share for _, share in grams]
    return min(shares) * OF_ONE_WORD ** (shares.count(min(shares)) - 1)


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
