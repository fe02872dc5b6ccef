"""The HTTP API, version 1."""

from ninja import NinjaAPI

from customers.api.routes import router

from .errors import respond
from .keys import ApiKeyAuth

api = NinjaAPI(
    title="Proyecta Admin",
    version="1",
    description="The customers of an app. Errors have one shape; dates are RFC 3339 in UTC; bodies are JSON in UTF-8.",
    auth=ApiKeyAuth(),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
api.add_router("", router)
api.add_exception_handler(Exception, respond)
