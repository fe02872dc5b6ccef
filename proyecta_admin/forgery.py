"""The page for a form that was refused because its protection against forgery (CSRF) does not match."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# What Django's reasons begin with that sending the form again does not change.
LASTING_REASONS = ("Origin", "Referer")
TOKEN_FIELD = "csrfmiddlewaretoken"


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the page, for Django's setting CSRF_FAILURE_VIEW. reason: one of Django's, in English.

    A token changes when somebody signs in, in whichever tab. A form of our own that was open then comes back with what
    was typed, and with a button that sends it with the new token.
    """
    fields = _typed(request) if _is_own_form(request) and not reason.startswith(LASTING_REASONS) else None
    context = {"fields": fields, "address": request.get_full_path()}
    return render(request, "403_csrf.html", context, status=403)


def _is_own_form(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of this server sent the form. No page can set this header."""
    return request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "same-origin"


def _typed(request: HttpRequest) -> list[tuple[str, str]] | None:
    """Return the names and values of the form, or None for one with a password or a file, which no page repeats."""
    if request.FILES or any("password" in name for name in request.POST):
        return None
    return [(name, value) for name, values in request.POST.lists() if name != TOKEN_FIELD for value in values]
