"""Splits texts into pieces, and marks those that match a search."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from core.folding import fold, fold_spans
from customers.values.phones import phone_text


class Piece(NamedTuple):
    """A part of a text. The parts of a text joined are the text."""

    text: str
    is_match: bool


def mark_words(text: str, words: Collection[str]) -> tuple[list[Piece], set[str]]:
    """(the pieces of `text`, the words found in it).

    words: folded words, see core.folding.
    """
    found = {word for word in words if word in fold(text)} if text and words else set()
    if not found:
        return [Piece(text, False)], found
    if text.isascii():
        folded, origins = text.lower(), [(index, index + 1) for index in range(len(text))]
    else:
        folded, origins = fold_spans(text)
    spans = []
    for word in found:
        start = folded.find(word)
        while start >= 0:
            spans.append((origins[start][0], origins[start + len(word) - 1][1]))
            start = folded.find(word, start + 1)
    return mark_spans(text, spans), found


def mark_phone(phone: str, parts: Iterable[str]) -> list[Piece]:
    """The pieces of a phone number as people read it.

    phone: a number in E.164 form.
    parts: what to mark in it, digits and + alone.
    """
    shown = phone_text(phone)
    places = [index for index, letter in enumerate(shown) if letter == "+" or letter.isdigit()]
    spans = []
    for part in parts:
        start = phone.find(part)
        if start >= 0 and len(places) == len(phone):
            spans.append((places[start], places[start + len(part) - 1] + 1))
    return mark_spans(shown, spans)


def mark_spans(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece]:
    """The pieces of `text` with these half-open spans marked. Spans may overlap; those that touch become one piece."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    pieces, done = [], 0
    for start, end in merged:
        pieces += [Piece(text[done:start], False), Piece(text[start:end], True)]
        done = end
    return [piece for piece in [*pieces, Piece(text[done:], False)] if piece.text]
