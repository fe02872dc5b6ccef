"""Selectivities: the share of customers that have each word, estimated from a sample."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from core.db.sql import Sql

from .buckets import domain_bucket
from .costs import Costs
from .criteria import Criteria
from .grams import grams_of, is_indexed, is_two_letters
from .index import IndexQuery, index_query
from .sample import Rows, Sample, count_alike_ids, take_sample, with_all_words
from .statements import Scope
from .words import Word


@dataclass(frozen=True, slots=True)
class Estimates:
    """The selectivities that the planner compares ways by. Every share is of all rows, from 0 to 1.

    sample: what they were estimated from. word_shares: the share of rows with each word.
    asked_words: the words that the indexes are asked for; none where they know none of the words.
    asks_all_words: whether these are all words of the search. index: what to ask the indexes for.
    filter_buckets: lists of buckets that every index listing is limited to, such as that of the domain filtered by.
    passing_share: of rows that have the words implied by the filters. matching_share: of rows that have all words.
    listed_share: of rows that the indexes list. rarest_share: of rows in the shortest list that they read for that.
    unseen_matches: how many matches are assumed if a walk has none.
    matching_keys: in an order of texts, the keys of the matches in the sample. share_before_match: what share of the
    sample comes before the first of them; 0 where there are none.
    """

    sample: Sample
    word_shares: dict[Word, float]
    asked_words: list[Word]
    asks_all_words: bool
    index: IndexQuery
    filter_buckets: list[list[int]]
    passing_share: float
    matching_share: float
    listed_share: float
    rarest_share: float
    unseen_matches: float
    matching_keys: list[str]
    share_before_match: float

    @property
    def of_two_letters(self) -> bool:
        """Whether the indexes are asked for a word of two letters, which takes them longer."""
        return any(map(is_two_letters, self.asked_words))


def estimate(scope: Scope, words: Sequence[Word], costs: Costs) -> Estimates:
    """The Estimates for a search for `words` in the order of `scope`, from a sample that this takes."""
    criteria, sample = scope.criteria, take_sample(scope, words, costs)
    rows = sample.rows
    everything = (*words, *criteria.implied_words)
    shares = {word: _share_with(word, sample, costs) for word in everything}
    asked = _asked_words(words, criteria)
    few_ids = _few_ids(asked, criteria, costs)
    if few_ids:
        word, ids = few_ids
        asked = [word]
        listed_share = (ids + costs.unseen_matches) / max(sample.table_rows, ids + 1)
    else:
        others = (word for word in _telling_words(words, criteria) if word not in asked)
        asked += [word for word in others if shares[word] < costs.few_two_letters_share]
        listed_share = _listed_share(asked, criteria, rows, shares, costs)
    matching_keys = _matching_keys(scope, words, rows)
    asks_all = {*words} <= {*asked}
    seen_apart = asks_all and all(any(text in sample.texts for text in word.texts) for word in words)
    grams = {gram: _share_with_text(gram.text, sample, costs) for word in asked for gram in grams_of(word)}
    index = index_query(asked, grams)
    return Estimates(
        sample=sample,
        word_shares=shares,
        asked_words=asked,
        asks_all_words=asks_all,
        index=index,
        filter_buckets=[[domain_bucket(criteria.app.pk, criteria.domain)]] if criteria.domain else [],
        passing_share=prod(shares[word] for word in criteria.implied_words),
        matching_share=prod(shares[word] for word in words),
        listed_share=listed_share,
        rarest_share=min([index.rarest_share or 1, *(shares[word] for word in asked)]),
        unseen_matches=costs.unseen_together_matches if seen_apart else costs.unseen_matches,
        matching_keys=matching_keys,
        share_before_match=_share_before(matching_keys, sample, scope.back),
    )


def begins_id(criteria: Criteria, word: Word) -> Sql:
    """The condition that a customer is one of the app's and has an id that begins with the word."""
    return criteria.of_app & word.begins_id()


def _telling_words(words: Iterable[Word], criteria: Criteria) -> list[Word]:
    """The words that the indexes know, without those that everybody at the domain has."""
    known = [word for word in words if is_indexed(word)]
    if criteria.domain is None:
        return known
    return [word for word in known if word.text not in criteria.implied_words[0].text]


def _asked_words(words: Sequence[Word], criteria: Criteria) -> list[Word]:
    """The words to ask the indexes for: longer ones alone, where there are any, because two letters list so much that
    they are better looked for in what the longer ones list."""
    known = [word for word in words if is_indexed(word)]
    if not known:
        return []
    telling = _telling_words(words, criteria)
    implied = () if criteria.domain is not None else criteria.implied_words
    return [word for word in (*telling, *implied) if not is_two_letters(word)] or telling or known


def _few_ids(asked: Sequence[Word], criteria: Criteria, costs: Costs) -> tuple[Word, int] | None:
    """(a word that begins few ids, how many), where it is one of several: PostgreSQL would rather list the customers
    with the other words, even a third of all."""
    for word in asked if len(asked) > 1 else []:
        if word.is_id and (ids := count_alike_ids(begins_id(criteria, word), costs)) < costs.few_ids_rows:
            return word, ids
    return None


def _share_with_text(text: str, sample: Sample, costs: Costs) -> float:
    """The share of rows with a piece of `search_text`, never 0."""
    return (sample.texts.count(text) + costs.unseen_matches) / (sample.rows_seen + 1)


def _share_with(word: Word, sample: Sample, costs: Costs) -> float:
    """The share of rows that have a word, never 0."""
    share = sum(_share_with_text(text, sample, costs) for text in word.texts)
    if word.is_id:
        share += sample.ids.count("\n" + word.text) / (sample.rows_seen + 1)
    return min(1, share)


def _listed_share(
    asked: Sequence[Word], criteria: Criteria, rows: Rows, shares: dict[Word, float], costs: Costs
) -> float:
    """The share of rows that the indexes list for the words, in the bucket of the domain if there is one."""
    listed_by = (*asked, *(criteria.implied_words if criteria.domain is not None else ()))
    # The texts have no ids in them.
    in_texts = [word for word in listed_by if not word.is_id]
    seen = len(with_all_words(in_texts, rows)) / (len(rows) + 1)
    unseen = costs.unseen_matches / (len(rows) + 1)
    share = seen or min(unseen, prod(shares[word] for word in in_texts))
    return share * prod(shares[word] for word in listed_by if word.is_id)


def _matching_keys(scope: Scope, words: Sequence[Word], rows: Rows) -> list[str]:
    if scope.by_created:
        return []
    matching = with_all_words([*words, *scope.criteria.implied_words], rows)
    if matching and scope.criteria.domain is not None:
        # More matches locate the first one better, so other domains count as well.
        matching = with_all_words(words, rows)
    return [key for _, key in matching if key is not None]


def _share_before(matching_keys: Sequence[str], sample: Sample, back: bool) -> float:
    """The share of the sample before the first match: in an order of names, those in one script come before those in
    another."""
    if not matching_keys:
        return 0
    first = max(matching_keys) if back else min(matching_keys)
    before = sum((key > first if back else key < first) for key in sample.keys if key is not None)
    return before / sample.rows_seen
