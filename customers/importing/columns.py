"""Which column of a file is which field of a customer."""

import shlex
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from customers.values.ids import is_customer_id

IGNORE = "ignore"
# Of columns in a sentence.
MAX_SHOWN_NAMES = 30
MAX_SHOWN_NAME_LENGTH = 40
# Of a name that resembles another, see difflib.
MIN_RESEMBLANCE_RATIO = 0.8

# The names of each field in other systems, without case, spaces and punctuation. The keys are the fields of --map.
NAMES = {
    "email": "email emailaddress emailid mail mailaddress customeremail 이메일 이메일주소 메일",
    "name": "name fullname customername displayname contactname 이름 성명 고객명",
    "first_name": "firstname givenname forename fname first",
    "last_name": "lastname surname familyname lname last 성",
    "company": "company companyname organization organisation organizationname business businessname 회사 회사명",
    "phone": "phone phonenumber phoneno customerphone telephone telephonenumber tel mobile mobilephone mobilenumber "
    "cell cellphone 전화 전화번호 휴대폰 휴대폰번호 휴대전화 연락처",
    "line1": "address address1 addressline1 line1 street street1 streetaddress addressstreet 주소 도로명주소",
    "line2": "address2 addressline2 line2 street2 apartment suite 상세주소 나머지주소",
    "city": "city town addresscity locality 도시",
    "state": "state province provincecode district region county stateprovince provincestate addressstate "
    "stateregion 시도",
    "postal_code": "postalcode postcode zip zipcode postal addresspostalcode addresszip plz 우편번호",
    "country": "country countrycode countryname addresscountry addresscountrycode nation 국가 나라",
    "created": "created createdat createdutc createdon createddate createdtime createdate creationdate datecreated "
    "signup signupdate signedup signedupat dateregistered registered registeredat registrationdate joined joinedat "
    "joindate joineddate datejoined customersince membersince 가입일 가입일시 가입일자 등록일 등록일시 생성일 생성일시",
    "id": "id customerid customer cusid proyectaid",
}  # fmt: skip
FIELDS = tuple(NAMES)
# Shops export several addresses, whose columns begin with a word each. The address of the first of these words that is
# there is taken, as a whole, unless the file has an address without such a word.
ADDRESS_WORDS = ("defaultaddress", "billing", "card", "shipping")
ADDRESS_FIELDS = ("line1", "line2", "city", "state", "postal_code", "country")

_field_of = {name: field for field, names in NAMES.items() for name in names.split()}


class BadMapping(Exception):
    """It is not clear which column is which field. `str(error)` is a sentence that says what to give."""


@dataclass
class Mapping:
    """Which column is which field.

    columns: the index of the column of each field.
    aside: names of the columns that are not used.
    looks_like: of those, the ones whose name resembles a field that has no column, with that field.
    """

    columns: dict[str, int]
    aside: list[str]
    looks_like: dict[str, str]


def map_columns(header: Sequence[str], choices: Iterable[str], sample: Sequence[Sequence[str]]) -> Mapping:
    """The mapping of a file.

    header: the names of its columns.
    choices: texts "COLUMN=field", which go before what the names say; "COLUMN=ignore" leaves a column aside.
    sample: some of its first rows, to tell our ids from other systems'.
    Raises BadMapping.
    """
    chosen = _read_choices(header, choices)
    fields: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        field = _field_of.get(_plain(name))
        if index in chosen or field in chosen.values():
            continue
        if field and (field != "id" or _has_our_ids(index, sample)):
            fields.setdefault(field, []).append(index)
    free = [index for index in range(len(header)) if index not in chosen]
    fields |= _address_by_word(header, free, {*fields, *chosen.values()})
    for field, indexes in fields.items():
        # "Country Code" beside "Country" is not used.
        names = {_plain(header[index]) for index in indexes}
        without_codes = [index for index in indexes if not _is_code_beside(names, _plain(header[index]))]
        if len(without_codes) > 1:
            raise BadMapping(_too_many(field, [header[index] for index in without_codes]))
        fields[field] = without_codes
    columns = {field: indexes[0] for field, indexes in fields.items()}
    columns |= {field: index for index, field in chosen.items() if field != IGNORE}
    has_only_surname = "name" in fields and "last_name" in columns and "first_name" not in columns
    if has_only_surname and _plain(header[columns["name"]]) in ("name", "이름"):
        # Beside a surname, "Name" is the other part of the name.
        columns["first_name"] = columns.pop("name")
    if not columns:
        raise BadMapping(
            f"No column is recognised: the first row has {_list(header)}. If these are no names of columns, give the "
            f"file a first row of names; else say --map COLUMN=field, where field is one of {', '.join(FIELDS)}."
        )
    aside = [index for index in range(len(header)) if index not in columns.values()]
    without_column = [field for field in FIELDS if field not in columns and field != "id"]
    looks_like = {header[index]: _resembled(header[index], without_column) for index in aside if index not in chosen}
    return Mapping(
        columns={field: columns[field] for field in FIELDS if field in columns},
        aside=[header[index] for index in aside],
        looks_like={name: field for name, field in looks_like.items() if field},
    )


def _is_code_beside(names: Collection[str], name: str) -> bool:
    return name.endswith("code") and name.removesuffix("code") in names


def _address_by_word(header: Sequence[str], free: Iterable[int], given: Collection[str]) -> dict[str, list[int]]:
    """{field: [index]} of the preferred address block, by ADDRESS_WORDS; empty if `given` has an address field.

    A default or billing address also gives the company and the phone, unless they are given.
    """
    for word in ADDRESS_WORDS:
        found: dict[str | None, list[int]] = {}
        for index in free:
            plain = _plain(header[index])
            field = _field_of.get(plain.removeprefix(word)) if plain.startswith(word) else None
            # The first of "Province" and "Province Code" is used.
            found.setdefault(field, [index])
        address = {field: indexes for field, indexes in found.items() if field in ADDRESS_FIELDS}
        if address and not any(field in given for field in ADDRESS_FIELDS):
            beside = ("company", "phone") if word in ("defaultaddress", "billing") else ()
            return address | {field: found[field] for field in beside if field in found and field not in given}
    return {}


def _read_choices(header: Sequence[str], choices: Iterable[str]) -> dict[int, str]:
    """{index: field, or IGNORE}. Raises BadMapping."""
    chosen: dict[int, str] = {}
    for choice in choices:
        name, _, field = (part.strip() for part in choice.rpartition("="))
        if not name or field not in (*FIELDS, IGNORE):
            raise BadMapping(
                f"--map {choice}: give COLUMN=field, where field is one of {', '.join(FIELDS)}, "
                f"or {IGNORE} to leave the column aside."
            )
        indexes = [index for index, column in enumerate(header) if column.strip() == name]
        indexes = indexes or [index for index, column in enumerate(header) if _plain(column) == _plain(name)]
        if not indexes:
            raise BadMapping(f"--map {choice}: the file has no column {name}. It has {_list(header)}.")
        if len(indexes) > 1:
            raise BadMapping(f"--map {choice}: {len(indexes)} columns are named {name}. Rename one of them.")
        if field != IGNORE and field in chosen.values():
            raise BadMapping(f"--map {choice}: {field} is given another column, too. Choose one.")
        chosen[indexes[0]] = field
    return chosen


def _too_many(field: str, names: Sequence[str]) -> str:
    if len({_plain(name) for name in names}) < len(names):
        return f"{len(names)} columns are named {names[0]}. Rename one of them."
    choice = shlex.quote(f"{names[0].strip()}={field}")
    return f"{len(names)} columns look like {field}: {_list(names)}. Choose one, such as with --map {choice}"


def _has_our_ids(index: int, sample: Iterable[Sequence[str]]) -> bool:
    texts = (fields[index].strip() for fields in sample if index < len(fields))
    return is_customer_id(next(filter(None, texts), ""))


def _resembled(name: str, fields: Collection[str]) -> str | None:
    """The one of the fields that has a name which is part of `name`, or nearly the same; or None."""
    plain = _plain(name)
    known = {known: field for known, field in _field_of.items() if field in fields}
    parts = [part for part in known if part in plain and (len(part) > 3 or not part.isascii() and len(part) > 1)]
    close = get_close_matches(plain, known, 1, MIN_RESEMBLANCE_RATIO)
    found = max(parts, key=len, default="") or next(iter(close), "")
    return known.get(found)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(name.strip()[:MAX_SHOWN_NAME_LENGTH] or "(no name)" for name in names[:MAX_SHOWN_NAMES])
    return f"{shown} and {len(names) - MAX_SHOWN_NAMES:,} more" if len(names) > MAX_SHOWN_NAMES else shown
