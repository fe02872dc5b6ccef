from django.apps import AppConfig


class PostgresConfig(AppConfig):
    """For the commands. The label is another one because django.contrib.postgres has this name too."""

    name = "postgres"
    label = "embedded_postgres"
