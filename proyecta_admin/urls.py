"""URLconf of the product. A page needs a signed-in person unless it stands in OPEN."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from accounts.views.account import password_change, preferences
from accounts.views.api_keys import api_key_revoke, api_keys
from accounts.views.home import home
from accounts.views.sign_in import SignIn, SignOut
from api import reference
from api.developers import developers
from api.v1 import Api
from customers.api.routes import resource as customers_api
from customers.urls import short_urlpatterns as short_customers
from customers.urls import urlpatterns as customers

from . import health, well_known
from .metrics import metrics

# The resources of the HTTP API, in the order in which they are documented.
api = Api([customers_api], base_path="/v1/commerce/")

# The only pages for people who are not signed in.
OPEN = [
    path("sign-in/", login_not_required(SignIn.as_view()), name="sign_in"),
    # Open, so that signing out twice, from two tabs, does not lead to the sign-in form with next=/sign-out/.
    path("sign-out/", login_not_required(SignOut.as_view()), name="sign_out"),
    path("healthz", login_not_required(health.alive), name="healthz"),
    path("readyz", login_not_required(health.ready), name="readyz"),
    path(".well-known/security.txt", login_not_required(well_known.security_txt), name="security_txt"),
    path("robots.txt", login_not_required(well_known.robots_txt), name="robots_txt"),
    path("metrics", login_not_required(metrics), name="metrics"),
    path("v1/docs", login_not_required(reference.page), {"api": api}, name="api_docs"),
    path("v1/openapi.json", login_not_required(reference.schema), {"api": api}, name="api_schema"),
]

urlpatterns = [
    # Guarded by API keys. api/middleware.py calls them without the middleware for browsers.
    path(api.base_path.removeprefix("/"), api.urls),
    *OPEN,
    path("", home, name="home"),
    path("account/", preferences, name="preferences"),
    path("account/password/", password_change, name="password_change"),
    path("dashboard/<slug:app>/developers/keys/", api_keys, name="api_keys"),
    path("dashboard/<slug:app>/developers/keys/<int:key>/revoke/", api_key_revoke, name="api_key_revoke"),
    path("dashboard/<slug:app>/developers/", developers, {"api": api}, name="developers"),
    path("dashboard/<slug:app>/", include(customers)),
    # Before the Django admin, in which this prefix is another page.
    path("admin/customers/", include(short_customers)),
    path("admin/", admin.site.urls),
]

handler400 = "proyecta_admin.health.refused"
handler404 = "proyecta_admin.health.missing"
handler500 = "proyecta_admin.health.failed"
