"""The languages that pages are shown in, and how they put items in a row."""

from collections.abc import Iterable
from functools import lru_cache
from gettext import find

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import pgettext
from django.utils.translation.trans_real import parse_accept_lang_header


def shown_languages() -> frozenset[str]:
    """The codes of LANGUAGES whose catalogue is compiled, and of the language that the sentences are written in.

    A language is declared before it is translated; until then its people read English.
    """
    return _with_catalogue(tuple(code for code, _ in settings.LANGUAGES), tuple(map(str, settings.LOCALE_PATHS)))


@lru_cache(maxsize=8)
def _with_catalogue(codes: tuple[str, ...], paths: tuple[str, ...]) -> frozenset[str]:
    translated = {code for code in codes for path in paths if find("django", path, [translation.to_locale(code)])}
    return frozenset(translated | {settings.LANGUAGE_CODE})


def chosen_language(request: HttpRequest, stored: str) -> str:
    """The language for a request: the person's, else the first of the browser's that is shown, else English.

    stored: the code that is stored with the person, empty for people who are not signed in.
    """
    shown = shown_languages()
    if stored in shown or len(shown) == 1:
        return stored if stored in shown else settings.LANGUAGE_CODE
    if stored:
        return settings.LANGUAGE_CODE
    wanted = [code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    # By RFC 4647, section 3.4 (lookup): a region that is not known falls back to its language.
    fallbacks = [code for full in wanted for code in (full, full.partition("-")[0])]
    return next((code for code in fallbacks if code in shown), settings.LANGUAGE_CODE)


def listed(items: Iterable[object]) -> str:
    """The items with the separator of the active language between them, such as City, Country.

    items: labels in the active language, or names that are the same in every one.
    """
    return pgettext("between the items of a list", ", ").join(map(str, items))
