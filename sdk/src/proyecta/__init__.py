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
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    ProyectaError,
    RateLimitError,
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
    "CreatedRange",
    "Customer",
    "InternalServerError",
    "Moment",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "Proyecta",
    "ProyectaError",
    "RateLimitError",
    "Sort",
    "__version__",
]
