"""One bounded text of a field, checked and tidied: for the services of every package."""

from django.utils.translation import gettext

from .folding import text_problem
from .invisible import tidy


class Unacceptable(ValueError):
    """A value that cannot be stored. `str(error)` is a sentence that says why."""


def clean_text(value: object, limit: int) -> str:
    """The text as it is stored: without characters that nobody sees at its ends. Empty for None.

    limit: in characters. The sentences do not name the field: each is shown at it, or with its name before it.

    Raises Unacceptable for other types, for more than `limit` characters, and for characters that PostgreSQL or UTF-8
    cannot hold: NUL and other control characters, and lone surrogates.
    """
    if isinstance(value, str) and len(value) <= limit and value.isprintable():
        # Nearly always, and an import has ten of them a row.
        return tidy(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unacceptable(gettext("This must be a text."))
    # Far too long a text is refused as it is: to tidy it takes time.
    text = tidy(value) if len(value) < 10 * limit else value
    if problem := text_problem(text, limit):
        raise Unacceptable(problem)
    return text
