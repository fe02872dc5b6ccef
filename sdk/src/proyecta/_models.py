"""Customers as the API returns them, and the types of arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

from .errors import APIResponseError

# Unix seconds, an aware datetime, or an RFC 3339 text.
Moment = datetime | float | str
Sort = Literal["created", "-created", "email", "-email", "name", "-name"]


class CreatedRange(TypedDict, total=False):
    """Bounds of the moment at which customers were created."""

    gt: Moment
    gte: Moment
    lt: Moment
    lte: Moment


class AddressInput(TypedDict, total=False):
    """An address to store. In an update, a part that is left out stays, and None clears a part."""

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a customer. Empty parts are None.

    country: a code of ISO 3166-1 alpha-2, such as "US".
    extra: fields of the answer that this version of the client does not know, by name.
    """

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    extra: dict[str, Any] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as it was when the API answered. Empty fields are None.

    created: an aware datetime in UTC.
    phone: E.164.
    extra: fields of the answer that this version of the client does not know, by name.
    was_created: whether the call that returned this object created the customer. False if it existed before.
    etag: the version, for `if_match` in an update. None for customers of a list.
    """

    id: str
    created: datetime
    email: str | None
    name: str | None
    phone: str | None
    address: Address | None
    extra: dict[str, Any] = field(default_factory=dict, hash=False, repr=False)
    was_created: bool = field(default=False, compare=False, repr=False)
    etag: str | None = field(default=None, compare=False, repr=False)


_ADDRESS_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")
_FIELDS = ("id", "created", "email", "name", "phone", "address")


def read_customer(answer: object, *, was_created: bool = False, etag: str | None = None) -> Customer:
    """Return the customer in decoded JSON. Raises APIResponseError if it is not a customer."""
    try:
        if not isinstance(answer, Mapping):
            raise TypeError
        customer_id = answer["id"]
        created = datetime.fromisoformat(answer["created"])
        if not isinstance(customer_id, str) or created.tzinfo is None:
            raise TypeError
        return Customer(
            id=customer_id,
            created=created,
            email=answer.get("email"),
            name=answer.get("name"),
            phone=answer.get("phone"),
            address=_read_address(answer.get("address")),
            extra=_others(answer, _FIELDS),
            was_created=was_created,
            etag=etag,
        )
    except (KeyError, TypeError, ValueError):
        raise APIResponseError("The answer is not a customer. Check that base_url is the Proyecta server's.") from None


def read_page(answer: object) -> tuple[list[Customer], bool]:
    """Return the customers of a page in decoded JSON, and whether there are more. Raises APIResponseError."""
    if isinstance(answer, Mapping) and isinstance(answer.get("data"), list):
        return [read_customer(one) for one in answer["data"]], bool(answer.get("has_more"))
    raise APIResponseError("The answer is not a list of customers. Check that base_url is the Proyecta server's.")


def _read_address(answer: Any) -> Address | None:
    if answer is None:
        return None
    if not isinstance(answer, Mapping):
        raise TypeError
    parts = {part: answer.get(part) for part in _ADDRESS_PARTS}
    return Address(**parts, extra=_others(answer, _ADDRESS_PARTS))


def _others(answer: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in known}
