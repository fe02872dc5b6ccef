"""The examples of the documentation, run as they are written.

Each page is one shell script: its examples run in their order, against the product as `make run` starts it on a new
data directory. Only the server's address is another one. An example that cannot run says why in a comment before it.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from proyecta import Proyecta

from tests.support.processes import eventually, free_port, manage, started, surroundings

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "sdk/README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")),
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("customers/*/README.md")),
]
LANGUAGES = ("console", "sh", "python")
MAX_SECONDS = 300


class Example(NamedTuple):
    language: str
    code: str
    why_not: str  # why it is not run; empty where it is


def examples(page):
    pattern = r"(?:^ *<!-- not run: ([^>]+) -->\n)?^( *)```(\w+)\n(.*?)^ *```"
    for why_not, indent, language, code in re.findall(pattern, (ROOT / page).read_text(), re.MULTILINE | re.DOTALL):
        if language in LANGUAGES:
            yield Example(language, re.sub(f"^{indent}", "", code, flags=re.MULTILINE), why_not)


def script(page):
    """The examples of a page that are run, as one shell script."""
    parts = ["set -euo pipefail"]
    for example in examples(page):
        if example.why_not:
            continue
        if example.language != "python":
            parts.append(example.code)
        elif re.search("^from (api|customers)", example.code, re.MULTILINE):
            parts.append(f".venv/bin/python manage.py shell -c {shlex.quote(example.code)}")
        else:
            parts.append(f".venv/bin/python -c {shlex.quote(example.code)}")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def product(module_data_dir):
    """The product after a first start: (its address, the variables for a program beside it)."""
    port = free_port()
    with started([sys.executable, "-m", "proyecta_admin.serve"], module_data_dir, PORT=str(port)) as process:
        eventually(lambda: "password" in process.printed() or process.poll() is not None)
        assert process.poll() is None, process.complained()
        variables = {
            "PYTHONPATH": str(ROOT / "sdk/src"),
            "PROYECTA_BASE_URL": f"http://127.0.0.1:{port}",
            "PROYECTA_API_KEY": manage(module_data_dir, "create_api_key", "acme", "--scope", "write").stdout.strip(),
        }
        yield f"127.0.0.1:{port}", surroundings(module_data_dir, **variables)


@pytest.fixture
def place(tmp_path):
    """A directory that looks like the repository to the commands of an example, so that they leave nothing in it."""
    interpreter = tmp_path / ".venv/bin/python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    interpreter.chmod(0o755)
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    # An answer that says no ends the script.
    (tmp_path / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if any(not one.why_not for one in examples(page))])
def test_the_examples_of_a_page_run_in_their_order(page, product, place):
    if "curl" in script(page) and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    address, variables = product
    done = subprocess.run(
        ["bash", "-c", script(page).replace("127.0.0.1:8000", address)],
        cwd=place,
        env=variables | {"HOME": str(place), "CURL_HOME": str(place)},
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    if page == "README.md":
        assert_renamed_is_the_customer_created(variables)


def assert_renamed_is_the_customer_created(variables):
    """The example changed the last customer of its loop, whose variable had the name of the customer created."""
    with Proyecta(api_key=variables["PROYECTA_API_KEY"], base_url=variables["PROYECTA_BASE_URL"]) as client:
        assert client.commerce.customers.list(email="alice@example.com").data == []
        (renamed,) = client.commerce.customers.list(email="new@example.com").data
        assert (renamed.name, renamed.address.city) == ("Alice Liddell", "Oakland")
