"""The names, addresses and phone numbers that made-up customers of one country draw from, read from locales/*.toml.

Lists in those files begin with the most frequent entries. A name is `text`, `text=Latin` or `text=Latin=kana`; one
with a form for men and another for women is `Novák/Nováková`. In patterns `#` is any digit, `%` one of 1 to 9, `^` one
of 2 to 9, `@` a letter. A place is `state | city | postal code | area code`, the last only where `phone` has `{area}`.
"""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from core.folding import fold

T = TypeVar("T")
# Line 1, line 2, city, state, postal code, country.
Address = tuple[str, str, str, str, str, str]
# Draws one of some items.
Picker = Callable[[Sequence[Any]], Any]

_WILDCARDS = {"#": "0123456789", "%": "123456789", "^": "23456789", "@": "ABDEFGHJLNPQRSTUWXYZ"}
_PERCENTS = range(100)


class Word(NamedTuple):
    """A word in the script of its country, in Latin letters, in kana, and as a part of email addresses."""

    text: str
    latin: str
    kana: str
    slug: str


class Home(NamedTuple):
    """An address in the order of the columns, and the phone numbers of its place: the lowest, and how many."""

    address: Address
    lowest_phone: int
    phones: int


class Locale:
    """The lists of one locale. Each entry is repeated as often as suits its frequency."""

    def __init__(self, path: Path) -> None:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        self.name = path.stem
        self.country = path.stem[-2:]
        self.weight = data["weight"]
        self._letters = _letters(data.get("letters", ""))
        # The lists do not depend on the seed, only what is drawn from them.
        pick = picker(Random(self.name))

        # (given names, families) of men, then of women.
        self.people = [
            tuple(_falling([self._forms(entry)[sex] for entry in _entries(data[names])]) for names in (given, "family"))
            for sex, given in enumerate(("men", "women"))
        ]
        # The shares of people who write their names in Latin letters or kana, and the patterns of names.
        self.patterns = data.get("name", ["{given} {family}"])
        self.latin_patterns = data.get("latin_name", ["{given} {family}"])
        self.latin_share = data.get("latin_share", 0)
        self.kana_share = data.get("kana_share", 0)

        # The entry `company` stands for the domain of any company.
        self.mail = _counted(data["mail"])
        self.numbered_mail = set(data.get("numbered_mail", ()))
        self.roles = _falling(_entries(data["roles"]))

        places = _falling([_columns(line) for line in data["places"].strip().splitlines()])
        streets = _falling(_entries(data["streets"]))
        self.homes = [self._home(data, pick(places), pick(streets), pick) for _ in range(600)]
        self.companies = self._companies(data, [place[1] for place in places], pick)

    def _forms(self, entry: str) -> tuple[Word, Word]:
        """The Words of an entry for a man and for a woman."""
        text, latin, kana, *_ = [*entry.split("="), "", ""]
        his, _, hers = text.partition("/")
        his_latin, _, her_latin = latin.partition("/")
        man = self._word(his, his_latin, kana)
        return man, self._word(hers, her_latin, kana) if hers else man

    def _word(self, text: str, latin: str = "", kana: str = "") -> Word:
        spelled = latin or text
        slug = _slug(spelled, self._letters)
        if not latin and not fold(text).isascii():
            latin = slug.capitalize()
        return Word(text, latin or text, kana or text, slug)

    def _home(self, data: dict[str, Any], place: list[str], street: str, pick: Picker) -> Home:
        state, city, postal_code, *area = place
        line1 = fill(pick(data["line1"]), pick).replace("{street}", street)
        line2 = fill(pick(data["line2"]), pick) if pick(_PERCENTS) < 35 else ""
        address = (line1, line2, city, state, fill(postal_code, pick), self.country)
        detail = pick(_PERCENTS)
        if detail < 7:
            address = ("", "", "", "", "", self.country)
        elif detail < 18:
            address = ("", "", city, state, "", self.country)
        phone = pick(data["phone"]).format(area="".join(area))
        return Home(address, *_number_range(phone))

    def _companies(self, data: dict[str, Any], cities: list[str], pick: Picker) -> list[tuple[str, str]]:
        """(name, domain) of companies, each domain once."""
        kinds = [kind.split("=") for kind in data["company"]]
        words, trades = ([self._forms(entry)[0] for entry in _entries(data[name])] for name in ("words", "trades"))
        families, tlds = self.people[0][1], _entries(data["tlds"])
        companies: dict[str, str] = {}
        for _ in range(500):
            (name, slug), city = pick(kinds), pick(cities)
            parts = {"word": pick(words), "trade": pick(trades), "family": pick(families)}
            domain = slug.format(**{key: word.slug for key, word in parts.items()}) + "." + pick(tlds)
            companies.setdefault(domain, name.format(city=city, **{key: word.text for key, word in parts.items()}))
        return [(name, domain) for domain, name in companies.items()]


@cache
def all_locales() -> list[Locale]:
    """All locales, always in the same order."""
    return [Locale(path) for path in sorted((Path(__file__).parent / "locales").glob("*.toml"))]


def picker(random: Random) -> Picker:
    """A function that does what random.choice does, in a quarter of the time."""
    draw = random.random
    return lambda items: items[int(draw() * len(items))]


def fill(pattern: str, pick: Picker) -> str:
    """`pattern` with a random character for each of its `#`, `%`, `^` and `@`."""
    return "".join([pick(_WILDCARDS[letter]) if letter in _WILDCARDS else letter for letter in pattern])


def _entries(text: str) -> list[str]:
    return [" ".join(entry.split()) for entry in text.split(",") if entry.strip()]


def _letters(text: str) -> dict[int, str]:
    return str.maketrans({entry.partition("=")[0]: entry.partition("=")[2] for entry in _entries(text)})


def _slug(text: str, letters: dict[int, str]) -> str:
    return re.sub("[^a-z0-9]", "", fold(unicodedata.normalize("NFC", text).lower().translate(letters)))


def _falling(entries: list[T]) -> list[T]:
    """Each entry repeated by its rank: the first of 50 names ten times as often as the last."""
    shares = [1 / (rank + 5) for rank in range(len(entries))]
    unit = 12 * len(entries) / sum(shares)
    return [entry for entry, share in zip(entries, shares, strict=True) for _ in range(max(1, round(share * unit)))]


def _counted(text: str) -> list[str]:
    pairs = [entry.split() for entry in _entries(text)]
    return list(itertools.chain.from_iterable([domain] * int(count) for domain, count in pairs))


def _columns(line: str) -> list[str]:
    return [column.strip() for column in line.split("|")]


@cache
def _number_range(phone: str) -> tuple[int, int]:
    """The lowest number of a pattern such as `+82 10 ^### ####`, and how many numbers it has."""
    digits = re.sub(r"[+ ]", "", phone)
    fixed = re.split(r"\D", digits, maxsplit=1)[0]
    lowest = {"#": 0, "%": 1, "^": 2}[digits[len(fixed)]]
    unit = 10 ** (len(digits) - len(fixed) - 1)
    return int(fixed) * 10 * unit + lowest * unit, (10 - lowest) * unit
