"""What goes over the wire, for the OpenAPI document and for the names that a request may use.

These classes do not check values: that is the services' to do, for every door alike. What they say of values describes
what the services take.
"""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from api.schemas import MOMENT, Given, described, text
from core.pagination import LARGEST_PAGE
from customers.filters import DEFAULT_SORT, SORTS
from customers.models import ADDRESS_LENGTH, EMAIL_LENGTH, NAME_LENGTH
from customers.samples import CHANGES, CUSTOMER
from customers.search.words import LONGEST
from customers.values.countries import CODES
from customers.values.ids import ID_PATTERN


class AddressGiven(Given):
    """Parts of a postal address. In an update, what is absent stays and `null` clears."""

    line1: str | None = text("First line: street and number.", ADDRESS_LENGTH)
    line2: str | None = text("Second line: flat, floor, company.", ADDRESS_LENGTH)
    city: str | None = text("City or town.", ADDRESS_LENGTH)
    state: str | None = text("State, province or region.", ADDRESS_LENGTH)
    postal_code: str | None = text("Postal code.", ADDRESS_LENGTH)
    country: Annotated[str | None, WithJsonSchema({"enum": [*sorted(CODES), None]})] = described(
        "ISO 3166-1 alpha-2 code. Lower case is taken as well."
    )


class CustomerChanges(Given):
    """The fields to change. What is absent stays, `null` clears; the same within `address`."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGES]})

    email: Annotated[
        str | None,
        WithJsonSchema({"anyOf": [{"type": "string", "format": "email", "maxLength": EMAIL_LENGTH}, {"type": "null"}]}),
    ] = described("Email address. At most one customer of the app has it, in whatever case.")
    name: str | None = text("Full name.", NAME_LENGTH)
    phone: Annotated[
        str | None,
        WithJsonSchema(
            {"anyOf": [{"type": "string", "format": "e164", "pattern": r"^\+[1-9][0-9]{1,14}$"}, {"type": "null"}]}
        ),
    ] = described("Phone number as E.164, of a length that exists in its country.")
    address: AddressGiven | None = described("Postal address. `null` clears all of it.")


class NewCustomer(CustomerChanges):
    """All may be left out. A customer without an email is always a new one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{k: v for k, v in CUSTOMER.items() if k != "created"}]})

    id: Annotated[
        str | None, WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{ID_PATTERN}$"}, {"type": "null"}]})
    ] = described("An id of your choice, unique in the app. Without one, it is made.")


class CustomerQuery(Given):
    """What a list may be asked for."""

    limit: Annotated[str, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 20})] = (
        described("How many customers at most.")
    )
    starting_after: Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{ID_PATTERN}$"})] = described(
        "The id of the last customer of the page before: go on after it, in the direction of the sort."
    )
    ending_before: Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{ID_PATTERN}$"})] = described(
        "The id of the first customer of the page after: go back from it. The answer is still in the sort's order. "
        "Not together with `starting_after`."
    )
    email: Annotated[str, WithJsonSchema({"type": "string", "format": "email", "maxLength": EMAIL_LENGTH})] = described(
        "Only the customer with this address, in any case; or, with `@` and a domain, those at that domain."
    )
    query: Annotated[str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST})] = described(
        "Only customers in whose email, name or phone every word occurs, or whose id it is or begins; "
        "without regard to case, accents and width."
    )
    created: Annotated[str, WithJsonSchema(MOMENT)] = described("Only customers created at this moment.")
    created_gt: Annotated[str, WithJsonSchema(MOMENT)] = Field(
        None, alias="created[gt]", description="Only customers created after this moment."
    )
    created_gte: Annotated[str, WithJsonSchema(MOMENT)] = Field(
        None, alias="created[gte]", description="Only customers created at this moment or after."
    )
    created_lt: Annotated[str, WithJsonSchema(MOMENT)] = Field(
        None, alias="created[lt]", description="Only customers created before this moment."
    )
    created_lte: Annotated[str, WithJsonSchema(MOMENT)] = Field(
        None, alias="created[lte]", description="Only customers created at this moment or before."
    )
    sort: Annotated[str, WithJsonSchema({"enum": list(SORTS), "default": DEFAULT_SORT})] = described(
        "The order, `-` for descending. It is total; customers without an email or name come last both ways."
    )


class Address(Schema):
    """A postal address: all its parts, `null` where empty."""

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None = Field(description="ISO 3166-1 alpha-2 code.")


class Customer(Schema):
    """A customer: always all of its fields, `null` where empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [CUSTOMER]})

    id: str = Field(description="Unique in the app.", pattern=f"^{ID_PATTERN}$")
    created: datetime = Field(description="RFC 3339, in UTC.")
    email: str | None
    name: str | None
    phone: str | None = Field(description="E.164.")
    address: Address | None


class CustomerList(Schema):
    """A page of customers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [CUSTOMER], "has_more": False}]})

    data: list[Customer]
    has_more: bool = Field(description="Whether there are more beyond these, in the direction of the cursor.")
