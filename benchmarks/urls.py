"""The product's addresses, an empty view, and Django's stock change list of the same table."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import path

from customers.models import Customer
from proyecta_admin.urls import urlpatterns as product


class StockCustomerAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "created")
    search_fields = ("email", "name", "phone")
    ordering = ("-created",)


stock = admin.AdminSite(name="stock")
stock.register(Customer, StockCustomerAdmin)

urlpatterns = [path("stock/", stock.urls), path("empty/", lambda request: HttpResponse()), *product]
