"""Characters that nobody sees: bidi controls, joiners, and characters without width."""

import re

# Bidi controls of UAX 9: embeddings, overrides and isolates. One that is left open turns the text after it round, and
# a closing one may close what belongs to the text before it.
DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
# Zero width joiner and non-joiner. Persian and Hindi words, and emoji of several parts, need them.
JOINERS = "\u200c\u200d"
# All other characters that show nothing: Default_Ignorable_Code_Point (UAX 44), the interlinear annotation marks, the
# blank of Braille and the two Hangul fillers.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_bidi_controls = re.compile(f"[{DIRECTIONS}]")
# The scripts that are written from right to left, the two marks, and the controls.
_right_to_left = re.compile(
    f"[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff{DIRECTIONS}]"
)
_nothing_visible = re.compile(rf"[\s{INVISIBLE}{JOINERS}]*")
_outer = re.compile("[\\s\u200b\u200e\u200f\u2060\ufeff]+")


def tidy(text: str) -> str:
    """Remove bidi controls everywhere, and whitespace and characters without width at either end.

    A text in which nothing is visible becomes empty. Joiners inside a text stay. Idempotent.
    """
    if text.isascii():
        return text.strip()
    if text.isprintable():
        # Fast path of nearly all texts: a printable text has no bidi control, and no whitespace but the plain space.
        return "" if _nothing_visible.fullmatch(text) else text.strip()
    text = _bidi_controls.sub("", text)
    if _nothing_visible.fullmatch(text):
        return ""
    if begin := _outer.match(text):
        text = text[begin.end() :]
    # From the end, on the reversed text: a search for `_outer$` is quadratic on a text of many spaces.
    end = _outer.match(text[::-1])
    return text[: len(text) - end.end()] if end else text


def isolated(text: object) -> str:
    """Return `text` for a sentence, a title or an attribute, so that its direction does not affect the words around it.

    A text with right-to-left characters comes between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX 9). In
    HTML, <bdi> does the same.
    """
    plain = str(text)
    return f"\u2068{_bidi_controls.sub('', plain)}\u2069" if _right_to_left.search(plain) else plain
