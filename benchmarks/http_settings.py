"""The product's settings, and a bare view beside it: what the server and Django cost by themselves."""

from proyecta_admin.settings import *  # noqa: F403
from proyecta_admin.settings import MIDDLEWARE as PRODUCT

# The bare view is called without any of the product's middleware, so that it is as fast as Django can be.
MIDDLEWARE = ["benchmarks.http_urls.BareFirst", *PRODUCT]
ROOT_URLCONF = "benchmarks.http_urls"
