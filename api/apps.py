from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The HTTP API. Its one table belongs to no page and no service, so it has an app of its own."""

    name = "api"
    label = "api"
