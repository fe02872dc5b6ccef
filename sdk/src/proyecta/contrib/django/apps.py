from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_save


class ProyectaConfig(AppConfig):
    name = "proyecta.contrib.django"
    label = "proyecta"
    verbose_name = "Proyecta"

    def ready(self) -> None:
        from .checks import check_setting
        from .services import create_after_commit, customer_models

        register(check_setting)
        for model in customer_models(with_children=True):
            post_save.connect(create_after_commit, sender=model, dispatch_uid=f"proyecta {model._meta.label}")
