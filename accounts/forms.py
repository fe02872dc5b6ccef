"""Forms for signing in, for the own account and for API keys."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core import signing
from django.core.validators import MaxLengthValidator
from django.forms.renderers import Jinja2
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.time_zones import time_zones

from .keys import new_key_prefix
from .models import ApiKey, App, User

MAX_EMAIL_LENGTH = 254
API_KEY_FORM_LIFETIME = timedelta(hours=24)
# For a text field instead of <input type="email">, in which browsers rewrite an address that is not ASCII:
# a@exämple.com is sent as a@xn--exmple-cua.com. Saving a form would then change an address that was only shown.
EMAIL_INPUT = {"inputmode": "email", "autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("The username or the password is wrong. Capital letters matter in the password."),
        "inactive": _("This account is switched off. Ask the operator of this dashboard to switch it on."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = cast(forms.CharField, self.fields["username"])
        username.label = _("Username or email")
        if self.is_bound:
            # The error message is to be read first.
            del username.widget.attrs["autofocus"]
        # Django sets the length of a username as an attribute and never checks it.
        username.max_length = username.widget.attrs["maxlength"] = MAX_EMAIL_LENGTH
        username.validators.append(
            MaxLengthValidator(MAX_EMAIL_LENGTH, _("This is too long to be a username or an email address."))
        )


class PreferencesForm(forms.ModelForm):
    """Name and time zone. The language is set in the Django admin until a translation is complete."""

    # The panel's own template engine.
    default_renderer = Jinja2()

    time_zone = forms.ChoiceField(
        required=False, label=_("Time zone"), help_text=_("Dates and times are shown, and filtered, in this zone.")
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        cast(forms.ChoiceField, self.fields["time_zone"]).choices = time_zone_choices()


def time_zone_choices() -> list[Any]:
    """Return every time zone with its current time, grouped by region: the part of its name before the slash."""
    now = timezone.now()
    regions: dict[str, list[tuple[str, str]]] = {}
    for name, zone in time_zones().items():
        region = name.partition("/")[0] if "/" in name else gettext("Other")
        regions.setdefault(region, []).append((name, f"{name.replace('_', ' ')} ({now.astimezone(zone):%H:%M})"))
    return [("", gettext("The zone of my browser")), *regions.items()]


class ApiKeyForm(forms.ModelForm):
    """A new key. The hidden `once` holds the signed prefix that the key will have, so that a reload creates no second.

    app, user: the app of the key and the person who creates it. The signature is valid for these two alone.
    """

    once = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ApiKey
        fields = ["name", "scope"]
        labels = {"name": _("Name"), "scope": _("Scope")}
        widgets = {"scope": forms.RadioSelect}
        help_texts = {"name": _("What will use it, such as “Billing server”.")}

    def __init__(self, *args: Any, app: App, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signer = signing.TimestampSigner(salt=f"api-key-form:{app.pk}:{user.pk}")
        self.initial["once"] = self.signer.sign(new_key_prefix())
        cast(forms.ChoiceField, self.fields["scope"]).choices = ApiKey.Scope.choices
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            cleaned["once"] = self.signer.unsign(cleaned.get("once", ""), max_age=API_KEY_FORM_LIFETIME)
        except signing.BadSignature:
            self.data = {**cast(QueryDict, self.data).dict(), "once": self.initial["once"]}
            raise forms.ValidationError(
                gettext("This form had been open for too long. Press the button again.")
            ) from None
        return cleaned
