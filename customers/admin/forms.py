"""The form of a customer in Django's admin."""

from django import forms
from django.forms.models import ModelFormOptions
from django.urls import reverse
from django.utils.html import format_html

from core.dates import moment_text
from core.exceptions import ServiceError, ValidationFailed
from core.invisible import isolated
from customers import services
from customers.exceptions import EmailTaken, StaleEdit
from customers.forms import LABELS, CustomerForm
from customers.models import Customer


class CustomerAdminForm(CustomerForm):
    """The panel's form, in the shape of the ModelForm that Django's admin expects.

    To validate it is to save it. Only the write itself can tell that an email is taken or an edit stale, and Django's
    admin shows what is found while validating and nothing that is found later. It does both in one transaction.
    After is_valid(): `instance`, the customer as stored, and `changed`, the columns that are different now.
    """

    class Meta:
        model = Customer
        labels = LABELS

    _meta = ModelFormOptions(Meta)

    def __init__(self, data=None, files=None, *, instance=None, initial=None, apps=()):
        """instance: the customer to change; without one, a new one is made in one of `apps`."""
        super().__init__(data, initial=initial if instance is None else CustomerForm.of(instance).initial)
        self.adding = instance is None
        self.instance = instance or Customer()
        self.changed = ()
        for name in LABELS:
            self.fields[name].widget.attrs["class"] = "vTextField"
        if self.adding:
            self.apps = {str(app.pk): app for app in apps}
            choices = [(pk, app.name) for pk, app in self.apps.items()]
            self.fields["app"] = forms.ChoiceField(label="App", choices=choices)

    def clean(self):
        # A hidden field: whatever else it holds, it holds no version.
        self.errors.pop("version", None)
        if not self.errors:
            self._save()
        return self.cleaned_data

    def _save(self):
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

    def _taken(self, app, existing_id):
        other = services.get_customer(app=app, customer_id=existing_id)
        address = reverse("admin:customers_customer_change", args=[other.pk])
        return format_html(
            'This email belongs to another customer already. <a href="{}">Open <bdi>{}</bdi></a>', address, other
        )

    def _show_both(self, current):
        """Keep what was typed, say what is stored now, and let the next save be based on that.

        A field that the person had left alone shows what is stored: saving again must not put the old value back.
        """
        touched = set(self.changed_data)
        data = self.data.copy()
        for name in LABELS:
            stored = getattr(current, name) or ""
            shown, typed = self.data.get(self.add_initial_prefix(name), ""), self.cleaned_data[name]
            if name not in touched:
                data[name] = stored
            if name in touched and stored not in (shown, typed):
                self.add_error(name, f"Stored meanwhile: {_quoted(stored)}. Below is yours; save again to keep it.")
            elif stored != shown:
                self.add_error(name, f"Changed meanwhile, from {_quoted(shown)} to {_quoted(stored)}.")
            data[self.add_initial_prefix(name)] = stored
        data["version"] = str(current.version)
        self.data = data
        self.add_error(
            None,
            f"Somebody else changed this customer on {moment_text(current.updated)}, after you had opened it. "
            "Nothing was saved. Look at what changed, then save again.",
        )


def _quoted(value):
    return f"“{isolated(value)}”" if value else "empty"
