"""The product's settings, with the bare views of benchmarks.http beside its addresses."""

from proyecta_admin.settings import *  # noqa: F403
from proyecta_admin.settings import MIDDLEWARE as PRODUCT

MIDDLEWARE = ["benchmarks.http_urls.BareFirst", *PRODUCT]
ROOT_URLCONF = "benchmarks.http_urls"
