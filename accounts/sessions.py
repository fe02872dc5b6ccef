"""Session engine: sessions in the database as Django keeps them, each read together with the signed-in person."""

from contextvars import ContextVar
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone

from .models import Session, User
from .people import session_with_person
from .validators import is_storable

# The session whose user Django is looking up, so that the backend finds the person who was read with it.
_session_in_lookup: ContextVar["SessionStore | None"] = ContextVar("session_in_lookup", default=None)


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """Return the user of the session, checked as Django's authentication checks it. One query, that of the session."""
    token = _session_in_lookup.set(cast(SessionStore, request.session))
    try:
        return get_user(request)
    finally:
        _session_in_lookup.reset(token)


def user_read_with_session(user_id: int) -> User | None:
    """Return the User with this id, with `roles`, if user_of() is at work and has read it with the session."""
    session = _session_in_lookup.get()
    user = session and session.take_user()
    return user if user and user.pk == user_id else None


class SessionStore(db.SessionStore):
    _user: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def take_user(self) -> User | None:
        """Return the User who was read with the session, or None; only once, because roles may change afterwards."""
        user, self._user = self._user, None
        return user

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        return session

    def _validate_session_key(self, key: str) -> bool:
        return bool(super()._validate_session_key(key)) and is_storable(key)  # type: ignore[misc]

    def _get_session_from_db(self) -> Session | None:
        found = session_with_person(self.session_key or "", timezone.now())
        if found is None:
            self._session_key = None
            return None
        session, self._user = found
        return session
