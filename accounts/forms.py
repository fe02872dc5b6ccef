"""The forms of signing in, of a person's account and of API keys."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core import signing
from django.core.validators import MaxLengthValidator
from django.forms.renderers import Jinja2
from django.utils import timezone

from core.time_zones import time_zones

from .models import ApiKey, User
from .services import new_key_prefix

LONGEST_EMAIL = 254
FORM_LIFE = 24 * 60 * 60
# Of a text field, never of <input type="email">: what browsers send of that is another address where it is not ASCII,
# a@xn--exmple-cua.com for a@exämple.com, and saving a form would rewrite what was only shown in it.
EMAIL_INPUT = {"inputmode": "email", "autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "The username or the password is wrong. Capital letters matter in the password.",
        "inactive": "This account is switched off. Ask whoever runs this dashboard to switch it on.",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        username = self.fields["username"]
        username.label = "Username or email"
        if self.is_bound:
            # What went wrong is to be read first.
            del username.widget.attrs["autofocus"]
        # Django takes the length of a username, sets it as an attribute and never checks it.
        username.max_length = username.widget.attrs["maxlength"] = LONGEST_EMAIL
        username.validators.append(
            MaxLengthValidator(LONGEST_EMAIL, "This is too long to be a username or an email address.")
        )


class PreferencesForm(forms.ModelForm):
    """Name and time zone. The language is stored with the user, and joins this form with the first translation."""

    # With Django's default the options of the zones take more than twice as long.
    default_renderer = Jinja2()

    time_zone = forms.ChoiceField(
        required=False, label="Time zone", help_text="Dates and times are shown, and filtered, in this zone."
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["time_zone"].choices = time_zone_choices()


def time_zone_choices():
    """Every zone with the time that it is there now, grouped by the part before the slash."""
    now = timezone.now()
    regions = {}
    for name, zone in time_zones().items():
        region = name.partition("/")[0] if "/" in name else "Other"
        regions.setdefault(region, []).append((name, f"{name.replace('_', ' ')} ({now.astimezone(zone):%H:%M})"))
    return [("", "The zone of my browser"), *regions.items()]


class ApiKeyForm(forms.ModelForm):
    """A new key. The hidden `once` holds the prefix that the key will have, signed: a reload makes no second key."""

    once = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ApiKey
        fields = ["name", "scope"]
        widgets = {"scope": forms.RadioSelect}
        help_texts = {"name": "What will use it, such as “Billing server”."}

    def __init__(self, *args, app, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.signer = signing.TimestampSigner(salt=f"api-key-form:{app.pk}:{user.pk}")
        self.initial["once"] = self.signer.sign(new_key_prefix())
        self.fields["scope"].choices = ApiKey.Scope.choices
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean(self):
        cleaned = super().clean()
        try:
            cleaned["once"] = self.signer.unsign(cleaned.get("once", ""), max_age=FORM_LIFE)
        except signing.BadSignature:
            self.data = {**self.data.dict(), "once": self.initial["once"]}
            raise forms.ValidationError("This form had been open for too long. Press the button again.") from None
        return cleaned
