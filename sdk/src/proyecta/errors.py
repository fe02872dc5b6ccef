"""What the client raises. Every one of them is a `ProyectaError`."""

from __future__ import annotations


class ProyectaError(Exception):
    """A call that cannot be made or did not succeed. `str(error)` says why."""


class APIConnectionError(ProyectaError):
    """No answer arrived, after all retries. Whether a write was carried out is not known: make the same call again,
    with the same `idempotency_key` where the customer has no email."""


class APITimeoutError(APIConnectionError):
    """The answer took longer than the timeout, in the last try too."""


class APIResponseError(ProyectaError):
    """An answer arrived that is not the API's: most likely `base_url` names another server."""


class APIStatusError(ProyectaError):
    """The API refused. Each status has a class of its own.

    message: a sentence for a person.
    status: the HTTP status, an int.
    type, code: the kind of refusal, for programs, such as "email_taken"; None where something before the API refused.
    param: what it is about, such as "address.country"; or None.
    request_id: what to name when asking for help; or None.
    existing_customer_id: the customer of the same app that is in the way; or None.
    """

    # Defaults for all but the message, so that an error can be pickled on its way through a task queue.
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
    """400: something in the call is wrong; `param` names it."""


class AuthenticationError(APIStatusError):
    """401: no API key, an unknown or a revoked one."""


class PermissionDeniedError(APIStatusError):
    """403: a key that may only read was used to write."""


class NotFoundError(APIStatusError):
    """404: this app has no such customer."""


class MethodNotAllowedError(APIStatusError):
    """405: the server has the address but not the call; most likely it is older than this client."""


class ConflictError(APIStatusError):
    """409: the email or the id belongs to another customer (`existing_customer_id`), or an idempotency key was used
    for another call."""


class PreconditionFailedError(APIStatusError):
    """412: the customer has changed since the version that `if_match` names."""


class ContentTooLargeError(APIStatusError):
    """413: what was sent is longer than the 64 KiB that the API takes."""


class UnsupportedMediaTypeError(APIStatusError):
    """415: the body did not arrive as JSON; most likely something in between has changed it."""


class RateLimitError(APIStatusError):
    """429: more calls than the key's rate allows, in the last try too."""


class InternalServerError(APIStatusError):
    """5xx: the server could not answer, in the last try too."""


class ServiceUnavailableError(InternalServerError):
    """503: the database cannot be reached, in the last try too."""


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
