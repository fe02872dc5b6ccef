"""Errors that services raise: each has a sentence for a person, a stable `code` and the `param` it is about."""

from collections.abc import Mapping
from typing import Any


class ServiceError(Exception):
    """A request that cannot be fulfilled.

    message: a sentence that says why, and what to do. param: the name of the argument, such as `address.country`.
    """

    code = "error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class ValidationFailed(ServiceError):
    """Wrong input. errors: a sentence for each param, at least one. The first is the message."""

    code = "invalid"

    def __init__(self, errors: Mapping[str, str]) -> None:
        param, message = next(iter(errors.items()))
        super().__init__(message, param=param)
        self.errors = errors


class BadCursor(ValidationFailed):
    """A cursor that is not a row of the list, or two cursors at once."""

    code = "bad_cursor"


class NotFound(ServiceError):
    """The app has no such object."""

    code = "not_found"


class Conflict(ServiceError):
    """Another object of the same app stands in the way.

    existing_id: its id. existing_id_field: the name that the HTTP API's error gives to `existing_id`.
    """

    code = "conflict"
    existing_id_field = "existing_id"

    def __init__(self, message: str, *, param: str, existing_id: str) -> None:
        super().__init__(message, param=param)
        self.existing_id = existing_id


class Stale(ServiceError):
    """The object has changed since the version on which the update was based. current: the object as it is now."""

    code = "stale"

    def __init__(self, message: str, *, current: Any, param: str = "version") -> None:
        super().__init__(message, param=param)
        self.current = current
