"""Who is it that signs in: the one field takes a username or an email address, in any case."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db.models import Q, Value
from django.db.models.functions import Lower

from .access import user_with_roles
from .sessions import user_read
from .validators import is_storable


def find_user(name):
    """The user with this username or email address, in any case, or None. Costs one query.

    A username wins over an email address: nobody takes over an account by choosing another's username as email.
    """
    if not is_storable(name):
        return None
    users = get_user_model().objects.alias(username_lower=Lower("username"), email_lower=Lower("email"))
    lowered = Lower(Value(name))
    # Lower() on both sides, in the database: that is what the indexes hold, and Python lowers some letters otherwise.
    found = users.filter(Q(username_lower=lowered) | (Q(email_lower=lowered) & ~Q(email="")))[:2]
    return max(found, key=lambda user: user.username.lower() == name.lower(), default=None)


class UsernameOrEmailBackend(ModelBackend):
    def authenticate(self, request, username=None, password=None, **kwargs):
        if username is None or password is None:
            return None
        user = find_user(username)
        if user is None:
            # As slow as a wrong password, so that the time does not tell who exists (as Django's own backend does).
            get_user_model()().set_password(password)
        elif user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None

    def get_user(self, user_id):
        user = user_read(user_id) or user_with_roles(user_id)
        return user if user and self.user_can_authenticate(user) else None
