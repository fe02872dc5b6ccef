"""The documentation agrees with the code: commands, settings, addresses, links, paths and decision records.

That its examples run is in test_docs_examples.py.
"""

import ast
import inspect
import os
import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.admin import site as admin_site
from django.core.management import get_commands
from django.test import Client
from django.urls import Resolver404, resolve
from proyecta import Proyecta

from scripts.packages import product_packages
from tests.plugin import FROM_OUTSIDE

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = (*product_packages(ROOT), "scripts")
SDK_COMMANDS = ROOT / "sdk/src/proyecta/contrib/django/management/commands"
MAX_README_LINES = 150
# Read from the environment, but no setting of the product's.
OTHER_VARIABLES = {"DJANGO_SETTINGS_MODULE", "PATH"}
# Records and changes of the past may name files that are gone.
OF_THE_PAST = re.compile(r"docs/decisions/\d|CHANGELOG\.md")


def files():
    """Every file of the repository, as a path from its root."""
    for directory, names, here in os.walk(ROOT):
        names[:] = [name for name in names if not name.startswith(".") and name not in ("build", "dist", "__pycache__")]
        yield from ((Path(directory) / name).relative_to(ROOT) for name in here)


FILES = sorted(files())
DIRECTORIES = {parent for file in FILES for parent in file.parents}
PAGES = [str(file) for file in FILES if file.suffix == ".md" and "vendor" not in file.parts]
OF_TODAY = [page for page in PAGES if not OF_THE_PAST.match(page)]


@cache
def text_of(page):
    return (ROOT / page).read_text()


def fenced_blocks(page):
    return re.findall(r"^ *```\w*\n(.*?)^ *```", text_of(page), re.MULTILINE | re.DOTALL)


def inline_code(page):
    prose = re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]


def code_of(page):
    return "\n".join([*fenced_blocks(page), *inline_code(page)])


def named(pattern):
    """{what the pattern finds in the code of a page: the pages}."""
    found = {}
    for page in OF_TODAY:
        for name in re.findall(pattern, code_of(page)):
            found.setdefault(name, []).append(page)
    return found


def test_the_readme_is_short():
    assert len(text_of("README.md").splitlines()) <= MAX_README_LINES


# Commands


def make_targets():
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_of_the_documentation_exists_and_every_target_is_documented():
    documented = named(r"(?<![\w./-])make ([a-z][a-z-]*)")
    assert {name: documented[name] for name in documented.keys() - make_targets()} == {}
    assert make_targets() - documented.keys() == set()


def test_every_make_target_has_a_line_at_the_top_of_the_makefile():
    assert set(re.findall(r"^# make ([a-z-]+)", (ROOT / "Makefile").read_text(), re.MULTILINE)) == make_targets() - {
        "chromium"
    }


def own_commands():
    """The names of the commands that this repository has: those of the product, and of the client's integration."""
    places = [*ROOT.glob("*/management/commands/*.py"), *SDK_COMMANDS.glob("*.py")]
    return {path.stem for path in places if not path.stem.startswith("_")}


def test_every_command_of_the_documentation_exists_and_every_command_is_documented():
    documented = named(r"manage\.py ([a-z_]+)")
    existing = own_commands() | set(get_commands())
    assert {name: documented[name] for name in documented.keys() - existing} == {}
    assert own_commands() - documented.keys() == set()


def test_every_option_of_our_commands_in_an_example_exists():
    for page in OF_TODAY:
        for command, rest in re.findall(r"manage\.py ([a-z_]+)((?:[^\n`]|\\\n)*)", code_of(page)):
            source = [path for path in ROOT.glob(f"*/management/commands/{command}.py")]
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest) if source else ():
                assert f'"{option}"' in source[0].read_text(), f"{page}: {command} {option}"


# Tables of measurements


def test_every_table_of_the_benchmarks_has_a_place_in_the_documentation_and_every_place_a_table():
    """A script finds out that it has no place when it has measured for minutes."""
    marks = set()
    for path in (ROOT / "benchmarks").glob("*.py"):
        strings = (constant(node) for node in ast.walk(ast.parse(path.read_text())))
        marks |= {text for text in strings if isinstance(text, str) and re.fullmatch(r"bench(-[a-z]+)*|growth", text)}
    places = {page: re.findall(r"^<!-- ([a-z-]+) -->$", text_of(page), re.MULTILINE) for page in PAGES}
    found = [mark for page in ("README.md", "docs/benchmarks.md") for mark in places[page]]
    assert sorted(found) == sorted(set(found))
    assert {mark.removesuffix("-large") for mark in found} == marks
    for page, inside in places.items():
        assert inside == re.findall(r"^<!-- /([a-z-]+) -->$", text_of(page), re.MULTILINE), page


# Settings


def table(page, first_column):
    """The rows of the table whose first column has this title, as lists of cells."""
    lines = iter(text_of(page).splitlines())
    next(line for line in lines if line.startswith(f"| {first_column} |"))
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def settings_read():
    """{name: its default as documented, or None where that is no literal} of what the product reads from outside."""
    found = {}
    for package in PRODUCT:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                name, default = setting_of(node)
                if name and name not in OTHER_VARIABLES:
                    found[name] = found.get(name) or default
    return found


def setting_of(node):
    """(name, default) where the node reads a variable of the environment, else (None, None)."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ" and isinstance(node.ctx, ast.Load):
        return constant(node.slice), None
    if not isinstance(node, ast.Call) or not node.args:
        return None, None
    function = ast.unparse(node.func)
    name, second = constant(node.args[0]), constant(node.args[1]) if len(node.args) > 1 else None
    if not isinstance(name, str) or not re.fullmatch("[A-Z][A-Z_]+", name):
        return None, None
    match function.rpartition(".")[2]:
        case "flag":
            return name, "`1`" if second else "`0`"
        case "number" | "text" if second not in (None, ""):
            return name, f"`{second}`"
        case "number" | "text" | "stored_secret":
            return name, None
    return (name, None) if function in ("os.environ.get", "os.getenv") else (None, None)


def constant(node):
    return node.value if isinstance(node, ast.Constant) else None


def test_the_table_of_settings_has_what_the_product_reads_with_its_defaults():
    documented = {name.strip("`"): default for name, _, default in table("docs/configuration.md", "variable")}
    read = settings_read()
    assert documented.keys() == read.keys()
    assert {name: documented[name] for name, default in read.items() if default} == {
        name: default for name, default in read.items() if default
    }


def test_the_tests_ignore_every_setting_of_the_environment_they_run_in():
    """A setting that is left in the environment makes tests fail on one machine only."""
    kept = {"DATABASE_URL", "PROYECTA_DATA_DIR"}
    assert set(FROM_OUTSIDE) == settings_read().keys() - kept | {"DJANGO_SETTINGS_MODULE"}


def test_the_table_of_the_client_has_its_arguments_with_their_defaults():
    parameters = inspect.signature(Proyecta).parameters
    rows = {cells[0].strip("`"): cells[-1] for cells in table("docs/configuration.md", "argument of `Proyecta(…)`")}
    assert rows.keys() == parameters.keys()
    for name, given in rows.items():
        if re.fullmatch(r"`\d+`", given):
            assert float(given.strip("`")) == parameters[name].default, name


# Addresses


def addresses(page):
    """The addresses of the product in the code of a page, with values for their arguments."""
    start = r"(?<![\w./>}-])(?:http://127\.0\.0\.1:8000)?"
    end = r"(/(?:dashboard|v1|admin|account|healthz|readyz|sign-in)(?:[/?][^\s`\"')|,]*)?)(?![\w-])"
    for address in re.findall(start + end, code_of(page)):
        address = address.partition("?")[0]
        if "…" not in address:
            yield re.sub(r"<app>", "acme", re.sub(r"<cus_id>|\{customer_id\}", "cus_123", address))


def leads_somewhere(address):
    try:
        match = resolve(address)
    except Resolver404:
        return False
    # The Django admin takes any address below its own.
    return getattr(match.func, "__name__", "") != admin_site.catch_all_view.__name__


@pytest.mark.parametrize("page", [page for page in OF_TODAY if not page.startswith("examples")])
def test_every_address_resolves(page):
    # What stands for everything below it is no page itself.
    assert [one for one in addresses(page) if one != "/v1" and not leads_somewhere(one)] == []


def test_every_call_of_the_api_is_documented():
    paths = Client().get("/v1/openapi.json").json()["paths"]
    calls = {f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods}
    assert {cells[0] for cells in table("docs/api.md", "call")} == calls


# Links and paths


def headings(page):
    """The anchors of a page, made as GitHub makes them."""
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not (ROOT / target).exists() or anchor and anchor not in headings(target):
            broken.append(link)
    assert broken == []


def exists(path, page):
    """Whether there is this file or directory: from the root, from the page, or, for a bare name, anywhere."""
    if path.endswith("/"):
        return Path(path) in DIRECTORIES or Path(page).parent / path in DIRECTORIES
    return any(
        file.match(path)
        if "/" not in path
        else file in (Path(path), Path(page).parent / path) or file.match(f"/{path}")
        for file in FILES
    ) or any(ROOT.glob(path))


@pytest.mark.parametrize("page", OF_TODAY)
def test_every_path_in_the_text_exists(page):
    tops = {file.parts[0] for file in FILES}
    missing = []
    for code in inline_code(page):
        is_path = re.fullmatch(r"[\w.*-]+(/[\w.*-]+)*/?", code) and (
            "/" in code and code.split("/")[0] in tops or re.search(r"\.(py|md|toml|html|txt)$", code)
        )
        if is_path and not exists(code, page):
            missing.append(code)
    assert missing == []


# Architecture


def packages_imported_by(package):
    """The other packages of the product that a package imports, migrations left aside."""
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())) if "migrations" not in path.parts else ():
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found & set(PRODUCT) - {package}


def test_the_diagram_of_packages_has_every_arrow_of_the_code():
    diagram = re.search(r"```mermaid\n(.*?)```", text_of("docs/architecture.md"), re.DOTALL)[1]
    arrows = {
        (source, target)
        for source, targets in re.findall(r"^ *(\w+) --> (.+)$", diagram, re.MULTILINE)
        for target in targets.split(" & ")
    }
    existing = {
        (package, other) for package in PRODUCT if package != "scripts" for other in packages_imported_by(package)
    }
    assert existing - arrows == set(), "Add the arrow to the diagram in docs/architecture.md."
    boxes = set(re.findall(r"^ *(\w+)\[", diagram, re.MULTILINE))
    assert {*PRODUCT} - {"scripts"} - boxes == set(), "Add the package to the diagram in docs/architecture.md."


# Decisions and changes


def test_every_decision_has_its_own_number_its_place_in_the_index_and_its_parts():
    records = sorted(page for page in PAGES if re.match(r"docs/decisions/\d", page))
    names = [page.rpartition("/")[2] for page in records]
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert (
        re.findall(r"^\| \[\d+\]\((\d{4}-[a-z0-9-]+\.md)\)", text_of("docs/decisions/index.md"), re.MULTILINE) == names
    )
    for page in records:
        title, *parts = re.findall(r"^#{1,2} (.*)$", text_of(page), re.MULTILINE)
        assert title.startswith(page.rpartition("/")[2][:4]), page
        assert [
            part
            for part in ("Context", "Options", "Decision", "When to look again")
            if not any(one.startswith(part) for one in parts)
        ] == [], page


def test_the_changelog_begins_with_what_is_not_released():
    assert re.findall(r"^## (.*)$", text_of("CHANGELOG.md"), re.MULTILINE)[0] == "[Unreleased]"


@pytest.mark.parametrize("page", PAGES)
def test_every_example_in_python_is_python(page):
    for code in re.findall(r"^( *)```python\n(.*?)^ *```", text_of(page), re.MULTILINE | re.DOTALL):
        ast.parse(inspect.cleandoc("\n" + code[1]))
