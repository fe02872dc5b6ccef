"""The Developers page of the panel: how an app calls the API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import app_view
from accounts.models import Role

from .samples import setup_samples
from .v1 import Api

# The wheel's name ends with its version, which only the client knows.
INSTALL_COMMAND = "python -m pip install proyecta-*.whl"


@require_safe
@app_view(Role.VIEWER)
def developers(request: HttpRequest, api: Api) -> HttpResponse:
    """The calls of all resources, with the app's own addresses and ids."""
    base_url = f"{request.scheme}://{request.get_host()}"
    app, role = request.app, request.role  # type: ignore[attr-defined]
    context = {
        "section": "developers",
        "base_url": base_url,
        "resources": [
            {
                "title": resource.title,
                "url": f"{base_url}{api.base_path}{resource.path}",
                "advice": resource.advice,
                "samples": resource.samples(base_url, app),
            }
            for resource in api.resources
        ],
        "keys_url": reverse("api_keys", args=[app.slug]) if role.covers(Role.ADMIN) else "",
        "install_command": INSTALL_COMMAND,
        "setup": setup_samples(base_url),
    }
    return render(request, "developers.html", context)
