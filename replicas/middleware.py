"""Reads of the panel's and the Django admin's pages from replicas. The API does the same in its own middleware."""

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from .models import Reader
from .reading import answered


class ReplicasMiddleware:
    """Lets the pages of a signed-in person read from a replica."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def reader() -> Reader | None:
            user: Any = request.user
            return cast(Reader, user) if user.is_authenticated else None

        return answered(request, reader, lambda: self.get_response(request))
