"""Fields of short texts. Their validators are no part of migrations, which import Django only."""

from typing import Any

from django.db import models

from .validators import validate_one_line, validate_time_zone


class CharFieldInMigrations(models.CharField):
    """A CharField whose class and own validators migrations do not see: neither is part of the schema."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class OneLineField(CharFieldInMigrations):
    """Text of ordinary characters on one line."""

    default_validators = [validate_one_line]


class TimeZoneField(CharFieldInMigrations):
    """The IANA name of a time zone, such as Asia/Seoul."""

    default_validators = [validate_time_zone]
