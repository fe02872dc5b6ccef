"""Middleware of every page: requests in UTF-8 only."""

import codecs
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class Utf8Only:
    """Refuses a request that declares another encoding than UTF-8. Browsers send forms in the encoding of the page.

    Django would decode the address and the form by it. UTF-7 and others make lone surrogates, which neither a page nor
    the database can hold.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise BadRequest("A request must be in UTF-8.")
        return self.get_response(request)
