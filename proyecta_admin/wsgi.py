"""The WSGI application, for any WSGI server. `make run` serves it with granian."""

import gc
import ipaddress
import os
from contextlib import suppress

from django.conf import settings
from django.core.wsgi import get_wsgi_application


def behind_proxy(application):
    """Takes the client's address from the proxy: without it, one person's wrong passwords would lock everybody out."""

    def with_client_address(environ, start_response):
        # The last one is the proxy's own word. Those before it are whatever the client cared to send.
        address = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with suppress(ValueError):
            # Without the zone of a link-local address, which the database would not take.
            environ["REMOTE_ADDR"] = str(ipaddress.ip_address(address.partition("%")[0]))
        return application(environ, start_response)

    return with_client_address


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
application = get_wsgi_application()
if settings.PROXY:
    application = behind_proxy(application)

# What is loaded by now stays: without this, the collector looks through all of it in the middle of some request.
gc.collect()
gc.freeze()
