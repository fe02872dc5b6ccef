"""Search for customers: Criteria in, a CustomerPage out. README.md explains how.

criteria     input and output of a search
words        the meaning of a search text
grams        the pieces of words by which the search indexes list customers
index        the condition by which the indexes list customers
buckets      how the indexes list one stretch of an order, or one mail domain, alone
text_order   the stretches of an order of texts
statements   the SQL, and how it is run
costs        the costs by which ways are compared
sample       the newest customers, read before a way is chosen
estimates    the share of customers that have each word
strategies   the ways to run a search
by_text      the way by stretches of an order of texts
planner      the choice between them

Only what is imported here is used elsewhere. benchmarks/searches.py and the tests of the search may look inside.
"""

from .buckets import FUNCTION as BUCKETS_FUNCTION
from .costs import DEFAULT_COSTS, Costs
from .criteria import OF_APP, Criteria, CustomerPage
from .estimates import Estimates
from .planner import Outcome, Plan, count_matching, explain_first_walk, find_page, search
from .strategies import query_of
from .words import MAX_TEXT_LENGTH, MAX_WORDS, Word, matches_all, search_words

# What the product uses; the words; what explains a search; what the database has deployed.
__all__ = ["OF_APP", "Criteria", "CustomerPage", "count_matching", "find_page"]
__all__ += ["MAX_TEXT_LENGTH", "MAX_WORDS", "Word", "matches_all", "search_words"]
__all__ += ["DEFAULT_COSTS", "Costs", "Estimates", "Outcome", "Plan", "explain_first_walk", "query_of", "search"]
__all__ += ["BUCKETS_FUNCTION"]
