"""Authentication by username or email address, in any case."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.http import HttpRequest

from .models import User
from .people import user_with_roles
from .sessions import user_read_with_session
from .validators import is_storable


def find_user(name: str) -> User | None:
    """Return the User with this username or email address, in any case, or None. One query.

    A username wins over an email address, so that nobody takes over an account by choosing its username as email.
    """
    if not is_storable(name):
        return None
    users = User.objects.alias(username_lower=Lower("username"), email_lower=Lower("email"))
    lowered = Lower(Value(name))
    # Lower() on both sides, in the database: the indexes hold it, and Python lowers some letters differently.
    found = users.filter(Q(username_lower=lowered) | (Q(email_lower=lowered) & ~Q(email="")))[:2]
    return max(found, key=lambda user: user.username.lower() == name.lower(), default=None)


class UsernameOrEmailBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = find_user(username)
        if user is None:
            # As slow as a wrong password, so that the time does not tell which names exist.
            User().set_password(password)
        elif user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None

    def get_user(self, user_id: int) -> User | None:
        user = user_read_with_session(user_id) or user_with_roles(user_id)
        return user if user and self.user_can_authenticate(user) else None
