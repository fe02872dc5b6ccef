"""Fields of short texts. Their validators are no part of migrations, which import Django only."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import Combinable

from .validators import validate_one_line, validate_time_zone

if TYPE_CHECKING:
    CharField = models.CharField[str | int | Combinable, str]
else:
    CharField = models.CharField


class CharFieldInMigrations(CharField):
    """A CharField whose class and own validators migrations do not see: neither is part of the schema."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class OneLineField(CharFieldInMigrations):
    """Text of ordinary characters on one line."""

    default_validators = [validate_one_line]


class TimeZoneField(CharFieldInMigrations):
    """The IANA name of a time zone, such as Asia/Seoul."""

    default_validators = [validate_time_zone]
