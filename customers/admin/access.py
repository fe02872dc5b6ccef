"""Which apps a person may see or change the customers of."""

from typing import cast

from django.http import HttpRequest

from accounts.access import apps_of
from accounts.models import App, Role, User


def apps_for(request: HttpRequest, needed: Role = Role.VIEWER) -> dict[str, App]:
    """The apps in which the person's role covers `needed`, by slug. One query for each role of a request."""
    cache: dict[Role, dict[str, App]] = request.__dict__.setdefault("_apps_in_customer_admin", {})
    if needed not in cache:
        cache[needed] = {app.slug: app for app in apps_of(cast(User, request.user), needed)}
    return cache[needed]
