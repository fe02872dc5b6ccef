from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render

from .forms import SignUpForm


def sign_up(request):
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # Nothing here speaks of Proyecta: saving the user is enough.
        login(request, form.save())
        return redirect("welcome")
    return render(request, "sign_up.html", {"form": form})


@login_required
def welcome(request):
    return render(request, "welcome.html")
