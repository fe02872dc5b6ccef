"""Version 1 of the HTTP API: resources, their routes and their OpenAPI document."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ninja import NinjaAPI

from .calls import Call
from .errors import error_response
from .openapi import complete
from .resources import Resource


class Api:
    """The resources of the API. proyecta_admin/urls.py makes one and hands it to the URLconf and to the pages.

    resources: in the order in which they are documented.
    base_path: the path of all resources, from the first slash to the last, such as "/v1/commerce/".
    namespace: of the routes' names in the URLconf.
    """

    def __init__(self, resources: Sequence[Resource], *, base_path: str, namespace: str = "api") -> None:
        self.resources = tuple(resources)
        self.base_path = base_path
        self._ninja = NinjaAPI(
            title="Proyecta Admin",
            version="1",
            description="An app's data. Errors have one shape; dates are RFC 3339 in UTC; bodies are JSON in UTF-8.",
            openapi_url=None,
            docs_url=None,
            urls_namespace=namespace,
        )
        for resource in self.resources:
            self._ninja.add_router("", resource.router)
        self._ninja.add_exception_handler(Exception, error_response)  # type: ignore[arg-type]

    @property
    def urls(self) -> tuple[Any, ...]:
        """The routes, for path() at base_path."""
        return self._ninja.urls

    @property
    def calls(self) -> list[Call]:
        """All calls, in the order in which they are documented."""
        return [call for resource in self.resources for call in resource.calls]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return complete(self._ninja.get_openapi_schema(path_prefix=self.base_path), self.calls)

    @cached_property
    def document_json(self) -> bytes:
        """The OpenAPI document as it is sent."""
        return json.dumps(self.document, ensure_ascii=False).encode()
