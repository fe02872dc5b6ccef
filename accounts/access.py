"""Which apps a person may enter, in which role, and the guard in front of every page of an app."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404

from core.db.prepared import columns, first_row, instance_of, reading
from core.invisible import isolated

from .models import App, Membership, Role, User

LAST_APP = "app"

_APPS, _USER_COLUMNS = App._meta.db_table, len(User._meta.concrete_fields)
_APP_COLUMNS = columns(App, "a")
# Of a User `u` what to select, and what to join for it: one row, with the open apps as an array of each column.
PERSON = f"{columns(User, 'u')}, entered.*"
ENTERED = f"""
CROSS JOIN LATERAL (
    SELECT array_agg(a.role), {", ".join(f"array_agg({column})" for column in _APP_COLUMNS.split(", "))} FROM (
        SELECT '{Role.ADMIN}' AS role, {_APP_COLUMNS} FROM {_APPS} a WHERE u.is_superuser
        UNION ALL
        SELECT m.role, {_APP_COLUMNS} FROM {Membership._meta.db_table} m JOIN {_APPS} a ON a.id = m.app_id
        WHERE m.user_id = u.id AND NOT u.is_superuser
        ORDER BY name, id
    ) a
) entered
"""
_PERSON_BY_ID = f"SELECT {PERSON} FROM {User._meta.db_table} u {ENTERED} WHERE u.id = %s"


def user_with_roles(user_id):
    """The User with this id, with `roles`, or None. Costs one query.

    roles: {App: Role} of the apps that are open to the person, by name. For a superuser, all.
    """
    row = first_row(reading(User), _PERSON_BY_ID, [user_id])
    return None if row is None else person_of(row)


def person_of(row):
    """The User, with `roles`, in a row of PERSON."""
    user = instance_of(User, row[:_USER_COLUMNS])
    entered = zip(*(column or () for column in row[_USER_COLUMNS:]), strict=True)
    user.roles = {instance_of(App, app): Role(role) for role, *app in entered}
    return user


def _roles_of(user):
    return user.roles if hasattr(user, "roles") else user_with_roles(user.pk).roles


def apps_of(user, needed=Role.VIEWER):
    """The apps in which this signed-in user's role covers `needed`, by name: a queryset. For a superuser, all."""
    if user.is_superuser:
        return App.objects.all()
    roles = [role for role in Role if role.covers(needed)]
    return App.objects.filter(memberships__user=user, memberships__role__in=roles)


def current_app(request):
    """The app visited last in this session if it is still open to the user, else the first by name, else None."""
    apps, last = list(_roles_of(request.user)), request.session.get(LAST_APP)
    return next((app for app in apps if app.slug == last), apps[0] if apps else None)


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
    and request.apps all apps of the user. An app that does not exist and one that the user is not a member of are the
    same 404; a role that is too low is a 403 that says which is needed.
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
    """(App, Role, all apps of the user): the switcher shows the others."""
    roles = _roles_of(user)
    for app, role in roles.items():
        if app.slug == slug:
            return app, role, list(roles)
    raise Http404("There is no such app, or you are not a member of it.")
