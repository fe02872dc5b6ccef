"""Access to apps: which apps are open to a person, and the guard in front of every page of an app."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.invisible import isolated
from core.overload import identify

from .models import App, Role, User
from .people import roles_of

# The key of the session under which the slug of the app visited last is kept.
LAST_APP = "app"


class AppRequest(HttpRequest):
    """A request of a signed-in person for a page of `app`. For type checkers: app_view() adds the attributes."""

    if TYPE_CHECKING:
        user: User
        app: App
        role: Role
        apps: list[App]


def apps_of(user: User, needed: Role = Role.VIEWER) -> QuerySet[App]:
    """Return the apps in which the role of this signed-in user covers `needed`, by name. A superuser has all apps."""
    if user.is_superuser:
        return App.objects.all()
    roles = [role for role in Role if role.covers(needed)]
    return App.objects.filter(memberships__user=user, memberships__role__in=roles)


def current_app(request: HttpRequest) -> App | None:
    """Return the app visited last in this session if it is still open to the user, else the first by name or None."""
    apps, last = list(roles_of(cast(User, request.user))), request.session.get(LAST_APP)
    return next((app for app in apps if app.slug == last), apps[0] if apps else None)


def show_current_app(request: HttpRequest) -> None:
    """Show a page outside every app, such as the account, in the frame of the current app, if there is one."""
    if app := current_app(request):
        _enter(cast(AppRequest, request), app.slug)


def require_role(request: AppRequest, needed: Role) -> None:
    """Raise PermissionDenied, with a sentence for the person, unless `request.role` covers `needed`."""
    if not request.role.covers(needed):
        raise PermissionDenied(
            _("This needs the role %(needed)s in %(app)s. Yours is %(role)s. Ask an admin of %(app)s to change it.")
            % {"needed": needed.label, "role": request.role.label, "app": isolated(request.app.name)}
        )


def app_view(needed: Role) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Guard a page below /dashboard/<slug:app>/ for members whose role covers `needed`.

    The view is called as view(request, …) without the argument `app`. It finds the App in request.app, the Role in
    request.role and all apps of the user in request.apps. The answer is 404 for an app that does not exist and, alike,
    for one that the user is not a member of. It is 403, with the role that is needed, for a role that is too low.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: AppRequest, *args: Any, app: str, **kwargs: Any) -> HttpResponse:
            _enter(request, app)
            require_role(request, needed)
            if request.session.get(LAST_APP) != request.app.slug:
                request.session[LAST_APP] = request.app.slug
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _enter(request: AppRequest, slug: str) -> None:
    """Set the app, the role and the apps of the request, or raise Http404."""
    roles = roles_of(request.user)
    for app, role in roles.items():
        if app.slug == slug:
            identify(app=app.pk)
            request.app, request.role, request.apps = app, role, list(roles)
            return
    raise Http404(_("There is no such app, or you are not a member of it."))
