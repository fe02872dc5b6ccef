"""A person with the apps that are open to them, read in one statement, alone or together with a session.

Every page needs the session, the person and their roles. The ORM takes three queries for them, with which the list
page takes 78 % longer (docs/decisions/0012).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.db.prepared import columns, first_row, instance_of, reading

from .models import App, Membership, Role, Session, User

_APP_TABLE, _USER_COLUMN_COUNT = App._meta.db_table, len(User._meta.concrete_fields)
_SESSION_COLUMN_COUNT = len(Session._meta.concrete_fields)
_APP_COLUMNS = columns(App, "a")
# One row per person: the open apps come as an array of each column. A row for each app would repeat the session's data.
_PERSON_COLUMNS = f"{columns(User, 'u')}, entered.*"
_JOIN_OPEN_APPS = f"""
CROSS JOIN LATERAL (
    SELECT array_agg(a.role), {", ".join(f"array_agg({column})" for column in _APP_COLUMNS.split(", "))} FROM (
        SELECT '{Role.ADMIN}' AS role, {_APP_COLUMNS} FROM {_APP_TABLE} a WHERE u.is_superuser
        UNION ALL
        SELECT m.role, {_APP_COLUMNS} FROM {Membership._meta.db_table} m JOIN {_APP_TABLE} a ON a.id = m.app_id
        WHERE m.user_id = u.id AND NOT u.is_superuser
        ORDER BY name, id
    ) a
) entered
"""
_PERSON_BY_ID = f"SELECT {_PERSON_COLUMNS} FROM {User._meta.db_table} u {_JOIN_OPEN_APPS} WHERE u.id = %s"
SESSION_WITH_PERSON = f"""
SELECT {columns(Session, "s")}, {_PERSON_COLUMNS}
FROM {Session._meta.db_table} s LEFT JOIN {User._meta.db_table} u ON u.id = s.user_id {_JOIN_OPEN_APPS}
WHERE s.session_key = %s AND s.expire_date > %s
"""


def user_with_roles(user_id: int) -> User | None:
    """Return the User with this id, `roles` filled in, or None. One query.

    `roles` maps each App that is open to the person to their Role in it, ordered by the name of the app. A superuser is
    an admin of every app.
    """
    row = first_row(reading(User), _PERSON_BY_ID, [user_id])
    return None if row is None else _person(row)


def session_with_person(session_key: str, now: datetime) -> tuple[Session, User | None] | None:
    """Return the unexpired Session with this key and its User, as user_with_roles() returns it. One query.

    The User is None for a session without a signed-in person and for a person who has been deleted. Returns None if
    there is no such session at `now`.
    """
    row = first_row(reading(Session), SESSION_WITH_PERSON, [session_key, now])
    if row is None:
        return None
    session = instance_of(Session, row[:_SESSION_COLUMN_COUNT])
    person = row[_SESSION_COLUMN_COUNT:]
    return session, _person(person) if person[0] is not None else None


def roles_of(user: User) -> dict[App, Role]:
    """Return `user.roles`. One query for a User that was not read by this module."""
    roles: dict[App, Role] | None = getattr(user, "roles", None)
    if roles is not None:
        return roles
    person = user_with_roles(user.pk)
    return person.roles if person else {}


def _person(row: Sequence[Any]) -> User:
    user = instance_of(User, row[:_USER_COLUMN_COUNT])
    entered = zip(*(column or () for column in row[_USER_COLUMN_COUNT:]), strict=True)
    user.roles = {instance_of(App, app): Role(role) for role, *app in entered}
    return user
