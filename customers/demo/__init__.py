"""Believable customers that nobody is meant to be: people and companies of many countries, in their own scripts.

Their addresses and numbers have the form of real ones and some will exist: never write to them or call them.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, product
from random import Random
from typing import NamedTuple
from zlib import crc32

from customers.values.ids import ulid

from .locales import all_locales, picker

DAYS = 730
_DAY = 86_400_000
_HOUR = 3_600_000
# How many customers come in each hour of the day, in UTC: the world over, with Europe's noon at the top.
_HOURS = [4, 3, 3, 3, 4, 5, 6, 8, 10, 12, 12, 12, 11, 12, 13, 13, 12, 10, 9, 8, 7, 6, 5, 4]

# With these and the seed 1, the first page of 500 customers has the most scripts, and their last weeks are busy.
_PEOPLE = "people 148"
_MOMENTS = "moments 3"

_SHARE_OF_COMPANIES = 0.12
_SHARE_OF_FOREIGNERS = 0.04
_SHARE_WITHOUT_EMAIL = 0.03
_SHARE_WITHOUT_NAME = 0.02
_SHARE_WITHOUT_PHONE = 0.12
_SHARE_WITHOUT_ADDRESS = 0.14


class DemoCustomer(NamedTuple):
    """The columns of a customer that are not computed by the database, in the order of COPY's columns."""

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
    """Which emails may be taken: a Bloom filter of one hash, so that millions of them take a few megabytes.

    It never calls a taken one free. At most one in 64 free ones it calls taken; that costs the customer a few digits.
    capacity: how many emails it is to hold.
    """

    def __init__(self, capacity):
        size = min(1 << 32, max(1 << 16, 1 << (64 * capacity).bit_length()))
        self._mask = size - 1
        self._bits = bytearray(size >> 3)

    def add(self, email):
        """Marks an email, in any case, as taken. False where it may have been before."""
        slot = crc32(email.lower().encode()) & self._mask
        bit = 1 << (slot & 7)
        if self._bits[slot >> 3] & bit:
            return False
        self._bits[slot >> 3] |= bit
        return True


def demo_customers(rows, *, seed, until, taken=None):
    """Yields `rows` DemoCustomers, the oldest first.

    seed: any text or number. The same seed, rows, until and taken give the same customers on every machine.
    until: an aware datetime. The customers were created in the 730 days that end there; everything else about them,
        but for the part of their id that holds the time, is the same for any `until`.
    taken: a TakenEmails with those that the app has; those of the new customers are added.
    """
    people = _people(Random(f"{_PEOPLE} {seed}"), taken or TakenEmails(rows))
    random_parts = _random_parts(Random(f"ids {seed}"))
    end = _milliseconds(until)
    moments = _moments(rows, Random(f"{_MOMENTS} {seed}"), end)
    for created, random_part, person in zip(moments, random_parts, people, strict=False):
        email, name, phone, address, version, delay = person
        created_text = updated_text = _timestamp(created)
        if version > 1:
            updated_text = _timestamp(created + int((end - created) * delay))
        yield DemoCustomer(
            _time_part(created) + random_part, email, name, phone, *address, created_text, updated_text, version
        )


# When: more each month, on weekdays and in the daytime


def _moments(rows, random, end):
    """Yields the Unix times of creation in milliseconds, ascending."""
    begin = end - DAYS * _DAY
    # The Unix epoch was a Thursday; a day is of the week that its middle is in.
    weekend = [((begin + _DAY // 2) // _DAY + day + 3) % 7 >= 5 for day in range(DAYS)]
    # Sums of products alone: functions such as exp differ in the last bit from one machine to another.
    growth = [1 + 1.5 * day / DAYS for day in range(DAYS)]
    shares = [growth[day] * (0.55 if weekend[day] else 1) * (0.7 + 0.6 * random.random()) for day in range(DAYS)]
    sums = list(accumulate(shares))
    counts = Counter()
    for first in range(0, rows, 100_000):
        counts.update(random.choices(range(DAYS), cum_weights=sums, k=min(100_000, rows - first)))
    hours = [hour * _HOUR for hour, share in enumerate(_HOURS) for _ in range(share)]
    draw, slots = random.random, len(hours)
    for day in range(DAYS):
        midnight = begin + day * _DAY
        yield from sorted([midnight + hours[int(draw() * slots)] + int(draw() * _HOUR) for _ in range(counts[day])])


def _milliseconds(moment):
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


# Tables, since a million calls of strftime take longer than all the rest.
_MINUTES = [f" {minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS = [f"{second:02d}." for second in range(60)]
_MILLISECONDS = [f"{millisecond:03d}+00" for millisecond in range(1000)]
_date = lru_cache(DAYS + 1)(lambda day: str(date(1970, 1, 1) + timedelta(day)))


def _timestamp(milliseconds):
    seconds = milliseconds // 1000
    return (
        _date(seconds // 86_400)
        + _MINUTES[seconds // 60 % 1440]
        + _SECONDS[seconds % 60]
        + _MILLISECONDS[milliseconds % 1000]
    )


# Ids, of the form of customers.values.ids: drawn from the seed, and many at once

_ALPHABET = "".join([ulid(0, number)[-1] for number in range(32)])
_TRIPLES = [first + second + third for first, second, third in product(_ALPHABET, repeat=3)]


def _time_part(milliseconds):
    return (
        f"cus_{_ALPHABET[milliseconds >> 45]}{_TRIPLES[milliseconds >> 30 & 0x7FFF]}"
        f"{_TRIPLES[milliseconds >> 15 & 0x7FFF]}{_TRIPLES[milliseconds & 0x7FFF]}"
    )


def _random_parts(random):
    letter_of_byte = _ALPHABET.encode() * 8
    while True:
        text = random.randbytes(16 * 256).translate(letter_of_byte).decode()
        for start in range(0, len(text), 16):
            yield text[start : start + 16]


# Who

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


def _people(random, taken):
    """Yields (email, name, phone, address, version, delay), without end.

    delay is the part of the time since the creation that had passed at the last change.
    """
    draw, pick = random.random, picker(random)
    locales = all_locales()
    by_weight = [locale for locale in locales for _ in range(round(locale.weight * 2))]

    def person(locale):
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

    def company(locale):
        # A few have many people, most have one or two.
        return locale.companies[int(draw() * draw() * len(locale.companies))]

    def free_email(local, domain):
        email, digits = f"{local}@{domain}", 10
        while not taken.add(email):
            digits *= 10
            email = f"{local}{int(draw() * digits)}@{domain}"
        return email

    no_address = ("",) * 6
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
