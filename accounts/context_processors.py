"""Template variables of the frame around every page."""

from typing import Any

from django.http import HttpRequest

from .models import Role, User


def initials_of(user: User) -> str:
    """Return one or two letters for the person's tile: of first and last name, else of the username."""
    parts = [part for part in (user.first_name.strip(), user.last_name.strip()) if part] or [user.get_username()]
    return "".join(part[0] for part in parts).upper()


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of templates/base.html. No query.

    `theme` is there on every page, `user` and `initials` for a signed-in person, the rest on the pages of an app.
    """
    theme = request.COOKIES.get("theme")
    values: dict[str, Any] = {"theme": theme if theme in ("light", "dark") else ""}
    if getattr(request, "user", None) and request.user.is_authenticated:
        values["user"] = request.user
        values["initials"] = initials_of(request.user)
    if app := getattr(request, "app", None):
        values["app"] = app
        values["apps"] = vars(request)["apps"]
        values["can_admin"] = vars(request)["role"].covers(Role.ADMIN)
    return values
