"""The panel's templates: Jinja2, translated, with a few functions and filters of our own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.backends.jinja2 import Jinja2
from django.urls import reverse
from django.utils import dateformat, timezone, translation
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from core.dates import moment_text
from core.invisible import isolated

# For pages that lack some of them: pages outside every app, and error pages, which are rendered without a request.
# Values from the view and from the context processors come first.
DEFAULTS = {"app": None, "messages": (), "section": "", "theme": "", "user": None}
TRANSLATORS: dict[str, Callable[..., str]] = {
    "_": translation.gettext,
    "gettext": translation.gettext,
    "pgettext": translation.pgettext,
}


class Templates(Jinja2):
    """Django's backend for Jinja2, with an environment for each language.

    An environment translates fixed sentences when it compiles a template. Translated at each request, the list takes
    20 % longer (docs/decisions/0012).
    """

    _by_language: dict[str, Environment]

    @property
    def env(self) -> Environment:
        """The environment of the active language."""
        language = translation.get_language()
        made = self._by_language.get(language)
        if made is None:
            made = self._by_language["en"].overlay()
            made.globals = {**made.globals, "language": language}
            made = self._by_language.setdefault(language, made)
        return made

    @env.setter
    def env(self, first: Environment) -> None:
        self._by_language = {"en": first}


class _FixedSentences(NodeTransformer):
    """Replaces calls of gettext with constants alone by their translation in the active language."""

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        self.generic_visit(node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        texts = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
        if name not in TRANSLATORS or node.kwargs or len(texts) != len(node.args):
            return node
        # As Jinja2 itself does: the text is markup, and a format even without placeholders.
        sentence = Markup(TRANSLATORS[name](*texts))
        return nodes.Const(sentence % {}, lineno=node.lineno)


class TranslatingCodeGenerator(CodeGenerator):
    """Jinja2's, for templates whose fixed sentences are translated."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        super().visit_Template(_FixedSentences().visit(node), frame)


class TranslatedEnvironment(Environment):
    """An environment whose templates are compiled in the language that is active then."""

    code_generator_class = TranslatingCodeGenerator


def environment(**options: Any) -> Environment:
    """The environment of the panel's templates, for Django's setting TEMPLATES."""
    made = TranslatedEnvironment(**options)
    made.globals |= DEFAULTS | {"language": "en", "url": url}
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
