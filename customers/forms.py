"""The form of a customer. Its fields take any text; what is right is said by the services, field by field."""

from django import forms
from django.forms.renderers import Jinja2

from accounts.forms import EMAIL_INPUT

from .models import ADDRESS_PARTS
from .values.countries import choices

LABELS = {
    "email": "Email",
    "name": "Full name",
    "phone": "Phone",
    "address_line1": "Address line 1",
    "address_line2": "Address line 2",
    "address_city": "City",
    "address_state": "State or province",
    "address_postal_code": "Postal code",
    "address_country": "Country",
}


class CustomerForm(forms.Form):
    """show_hidden_initial: the form knows what it showed, so a stale edit can tell which fields the person changed."""

    # With Django's default the options of the countries take more than twice as long.
    default_renderer = Jinja2()

    email = forms.CharField(required=False, show_hidden_initial=True, help_text="One email, one customer in this app.")
    name = forms.CharField(required=False, show_hidden_initial=True)
    phone = forms.CharField(
        required=False,
        show_hidden_initial=True,
        help_text="With its country code, such as +14155552671; or as written in the country chosen below.",
    )
    address_line1 = forms.CharField(required=False, show_hidden_initial=True)
    address_line2 = forms.CharField(required=False, show_hidden_initial=True)
    address_city = forms.CharField(required=False, show_hidden_initial=True)
    address_state = forms.CharField(required=False, show_hidden_initial=True)
    address_postal_code = forms.CharField(required=False, show_hidden_initial=True)
    address_country = forms.ChoiceField(required=False, show_hidden_initial=True, choices=[("", "—"), *choices()])
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", use_required_attribute=False, **kwargs)
        for name, label in LABELS.items():
            self.fields[name].label = label
        self.fields["email"].widget.attrs |= EMAIL_INPUT
        self.fields["phone"].widget.input_type = "tel"

    @classmethod
    def of(cls, customer):
        """The form with what `customer` has now."""
        return cls(initial={name: getattr(customer, name) or "" for name in LABELS} | {"version": customer.version})

    def given(self):
        """The arguments for create_customer() and update_customer(); only of a valid form."""
        return as_arguments({name: self.cleaned_data[name] for name in LABELS})

    def add_errors(self, errors):
        """Put the sentences of a ValidationFailed on their fields."""
        for param, message in errors.items():
            name = param.replace(".", "_")
            self.add_error(name if name in self.fields else None, message)


def as_arguments(columns):
    """Arguments for the services out of a dict of columns."""
    given = {name: value for name, value in columns.items() if not name.startswith("address_")}
    address = {part: columns[f"address_{part}"] for part in ADDRESS_PARTS if f"address_{part}" in columns}
    return given | {"address": address} if address else given
