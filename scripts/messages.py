"""Collects the sentences to translate into locale/<language>/LC_MESSAGES/django.po, and compiles what is translated.

    python -m scripts.messages           extract, update each catalogue, compile those that are complete
    python -m scripts.messages --check   only say whether a catalogue lacks a sentence; the exit status is 1 if so

Sentences come from Python, from the panel's Jinja2 templates and from the Django admin's templates. The script of the
pages takes its sentences from attributes of the templates. Babel does all of it: no gettext programs are needed.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from scripts.packages import product_packages

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
DJANGO_TEMPLATES = ROOT / "templates" / "django"
# The languages to translate into; settings.LANGUAGES has English beside them.
LANGUAGES = ("ko",)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
JINJA_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true", "silent": "false"}
COMMENT = "Translators:"
HEADER = "# Made by make messages: translate what is empty, and run it again."


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.messages", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a catalogue lacks a sentence")
    check = parser.parse_args().check
    template = extracted()
    outdated = [language for language in LANGUAGES if not _update(language, template, write=not check)]
    if check and outdated:
        sys.exit(f"Run make messages: sentences have changed since the catalogue of {', '.join(outdated)}.")


def extracted() -> Catalog:
    """A catalogue of every sentence of the product, without translations."""
    catalog = Catalog(project="Proyecta Admin", charset="utf-8")
    for path, message, comments, context in _messages():
        catalog.add(message, locations=[(path, 0)], auto_comments=comments, context=context)
    return catalog


def _messages() -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    for path in sorted(file for package in product_packages(ROOT) for file in (ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _of_file(path, "python", path.read_bytes())
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if path.is_relative_to(DJANGO_TEMPLATES):
            yield from _of_file(path, "python", _as_python(path.read_text()).encode())
        else:
            yield from _of_file(path, "jinja2.ext:babel_extract", path.read_bytes(), JINJA_OPTIONS)


def _of_file(
    path: Path, method: str, source: bytes, options: Any = None
) -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    for _, message, comments, context in extract(method, io.BytesIO(source), KEYWORDS, (COMMENT,), options, True):
        yield str(path.relative_to(ROOT)), message, comments, context


def _as_python(template: str) -> str:
    """The calls of gettext that a Django template stands for, as Django's own makemessages has them, one a line."""
    from django.utils.translation.template import templatize

    calls = r" (?:gettext|pgettext|ngettext|npgettext)\((?:[^()\"']|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')*\)"
    return "\n".join(call.strip() for call in re.findall(calls, templatize(template).replace("u'", "'")))


def _update(language: str, template: Catalog, *, write: bool) -> bool:
    """Bring the catalogue of a language up to date. Returns whether it was so already.

    A catalogue is compiled when every sentence is translated: a page is in one language, not in two.
    """
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    before = path.read_bytes() if path.exists() else b""
    if before:
        catalog = read_po(io.BytesIO(before), locale=language)
    else:
        catalog = Catalog(locale=language, project="Proyecta Admin", header_comment=HEADER, fuzzy=False)
    created = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    # Only what a translator changes is to change the file.
    catalog.creation_date = created
    catalog.obsolete.clear()
    after = io.BytesIO()
    write_po(after, catalog, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after.getvalue())
        missing = [message for message in catalog if message.id and not _is_translated(message)]
        if len(catalog) and not missing:
            with path.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, catalog)
        else:
            path.with_suffix(".mo").unlink(missing_ok=True)
        state = f"{len(missing)} not translated, so not compiled" if missing else "compiled"
        print(f"{path.relative_to(ROOT)}: {len(catalog)} sentences, {state}")
    return before == after.getvalue()


def _is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, list | tuple) else bool(message.string)


if __name__ == "__main__":
    main()
