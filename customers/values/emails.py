"""Email addresses: how they are cleaned, which are accepted. Which two are one is said in SQL, `proyecta_email_key`."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from core.invisible import DIRECTIONS, INVISIBLE, JOINERS, tidy


class _InternationalEmailValidator(EmailValidator):
    """Django's rules, and letters beyond ASCII before the @ as well (RFC 6531)."""

    user_regex = re.compile(EmailValidator.user_regex.pattern.replace("0-9A-Z]", "0-9A-Z\u00a1-\U0010ffff]"), re.I)

    def __call__(self, value):
        super().__call__(value)
        local, _, domain = value.rpartition("@")
        if len(local.encode()) > 64 or len(domain.encode()) > 255:
            raise ValidationError(self.message, code=self.code, params={"value": value})


# A joiner has its place among the letters of its scripts.
_hidden = re.compile(f"[{INVISIBLE}{DIRECTIONS}]|(?<![^\\x00-\\x7f])[{JOINERS}]|[{JOINERS}](?![^\\x00-\\x7f])")
_validate = _InternationalEmailValidator()
# What nearly every address is, and only such as the validator takes, too: it needs ten times as long to say so.
_plain = re.compile(
    r"(?=[^@]{1,64}@.{1,255}\Z)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def normalize_email(text):
    """`text` trimmed and in Unicode NFC: the form that is stored. Letters keep their case. Idempotent."""
    return unicodedata.normalize("NFC", tidy(text))


def hidden_in(text):
    """The first character of an address that nobody sees, or an empty string: with it, one address would be two."""
    found = None if text.isascii() else _hidden.search(text)
    return found[0] if found else ""


def is_email(text):
    """Whether `text` (already normalized) is an address that mail could be sent to, by its form (RFC 5321, 6531)."""
    if _plain.fullmatch(text):
        return True
    try:
        _validate(text)
    except ValidationError:
        return False
    return not re.search(r"\s", text) and not hidden_in(text)
