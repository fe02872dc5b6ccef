"""Email addresses: the form that is stored, and which are accepted.

Two addresses are the same customer where the SQL function `proyecta_email_key` gives the same for both.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from core.invisible import DIRECTIONS, INVISIBLE, JOINERS, tidy

# RFC 5321, section 4.5.3.1.
MAX_LOCAL_BYTES = 64
MAX_DOMAIN_BYTES = 255


class InternationalEmailValidator(EmailValidator):
    """Django's rules, with letters beyond ASCII before the @ (RFC 6531) and the lengths of RFC 5321."""

    user_regex = re.compile(EmailValidator.user_regex.pattern.replace("0-9A-Z]", "0-9A-Z\u00a1-\U0010ffff]"), re.I)

    def __call__(self, value: str | None) -> None:
        super().__call__(value)
        local, _, domain = (value or "").rpartition("@")
        if len(local.encode()) > MAX_LOCAL_BYTES or len(domain.encode()) > MAX_DOMAIN_BYTES:
            raise ValidationError(self.message, code=self.code, params={"value": value})


_validate = InternationalEmailValidator()
# A joiner is seen between letters of its own scripts, none of which is ASCII.
_hidden = re.compile(f"[{INVISIBLE}{DIRECTIONS}]|(?<![^\\x00-\\x7f])[{JOINERS}]|[{JOINERS}](?![^\\x00-\\x7f])")
# Nearly every address matches, and no address that the validator refuses does: it takes ten times as long.
_plain = re.compile(
    r"(?=[^@]{1,64}@.{1,255}\Z)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def normalize_email(text: str) -> str:
    """`text` trimmed and in Unicode NFC: the form that is stored. Letters keep their case. Idempotent."""
    return unicodedata.normalize("NFC", tidy(text))


def hidden_character(text: str) -> str:
    """The first invisible character of an address, or an empty text.

    With it, two addresses that look the same would be two customers.
    """
    found = None if text.isascii() else _hidden.search(text)
    return found[0] if found else ""


def is_email(text: str) -> bool:
    """Whether `text`, as normalize_email() gives it, has the form of an address (RFC 5321, RFC 6531)."""
    if _plain.fullmatch(text):
        return True
    try:
        _validate(text)
    except ValidationError:
        return False
    return not re.search(r"\s", text) and not hidden_character(text)
