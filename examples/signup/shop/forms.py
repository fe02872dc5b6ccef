from django import forms
from django.contrib.auth.forms import UserCreationForm

from .models import User


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ["username", "email", "first_name", "last_name"]
        # Browsers rewrite what is typed into <input type="email"> where it is not ASCII: ä.com becomes xn--4ca.com.
        widgets = {"email": forms.TextInput({"inputmode": "email", "autocomplete": "email", "autocapitalize": "off"})}
