"""How a search is run. What it means is search.py's; every way here gives the same rows.

A frequent word is found soonest by reading rows in the order of the page until it is full, a rare one by an index that
lists the rows with it. PostgreSQL's planner guesses which is which, and where it guesses wrong it reads millions of
rows. Here a few rows are read first, and what they show of the words decides: walk on, further each time, or ask the
index. A wrong decision to walk is corrected at the next stop, and costs as much again as was walked before.

The index is asked for one stretch of the page's order after the other, the nearest first, each as long as it should
take to fill the page: what many have costs the same however many there are.
"""

from datetime import timedelta
from functools import partial
from itertools import zip_longest
from math import ceil, prod, sqrt

from core.db.sql import Sql, all_of, any_of
from customers import counts

from .buckets import Alphabet, Timeline, beginning, domain_bucket
from .statements import COLUMNS, TABLE, Rows, as_source
from .words import Index, matches_all

# Rows read before the first decision, at least what part of them where a filter passes by others, and how many times
# more until the next.
FIRST = 2_000
LEAST = 0.2
FURTHER = 4
# Costs, each as a number of rows walked in the order of creation, in which they lie on disk (half a microsecond each):
# a row walked in another order; a row that an index has for the rarest word or in a bucket; one that it has for all,
# which is then looked at; asking an index at all; and the last two for two letters, by all trigrams that they can be
# part of.
APART = 3
LISTED = 0.03
LOOKED_AT = 6
ASKING = 1_000
LOOKED_AT_FOR_LETTERS = 12
ASKING_LETTERS = 10_000
# As how many matches none is counted, so that it is gone on far enough, but not too far; and where too far costs
# little: where the indexes list by all words, and each has been seen, only never all together.
NONE = 0.5
SELDOM = 0.03
# How many times longer than all before it a stretch of time should be at most, where the indexes list by all words;
# what it is longer by than it should have to be; and than what is needed all those that the index is asked for, more or
# less: the estimates that they are made by are of few matches.
LONGER = 8
MARGIN = 1.25
WIDER = 3
# What a row costs that is read with all of a time and sorted; and what a few stretches by text cost.
SORTED = 3
STRETCH = 20_000
# Ids that begin alike of which all can be looked at; and the share of all rows that have two letters where few have.
FEW_IDS = 10_000
FEW_LETTERS = 0.05
# Matches that it takes long to look at; where the sample alone tells where they begin, and seldom right, at first no
# more rows are listed than it takes as long to walk the sample.
MANY = 10_000
GLANCE = FIRST * APART / LISTED
# The share of all rows of which the buckets tell too little: to read the lists of so many takes longer than to look at
# the rest.
MOST = 0.5
# Buckets that it takes as long to ask for with others as to find out that they are empty.
MANY_BUCKETS = 12
# By how many standard deviations of what a walk has seen the next one goes beyond what that promises: it ends as soon
# as the page is full, and begins anew where it is not.
SURE = 2
DAY = timedelta(days=1)


def fetch_matching(filters, runs, count):
    """The first `count` customers of some Runs, one after the other, who pass `filters`, as a list.

    filters: a valid CustomerFilter. runs: of the order of a page, from a cursor on.
    """
    found = []
    while runs and len(found) < count:
        rows, runs = _fetch_run(filters, runs, count - len(found))
        found += rows
    return found


def _fetch_run(filters, runs, count):
    """(the first `count` in the first of `runs`, or in all of them; the runs to go on with)."""
    words, (run, *others) = filters.words, runs
    rows = Rows(filters, run.order, run.condition)
    if not filters.narrows:
        return rows.fetch_first(count), others
    if not words:
        return rows.fetch(rows.first(count)), others
    matching = matches_all(words)

    def rows_of_all():
        if not others:
            return rows
        return Rows(filters, run.order, any_of(one.condition for one in runs), run.nulls)

    def fetch_from(source, by=rows.by):
        return rows.fetch(
            Sql(
                f"SELECT {COLUMNS} FROM {source.text} WHERE {matching.text} ORDER BY {by} LIMIT {count}",
                source.params + matching.params,
            )
        )

    search = _Search(rows, words, count, rows_of_all, whole=run.whole)
    found = search.run(fetch_from, number_of=len)[:count]
    return found, [] if search.read_all else others


def count_matching(filters, most):
    """How many customers pass `filters`, a valid CustomerFilter, counting no further than `most`."""
    words = filters.words
    if not words:
        return filters.unsearched.order_by()[:most].count()
    rows = Rows(filters, ["-created", "-key"])
    matching = matches_all(words)

    def count_from(source, _=None):
        found = f"SELECT 1 FROM {source.text} WHERE {matching.text} LIMIT {most}"
        return rows.row(Sql(f"SELECT count(*) FROM ({found}) AS found", source.params + matching.params))[0]

    return min(_Search(rows, words, most).run(count_from, number_of=int), most)


class _Search:
    """rows_of_all: a function that gives the Rows of this run of the order and of those after it. whole: as of the Run.
    read_all: whether what run() has given is of all runs, as it is where all matches are listed at once."""

    def __init__(self, rows, words, need, rows_of_all=None, *, whole=False):
        self.rows, self.words, self.need = rows, words, need
        self.rows_of_all, self.read_all = rows_of_all or (lambda: rows), False
        self.texts = self.alike = None
        self.implied = rows.filters.implied_words
        domain = rows.filters.domain
        self.in_domain = [[domain_bucket(rows.filters.app.pk, domain)]] if domain else []
        self.in_time = []
        self.whole, self.likely_rows, self.walk = whole, 0, FIRST
        known = [word for word in words if word.is_indexed]
        # What all at the domain have, the indexes need not be asked for.
        telling = [word for word in known if not (domain and word.text in self.implied[0].text)]
        # Two letters list so much that with another word beside them they are better looked for in what that one lists,
        # unless few have them.
        self.letters = [word for word in telling if word.is_two_letters]
        longer = [word for word in [*telling, *([] if domain else self.implied)] if not word.is_two_letters]
        self.known = (longer or telling or known) if known else []
        # An id is in no bucket.
        self.in_stretches = not any(word.is_id for word in words)

    def run(self, read_from, number_of):
        """What read_from(the first so many of the rows) gives, as soon as that is enough or all; or else read_from(the
        rows that the indexes list), as soon as that promises to be cheaper.

        read_from(source): the matches among the rows of a source, a statement in brackets. number_of(result): how many.
        """
        if any(word.is_rare for word in self.words):
            self._take_sample()
            return self._all(read_from, self._listing)
        if self.rows.filters.bounds_time and not self.rows.by_created:
            if not (ends := self.rows_of_all().ends(["created", "key"])):
                return read_from(as_source(self.rows.first(1)))
            way, *more = self._way_in_time(*ends)
            if way == "all":
                return self._all(read_from, *more)
            if way == "by text" and (ends := self.rows.ends(self.rows.order)):
                return self._by_text(read_from, ends, *more, close=False)
        walked = self.walk
        while True:
            # From the first row each time: a stretch of its own would begin elsewhere once customers come or go.
            result = read_from(as_source(self.rows.first(walked)))
            number = number_of(result)
            if number >= self.need or not (beyond := self._beyond(walked)):
                return result
            if walked == self.walk:
                self._take_sample()
            rows_to_go = (self.need - number) / ((number + self.none) / walked)
            if not number:
                rows_to_go = max(rows_to_go, self.ahead * self.passing * self.size - walked)
            walking = rows_to_go * (1 if self.rows.by_created else APART)
            cost, way = min(self._ways(rows_to_go, number / walked), default=(walking, None))
            if cost < walking:
                if way == "all":
                    return self._all(read_from, self._listing)
                if way == "by time":
                    reach = rows_to_go if number else max(rows_to_go, self._as_cheap_as_asking())
                    return self._by_time(read_from, number_of, beyond, reach / walked)
                return self._by_text(read_from, beyond, rows_to_go if number else None)
            likely = ceil((walked + rows_to_go) * (1 + SURE / sqrt(number))) if number else 0
            walked = max(walked * FURTHER, likely)

    def _beyond(self, walked):
        """The ends of the order, or None where there are no more rows than have been walked."""
        # To see that passes by those of another time again: only where there may be no more.
        return self.rows.ends(self.rows.order) if walked < self.likely_rows / 2 else self.rows.beyond(walked)

    def _ways(self, rows_to_go, seen):
        """(cost, name) of each way to have the indexes list rows until the page is full. seen: the share of the walked
        rows that had all words."""
        if not self.known:
            return
        listed = max(self.listed, seen * self.passing if self.rows.by_created else 0)
        reach = min(self.size, rows_to_go * WIDER / self.passing)
        if self.rows.by_created and self.in_stretches:
            yield self._cost_of_listing(reach, reach * listed), "by time"
            return
        # Those of all apps: of an id the indexes do not know whose it is.
        yield self._cost_of_listing(self.size, self.size * listed), "all"
        if self.in_stretches:
            # Before the first match of the sample it stops, and walks again.
            if self.matching and not seen:
                reach = self.ahead * self.size
            number = min(reach * listed, self.size / max(self.seen, 1))
            walking = self.walk * APART
            yield self._cost_of_listing(self.size, number) + ASKING + reach * LISTED + walking, "by text"

    def _cost_of_listing(self, reach, number):
        """What it costs to have those with all the words that the indexes know listed of so many rows, and to look at
        them: so many."""
        of_letters = any(word.is_two_letters for word in self.known)
        asking, looked_at = (ASKING_LETTERS, LOOKED_AT_FOR_LETTERS) if of_letters else (ASKING, LOOKED_AT)
        return asking + reach * self._rarest * LISTED + number * looked_at

    def _as_cheap_as_asking(self):
        """In how many rows, of those who pass the filters, the ones that the indexes list cost no more than to ask once
        again: of a word that nobody has, in all."""
        listed = self.listed if self.listed > NONE / (self.seen + 1) else self.index.most
        return listed and ASKING / (self._rarest * LISTED + listed * LOOKED_AT) * self.passing

    @property
    def _rarest(self):
        """The share of rows that have the rarest word, or piece of one, that the indexes are asked for."""
        return min(self.index.share or 1, *map(self._share_of, self.known))

    def _all(self, read_from, statement):
        """What read_from() gives of all runs that are left. statement: a function of Rows, of what has all matches."""
        self.read_all, rows = True, self.rows_of_all()
        return read_from(as_source(statement(rows)), rows.by)

    def _by_time(self, read_from, number_of, ends, further):
        """What read_from() gives of the rows that the indexes list, of one stretch of time after the other, until that
        is enough. further: how many times as far as the walk went it is likely to be."""
        app_id, first, reached, last = ends
        timeline = Timeline(app_id, first, back=last < first)
        days, result = abs(first - reached) / DAY * further, None
        most = abs(first - last) / DAY * MOST
        while True:
            before, stretch = timeline.days, timeline.stretch(ceil(days * MARGIN))
            if timeline.days - before > most:
                stretch = stretch._replace(buckets=None)
            part = read_from(self._listed_in(stretch))
            result = part if result is None else result + part
            number = number_of(result)
            if number >= self.need or timeline.passed(last):
                return result
            days = timeline.days * min((self.need - number) / (number + NONE), LONGER if self.lists_by_all else FURTHER)

    def _by_text(self, read_from, ends, rows_to_go, *, close=True):
        """The same in an order of texts. rows_to_go: about how many more rows it takes to fill the page; None where the
        walk has found no match. close: whether to walk on where a match is likely.

        Then the sample tells more about where matches begin: before its first one there may be none, or thousands. Only
        lists are in such an order.
        """
        app_id, first, _, last = ends
        alphabet = Alphabet(app_id, self.rows.column, first, last, self.keys, self.matching, back=self.rows.back)
        # Counts that miss some, after rows that were written without triggers, make a search slow, not wrong.
        each = max(counts.total(self.rows.filters.app) / max(self.seen, 1), 1)
        found, glance = [], self.size * self.listed > MANY

        def new_in(source):
            # Who is given another name meanwhile can be in two parts.
            before = {customer.key for customer in found}
            return [customer for customer in read_from(source) if customer.key not in before]

        while True:
            stop, share, at_match = self._next_stop(alphabet.stops(), each, rows_to_go, glance)
            listed = new_in(self._listed_in(self._without_empty(alphabet, alphabet.stretch(stop)), share))
            found += listed
            if len(found) >= self.need or stop is None:
                return found
            glance, seen, rows = False, len(listed), share * self.seen * each * self.passing
            if close and (at_match or found):
                # What is found by how it begins stands close together.
                walked = new_in(as_source(self.rows.first(self.walk, conditions=alphabet.rest)))
                if len(found) + len(walked) >= self.need:
                    return found + walked
                missing = self.need - len(found) - len(walked)
                close, seen, rows = len(walked) >= missing, len(walked), self.walk
            if at_match or found:
                rows_to_go = (self.need - len(found)) / ((seen + NONE) / rows)

    def _without_empty(self, alphabet, stretch):
        """The stretch without the buckets that nobody is in, where they are many: PostgreSQL looks at each of them for
        each row of the others."""
        if len(stretch.buckets) <= MANY_BUCKETS:
            return stretch
        empty = self.rows.empty(alphabet.extents(stretch.buckets))
        return stretch._replace(buckets=[one for one in stretch.buckets if one not in empty] or stretch.buckets[:1])

    def _next_stop(self, stops, each, rows_to_go, glance):
        """(where to end the next stretch, the share of rows in it, whether a match is likely from there on): after as
        many rows; where they are None, before the first match of the sample, or at a glance sooner. In place of the end
        None. each: how many customers there are for each of the sample."""
        if rows_to_go is None:
            begin = set(map(beginning, self.matching))
            ahead = [number for number, stop in enumerate(stops) if stop in begin]
            match = max(ahead[0] - self.rows.back, 0) if ahead else len(stops)
            step = min(match, ceil(GLANCE / each)) if glance else match
        else:
            match = step = ceil(rows_to_go * MARGIN / self.passing / each)
        share = (min(step, len(stops)) + 1) / (self.seen + 1)
        return stops[step] if step < len(stops) else None, share, step == match

    def _listed_in(self, stretch, share=1):
        """The rows of a stretch that the indexes list, as a source. share: that of all rows that are in it."""
        source = as_source(self._listing(self.rows, [stretch.buckets] if stretch.buckets else [], share))
        if not stretch.conditions:
            return source
        where = all_of(stretch.conditions)
        return as_source(Sql(f"SELECT * FROM {source.text} WHERE {where.text}", source.params + where.params))

    def _way_in_time(self, app_id, first, _, last):
        """How to find the rows of the time that the filters leave, from a moment to another: ("all", what _all() reads
        from); ("by text", how many rows it takes to fill the page), where it takes few of them, by the buckets of the
        time besides; or (None,), where it is cheaper to walk past all others."""
        self._take_sample()
        app = self.rows.filters.app
        within, everybody = counts.between(app, first, last), counts.total(app)
        self.likely_rows = within * self.passing if self.whole else 0
        rows_to_go = self.need / prod(map(self._share_of, self.words))
        walking = max(FIRST, rows_to_go) * everybody / max(within, 1) * APART
        listing = self._cost_of_listing(within, within * self.listed) if self.known else within
        # So that no more are read than of all.
        self.walk = ceil(FIRST * max(within / max(everybody, within, 1), LEAST))
        stretch = Timeline(app_id, first, back=False).stretch((last - first).days + 2)
        buckets = [stretch.buckets] if stretch.buckets and within <= everybody * MOST else []
        if min(walking, listing, within * SORTED) > STRETCH + rows_to_go * WIDER * LOOKED_AT and buckets:
            # What many have tells little, and takes long to be read of all time.
            self.index, self.in_time = Index([], None), buckets
            self.passing *= within / max(everybody, within)
            return "by text", rows_to_go
        if min(listing, within) > walking:
            return (None,)
        return "all", partial(self._listing, buckets=buckets) if listing < within else Rows.all

    def _take_sample(self):
        """Learns what the decisions need: the size of the table, and of some newest customers the texts."""
        if self.texts is not None:
            return
        newest = self.rows.newest(FIRST)
        size = f"(SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = '{TABLE}'::regclass)"
        lists = ["string_agg(search_text, E'\n')"]
        lists.append("string_agg(public_id, E'\n')" if any(word.is_id for word in self.words) else "NULL")
        lists.append("NULL" if self.rows.by_created else f"array_agg({self.rows.column})")
        self.size, self.seen, texts, ids, keys = self.rows.row(
            Sql(f"SELECT {size}, count(*), {', '.join(lists)} FROM {as_source(newest).text}", newest.params)
        )
        self.texts, self.ids = texts or "", f"\n{ids}"
        self._prefer_ids()
        if self.alike is None:
            few = [word for word in self.letters if word not in self.known and self._share_of(word) < FEW_LETTERS]
            self.known = [*self.known, *few]
        self.lists_by_all = {*self.words} <= {*self.known}
        seen_apart = self.lists_by_all and all(word.found_in([(self.texts,)]) for word in self.words)
        self.none = SELDOM if seen_apart else NONE
        self.index = Index(self.known, lambda gram: self._share(gram.text))
        self._learn_of_matches(keys)

    def _prefer_ids(self):
        """Of several words asks only for one with which few ids of the app begin: PostgreSQL would rather list those
        with the other words, be they a third of all."""
        for word in self.known if len(self.known) > 1 else []:
            if word.is_id:
                alike = self._begins_id(word)
                found = f"SELECT 1 FROM {TABLE} WHERE {alike.text} LIMIT {FEW_IDS}"
                (number,) = self.rows.row(Sql(f"SELECT count(*) FROM ({found}) AS found", alike.params))
                if number < FEW_IDS:
                    self.known, self.alike = [word], number
                    return

    def _learn_of_matches(self, keys):
        """Learns from the sample what share of customers the indexes list, and in an order of texts where matches are.

        keys: its texts in that order, or None. ahead: the share of customers who come before the first match; in an
        order by name, those in one script do.
        """
        self.passing = prod(map(self._share_of, self.implied))
        listed_by = [*self.known, *(self.implied if self.in_domain else [])]
        sample = list(zip_longest(self.texts.split("\n"), keys or []))
        # In the texts there is no id.
        ids, listed_by = [word for word in listed_by if word.is_id], [word for word in listed_by if not word.is_id]
        listed = _with_all(listed_by, sample)
        unseen = NONE / (self.seen + 1)
        self.listed = len(listed) / (self.seen + 1) or min(unseen, prod(map(self._share_of, listed_by)))
        self.listed *= prod(map(self._share_of, ids))
        if self.alike is not None:
            self.listed = (self.alike + NONE) / max(self.size, self.alike + 1)
        matching = _with_all([*self.words, *self.implied], listed)
        if matching and self.in_domain:
            # Where they are is told by more of them: by those at other domains as well.
            matching = _with_all(self.words, sample)
        self.keys = [key for key in keys or [] if key is not None]
        self.matching = [key for _, key in matching if key is not None]
        self.ahead = 0
        if self.matching:
            first = max(self.matching) if self.rows.back else min(self.matching)
            self.ahead = sum(key > first if self.rows.back else key < first for key in self.keys) / self.seen

    def _share_of(self, word):
        """The share of rows that have a word, counted in the sample."""
        found = sum(map(self._share, word.texts))
        return min(1, found + self.ids.count("\n" + word.text) / (self.seen + 1) if word.is_id else found)

    def _share(self, text):
        return (self.texts.count(text) + NONE) / (self.seen + 1)

    def _listing(self, rows, buckets=(), share=1):
        """The statement that reads those of `rows` that the indexes list, in some buckets or in all: those with all
        words, and maybe others. share: that of all rows that are in the buckets, where it is known."""
        if rows.by_created and len(self.words) == 1 and self.words[0].is_id:
            # Many ids begin alike, those of the same weeks: which are the newest is in the index of ids itself.
            word = self.words[0]
            alike = rows.wanted & word.begins_id()
            # OFFSET 0, for PostgreSQL would rather walk all customers in their order.
            source = f"(SELECT key, created FROM {TABLE} WHERE {alike.text} OFFSET 0) AS alike"
            newest = f"SELECT key FROM {source} ORDER BY {rows.by} LIMIT {self.need}"
            among_newest = Sql(f"key = ANY (ARRAY ({newest}))", alike.params)
            return rows.listed(self.index.listing(lambda _: among_newest))
        within = share * self.passing if self.in_domain else share
        return rows.listed(self.index.listing(self._begins_id, [*buckets, *self.in_domain, *self.in_time], within))

    def _begins_id(self, word):
        """The condition that a customer is one of the app's and has an id that begins with the word."""
        return self.rows.filters.of_app & word.begins_id()


def _with_all(words, rows):
    """Those of some rows of a sample, (text, key), that have all the words."""
    for word in words:
        rows = word.found_in(rows)
    return rows
