"""Inserts that report a duplicate as a validation error, also when it was inserted at the same moment."""

from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model

AnyModel = TypeVar("AnyModel", bound=Model)


def insert_validated(instance: AnyModel) -> AnyModel:
    """Validate the instance, insert it and return it. Raises ValidationError with a message per field."""
    instance.full_clean()
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError:
        # Another transaction has inserted the same since full_clean(): the second check finds it and says so.
        instance.full_clean()
        raise
    return instance
