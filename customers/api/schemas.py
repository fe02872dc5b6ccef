"""The objects that go over the wire: for the OpenAPI document, and for the names that a request may use.

These classes do not check values: the services do, for the API and the pages alike. What the classes say about values
describes what the services take.
"""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from api.schemas import MOMENT_JSON_SCHEMA, Error, Given, optional, optional_text
from core.pagination import MAX_PAGE_SIZE
from customers.filters import DEFAULT_SORT, SORTS
from customers.models import ADDRESS_LENGTH, EMAIL_LENGTH, NAME_LENGTH
from customers.samples import EXAMPLE_CHANGES, EXAMPLE_CUSTOMER, EXAMPLE_NEW_CUSTOMER
from customers.search import MAX_TEXT_LENGTH
from customers.values.countries import CODES
from customers.values.ids import ID_PATTERN


class AddressGiven(Given):
    """Parts of a postal address. In an update, what is absent stays and `null` clears."""

    line1: str | None = optional_text("First line: street and number.", ADDRESS_LENGTH)
    line2: str | None = optional_text("Second line: flat, floor, company.", ADDRESS_LENGTH)
    city: str | None = optional_text("City or town.", ADDRESS_LENGTH)
    state: str | None = optional_text("State, province or region.", ADDRESS_LENGTH)
    postal_code: str | None = optional_text("Postal code.", ADDRESS_LENGTH)
    country: Annotated[str | None, WithJsonSchema({"enum": [*sorted(CODES), None]})] = optional(
        "ISO 3166-1 alpha-2 code. Lower case is taken as well."
    )


class CustomerChanges(Given):
    """The fields to change. What is absent stays, `null` clears; the same within `address`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CHANGES]})

    email: Annotated[
        str | None,
        WithJsonSchema({"anyOf": [{"type": "string", "format": "email", "maxLength": EMAIL_LENGTH}, {"type": "null"}]}),
    ] = optional("Email address. At most one customer of the app has it; upper and lower case do not count.")
    name: str | None = optional_text("Full name.", NAME_LENGTH)
    phone: Annotated[
        str | None,
        WithJsonSchema(
            {"anyOf": [{"type": "string", "format": "e164", "pattern": r"^\+[1-9][0-9]{1,14}$"}, {"type": "null"}]}
        ),
    ] = optional("Phone number as E.164. Its length must be one that its country has.")
    address: AddressGiven | None = optional("Postal address. `null` clears all of it.")


class NewCustomer(CustomerChanges):
    """The fields of a new customer. All are optional. A customer without an email is always new."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_NEW_CUSTOMER]})

    id: Annotated[
        str | None, WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{ID_PATTERN}$"}, {"type": "null"}]})
    ] = optional("An id of your choice, unique in the app. Default: a generated one.")


class CustomerQuery(Given):
    """The parameters of the list."""

    limit: Annotated[
        str, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": 20})
    ] = optional("The most customers to return.")
    starting_after: Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{ID_PATTERN}$"})] = optional(
        "The id of the last customer of the page before. The page begins after it, in the order of the sort."
    )
    ending_before: Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{ID_PATTERN}$"})] = optional(
        "The id of the first customer of the page after. The page ends before it, and is in the order of the sort too. "
        "Not together with `starting_after`."
    )
    email: Annotated[str, WithJsonSchema({"type": "string", "format": "email", "maxLength": EMAIL_LENGTH})] = optional(
        "Only the customer with this address, in any case; or, with `@` and a domain, those at that domain."
    )
    query: Annotated[str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_TEXT_LENGTH})] = optional(
        "Only customers whose email, name or phone contains every word, or whose id begins with the word; "
        "case, accents and width do not count."
    )
    created: Annotated[str, WithJsonSchema(MOMENT_JSON_SCHEMA)] = optional("Only customers created at this moment.")
    created_gt: Annotated[str, WithJsonSchema(MOMENT_JSON_SCHEMA)] = optional(
        "Only customers created after this moment.", alias="created[gt]"
    )
    created_gte: Annotated[str, WithJsonSchema(MOMENT_JSON_SCHEMA)] = optional(
        "Only customers created at this moment or after.", alias="created[gte]"
    )
    created_lt: Annotated[str, WithJsonSchema(MOMENT_JSON_SCHEMA)] = optional(
        "Only customers created before this moment.", alias="created[lt]"
    )
    created_lte: Annotated[str, WithJsonSchema(MOMENT_JSON_SCHEMA)] = optional(
        "Only customers created at this moment or before.", alias="created[lte]"
    )
    sort: Annotated[str, WithJsonSchema({"enum": list(SORTS), "default": DEFAULT_SORT})] = optional(
        "The order, with `-` for descending. It is total. Customers without an email or name come last both ways."
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

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CUSTOMER]})

    id: str = Field(description="Unique in the app.", pattern=f"^{ID_PATTERN}$")
    created: datetime = Field(description="RFC 3339, in UTC.")
    email: str | None
    name: str | None
    phone: str | None = Field(description="E.164.")
    address: Address | None


class CustomerList(Schema):
    """A page of customers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE_CUSTOMER], "has_more": False}]})

    data: list[Customer]
    has_more: bool = Field(description="Whether there are more customers, in the direction of the cursor.")


class Conflict(Error):
    """Why a request was refused, with the customer of the same app that is in the way, if one is."""

    existing_customer_id: str = optional("Only where the conflict is with a customer.")
