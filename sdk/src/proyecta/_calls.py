"""The HTTP calls of the four operations, made from the arguments of the client."""

from __future__ import annotations

import enum
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from ._models import AddressInput, CreatedRange, Moment, Sort

_CUSTOMERS = "/v1/commerce/customers"


class NotGiven(enum.Enum):
    """The type of NOT_GIVEN, the default of arguments for which None means "clear the field"."""

    NOT_GIVEN = enum.auto()

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. Retries repeat it unchanged."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def with_cursor(self, customer_id: str) -> Call:
        """This list call, going on from the customer with that id in the same direction."""
        name = "ending_before" if self.goes_back else "starting_after"
        return replace(self, params={**self.params, name: customer_id})

    @property
    def goes_back(self) -> bool:
        return "ending_before" in self.params


def create_call(
    *,
    email: str | None,
    name: str | None,
    phone: str | None,
    address: AddressInput | None,
    id: str | None,
    idempotency_key: str | None,
) -> Call:
    given = {"id": id, "email": email, "name": name, "phone": phone, "address": address}
    body = {name: value for name, value in given.items() if value is not None}
    return _write("POST", _CUSTOMERS, body, idempotency_key)


def get_call(*, customer_id: str) -> Call:
    return Call("GET", _path(customer_id))


def update_call(
    *,
    customer_id: str,
    email: str | None | NotGiven,
    name: str | None | NotGiven,
    phone: str | None | NotGiven,
    address: AddressInput | None | NotGiven,
    if_match: str | None,
    idempotency_key: str | None,
) -> Call:
    given = {"email": email, "name": name, "phone": phone, "address": address}
    body = {name: value for name, value in given.items() if value is not NOT_GIVEN}
    call = _write("PATCH", _path(customer_id), body, idempotency_key)
    if if_match is None:
        return call
    return replace(call, headers={**call.headers, "If-Match": header_value("if_match", if_match)})


def list_call(
    *,
    limit: int | str | None,
    starting_after: str | None,
    ending_before: str | None,
    email: str | None,
    query: str | None,
    created: Moment | CreatedRange | None,
    created_gt: Moment | None,
    created_gte: Moment | None,
    created_lt: Moment | None,
    created_lte: Moment | None,
    sort: Sort | None,
) -> Call:
    given: dict[str, Any] = {
        "limit": limit,
        "starting_after": starting_after,
        "ending_before": ending_before,
        "email": email,
        "query": query,
        "sort": sort,
        "created[gt]": created_gt,
        "created[gte]": created_gte,
        "created[lt]": created_lt,
        "created[lte]": created_lte,
    }
    if isinstance(created, Mapping):
        for operator, moment in created.items():
            name = f"created[{operator}]"
            if given.get(name) is not None:
                raise ValueError(f"created has {operator!r} and created_{operator} is given too: leave one out.")
            given[name] = moment
    else:
        given["created"] = created
    params = {name: _query_text(value) for name, value in given.items() if value is not None}
    return Call("GET", _CUSTOMERS, params=params)


def header_value(name: str, value: str) -> str:
    """Return `value` if it may stand in a header. Otherwise raises ValueError, which does not contain the value."""
    if not value or not value.isascii() or not value.isprintable():
        raise ValueError(f"{name} must be a text of printable ASCII characters.")
    return value


def _write(method: str, path: str, body: Mapping[str, Any], idempotency_key: str | None) -> Call:
    key = str(uuid.uuid4()) if idempotency_key is None else header_value("idempotency_key", idempotency_key)
    # Escaped to ASCII, so that a lone surrogate can be sent and the API can say what is wrong with it.
    content = json.dumps(body, allow_nan=False).encode("ascii")
    return Call(method, path, headers={"Content-Type": "application/json", "Idempotency-Key": key}, content=content)


def _path(customer_id: str) -> str:
    if not isinstance(customer_id, str):
        raise TypeError(f"customer_id must be a str such as 'cus_123', not of type {type(customer_id).__name__}.")
    # A proxy may take %2F or a backslash for a slash, and a part of dots for the path above.
    if not customer_id.strip(". ") or any(sign in "/\\" or "\ud800" <= sign <= "\udfff" for sign in customer_id):
        raise ValueError("customer_id must be the id of a customer, such as cus_123.")
    return f"{_CUSTOMERS}/{quote(customer_id, safe='')}"


def _query_text(value: datetime | float | str) -> str:
    if isinstance(value, float):
        value = datetime.fromtimestamp(value, UTC)
    if not isinstance(value, datetime):
        return str(value)
    if value.tzinfo is None:
        raise ValueError("A datetime here must have a time zone, such as datetime.now(UTC).")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
