"""The mixin for models whose records are billed: users, organizations, projects."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import models

MAX_NAME_LENGTH = 200


class ProyectaCustomerMixin(models.Model):
    """Creates a Proyecta customer for each new record after its commit, and stores the customer's id.

    proyecta_email_field, proyecta_name_field: the name of the field, property or method without arguments that has the
        record's email or name; None if there is none. The defaults fit a user model.
    proyecta_customer_id: empty until the customer exists. `manage.py sync_proyecta_customers` fills empty ones.
    """

    proyecta_email_field: ClassVar[str | None] = "email"
    proyecta_name_field: ClassVar[str | None] = "get_full_name"

    # Not unique: records with the same email share a customer.
    proyecta_customer_id: models.CharField[str, str] = models.CharField(
        "Proyecta customer id", max_length=64, blank=True, default="", editable=False, db_index=True
    )

    class Meta:
        abstract = True

    def proyecta_customer_details(self) -> dict[str, Any]:
        """Return the arguments of `customers.create()` for this record. Override it to add a phone or an address."""
        # The API takes neither line breaks nor longer names, and a sign-up must not fail on either.
        name = " ".join(self._proyecta_value(self.proyecta_name_field).split())[:MAX_NAME_LENGTH]
        return {"email": self._proyecta_value(self.proyecta_email_field).strip() or None, "name": name.strip() or None}

    def _proyecta_value(self, source: str | None) -> str:
        value = getattr(self, source) if source else None
        return str((value() if callable(value) else value) or "")

    @classmethod
    def check(cls, **kwargs: Any) -> list[CheckMessage]:
        messages = super().check(**kwargs)
        for option in ("proyecta_email_field", "proyecta_name_field"):
            source = getattr(cls, option)
            if source is not None and not hasattr(cls, source):
                hint = f"Set {option} to the field, property or method that has it, or to None."
                messages.append(
                    Error(f"{option} is {source!r}, which is not there.", hint=hint, obj=cls, id="proyecta.E002")
                )
        if not apps.is_installed("proyecta.contrib.django"):
            hint = 'Add "proyecta.contrib.django".'
            messages.append(Error("The mixin's app is not in INSTALLED_APPS.", hint=hint, obj=cls, id="proyecta.E003"))
        return messages
