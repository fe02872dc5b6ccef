from django.contrib import admin
from django.urls import path

from . import customers

urlpatterns = [
    # Before the admin site, which would take every address under /admin/.
    path("admin/customers/", customers.customer_list, name="customer_list"),
    path("admin/customers/<str:customer_id>/", customers.customer_detail, name="customer_detail"),
    path("admin/", admin.site.urls),
]
