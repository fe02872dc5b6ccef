"""The form of a customer in Django's admin."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.models import ModelFormOptions
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import App
from core.dates import moment_text
from core.exceptions import ServiceError, ValidationFailed
from core.invisible import isolated
from customers import services
from customers.exceptions import EmailTaken, StaleEdit
from customers.forms import LABELS, CustomerForm
from customers.models import Customer


class CustomerAdminForm(CustomerForm):
    """The panel's form, in the shape of the ModelForm that Django's admin expects.

    Validating it saves it. Only the write itself can tell that an email is taken or an edit stale, and Django's admin
    shows only errors that are found while validating. The admin does both in one transaction.

    instance: after is_valid(), the customer as stored. changed: names of the columns that are different now.
    """

    class Meta:
        model = Customer
        labels = LABELS

    _meta: ModelFormOptions = ModelFormOptions(Meta)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        instance: Customer | None = None,
        initial: dict[str, Any] | None = None,
        apps: Iterable[App] = (),
    ) -> None:
        """instance: the customer to change; None to create one in one of `apps`."""
        super().__init__(data, initial=initial if instance is None else CustomerForm.of(instance).initial)
        self.adding = instance is None
        self.instance = instance or Customer()
        self.changed: tuple[str, ...] = ()
        for name in LABELS:
            self.fields[name].widget.attrs["class"] = "vTextField"
        if self.adding:
            self.apps = {str(app.pk): app for app in apps}
            choices = [(pk, app.name) for pk, app in self.apps.items()]
            self.fields["app"] = forms.ChoiceField(label=_("App"), choices=choices)

    def clean(self) -> dict[str, Any]:
        # An error of a hidden field would not be shown: without a valid version the edit is stale.
        self.errors.pop("version", None)
        if not self.errors:
            self._save()
        return self.cleaned_data

    def _save(self) -> None:
        app = self.apps[self.cleaned_data["app"]] if self.adding else self.instance.app
        try:
            if self.adding:
                customer, created = services.create_customer(app=app, **self.given())
                if not created:
                    raise EmailTaken(customer.public_id)
                self.instance = customer
            else:
                self.instance, self.changed = services.update_customer(
                    app=app,
                    customer_id=self.instance.public_id,
                    expected_version=self.cleaned_data.get("version") or 0,
                    **self.given(),
                )
        except ValidationFailed as failure:
            self.add_errors(failure.errors)
        except EmailTaken as taken:
            self.add_error("email", self._taken(app, taken.existing_id))
        except StaleEdit as stale:
            self._show_both(stale.current)
        except ServiceError as error:
            self.add_error(None, error.message)

    def _taken(self, app: App, existing_id: str) -> SafeString:
        other = services.get_customer(app=app, customer_id=existing_id)
        address = reverse("admin:customers_customer_change", args=[other.pk])
        return format_html(
            gettext('This email belongs to another customer already. <a href="{url}">Open {customer}</a>'),
            url=address,
            customer=format_html("<bdi>{}</bdi>", other),
        )

    def _show_both(self, current: Customer) -> None:
        """Keep the typed values, tell the stored ones, and base the next save on the stored version.

        A field that the person did not change gets the stored value: saving again must not put the old one back.
        """
        touched = set(self.changed_data)
        data = dict(self.data.items())
        for name in LABELS:
            stored = getattr(current, name) or ""
            shown, typed = self.data.get(self.add_initial_prefix(name), ""), self.cleaned_data[name]
            if name not in touched:
                data[name] = stored
            if name in touched and stored not in (shown, typed):
                self.add_error(name, _changed_meanwhile(stored))
            elif stored != shown:
                self.add_error(name, _changed_from(shown, stored))
            data[self.add_initial_prefix(name)] = stored
        data["version"] = str(current.version)
        self.data = data
        self.add_error(
            None,
            gettext(
                "Somebody else changed this customer on %(moment)s, after you had opened it. "
                "Nothing was saved. Look at what changed, then save again."
            )
            % {"moment": moment_text(current.updated)},
        )


def _changed_meanwhile(stored: str) -> str:
    """The sentence at a field that both have changed."""
    if not stored:
        return gettext("Stored meanwhile: empty. Below is yours; save again to keep it.")
    return gettext("Stored meanwhile: “%(stored)s”. Below is yours; save again to keep it.") % {
        "stored": isolated(stored)
    }


def _changed_from(shown: str, stored: str) -> str:
    """The sentence at a field that only somebody else has changed."""
    values = {"shown": isolated(shown), "stored": isolated(stored)}
    if not shown:
        return gettext("Changed meanwhile, from empty to “%(stored)s”.") % values
    if not stored:
        return gettext("Changed meanwhile, from “%(shown)s” to empty.") % values
    return gettext("Changed meanwhile, from “%(shown)s” to “%(stored)s”.") % values
