"""The WSGI application, for any WSGI server. `make run` serves it with granian."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from core.db.limits import set_limits
from core.headers import Application, SafeHeaders
from core.slow_clients import BodyFirst, noting_peer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proyecta_admin.settings")
application: Application = BodyFirst(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
set_limits()
application = noting_peer(SafeHeaders(application, behind_proxy=settings.PROXY))

# Freeze everything loaded so far. Otherwise the garbage collector would go through it in the middle of a request.
gc.collect()
gc.freeze()
