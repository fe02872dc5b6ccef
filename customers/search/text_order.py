"""Stretches of an order of texts, and the buckets that hold them.

A text has a place in the order of all texts, that of their code points: a number, from its first bytes in UTF-8. A
bucket holds the texts at one place, or at 64.
"""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.db.sql import Sql

from .buckets import (
    NO_TEXT_PLACE,
    TEXT_BUCKET_PLACES,
    TEXT_KINDS,
    TEXT_PLACE_BYTES,
    Stretch,
    bucket,
    bucket_place,
    cover,
)
from .costs import Costs
from .statements import Ends


@dataclass(frozen=True, slots=True)
class TextOrder:
    """A range of a sorted column, read upwards or downwards in consecutive stretches; or the rows without a text. Texts
    outside the range are in no stretch. See text_order().

    sampled: the beginnings of some texts of the column, sorted; sampled_places: their places; wanted_places: those of
    matches, sorted. place, end_place: where the next stretch begins, and the last one ends. edge: the text at which the
    last stretch ended, None before the first. It is in the stretch after it; or, back, in the one before.
    """

    app_id: int
    column: str
    back: bool
    is_null: bool
    costs: Costs
    sampled: list[str]
    sampled_places: list[int]
    wanted_places: list[int]
    place: int
    end_place: int
    edge: str | None = None

    @property
    def rest(self) -> tuple[Sql, ...]:
        """The conditions of the texts that were in no stretch so far."""
        return () if self.edge is None else (Sql(f"{self.column} {'<' if self.back else '>='} %s", (self.edge,)),)

    @property
    def stops(self) -> list[str]:
        """The beginnings of sampled texts at which the next stretch can end, as the order goes."""
        if self.is_null:
            return []
        low, high = sorted([self.place, self.end_place])
        between = self.sampled[bisect_right(self.sampled_places, low) : bisect_left(self.sampled_places, high)]
        return between[::-1] if self.back else between

    def next_stretch(self, stop: str | None) -> tuple[Stretch, "TextOrder"]:
        """Return the stretch up to `stop`, one of the stops, or up to the end; and the order after it."""
        if self.is_null:
            return Stretch((), self._buckets(NO_TEXT_PLACE, NO_TEXT_PLACE + 1)), self
        end, conditions = self.end_place, self.rest
        if stop is not None:
            end = place(stop)
            conditions = (*conditions, Sql(f"{self.column} {'>=' if self.back else '<'} %s", (stop,)))
        low, high = sorted([self.place, end])
        return Stretch(conditions, self._buckets(low, high)), replace(self, place=end, edge=stop)

    def extents(self, buckets: Iterable[int]) -> Iterator[tuple[int, str, str]]:
        """(number, first text, first text beyond it) of each of some buckets that have a text beyond them."""
        for one in buckets:
            level, number = bucket_place(one, TEXT_KINDS[self.column])
            size = TEXT_BUCKET_PLACES[level]
            first, beyond = first_text_at(number * size), first_text_at((number + 1) * size)
            if first is not None and beyond is not None:
                yield one, first, beyond

    def _buckets(self, low: int, high: int) -> list[int]:
        """Buckets that hold all places from `low` up to `high`. PostgreSQL looks at each of them for each row. Larger
        ones are therefore preferred if they add few texts and no match."""
        texts = _number_between(self.sampled_places, low, high)
        max_surplus = max(self.costs.min_surplus_texts, texts * self.costs.max_surplus_share)

        def may_add(low: int, high: int) -> bool:
            surplus = _number_between(self.sampled_places, low, high)
            return surplus <= max_surplus and not _number_between(self.wanted_places, low, high)

        low = next(far for size in TEXT_BUCKET_PLACES[::-1] if may_add(far := low // size * size, low))
        high = next(far for size in TEXT_BUCKET_PLACES[::-1] if may_add(high, far := -(-high // size) * size))
        return [
            bucket(self.app_id, TEXT_KINDS[self.column], level, number)
            for level, number in cover(low, high, TEXT_BUCKET_PLACES)
            if _can_have_text(number * TEXT_BUCKET_PLACES[level], TEXT_BUCKET_PLACES[level])
        ]


def text_order(
    app_id: int, column: str, ends: Ends, *, back: bool, sample: Iterable[str], wanted: Iterable[str], costs: Costs
) -> TextOrder:
    """The TextOrder of an app between the ends of its order, which are None where the rows have no text.

    column: email_key or name_key. sample: some of its texts. wanted: those that match.
    """
    sampled = sorted(map(beginning, sample))
    places, wanted_places = list(map(place, sampled)), sorted(map(place, wanted))
    begin, end = place(ends.first) + back, place(ends.last) + (not back)
    return TextOrder(app_id, column, back, ends.first is None, costs, sampled, places, wanted_places, begin, end)


def place(text: str | None) -> int:
    """The place of a text, or of no text, which comes after all others: no text in UTF-8 has the byte 255."""
    return NO_TEXT_PLACE if text is None else _place_of_bytes(text[:TEXT_PLACE_BYTES].encode())


def beginning(text: str) -> str:
    """The smallest text, not empty, at the same place as `text`."""
    whole_letters = text[:TEXT_PLACE_BYTES].encode()[:TEXT_PLACE_BYTES].decode(errors="ignore")
    if whole_letters:
        return whole_letters
    # The first letter is longer than a place: the first letter with the same bytes. Each byte after them has six bits.
    bits = 6 * (len(text[0].encode()) - TEXT_PLACE_BYTES)
    return chr(ord(text[0]) >> bits << bits)


@lru_cache(maxsize=10_000)
def first_text_at(place: int) -> str | None:
    """The first of all texts at a place or after it; None where there is none."""
    lead, low = divmod(place, 256)
    if not lead:
        return "\1"
    if not low and lead < 0x80:
        return chr(lead)
    # A letter beyond ASCII has a place of its own, or shares it with its neighbours.
    begun = chr(lead) if lead < 0x80 else ""
    code_points = range(1, sys.maxunicode + 1)
    code_point = bisect_left(code_points, low << 8 if begun else place, key=_place_of_code_point) + 1
    if code_point > sys.maxunicode:
        return first_text_at(lead + 1 << 8) if begun else None
    # Surrogates are not letters.
    return begun + chr(code_point if not 0xD800 <= code_point < 0xE000 else 0xE000)


def _can_have_text(first: int, places: int) -> bool:
    """Whether a key can be at one of these places: no text, or a text that begins so and has no capital A to Z."""
    if first + places > NO_TEXT_PLACE:
        return True
    return not ord("A") <= first >> 8 <= ord("Z") and first_text_at(first) != first_text_at(first + places)


def _place_of_code_point(number: int) -> int:
    return _place_of_bytes(chr(number).encode(errors="surrogatepass"))


def _place_of_bytes(encoded: bytes) -> int:
    return int.from_bytes(encoded[:TEXT_PLACE_BYTES].ljust(TEXT_PLACE_BYTES, b"\0"), "big")


def _number_between(places: Sequence[int], low: int, high: int) -> int:
    return bisect_left(places, high) - bisect_left(places, low)
