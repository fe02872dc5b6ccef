"""Made-up, believable customers: people and companies of many countries, in their own scripts.

__init__.py   draws customers from a seed: when they come, their ids, who they are
filling.py    writes them to an app
locales.py    reads what they can be called and where they can live
locales/      the names, places and patterns of each locale

Some of the addresses and numbers will exist: never write to them or call them.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, product
from random import Random
from typing import NamedTuple
from zlib import crc32

from core.ids import ulid

from .locales import Address, Locale, all_locales, picker

SPAN_DAYS = 730
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
# Relative numbers of customers created in each hour of the day in UTC, worldwide: Europe's noon has most.
_SHARES_BY_HOUR = [4, 3, 3, 3, 4, 5, 6, 8, 10, 12, 12, 12, 11, 12, 13, 13, 12, 10, 9, 8, 7, 6, 5, 4]

# Chosen for the seed 1: the first page of 500 customers has the most scripts, and their last weeks are busy.
_PEOPLE_SEED = "people 148"
_MOMENTS_SEED = "moments 3"

_SHARE_OF_COMPANIES = 0.12
_SHARE_OF_FOREIGNERS = 0.04
_SHARE_WITHOUT_EMAIL = 0.03
_SHARE_WITHOUT_NAME = 0.02
_SHARE_WITHOUT_PHONE = 0.12
_SHARE_WITHOUT_ADDRESS = 0.14


class DemoCustomer(NamedTuple):
    """The columns of a customer that the database does not compute, in the order of the COPY."""

    public_id: str
    email: str | None
    name: str
    phone: str
    address_line1: str
    address_line2: str
    address_city: str
    address_state: str
    address_postal_code: str
    address_country: str
    created: str
    updated: str
    version: int


class TakenEmails:
    """A Bloom filter of taken emails with one hash: millions of emails take a few megabytes.

    It never calls a taken email free. It calls at most one in 64 free emails taken, which then get a few digits more.
    capacity: the number of emails to hold.
    """

    def __init__(self, capacity: int) -> None:
        size = min(1 << 32, max(1 << 16, 1 << (64 * capacity).bit_length()))
        self._mask = size - 1
        self._bits = bytearray(size >> 3)

    def add(self, email: str) -> bool:
        """Mark an email, in any case, as taken. Returns False where it may have been taken before."""
        slot = crc32(email.lower().encode()) & self._mask
        bit = 1 << (slot & 7)
        if self._bits[slot >> 3] & bit:
            return False
        self._bits[slot >> 3] |= bit
        return True


def demo_customers(
    rows: int, *, seed: str | int, until: datetime, taken: TakenEmails | None = None
) -> Iterator[DemoCustomer]:
    """Yield `rows` customers, the oldest first.

    seed: the same seed, rows, until and taken give the same customers on every machine.
    until: an aware datetime. The customers were created in the SPAN_DAYS before it. Of all else, only the part of
        their ids that holds the time depends on it.
    taken: the emails that the app has. Those of the new customers are added to it.
    """
    people = _people(Random(f"{_PEOPLE_SEED} {seed}"), taken or TakenEmails(rows))
    random_parts = _random_parts(Random(f"ids {seed}"))
    end = _milliseconds(until)
    moments = _moments(rows, Random(f"{_MOMENTS_SEED} {seed}"), end)
    for created, random_part, person in zip(moments, random_parts, people, strict=False):
        email, name, phone, address, version, delay = person
        created_text = updated_text = _timestamp(created)
        if version > 1:
            updated_text = _timestamp(created + int((end - created) * delay))
        yield DemoCustomer(
            _time_part(created) + random_part, email, name, phone, *address, created_text, updated_text, version
        )


# Moments of creation: more each month, on weekdays and in the daytime


def _moments(rows: int, random: Random, end: int) -> Iterator[int]:
    """Yield Unix times in milliseconds, ascending. end: the last one, likewise."""
    begin = end - SPAN_DAYS * _DAY_MS
    # The Unix epoch was a Thursday. The middle of a day decides its weekday.
    weekend = [((begin + _DAY_MS // 2) // _DAY_MS + day + 3) % 7 >= 5 for day in range(SPAN_DAYS)]
    # Sums and products only: functions such as exp differ in the last bit between machines.
    growth = [1 + 1.5 * day / SPAN_DAYS for day in range(SPAN_DAYS)]
    shares = [growth[day] * (0.55 if weekend[day] else 1) * (0.7 + 0.6 * random.random()) for day in range(SPAN_DAYS)]
    sums = list(accumulate(shares))
    counts: Counter[int] = Counter()
    for first in range(0, rows, 100_000):
        counts.update(random.choices(range(SPAN_DAYS), cum_weights=sums, k=min(100_000, rows - first)))
    hours = [hour * _HOUR_MS for hour, share in enumerate(_SHARES_BY_HOUR) for _ in range(share)]
    draw, slots = random.random, len(hours)
    for day in range(SPAN_DAYS):
        midnight = begin + day * _DAY_MS
        yield from sorted([midnight + hours[int(draw() * slots)] + int(draw() * _HOUR_MS) for _ in range(counts[day])])


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


# Tables: a million calls of strftime would take longer than all the rest.
_MINUTES = [f" {minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS = [f"{second:02d}." for second in range(60)]
_MILLISECONDS = [f"{millisecond:03d}+00" for millisecond in range(1000)]


@lru_cache(SPAN_DAYS + 1)
def _date(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(day))


def _timestamp(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return (
        _date(seconds // 86_400)
        + _MINUTES[seconds // 60 % 1440]
        + _SECONDS[seconds % 60]
        + _MILLISECONDS[milliseconds % 1000]
    )


# Ids in the form of core.ids, drawn from the seed

_ALPHABET = "".join([ulid(0, number)[-1] for number in range(32)])
_TRIPLES = [first + second + third for first, second, third in product(_ALPHABET, repeat=3)]


def _time_part(milliseconds: int) -> str:
    return (
        f"cus_{_ALPHABET[milliseconds >> 45]}{_TRIPLES[milliseconds >> 30 & 0x7FFF]}"
        f"{_TRIPLES[milliseconds >> 15 & 0x7FFF]}{_TRIPLES[milliseconds & 0x7FFF]}"
    )


def _random_parts(random: Random) -> Iterator[str]:
    letter_of_byte = _ALPHABET.encode() * 8
    while True:
        text = random.randbytes(16 * 256).translate(letter_of_byte).decode()
        for start in range(0, len(text), 16):
            yield text[start : start + 16]


# People and companies

_STYLES_AT_HOME = [
    *[lambda given, family: f"{given}.{family}"] * 9,
    *[lambda given, family: given + family] * 5,
    *[lambda given, family: family + given] * 2,
    *[lambda given, family: f"{given}_{family}"] * 2,
    *[lambda given, family: given[0] + family] * 3,
    *[lambda given, family: f"{given[0]}.{family}"] * 2,
    *[lambda given, family: f"{family}.{given}"] * 2,
    *[lambda given, family: given] * 1,
]
_STYLES_AT_WORK = [
    *[lambda given, family: f"{given}.{family}"] * 6,
    *[lambda given, family: given[0] + family] * 2,
    *[lambda given, family: f"{given[0]}.{family}"] * 2,
    *[lambda given, family: given] * 2,
]
_NUMBERS = [
    *[f"{year % 100:02d}" for year in range(1970, 2007)],
    *[str(year) for year in range(1975, 2005)],
    *[str(number) for number in range(1, 100)],
    *[str(number) for number in range(100, 1000, 37)],
]


def _people(random: Random, taken: TakenEmails) -> Iterator[tuple[str | None, str, str, Address, int, float]]:
    """Yield (email, name, phone, address, version, delay) without end.

    delay: the share of the time since the creation that had passed at the last change.
    """
    draw, pick = random.random, picker(random)
    locales = all_locales()
    by_weight = [locale for locale in locales for _ in range(round(locale.weight * 2))]

    def person(locale: Locale) -> tuple[str, str, str]:
        naming, foreign = locale, draw() < _SHARE_OF_FOREIGNERS
        if foreign:
            naming = pick(by_weight)
        givens, families = naming.people[draw() < 0.5]
        given, family, other = pick(givens), pick(families), pick(families)
        script, patterns, spelling = draw(), naming.patterns, 0
        if foreign or script < naming.latin_share:
            patterns, spelling = naming.latin_patterns, 1
        elif script > 1 - naming.kana_share:
            spelling = 2
        name = pick(patterns).format(given=given[spelling], family=family[spelling], other=other[spelling])

        domain = pick(locale.mail)
        if domain in locale.numbered_mail:
            return name, str(int(draw() * 9e9 + 1e8)), domain
        if domain == "company":
            return name, pick(_STYLES_AT_WORK)(given.slug, family.slug), company(locale)[1]
        local = pick(_STYLES_AT_HOME)(given.slug, family.slug)
        if draw() < 0.45 or len(local) < 6:
            local += pick(_NUMBERS)
        elif draw() < 0.05:
            local = local.title()
        return name, local, domain

    def company(locale: Locale) -> tuple[str, str]:
        # A few companies have many people, most have one or two.
        return locale.companies[int(draw() * draw() * len(locale.companies))]

    def free_email(local: str, domain: str) -> str:
        email, digits = f"{local}@{domain}", 10
        while not taken.add(email):
            digits *= 10
            email = f"{local}{int(draw() * digits)}@{domain}"
        return email

    no_address: Address = ("", "", "", "", "", "")
    while True:
        locale = pick(by_weight)
        if draw() < _SHARE_OF_COMPANIES:
            name, domain = company(locale)
            local = pick(locale.roles)
        else:
            name, local, domain = person(locale)
        gap = draw()
        email = None if gap < _SHARE_WITHOUT_EMAIL else free_email(local, domain)
        if gap > 1 - _SHARE_WITHOUT_NAME:
            name = ""
        home = pick(locale.homes)
        phone = ""
        if email is None or draw() > _SHARE_WITHOUT_PHONE:
            phone = f"+{home.lowest_phone + int(draw() * home.phones)}"
        address = no_address if draw() < _SHARE_WITHOUT_ADDRESS else home.address
        version, delay = (1, 0) if draw() < 0.85 else (2 + int(draw() * 3), draw())
        yield email, name, phone, address, version, delay
