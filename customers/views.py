"""The panel's pages."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import app_view, current_app
from accounts.models import Role
from core import dates
from core.exceptions import ValidationFailed
from core.invisible import isolated
from customers.serialization import as_json

from . import services
from .exceptions import CustomerNotFound, EmailTaken, StaleEdit
from .forms import LABELS, CustomerForm, as_arguments
from .pages import presentation
from .pages.list_page import ListPage
from .pages.overview import overview_values
from .samples import own_samples


@require_safe
@app_view(Role.VIEWER)
def overview(request):
    return render(request, "customers/overview.html", {"section": "overview", **overview_values(request.app)})


@require_safe
@vary_on_headers("HX-Request")
@app_view(Role.VIEWER)
def customer_list(request):
    page = ListPage(request.app, request.GET)
    values = page.context(may_create=request.role.covers(Role.EDITOR))
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "customers/_results.html" if part else "customers/list.html", values, status=page.status)


@require_GET
@app_view(Role.VIEWER)
def customer_count(request):
    """The number of matches of a search, fetched by the list page once it is shown."""
    page = ListPage(request.app, request.GET)
    try:
        count = page.count()
    except ValidationFailed as failure:
        problems = " ".join(failure.errors.values())
        return HttpResponse(problems, status=400, content_type="text/plain; charset=utf-8")
    if request.htmx:
        return HttpResponse(page.count_text(count), content_type="text/plain; charset=utf-8")
    messages.info(request, f"{page.count_text(count)}.")
    return redirect(page.link())


@require_safe
@app_view(Role.VIEWER)
def customer_detail(request, customer_id):
    customer = _customer_or_404(request, customer_id)
    values = presentation.detail(customer) | {
        "list_url": reverse("customer_list", args=[request.app.slug]),
        "edit_url": _url(request, "customer_edit", customer) if request.role.covers(Role.EDITOR) else "",
    }
    calls = own_samples(f"{request.scheme}://{request.get_host()}", as_json(customer))
    return render(request, "customers/detail.html", {"section": "customers", "customer": values, "calls": calls})


@require_http_methods(["GET", "HEAD", "POST"])
@app_view(Role.EDITOR)
def customer_create(request):
    form = CustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            customer, created = services.create_customer(app=request.app, **form.given())
        except ValidationFailed as failure:
            form.add_errors(failure.errors)
        else:
            if created:
                messages.success(request, f"{isolated(customer)} is now a customer of {isolated(request.app)}.")
                return redirect(_url(request, "customer_detail", customer))
            form.add_error("email", _taken(request, customer.public_id))
    return _form_page(request, form, "create", reverse("customer_list", args=[request.app.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@app_view(Role.EDITOR)
def customer_edit(request, customer_id):
    customer = _customer_or_404(request, customer_id)
    if request.method != "POST":
        return _edit_page(request, customer, CustomerForm.of(customer))
    form = CustomerForm(request.POST)
    if form.is_valid():
        given = _chosen(form, request.POST) if "resolve" in request.POST else form.given()
        try:
            customer, changed = services.update_customer(
                app=request.app,
                customer_id=customer_id,
                expected_version=form.cleaned_data["version"] or 0,
                **given,
            )
        except StaleEdit as stale:
            return _conflict_page(request, stale.current, form)
        except ValidationFailed as failure:
            form.add_errors(failure.errors)
        except EmailTaken as taken:
            form.add_error("email", _taken(request, taken.existing_id))
        except CustomerNotFound:
            raise Http404("This customer is gone.") from None
        else:
            what = ", ".join(label.lower() for name, label in LABELS.items() if name in changed)
            messages.success(request, f"Saved: {what} changed." if what else "Nothing was changed.")
            return redirect(_url(request, "customer_detail", customer))
    return _edit_page(request, customer, form)


@require_safe
def short_address(request, customer_id=None):
    """/admin/customers/… leads to the current app's tab or detail page, query string kept."""
    app = current_app(request)
    if app is None:
        return redirect("home")
    name, args = ("customer_detail", [app.slug, customer_id]) if customer_id else ("customer_list", [app.slug])
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse(name, args=args) + (f"?{query}" if query else ""))


def _customer_or_404(request, customer_id):
    try:
        return services.get_customer(app=request.app, customer_id=customer_id)
    except CustomerNotFound as error:
        raise Http404(error.message) from None


def _url(request, name, customer):
    return reverse(name, args=[request.app.slug, customer.public_id])


def _taken(request, existing_id):
    url = reverse("customer_detail", args=[request.app.slug, existing_id])
    return format_html('This email belongs to another customer already. <a href="{}">Open that customer</a>', url)


def _edit_page(request, customer, form):
    values = {"customer": presentation.detail(customer)}
    return _form_page(request, form, "edit", _url(request, "customer_detail", customer), values)


def _form_page(request, form, mode, cancel_url, values=()):
    context = {"section": "customers", "form": form, "mode": mode, "action_url": request.path, "cancel_url": cancel_url}
    return render(request, "customers/form.html", context | dict(values), status=400 if form.errors else 200)


def _chosen(form, data):
    """Only the fields for which the person chose their own version; the others stay as they are."""
    return as_arguments({name: form.cleaned_data[name] for name in LABELS if data.get(f"choose_{name}") == "yours"})


def _conflict_page(request, current, form):
    """Theirs and yours side by side. A field that the person left alone is set to theirs to begin with."""
    touched = set(form.changed_data)
    fields = [
        {
            "name": name,
            "label": label,
            "theirs": getattr(current, name) or "",
            "yours": form.cleaned_data[name],
            "choose_name": f"choose_{name}",
            "choose": "yours" if name in touched else "theirs",
        }
        for name, label in LABELS.items()
        if (getattr(current, name) or "") != form.cleaned_data[name]
    ]
    hidden = [(name, form.cleaned_data[name]) for name in LABELS]
    hidden += [(form.add_initial_prefix(name), getattr(current, name) or "") for name in LABELS]
    hidden += [("version", current.version), ("resolve", "1")]
    context = {
        "section": "customers",
        "customer": presentation.detail(current),
        "fields": fields,
        "hidden": hidden,
        "action_url": request.path,
        "cancel_url": _url(request, "customer_detail", current),
        "changed_text": dates.moment_text(current.updated),
    }
    return render(request, "customers/conflict.html", context, status=409)
