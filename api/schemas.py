"""Parts of schemas that every resource uses."""

from ninja import Schema
from pydantic import ConfigDict, Field


class Error(Schema):
    """Why a request was refused."""

    type: str = Field(description="The kind of error, for programs.")
    code: str = Field(description="What exactly is wrong, for programs.")
    message: str = Field(description="What is wrong and what to do, for people.")
    param: str | None = Field(description="What it is about, such as `address.country`.")
    request_id: str = Field(description="The X-Request-Id, to name when asking about it.")


class Conflict(Error):
    """Why a request was refused, with the customer of the same app that is in the way, if one is."""

    existing_customer_id: str = Field(None, description="Only where the conflict is with a customer.")


MOMENT = {
    "anyOf": [{"type": "integer", "description": "Unix seconds"}, {"type": "string", "format": "date-time"}],
}


PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]*$"


def described(description, **schema):
    return Field(default=None, description=description, json_schema_extra=schema or None)


def text(description, longest, **schema):
    """An optional text. It is trimmed, and an empty one is as good as null."""
    return Field(default=None, description=description, max_length=longest, pattern=PRINTABLE, json_schema_extra=schema)


class Given(Schema):
    """What a caller sends. Anything else is refused."""

    model_config = ConfigDict(extra="forbid")
