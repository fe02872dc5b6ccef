"""Sessions in the database, as Django's own, each read together with the person who is signed in by it."""

from contextvars import ContextVar

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from .access import BY_NAME, ROLES, USER, user_of
from .models import Session, User
from .rows import all_rows, columns, instance_of, reading

_SESSION_WITH_USER = f"""
SELECT {columns(Session, "s")}, {USER}
FROM {Session._meta.db_table} s LEFT JOIN {User._meta.db_table} u ON u.id = s.user_id {ROLES}
WHERE s.session_key = %s AND s.expire_date > %s ORDER BY {BY_NAME}
"""
_SESSION_COLUMNS = len(Session._meta.concrete_fields)

_read = ContextVar("read", default=None)


def take_user(user_id):
    """The User with this id, with roles, if that is who was read with the last session of this request; else None.

    Once: who asks again wants to know what has become of the person since.
    """
    user = _read.get()
    _read.set(None)
    return user if user and user.pk == user_id else None


class SessionStore(db.SessionStore):
    def __init__(self, session_key=None):
        super().__init__(session_key)
        # Every request has its own: what the thread has left of the one before must not be taken for this one's.
        _read.set(None)

    @classmethod
    def get_model_class(cls):
        return Session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session

    def _get_session_from_db(self):
        rows = all_rows(reading(Session), _SESSION_WITH_USER, [self.session_key, timezone.now()])
        _read.set(user_of([row[_SESSION_COLUMNS:] for row in rows]))
        if rows:
            return instance_of(Session, rows[0][:_SESSION_COLUMNS])
        self._session_key = None
        return None
