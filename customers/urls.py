"""The addresses of the panel's pages of customers. The project mounts each list below the prefix named with it."""

from django.urls import path, register_converter

from customers.values.ids import ID_PATTERN

from . import views


class CustomerIdConverter:
    """A path converter for customer ids. Below /admin/customers/ it separates the panel's addresses from Django's."""

    regex = ID_PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CustomerIdConverter, "customer_id")

# Below /dashboard/<slug:app>/
urlpatterns = [
    path("", views.overview, name="overview"),
    path("commerce/customers/", views.customer_list, name="customer_list"),
    path("commerce/customers/count/", views.customer_count, name="customer_count"),
    path("commerce/customers/new/", views.customer_create, name="customer_create"),
    path("commerce/customers/<str:customer_id>/", views.customer_detail, name="customer_detail"),
    path("commerce/customers/<str:customer_id>/edit/", views.customer_edit, name="customer_edit"),
]

# Below /admin/customers/, in front of the Django admin's own addresses
short_urlpatterns = [
    path("", views.short_address, name="short_customers"),
    path("<customer_id:customer_id>/", views.short_address, name="short_customer"),
]
