"""The panel's pages of customers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from accounts.access import AppRequest, app_view, current_app
from accounts.models import Role
from core.dates import moment_text
from core.exceptions import ValidationFailed
from core.invisible import isolated
from core.languages import listed
from core.lists import link
from customers.serialization import as_json

from . import services
from .exceptions import CustomerNotFound, EmailTaken, StaleEdit
from .forms import LABELS, CustomerForm, as_arguments
from .models import Customer
from .pages.list_page import count_matches, count_sentence, count_text, list_state, list_values
from .pages.overview import overview_values
from .pages.presentation import detail
from .samples import own_samples

EMAIL_TAKEN = "email_taken"  # code of a form error


class PanelRequest(AppRequest):
    """A request for one of these pages. For type checkers: django-htmx adds the attribute."""

    if TYPE_CHECKING:
        htmx: HtmxDetails


@require_safe
@app_view(Role.VIEWER)
def overview(request: PanelRequest) -> HttpResponse:
    return render(request, "customers/overview.html", {"section": "overview", **overview_values(request.app)})


@require_safe
@vary_on_headers("HX-Request")
@app_view(Role.VIEWER)
def customer_list(request: PanelRequest) -> HttpResponse:
    state = list_state(request.app, request.GET)
    values, status = list_values(request.app, state, may_create=request.role.covers(Role.EDITOR))
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "customers/_results.html" if part else "customers/list.html", values, status=status)


@require_GET
@app_view(Role.VIEWER)
def customer_count(request: PanelRequest) -> HttpResponse:
    """The number of matches of a search, fetched by the list page once it is shown."""
    state = list_state(request.app, request.GET)
    try:
        count = count_matches(request.app, state)
    except ValidationFailed as failure:
        problems = " ".join(failure.errors.values())
        return HttpResponse(problems, status=400, content_type="text/plain; charset=utf-8")
    if request.htmx:
        return HttpResponse(count_text(state, count), content_type="text/plain; charset=utf-8")
    messages.info(request, count_sentence(state, count))
    return redirect(link(state))


@require_safe
@app_view(Role.VIEWER)
def customer_detail(request: PanelRequest, customer_id: str) -> HttpResponse:
    customer = _customer_or_404(request, customer_id)
    values = detail(customer) | {
        "list_url": reverse("customer_list", args=[request.app.slug]),
        "edit_url": _url(request, "customer_edit", customer) if request.role.covers(Role.EDITOR) else "",
    }
    calls = own_samples(f"{request.scheme}://{request.get_host()}", as_json(customer))
    return render(request, "customers/detail.html", {"section": "customers", "customer": values, "calls": calls})


@require_http_methods(["GET", "HEAD", "POST"])
@app_view(Role.EDITOR)
def customer_create(request: PanelRequest) -> HttpResponse:
    form = CustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            customer, created = services.create_customer(app=request.app, **form.given())
        except ValidationFailed as failure:
            form.add_errors(failure.errors)
        else:
            if created:
                names = {"customer": isolated(customer), "app": isolated(request.app)}
                messages.success(request, gettext("%(customer)s is now a customer of %(app)s.") % names)
                return redirect(_url(request, "customer_detail", customer))
            form.add_error("email", _taken(request, customer.public_id))
    return _form_page(request, form, "create", reverse("customer_list", args=[request.app.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@app_view(Role.EDITOR)
def customer_edit(request: PanelRequest, customer_id: str) -> HttpResponse:
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
            raise Http404 from None
        else:
            messages.success(request, _saved_sentence(changed))
            return redirect(_url(request, "customer_detail", customer))
    return _edit_page(request, customer, form)


@require_safe
def short_address(request: HttpRequest, customer_id: str | None = None) -> HttpResponse:
    """/admin/customers/… leads to the current app's tab or detail page, query string kept."""
    app = current_app(request)
    if app is None:
        return redirect("home")
    name, args = ("customer_detail", [app.slug, customer_id]) if customer_id else ("customer_list", [app.slug])
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse(name, args=args) + (f"?{query}" if query else ""))


def _customer_or_404(request: PanelRequest, customer_id: str) -> Customer:
    try:
        return services.get_customer(app=request.app, customer_id=customer_id)
    except CustomerNotFound as error:
        raise Http404(error.message) from None


def _url(request: PanelRequest, name: str, customer: Customer) -> str:
    return reverse(name, args=[request.app.slug, customer.public_id])


def _taken(request: PanelRequest, existing_id: str) -> ValidationError:
    """The error of an email in use, which leads to the customer who has it."""
    url = reverse("customer_detail", args=[request.app.slug, existing_id])
    link_to_it = {"url": url, "link": gettext("Open that customer")}
    sentence = gettext("This email belongs to another customer already.")
    return ValidationError(sentence, code=EMAIL_TAKEN, params=link_to_it)


def _saved_sentence(changed: tuple[str, ...]) -> str:
    if not changed:
        return gettext("Nothing was changed.")
    labels = listed(label for name, label in LABELS.items() if name in changed)
    return gettext("Saved. Changed: %(fields)s.") % {"fields": labels}


def _edit_page(request: PanelRequest, customer: Customer, form: CustomerForm) -> HttpResponse:
    values = {"customer": detail(customer)}
    return _form_page(request, form, "edit", _url(request, "customer_detail", customer), values)


def _form_page(
    request: PanelRequest, form: CustomerForm, mode: str, cancel_url: str, values: Mapping[str, Any] | None = None
) -> HttpResponse:
    context = {"section": "customers", "form": form, "mode": mode, "action_url": request.path, "cancel_url": cancel_url}
    response = render(request, "customers/form.html", context | dict(values or {}), status=400 if form.errors else 200)
    if form.has_error("email", EMAIL_TAKEN):
        # Unlike other pages, the browser keeps this one: Back from the customer whom it leads to brings back what was
        # typed. Signing out clears the browser's cache.
        response["Cache-Control"] = "private, no-cache"
    return response


def _chosen(form: CustomerForm, data: QueryDict) -> dict[str, Any]:
    """The arguments for the fields where the person chose their own version. The others stay as they are stored."""
    return as_arguments({name: form.cleaned_data[name] for name in LABELS if data.get(f"choose_{name}") == "yours"})


def _conflict_page(request: PanelRequest, current: Customer, form: CustomerForm) -> HttpResponse:
    """The stored and the typed values side by side. Untouched fields start with the stored value."""
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
        "customer": detail(current),
        "fields": fields,
        "hidden": hidden,
        "action_url": request.path,
        "cancel_url": _url(request, "customer_detail", current),
        "changed_text": moment_text(current.updated),
    }
    return render(request, "customers/conflict.html", context, status=409)
