from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from ... import ProyectaError
from . import conf


def check_setting(**kwargs: Any) -> list[CheckMessage]:
    """Check the setting PROYECTA."""
    if not hasattr(settings, "PROYECTA"):
        hint = "Set it to a dict of API_KEY and BASE_URL, or to None where nothing is to be sent."
        return [Warning("PROYECTA is not set: no customers are created.", hint=hint, id="proyecta.W001")]
    setting = settings.PROYECTA
    if setting is None:
        return []
    if not isinstance(setting, dict) or not set(setting) <= set(conf.KEYS):
        return [Error(f"PROYECTA must be a dict of {' and '.join(conf.KEYS)}.", id="proyecta.E001")]
    try:
        conf.sync_client().close()
    except ProyectaError as error:
        # Not an error: where images are built and migrations run, the key is often not known.
        return [Warning(f"No customers can be created: {error}", id="proyecta.W002")]
    return []
