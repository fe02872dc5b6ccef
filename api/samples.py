"""A call as a developer writes it, with curl and in Python."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CodeText:
    """A text to copy. language: part of its id on a page, such as "curl"; label: its name for people."""

    language: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class CallSample:
    """One call in several languages. name: its operation id; title: its name for people."""

    name: str
    title: str
    texts: Sequence[CodeText]


def call_sample(name: str, title: str, *, curl: str, python: str = "") -> CallSample:
    """A CallSample of a curl command and Python code; `python` is empty where the client does not have the call."""
    texts = [CodeText("curl", "curl", curl)]
    if python:
        texts.append(CodeText("python", "Python", python))
    return CallSample(name, title, tuple(texts))


def curl_command(
    url: str, method: str = "GET", body: Mapping[str, Any] | None = None, *, idempotency_key: bool = True
) -> str:
    """A curl command for a shell that has PROYECTA_API_KEY.

    body: the JSON body; None for none. An empty one is sent as {}.
    idempotency_key: whether a call that is no GET sends an Idempotency-Key.
    """
    lines = [f"curl '{url}'" if "?" in url else f"curl {url}"]
    if method != "GET":
        lines[0] = lines[0].replace("curl ", f"curl -X {method} ", 1)
    lines.append('-H "Authorization: Bearer $PROYECTA_API_KEY"')
    if idempotency_key and method != "GET":
        lines.append('-H "Idempotency-Key: $(openssl rand -hex 16)"')
    if body is not None:
        lines.append("-H 'Content-Type: application/json'")
        # An apostrophe would end the shell's quoted text.
        text = json.dumps(body, indent=2, ensure_ascii=False).replace("'", "\\u0027")
        lines.append(f"-d '{text}'".replace("\n", "\n  "))
    return " \\\n  ".join(lines)


def python_call(function: str, arguments: Mapping[str, Any], *, result: str) -> str:
    """Python code that assigns what `function` returns, such as "proyecta.commerce.customers.get", to `result`."""
    lines = "".join(f"    {name}={_python_literal(value)},\n" for name, value in arguments.items())
    return f"{result} = {function}(\n{lines})"


def setup_samples(base_url: str) -> dict[str, CodeText]:
    """The set-up before the first call: for the shell and for Python."""
    shell = f"export PROYECTA_BASE_URL={base_url}\nexport PROYECTA_API_KEY=sk_…"
    python = "from proyecta import Proyecta\n\nproyecta = Proyecta()"
    return {"shell": CodeText("shell", "Shell", shell), "python": CodeText("python", "Python", python)}


def _python_literal(value: Any) -> str:
    if isinstance(value, dict):
        parts = "".join(f"        {_python_literal(name)}: {_python_literal(part)},\n" for name, part in value.items())
        return f"{{\n{parts}    }}"
    if value is None or isinstance(value, bool):
        return str(value)
    # Escaped as JSON escapes, an emoji would be two lone surrogates to Python.
    return json.dumps(value, ensure_ascii=False)
