"""The address /, which leads to an app."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..access import current_app


def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the app visited last. A person without an app gets a page that says what to do.

    The view of the app is the one that the setting HOME_VIEW_OF_APP names.
    """
    app = current_app(request)
    return redirect(settings.HOME_VIEW_OF_APP, app.slug) if app else render(request, "accounts/no_apps.html")
