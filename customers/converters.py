"""Parts of addresses."""

from django.urls import register_converter

from .ids import ID_PATTERN


class CustomerIdConverter:
    """What has the form of a customer id. Below /admin/customers/ it tells our addresses from those of Django's admin."""

    regex = ID_PATTERN

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(CustomerIdConverter, "customer_id")
