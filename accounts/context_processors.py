"""What the frame around every page shows."""

from .models import Role


def initials_of(user):
    """One or two letters for the person's tile: of first and last name, else of the username."""
    parts = [part for part in (user.first_name.strip(), user.last_name.strip()) if part] or [user.get_username()]
    return "".join(part[0] for part in parts).upper()


def frame(request):
    """Values for templates/base.html, without a query.

    `theme` is on every page; `user` and `initials` where somebody is signed in; the rest on the pages of an app.
    """
    theme = request.COOKIES.get("theme")
    values = {"theme": theme if theme in ("light", "dark") else ""}
    if getattr(request, "user", None) and request.user.is_authenticated:
        values["user"] = request.user
        values["initials"] = initials_of(request.user)
    if app := getattr(request, "app", None):
        values["app"] = app
        values["apps"] = request.apps
        values["can_admin"] = request.role.covers(Role.ADMIN)
    return values
