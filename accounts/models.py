"""Users, the apps they work in, their roles there, the API keys of apps, and sessions."""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from replicas.models import Reader

from .fields import OneLineField, TimeZoneField
from .hashing import hashing


class UserManager(DjangoUserManager["User"]):
    # Migrations import Django only.
    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this username in any case: "Ada" and "ada" are one person. Raises User.DoesNotExist."""
        # Not __iexact, which compares UPPER() and misses the index.
        return self.alias(username_lower=Lower("username")).get(username_lower=Lower(models.Value(username)))

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> "User":
        """Create a superuser as Django does, but raise ValidationError for a username or email address that is taken.

        Django would raise IntegrityError, which its command shows as a traceback.
        """
        candidate = self.model(username=username, email=self.normalize_email(email))
        candidate.validate_constraints()
        return super().create_superuser(username, email, password, **extra_fields)

    # Not callable from a template.
    create_superuser.alters_data = True  # type: ignore[attr-defined]


class User(Reader, AbstractUser):
    """A person, who signs in with the username or, if there is one, the email address.

    roles: the Role in each App that is open to the person, by name. Filled in by people.py only.
    """

    if TYPE_CHECKING:
        roles: "dict[App, Role]"

    time_zone = TimeZoneField(
        max_length=64,
        blank=True,
        help_text=_("IANA name such as Asia/Seoul. Empty: the zone of the browser."),
    )
    language = models.CharField(max_length=8, default="en", choices=[("en", "English"), ("ko", "한국어")])

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_unique",
                violation_error_message=_("Another user has this username."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message=_("Another user has this email address."),
            ),
        ]

    def set_password(self, raw_password: str | None) -> None:
        with hashing():
            super().set_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        with hashing():
            return super().check_password(raw_password)


class Session(AbstractBaseSession):
    """A session in Django's own table, which has one more column, so that one statement reads it and its person.

    user_id: None for a session without a signed-in person, and for one that an older release has saved. Not a foreign
        key: Django takes any IntegrityError on a new session for a key in use, and tries other keys without end.
    """

    user_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        db_table = "django_session"
        managed = False
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        return cast(type[SessionBase], import_module(settings.SESSION_ENGINE).SessionStore)


APP_SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class App(models.Model):
    """One of the team's applications. Every customer, API key and membership belongs to exactly one."""

    slug = models.CharField(
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(
                re.compile(APP_SLUG_PATTERN.replace("$", r"\Z")),
                _("Use lower-case letters, digits and single hyphens between them, such as acme-shop."),
            )
        ],
        help_text=_("Its place in addresses: lower-case letters, digits, hyphens."),
    )
    name = OneLineField(max_length=100)
    created = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="apps")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(slug__regex=APP_SLUG_PATTERN), name="accounts_app_slug_form"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """Rights of a member in an app. Each role includes the rights of the role before it."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    ADMIN = "admin", _("Admin")

    def covers(self, needed: "Role") -> bool:
        """Return whether this role is `needed` or one above it."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Membership(models.Model):
    """The one role that a user has in an app."""

    app = models.ForeignKey(App, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        ordering = ["app__name", "app", "user__username"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "app"],
                name="accounts_membership_once",
                violation_error_message=_("This user is already a member of this app."),
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.app}: {self.role}"


class ApiKey(Reader):
    """A key of one app. Its secret is shown once; a look-up prefix and a MAC of it are stored, see keys.py."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    app = models.ForeignKey(App, models.CASCADE, related_name="api_keys")
    name = OneLineField(max_length=100)
    scope = models.CharField(max_length=5, choices=Scope.choices, default=Scope.READ)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    mac = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    last_used = models.DateTimeField(null=True, blank=True, editable=False)
    revoked = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created", "-pk"]
        verbose_name = _("API key")
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write"]), name="accounts_apikey_scope_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
