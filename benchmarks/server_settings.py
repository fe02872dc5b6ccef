"""The product's settings, with two switches for benchmarks.servers.

POOL=0 opens a connection for each request; PREPARED=1 has PostgreSQL keep the plans of all statements.
"""

import os

from proyecta_admin.settings import *  # noqa: F403
from proyecta_admin.settings import DATABASES

if os.environ.get("POOL") == "0":
    del DATABASES["default"]["OPTIONS"]["pool"]
if os.environ.get("PREPARED") == "1":
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
