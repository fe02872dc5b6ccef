"""Who may do what: users, the apps they work in, their roles there, and the keys that apps call with."""

import re

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from replicas.models import Reader

from .fields import OneLineField, TimeZoneField


class UserManager(DjangoUserManager):
    # Migrations import Django only.
    use_in_migrations = False

    def get_by_natural_key(self, username):
        """The user whose username this is, in any case: "Ada" and "ada" are one person.

        Lower() and not __iexact, which would ask for UPPER() and miss the index.
        """
        return self.alias(username_lower=Lower("username")).get(username_lower=Lower(models.Value(username)))

    def create_superuser(self, username, email=None, password=None, **extra_fields):
        """As Django's, with a taken email address told in a sentence instead of as an IntegrityError."""
        candidate = self.model(username=username, email=self.normalize_email(email))
        candidate.validate_constraints()
        return super().create_superuser(username, email, password, **extra_fields)

    create_superuser.alters_data = True


class User(Reader, AbstractUser):
    """A person who signs in, with a username or, where one is given, the email address."""

    time_zone = TimeZoneField(
        max_length=64,
        blank=True,
        help_text="IANA name such as Asia/Seoul. Empty: the zone of the browser.",
    )
    language = models.CharField(max_length=8, default="en", choices=[("en", "English"), ("ko", "한국어")])

    objects = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_unique",
                violation_error_message="Another user has this username.",
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message="Another user has this email address.",
            ),
        ]


class Session(AbstractBaseSession):
    """A session of Django's own table, which has one column more: so that one statement reads it and its person.

    user_id: None where nobody is signed in by it, and where a server of before saved it. No foreign key: Django takes
        whatever fails when it makes a session for a key that is in use, and tries another.
    """

    user_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        db_table = "django_session"
        managed = False
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls):
        from .sessions import SessionStore

        return SessionStore


SLUG_FORM = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class App(models.Model):
    """One of the team's applications. Customers, keys and memberships each belong to exactly one."""

    slug = models.CharField(
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(
                re.compile(SLUG_FORM.replace("$", r"\Z")),
                "Use lower-case letters, digits and single hyphens between them, such as acme-shop.",
            )
        ],
        help_text="Its place in addresses: lower-case letters, digits, hyphens.",
    )
    name = OneLineField(max_length=100)
    created = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="apps")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(slug__regex=SLUG_FORM), name="accounts_app_slug_form"),
        ]

    def __str__(self):
        return self.name


class Role(models.TextChoices):
    """What a member may do in an app; each role may do all that the one before it may."""

    VIEWER = "viewer", "Viewer"
    EDITOR = "editor", "Editor"
    ADMIN = "admin", "Admin"

    def covers(self, needed):
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
                violation_error_message="This user is already a member of this app.",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_membership_role_known"),
        ]

    def __str__(self):
        return f"{self.user} in {self.app}: {self.role}"


class ApiKey(Reader):
    """A secret of one app. Only a look-up prefix and a MAC of it are stored; the secret is shown once."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

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
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write"]), name="accounts_apikey_scope_known"),
        ]

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"
