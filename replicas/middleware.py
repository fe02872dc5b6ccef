"""The panel and the Django admin under the rules of reading.py. The HTTP API has its own way there."""

from .reading import answered


class ReplicasMiddleware:
    """Has the pages of a signed-in person read from a replica where they may."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        def reader():
            return request.user if request.user.is_authenticated else None

        return answered(request, reader, lambda: self.get_response(request))
