"""The product's addresses with an API of two resources."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from api import reference
from api.developers import developers
from api.v1 import Api
from customers.api.routes import resource as customers
from proyecta_admin.urls import urlpatterns as product_urlpatterns

from .second_resource import products

api = Api([customers, products], base_path="/v1/commerce/", namespace="second")

urlpatterns = [
    path("v1/commerce/", api.urls),
    path("v1/docs", login_not_required(reference.page), {"api": api}, name="api_docs"),
    path("v1/openapi.json", login_not_required(reference.schema), {"api": api}, name="api_schema"),
    path("dashboard/<slug:app>/developers/", developers, {"api": api}, name="developers"),
    *product_urlpatterns,
]
