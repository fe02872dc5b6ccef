"""Exceptions of the customer services, besides those of core.exceptions."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from core.exceptions import Conflict, NotFound, Stale

if TYPE_CHECKING:
    from .models import Customer


class CustomerNotFound(NotFound):
    """This app has no customer with that id."""

    def __init__(self) -> None:
        super().__init__(gettext("There is no such customer in this app."), param="id")


class EmailTaken(Conflict):
    """Another customer of the same app, `existing_id`, has this email."""

    code = "email_taken"
    existing_id_field = "existing_customer_id"

    def __init__(self, existing_id: str) -> None:
        super().__init__(
            gettext("Another customer of this app already has this email."), param="email", existing_id=existing_id
        )


class CustomerIdTaken(Conflict):
    """Another customer of the same app, `existing_id`, has the id asked for."""

    code = "id_taken"
    existing_id_field = "existing_customer_id"

    def __init__(self, existing_id: str) -> None:
        super().__init__(
            gettext("This app already uses this id for another customer."), param="id", existing_id=existing_id
        )


class StaleEdit(Stale):
    """The customer has changed since the version that the edit was based on. `current` is the customer as stored."""

    def __init__(self, current: "Customer") -> None:
        super().__init__(
            gettext("This customer has been changed since. Look at both versions and choose."), current=current
        )
