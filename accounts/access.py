"""Which apps a person may enter, in which role, and the guard in front of every page of an app."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Case, Value, When
from django.http import Http404

from .models import App, Membership, Role
from .rows import all_rows, columns, instance_of
from .unseen import isolated

LAST_APP = "app"

_BY_NAME = "ORDER BY a.name, a.id"
_ALL_APPS = f'SELECT %s::text, {columns(App, "a")} FROM "{App._meta.db_table}" a {_BY_NAME}'
_APPS_OF_USER = (
    f'SELECT m.role, {columns(App, "a")} FROM "{Membership._meta.db_table}" m '
    f'JOIN "{App._meta.db_table}" a ON a.id = m.app_id WHERE m.user_id = %s {_BY_NAME}'
)


def apps_of(user, needed=Role.VIEWER):
    """The apps in which this signed-in user's role covers `needed`, by name: a queryset. For a superuser, all."""
    if user.is_superuser:
        return App.objects.all()
    roles = [role for role in Role if role.covers(needed)]
    return App.objects.filter(memberships__user=user, memberships__role__in=roles)


def current_app(request):
    """The app visited last in this session if it is still open to the user, else the first by name, else None."""
    last = Case(When(slug=request.session.get(LAST_APP, ""), then=Value(0)), default=Value(1))
    return apps_of(request.user).order_by(last, "name", "pk").first()


def show_current_app(request):
    """Give a page that belongs to no app, such as the person's account, the frame of the current app."""
    if app := current_app(request):
        request.app, request.role, request.apps = _enter(request.user, app.slug)


def require_role(request, needed):
    """Raise PermissionDenied, with a sentence for the person, unless request.role covers the Role `needed`."""
    if not request.role.covers(needed):
        name = isolated(request.app.name)
        raise PermissionDenied(
            f"This needs the role {needed.label} in {name}. Yours is {request.role.label}. "
            f"Ask an admin of {name} to change it."
        )


def app_view(needed):
    """Guard a page below /dashboard/<slug:app>/ for members whose role covers `needed`, a Role.

    The view is called as view(request, …) without the argument `app`; request.app is the App, request.role the Role
    and request.apps all apps of the user. Costs one query. An app that does not exist and one that the user is not a
    member of are the same 404; a role that is too low is a 403 that says which is needed.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, app, **kwargs):
            request.app, request.role, request.apps = _enter(request.user, app)
            require_role(request, needed)
            if request.session.get(LAST_APP) != request.app.slug:
                request.session[LAST_APP] = request.app.slug
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _enter(user, slug):
    """(App, Role, all apps of the user), of one query: the switcher shows the others."""
    if user.is_superuser:
        rows = all_rows(connection, _ALL_APPS, [Role.ADMIN.value])
    else:
        rows = all_rows(connection, _APPS_OF_USER, [user.pk])
    roles = {instance_of(App, app): Role(role) for role, *app in rows}
    for app, role in roles.items():
        if app.slug == slug:
            return app, role, list(roles)
    raise Http404("There is no such app, or you are not a member of it.")
