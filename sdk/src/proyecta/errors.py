"""The exceptions of the client. Every one is a `ProyectaError`."""

from __future__ import annotations


class ProyectaError(Exception):
    """A call cannot be made, or has failed. `str(error)` says why."""


class APIConnectionError(ProyectaError):
    """No answer arrived after all retries. A write may have been carried out: make the same call again, with the same
    `idempotency_key` if the customer has no email."""


class APITimeoutError(APIConnectionError):
    """Every try took longer than the timeout."""


class APIResponseError(ProyectaError):
    """The answer is not one of the API. Most likely `base_url` is the address of another server."""


class APIStatusError(ProyectaError):
    """The API refused the call. Each status has its own subclass.

    message: a sentence for a person.
    status: the HTTP status, an int.
    type, code: the kind of error, for programs, such as "email_taken". None if a proxy answered, and not the API.
    param: the wrong parameter or field, such as "address.country"; or None.
    request_id: the id of the request in the log of the server; or None.
    existing_customer_id: the id of the customer that is in the way; or None.
    """

    # All but the message have defaults, so that task queues can pickle an error.
    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        type: str | None = None,
        code: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        existing_customer_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.request_id = request_id
        self.existing_customer_id = existing_customer_id

    def __str__(self) -> str:
        facts = [f"status {self.status}"]
        for name in ("code", "param", "existing_customer_id", "request_id"):
            if value := getattr(self, name):
                facts.append(f"{name} {value}")
        return f"{self.message} ({', '.join(facts)})"


class BadRequestError(APIStatusError):
    """400: something in the call is wrong. `param` names it."""


class AuthenticationError(APIStatusError):
    """401: no API key, or an unknown or revoked one."""


class PermissionDeniedError(APIStatusError):
    """403: the key may only read."""


class NotFoundError(APIStatusError):
    """404: the app has no such customer."""


class MethodNotAllowedError(APIStatusError):
    """405: the server does not know this call. Most likely it is older than this client."""


class ConflictError(APIStatusError):
    """409: another customer (`existing_customer_id`) has the email or the id, the idempotency key was used for another
    call, or another call was changing the same data through all retries (`code` is "locked")."""


class PreconditionFailedError(APIStatusError):
    """412: the customer has changed since the version that `if_match` names."""


class ContentTooLargeError(APIStatusError):
    """413: the call is larger than the 64 KiB that the API takes."""


class UnsupportedMediaTypeError(APIStatusError):
    """415: the body did not arrive as JSON. Most likely a proxy has changed it."""


class RateLimitError(APIStatusError):
    """429: the key makes more calls than its rate allows, after all retries too."""


class InternalServerError(APIStatusError):
    """5xx: the server could not answer, after all retries too."""


class ServiceUnavailableError(InternalServerError):
    """503: the database fails, or the server is busy, after all retries too. The message says how."""


STATUS_ERRORS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    409: ConflictError,
    412: PreconditionFailedError,
    413: ContentTooLargeError,
    415: UnsupportedMediaTypeError,
    429: RateLimitError,
    503: ServiceUnavailableError,
}
