"""Around every page: what must not be read, and what must not be run."""

import codecs

from django.core.exceptions import BadRequest


class Utf8Only:
    """Refuses a request that says it is in another encoding than UTF-8, which no browser of ours sends.

    Django would decode the address and the form by it, and UTF-7 among others makes half characters (lone surrogates)
    that neither a page nor the database can hold.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise BadRequest("A request must be in UTF-8.")
        return self.get_response(request)
