"""Sessions in the database, as Django's own, each read together with the person who is signed in by it."""

from contextvars import ContextVar

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import get_user
from django.contrib.sessions.backends import db
from django.utils import timezone

from core.db.prepared import columns, first_row, instance_of, reading

from .access import ENTERED, PERSON, person_of
from .models import Session, User
from .validators import is_storable

SESSION_WITH_PERSON = f"""
SELECT {columns(Session, "s")}, {PERSON}
FROM {Session._meta.db_table} s LEFT JOIN {User._meta.db_table} u ON u.id = s.user_id {ENTERED}
WHERE s.session_key = %s AND s.expire_date > %s
"""
_SESSION_COLUMNS = len(Session._meta.concrete_fields)

# Of the request whose user is being found out; None but for that moment.
_session = ContextVar("session", default=None)


def user_of(request):
    """The user of the request, as Django's middleware finds it out: the session's, if the two are signed for each
    other, else nobody. Costs one query, that of the session."""
    token = _session.set(request.session)
    try:
        return get_user(request)
    finally:
        _session.reset(token)


def user_read(user_id):
    """The User with this id, with roles, if user_of() asks, and has read that one with the session; else None."""
    session = _session.get()
    user = session and session.take_user()
    return user if user and user.pk == user_id else None


class SessionStore(db.SessionStore):
    _user = None

    @classmethod
    def get_model_class(cls):
        return Session

    def take_user(self):
        """Whoever was read with the session, as they were then, or None. Once: later they may be another."""
        user, self._user = self._user, None
        return user

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session

    def _validate_session_key(self, key):
        return super()._validate_session_key(key) and is_storable(key)

    def _get_session_from_db(self):
        row = first_row(reading(Session), SESSION_WITH_PERSON, [self.session_key, timezone.now()])
        if row is None:
            self._session_key = None
            return None
        session = instance_of(Session, row[:_SESSION_COLUMNS])
        # A person who is there no more has no row beside the session's.
        person = row[_SESSION_COLUMNS:]
        self._user = person_of(person) if person[0] is not None else None
        return session
