"""What the panel's pages, written in Jinja2, have beyond the language itself."""

from functools import lru_cache

from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import dateformat, timezone
from jinja2 import Environment
from markupsafe import Markup

from core.invisible import isolated

# Of a page that has less than others: of no section, outside every app, or of an error before anybody was known.
# What the view and the context processors give comes before it.
DEFAULTS = {"app": None, "messages": (), "section": "", "theme": "", "user": None}


def environment(**options):
    made = Environment(**options)
    made.globals |= DEFAULTS | {"url": url}
    made.filters |= {"date": date, "icon": icon, "isolated": isolated, "static": static}
    return made


# Kept: the frame has ten addresses, and to build them takes as long as the rest of it.
@lru_cache(maxsize=1000)
def url(name, *args):
    return reverse(name, args=args)


# Filters and not functions: of a constant, Jinja2 asks a filter once, when it compiles the template.
def static(path):
    return staticfiles_storage.url(path)


def icon(name, css_class=""):
    """A picture of static/icons.svg. It says nothing to a screen reader: words stand beside it."""
    classes = f"icon {css_class}" if css_class else "icon"
    return Markup(f'<svg class="{classes}" aria-hidden="true"><use href="{static("icons.svg")}#{name}" /></svg>')


def date(moment, form):
    """`moment` in the active time zone, in a form of Django's, such as j M Y."""
    return dateformat.format(timezone.localtime(moment), form)
