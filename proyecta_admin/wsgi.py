"""The WSGI application, for any WSGI server. `make run` serves it with granian."""

import gc
import ipaddress
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from core.db.limits import set_limits
from core.slow_clients import BodyFirst, noting_peer

Application = Callable[[dict[str, Any], Any], Any]


def behind_proxy(application: Application) -> Application:
    """Take the client's address from X-Forwarded-For. By the proxy's address, one person could lock out everybody."""

    def with_client_address(environ: dict[str, Any], start_response: Any) -> Any:
        # The last address is that which the proxy has added. Those before it come from the client.
        address = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with suppress(ValueError):
            # Without the zone of a link-local address, which PostgreSQL refuses.
            environ["REMOTE_ADDR"] = str(ipaddress.ip_address(address.partition("%")[0]))
        return application(environ, start_response)

    return with_client_address


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
application: Application = BodyFirst(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
set_limits()
if settings.PROXY:
    application = behind_proxy(application)
application = noting_peer(application)

# Freeze everything loaded so far. Otherwise the garbage collector would go through it in the middle of a request.
gc.collect()
gc.freeze()
