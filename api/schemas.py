"""Parts of pydantic schemas that every resource uses."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

UNIX_SECONDS_JSON_SCHEMA = {"type": "integer", "description": "Unix seconds"}
MOMENT_JSON_SCHEMA = {"anyOf": [UNIX_SECONDS_JSON_SCHEMA, {"type": "string", "format": "date-time"}]}
PRINTABLE_PATTERN = r"^[^\u0000-\u001f\u007f-\u009f]*$"


class Error(Schema):
    """Why a request was refused."""

    type: str = Field(description="The kind of error, for programs.")
    code: str = Field(description="What exactly is wrong, for programs.")
    message: str = Field(description="What is wrong and what to do, for people.")
    param: str | None = Field(description="The parameter, field or header that is wrong, such as `address.country`.")
    request_id: str = Field(description="The X-Request-Id of the answer. Give it when you ask about the request.")


class Given(Schema):
    """The body of a request. A field that is not declared is refused."""

    model_config = ConfigDict(extra="forbid")


def optional(description: str, *, alias: str | None = None) -> Any:
    """An optional field or parameter. alias: its name on the wire, where that is no name of Python's."""
    return Field(default=None, alias=alias, description=description)


def optional_text(description: str, max_length: int) -> Any:
    """An optional text of at most `max_length` characters without control characters. An empty text counts as null."""
    return Field(default=None, description=description, max_length=max_length, pattern=PRINTABLE_PATTERN)
