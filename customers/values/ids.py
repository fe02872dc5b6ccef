"""Customer ids: `cus_` and a ULID, or what the caller chose."""

from datetime import datetime

from django.utils.translation import gettext

from core.ids import is_id, new_id

ID_PREFIX = "cus_"
ID_PATTERN = r"cus_[A-Za-z0-9_]{1,60}"


def new_customer_id(moment: datetime | None = None) -> str:
    """A new id whose order is that of `moment`, an aware datetime (default: now), to the millisecond."""
    return new_id(ID_PREFIX, moment)


def is_customer_id(text: str) -> bool:
    """Whether `text` has the form of a customer id: `cus_`, then 1 to 60 of A-Z a-z 0-9 _."""
    return is_id(ID_PREFIX, text)


def id_problem(customer_id: object) -> str:
    """A sentence that says why `customer_id` is no customer id, or an empty text where it is one."""
    if isinstance(customer_id, str) and is_customer_id(customer_id):
        return ""
    return gettext("An id is cus_ and then 1 to 60 letters, digits or underscores.")
