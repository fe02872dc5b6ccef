"""Parts of addresses."""

from .ids import ID_PATTERN


class CustomerIdConverter:
    """What has the form of a customer id. Below /admin/customers/ it tells the panel's addresses from Django's own."""

    regex = ID_PATTERN

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value
