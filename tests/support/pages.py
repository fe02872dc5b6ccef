"""Reading the HTML of an answer."""

import re
from html import unescape


def field_value(answer, name):
    """What the input field of that name holds."""
    tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', answer.text)[0]
    value = re.search(r' value="([^"]*)"', tag)
    return unescape(value[1]) if value else ""
