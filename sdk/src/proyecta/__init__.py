"""The Python client of Proyecta: `Proyecta` for ordinary code, `AsyncProyecta` for asyncio."""

from ._client import AsyncProyecta, Proyecta
from ._models import Address, AddressInput, CreatedRange, Customer, Moment, Sort
from ._pages import AsyncPage, Page
from ._version import __version__
from .errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContentTooLargeError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    ProyectaError,
    RateLimitError,
    ServiceUnavailableError,
    UnsupportedMediaTypeError,
)

__all__ = [
    "APIConnectionError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "Address",
    "AddressInput",
    "AsyncPage",
    "AsyncProyecta",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "ContentTooLargeError",
    "CreatedRange",
    "Customer",
    "InternalServerError",
    "MethodNotAllowedError",
    "Moment",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "Proyecta",
    "ProyectaError",
    "RateLimitError",
    "ServiceUnavailableError",
    "Sort",
    "UnsupportedMediaTypeError",
    "__version__",
]
