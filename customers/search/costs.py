"""The costs by which ways to run a search are compared, and the sizes at which decisions change.

The unit of every cost is one row of a walk in the order of creation, in which rows lie on disk: about half a
microsecond. How they were measured: docs/decisions/0007 to 0009.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Names say their unit: `cost` as above, `rows` of the table, `share` of all rows from 0 to 1, `factor` of
    another number, `matches` of the search, `deviations` of a standard deviation."""

    # A row of a walk in another order; a row that is read with all others of its time, and sorted.
    row_cost_random_order: float = 3
    row_cost_sorted: float = 3
    # Asking the indexes at all; a row in the list of the rarest gram; a row with all grams, which is then looked at.
    query_cost: float = 1_000
    row_cost_listed: float = 0.03
    row_cost_looked_at: float = 6
    # The same for a word of two letters, which is asked for by every trigram that it can be part of.
    query_cost_two_letters: float = 10_000
    row_cost_two_letters: float = 12
    # Asking for more than one stretch of an order of texts; and all that it takes to fill a page from such stretches
    # under a filter of time, but for looking at the rows.
    text_order_cost: float = 1_000
    text_order_in_time_cost: float = 20_000

    # The first walk, after which the sample is taken; and its minimum under a filter of time.
    first_walk_rows: int = 2_000
    min_first_walk_rows: int = 400
    # How much longer each further walk is at least; and by how many deviations it exceeds what the matches so far
    # promise: a walk ends as soon as the page is full, but begins again from the first row where it is not.
    walk_growth_factor: int = 4
    walk_margin_deviations: float = 2
    # How many rows of the newest the sample has.
    sample_rows: int = 2_000

    # Matches assumed if the sample has none; and if it has each word, but in no row all of them.
    unseen_matches: float = 0.5
    unseen_together_matches: float = 0.03
    # Words of two letters are asked for beside longer ones only below this share.
    few_two_letters_share: float = 0.05
    # Up to so many ids that begin alike, all of them are looked at.
    few_ids_rows: int = 10_000

    # How much longer a stretch is than the matches so far promise; how much longer than all before it at most, where
    # the indexes list by all words; and how many more rows than promised are expected to be listed.
    stretch_margin_factor: float = 1.25
    max_stretch_growth_factor: float = 8
    reach_margin_factor: float = 3
    # A stretch with more than this share of all time is listed without buckets: they would tell too little.
    max_bucketed_share: float = 0.5

    # Where more matches than these are expected, the first stretch of an order of texts is at most `glance_rows`, which
    # are listed in the time of a first walk: where matches begin is told by the sample alone, and often wrong.
    many_matches: float = 10_000
    glance_rows: float = 200_000
    # Above so many buckets it is cheaper to find out which of them are empty than to ask for all.
    max_unchecked_buckets: int = 12
    # A stretch of texts takes in large buckets with this share of its sampled texts from beyond it, or so many texts.
    max_surplus_share: float = 0.25
    min_surplus_texts: int = 4


DEFAULT_COSTS = Costs()
