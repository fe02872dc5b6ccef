"""The form of a customer. Its fields take any text: the services check it, and their sentences return to the fields."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import Jinja2
from django.utils.translation import gettext_lazy as _

from accounts.forms import EMAIL_INPUT

from .models import ADDRESS_PARTS, Customer
from .values.countries import choices

LABELS = {
    "email": _("Email"),
    "name": _("Full name"),
    "phone": _("Phone"),
    "address_line1": _("Address line 1"),
    "address_line2": _("Address line 2"),
    "address_city": _("City"),
    "address_state": _("State or province"),
    "address_postal_code": _("Postal code"),
    "address_country": _("Country"),
}


class CustomerForm(forms.Form):
    """The fields of a customer. Initial values are sent along, so that a stale edit shows what the person changed."""

    # The panel's own template engine.
    default_renderer = Jinja2()

    email = forms.CharField(
        required=False, show_hidden_initial=True, help_text=_("One email, one customer in this app.")
    )
    name = forms.CharField(required=False, show_hidden_initial=True)
    phone = forms.CharField(
        required=False,
        show_hidden_initial=True,
        help_text=_("With its country code, such as +14155552671; or as written in the country chosen below."),
    )
    address_line1 = forms.CharField(required=False, show_hidden_initial=True)
    address_line2 = forms.CharField(required=False, show_hidden_initial=True)
    address_city = forms.CharField(required=False, show_hidden_initial=True)
    address_state = forms.CharField(required=False, show_hidden_initial=True)
    address_postal_code = forms.CharField(required=False, show_hidden_initial=True)
    address_country = forms.ChoiceField(
        required=False, show_hidden_initial=True, choices=lambda: [("", "—"), *choices()]
    )
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "use_required_attribute": False, **kwargs})
        for name, label in LABELS.items():
            self.fields[name].label = label
        self.fields["email"].widget.attrs |= EMAIL_INPUT
        self.fields["phone"].widget.input_type = "tel"

    @classmethod
    def of(cls, customer: Customer) -> "CustomerForm":
        """The form with the values that `customer` has now."""
        return cls(initial={name: getattr(customer, name) or "" for name in LABELS} | {"version": customer.version})

    def given(self) -> dict[str, Any]:
        """The arguments for create_customer() and update_customer(). The form has to be valid."""
        return as_arguments({name: self.cleaned_data[name] for name in LABELS})

    def add_errors(self, errors: Mapping[str, str]) -> None:
        """Put the sentences of a ValidationFailed, by param, on their fields."""
        for param, message in errors.items():
            name = param.replace(".", "_")
            self.add_error(name if name in self.fields else None, message)


def as_arguments(columns: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of the services for these columns: those of the address become one dict of its parts."""
    given: dict[str, Any] = {name: value for name, value in columns.items() if not name.startswith("address_")}
    address = {part: columns[f"address_{part}"] for part in ADDRESS_PARTS if f"address_{part}" in columns}
    return given | {"address": address} if address else given
