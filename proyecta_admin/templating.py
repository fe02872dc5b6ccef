"""The panel's templates: Jinja2, translated, with a few functions and filters of our own."""

from datetime import datetime
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import dateformat, timezone, translation
from jinja2 import Environment
from markupsafe import Markup

from core.dates import moment_text
from core.invisible import isolated

# For pages that lack some of them: pages outside every app, and error pages, which are rendered without a request.
# Values from the view and from the context processors come first.
DEFAULTS = {"app": None, "messages": (), "section": "", "theme": "", "user": None}


def environment(**options: Any) -> Environment:
    """The environment of the panel's templates, for Django's setting TEMPLATES."""
    made = Environment(**options)
    made.globals |= DEFAULTS | {"language": translation.get_language, "url": url}
    made.filters |= {"date": date, "icon": icon, "isolated": isolated, "moment": moment_text, "static": static}
    # A method that Jinja2's i18n extension adds.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    return made


def url(name: str, *args: str | int) -> str:
    """The address of the page with this name in the URLconf."""
    return reverse(name, args=args)


# Filters and not functions: of a constant, Jinja2 asks a filter once, when it compiles the template.
def static(path: str) -> str:
    """The address of a static file."""
    return staticfiles_storage.url(path)


def icon(name: str, css_class: str = "") -> Markup:
    """A picture of static/icons.svg. Screen readers skip it: words stand beside it."""
    classes = f"icon {css_class}" if css_class else "icon"
    return Markup(f'<svg class="{classes}" aria-hidden="true"><use href="{static("icons.svg")}#{name}" /></svg>')


def date(moment: datetime, form: str) -> str:
    """`moment` in the active time zone, in a format of Django's filter `date`, such as `j M Y`."""
    return dateformat.format(timezone.localtime(moment), form)
