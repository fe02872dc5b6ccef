"""Reading the HTML of a response."""

import re
from html import unescape


def field_value(answer, name):
    """Return the value of the input field of that name."""
    tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', answer.text)[0]
    value = re.search(r' value="([^"]*)"', tag)
    return unescape(value[1]) if value else ""
