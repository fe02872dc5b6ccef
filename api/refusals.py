"""A request that is not carried out: its status, code and sentence."""

from collections.abc import Mapping

ERROR_TYPES = {
    400: "invalid_request",
    401: "authentication",
    403: "permission",
    404: "not_found",
    405: "invalid_request",
    409: "conflict",
    412: "conflict",
    413: "invalid_request",
    415: "invalid_request",
    429: "rate_limit",
    500: "server",
    503: "unavailable",
}
MAX_SHOWN_NAME_LENGTH = 100  # characters


class Refused(Exception):
    """A request that is not carried out.

    status: the HTTP status of the answer, 400 to 599.
    code: what is wrong, for programs, such as "key_missing". A published code never changes.
    message: an English sentence for a person: what is wrong and what to do.
    param: the parameter, field or header that is wrong, such as "address.country"; None where it is none of them.
    headers: headers of the answer.
    existing: the field that names the object in the way, and that object's id, such as
        {"existing_customer_id": "cus_123"}.
    error_type: the `type` of the error. Default: that of the status.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        existing: Mapping[str, str] | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = headers or {}
        self.existing = existing or {}
        self.error_type = error_type or type_of_status(status)


def type_of_status(status: int) -> str:
    """The `type` of errors with this HTTP status. A status that only a resource uses has the type of 400 or of 500."""
    return ERROR_TYPES.get(status) or ERROR_TYPES[400 if status < 500 else 500]


def invalid(param: str | None, message: str, code: str = "invalid") -> Refused:
    """A Refused with status 400 about `param`, which may be a name that the caller made up; None for no name."""
    return Refused(400, code, message, param=shown_name(param) if param else None)


def shown_name(name: str) -> str:
    """A name from a request as an answer may repeat it: at most 100 characters, and writable as UTF-8."""
    shown = name if len(name) <= MAX_SHOWN_NAME_LENGTH else name[:MAX_SHOWN_NAME_LENGTH] + "…"
    return shown.encode("utf-8", "replace").decode()
