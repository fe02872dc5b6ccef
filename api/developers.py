"""The page of the panel that tells developers how their app calls Proyecta."""

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import app_view
from accounts.models import Role
from customers import services
from customers.samples import CUSTOMERS, INSTALL, call_samples, setup_samples


@require_safe
@app_view(Role.VIEWER)
def developers(request):
    base_url = f"{request.scheme}://{request.get_host()}"
    newest = services.list_customers(app=request.app, limit=1).data
    context = {
        "section": "developers",
        "base_url": base_url,
        "customers_url": f"{base_url}{CUSTOMERS}",
        "keys_url": reverse("api_keys", args=[request.app.slug]) if request.role.covers(Role.ADMIN) else "",
        "install": INSTALL,
        "setup": setup_samples(base_url),
        "calls": call_samples(base_url, *(customer.public_id for customer in newest)),
        "example_id": newest[0].public_id if newest else "",
    }
    return render(request, "developers.html", context)
