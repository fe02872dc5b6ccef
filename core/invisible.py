"""Characters that nobody sees: which there are, and what keeps them from doing harm."""

import re

# They turn the words after them round until they are closed (UAX 9), and may be left open, or close what is not theirs.
DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
# They join letters of Persian or Hindi and the parts of an emoji, which would be others without them.
JOINERS = "\u200c\u200d"
# What else shows nothing by itself: Default_Ignorable_Code_Point, the interlinear marks, and two empty letters.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_directions = re.compile(f"[{DIRECTIONS}]")
# The scripts that are written from right to left, and what makes others so.
_leftwards = re.compile(
    f"[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff{DIRECTIONS}]"
)
_nothing = re.compile(rf"[\s{INVISIBLE}{JOINERS}]*")
_around = re.compile("[\\s\u200b\u200e\u200f\u2060\ufeff]+")


def tidy(text):
    """`text` without directions, and without whitespace and what has no width around it; empty where nothing of it
    would be seen. Joiners inside it stay. Idempotent."""
    if text.isascii():
        return text.strip()
    if text.isprintable():
        # Then it has no direction, and no space of any kind but the plain one: nearly always, and found out far sooner.
        return "" if _nothing.fullmatch(text) else text.strip()
    text = _directions.sub("", text)
    if _nothing.fullmatch(text):
        return ""
    if begin := _around.match(text):
        text = text[begin.end() :]
    return text[: len(text) - len(_around.match(text[::-1])[0])] if _around.match(text[-1]) else text


def isolated(text):
    """`text` for a sentence, a title or an attribute: whatever its direction, the words around it keep theirs. In HTML,
    <bdi> does the same."""
    text = str(text)
    return f"\u2068{_directions.sub('', text)}\u2069" if _leftwards.search(text) else text
