"""The condition of an index listing: it selects rows by the search indexes.

An index looks up each gram that it is asked for in every row that has the rarest one. Of many grams, the few that leave
little are therefore the quickest to ask for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter

from core.db.sql import Sql, all_of, any_of

from .grams import PART_CONDITIONS, Gram, grams_of, parts_with, word_condition
from .words import Word

BUCKETS_SQL = "proyecta_buckets(app_id, created, email_key, name_key, email_domain)"
# No further gram is asked for once the grams so far leave this share of what the rarest lists.
ENOUGH_GRAMS_SHARE = 0.05
# The share of the rows with one gram of a word that have the next one too, at least: they come together.
NEXT_GRAM_SHARE = 0.3

# The grams of a word, each with the share of rows that have it (an estimate).
Shares = list[tuple[Gram, float]]


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """The condition that lists the customers with some words by the search indexes.

    parts: the indexes to ask, as names in SEARCH_PARTS. ids: {word: its grams} of words that may begin an id.
    grams: the grams of each other word. gramless: the words without grams.
    """

    parts: list[str]
    ids: Mapping[Word, Shares]
    grams: list[Shares]
    gramless: list[Word]

    @property
    def rarest_share(self) -> float | None:
        """The share of rows with the rarest gram; None where there is no gram."""
        return min((share for grams in self.grams for _, share in grams), default=None)

    @property
    def max_share(self) -> float:
        """The largest share of rows that can have all words, as an estimate; 0 where the grams cannot tell."""
        return 0 if self.gramless else min(map(_share_with_all, self.grams), default=0)

    def condition(self, ids: Mapping[Word, Sql], buckets: Sequence[Sequence[int]] = (), bucket_share: float = 1) -> Sql:
        """A condition that the search indexes answer and that every customer with all words passes; others may pass.

        ids: for each word that is an id, the condition that a customer's id begins with it.
        buckets: lists of bucket numbers; a row must be in one of each list, or have an id that begins with a word.
            There must be one where there are no words.
        bucket_share: the share of rows that are in these buckets.
        """
        conditions = [
            self._in_parts(few_grams([grams], 1), [], buckets) | ids[word] for word, grams in self.ids.items()
        ]
        if self.grams or self.gramless or not conditions:
            grams = few_grams(self.grams, bucket_share) if self.grams else []
            conditions.append(self._in_parts(grams, self.gramless, buckets))
        return all_of(conditions)

    def _in_parts(self, grams: list[Gram], words: list[Word], buckets: Sequence[Sequence[int]]) -> Sql:
        in_parts = [
            all_of([PART_CONDITIONS[part], *(word_condition(word, part) for word in words)]) for part in self.parts
        ]
        in_buckets = [Sql(f"{BUCKETS_SQL} && %s::bigint[]", (list(numbers),)) for numbers in buckets]
        return all_of([*(gram.condition() for gram in grams), any_of(in_parts), *in_buckets])


def index_query(words: Iterable[Word], shares: Mapping[Gram, float]) -> IndexQuery:
    """The IndexQuery for `words`, which the search indexes know (see is_indexed).

    shares: the share of rows that have each gram, an estimate; 1 where it is missing.
    """
    words = list(words)
    grams = {word: [(gram, shares.get(gram, 1.0)) for gram in grams_of(word)] for word in words}
    ids = {word: grams.pop(word) for word in words if word.is_id}
    gramless = [word for word, found in grams.items() if not found]
    return IndexQuery(parts_with(words), ids, [found for found in grams.values() if found], gramless)


def few_grams(grams_of_words: Sequence[Shares], share: float) -> list[Gram]:
    """The rarest gram of each word, then the next of each, until they leave ENOUGH_GRAMS_SHARE of the rarest.

    share: the share of rows that is asked for.
    """
    chosen: list[Gram] = []
    by_rarity = [sorted(grams, key=itemgetter(1)) for grams in grams_of_words]
    for turn, grams in enumerate(zip_longest(*by_rarity)):
        for gram, gram_share in sorted(filter(None, grams), key=itemgetter(1)):
            if chosen:
                if share < ENOUGH_GRAMS_SHARE:
                    return chosen
                share *= max(gram_share, NEXT_GRAM_SHARE) if turn else gram_share
            chosen.append(gram)
    return chosen


def _share_with_all(grams: Shares) -> float:
    """The share of rows with all grams of a word that the sample lacks: each gram that is as rare as the rarest makes
    the word less likely."""
    shares = [share for _, share in grams]
    rarest = min(shares)
    return rarest * NEXT_GRAM_SHARE ** (shares.count(rarest) - 1)
