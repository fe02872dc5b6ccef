"""Input and output of a search."""

from dataclasses import dataclass, field

from accounts.models import App
from core.db.sql import Sql
from core.pagination import Page
from customers.models import Customer

from .words import Word

# The condition that a customer belongs to an app, given its key.
OF_APP = f'"{Customer._meta.db_table}"."app_id" = %s'


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which customers of an app to find. Built once from valid filters.

    words: the words of the search text; none to find everybody who passes the other filters.
    condition: of all other filters, the app's included; None where there are no other filters.
    implied_words: words that every customer has who passes the other filters, such as the address filtered by.
    domain: the mail domain filtered by, as the column `email_domain` has it; None where there is none.
    bounds_time: whether a filter bounds when customers were created.
    """

    app: App
    words: tuple[Word, ...] = ()
    condition: Sql | None = None
    implied_words: tuple[Word, ...] = ()
    domain: str | None = None
    bounds_time: bool = False

    @property
    def narrows(self) -> bool:
        """Whether any customer of the app can fail."""
        return bool(self.words) or self.condition is not None

    @property
    def of_app(self) -> Sql:
        """The condition that a customer is one of the app's."""
        return Sql(OF_APP, (self.app.pk,))

    @property
    def passes_filters(self) -> Sql:
        """The condition that a customer passes every filter but the search text."""
        return self.of_app if self.condition is None else self.condition


@dataclass(frozen=True, slots=True)
class CustomerPage(Page[Customer]):
    """A page of customers. criteria: those that it was found by."""

    criteria: Criteria = field(kw_only=True)
