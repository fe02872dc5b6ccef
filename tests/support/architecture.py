"""Reading the imports of the code, and judging them by the rules of the house. See tests/test_architecture.py.

The functions take sources as {dotted name of the module: text}. A package is the module of its `__init__.py`. So the
rules can be tried on a few lines as well as on the repository.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from scripts.packages import TOOLS, product_packages

# The packages that there are, and those that have their place already.
PRODUCT = tuple(sorted({*product_packages(), "commerce", "operations"}))
ROOTS = (*PRODUCT, *TOOLS, "manage")
# Packages that tests import and that lie elsewhere.
IMPORTABLE = (*ROOTS, "proyecta")

DOTTED_PATH = re.compile(r"[a-z_]\w*(\.[A-Za-z_]\w*)+")
MODEL_REFERENCE = re.compile(r"([a-z_]+)\.[A-Z]\w*")
# The functions that import a module by its name, or by the dotted path of what is in it.
DYNAMIC_IMPORTS = {"__import__", "import_module", "import_string"}
# The functions that replace an attribute for a test.
PATCHING_CALLS = {"delattr", "getattr", "multiple", "object", "patch", "setattr"}
# Underscored, and documented by Django all the same.
PUBLIC_BY_DJANGO = {"_meta", "_state", "_default_manager", "_base_manager"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import. `target` is the full name: of a module, or of what is taken from it."""

    importer: str
    target: str
    line: int
    for_types_only: bool = False
    is_string: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow that must not be. Names stand for a module and everything below it.

    importers: whose imports the rule is about, except those in `exempt`.
    forbidden: what they must not import. Names from outside the repository count as well.
    """

    name: str
    importers: tuple[str, ...]
    forbidden: tuple[str, ...]
    exempt: tuple[str, ...] = ()


def is_below(name: str, tops: Iterable[str]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def is_migration(name: str) -> bool:
    return ".migrations." in f"{name}."


def read_sources(root: Path) -> dict[str, str]:
    """The sources of all modules in the repository, but those of examples/ and sdk/, which are products of their own."""
    sources = {}
    for top in ROOTS:
        paths = [root / f"{top}.py"] if (root / f"{top}.py").exists() else sorted((root / top).rglob("*.py"))
        for path in paths:
            parts = path.relative_to(root).with_suffix("").parts
            sources[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return sources


def _packages(sources: Mapping[str, str]) -> set[str]:
    return {name.rpartition(".")[0] for name in sources if "." in name}


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def imports_of(name: str, source: str, *, is_package: bool = False) -> Iterator[Import]:
    """The imports of a module, anywhere in it; and the names in its strings: dotted paths, references to models."""
    tree = _parsed(source)
    types_only = {id(node) for block in ast.walk(tree) if _is_type_checking(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        only = id(node) in types_only
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, alias.name, node.lineno, only)
        elif isinstance(node, ast.ImportFrom):
            base = _base(name, node, is_package)
            for alias in node.names:
                yield Import(name, base if alias.name == "*" else f"{base}.{alias.name}", node.lineno, only)
        elif isinstance(node, ast.Call) and _called(node) in DYNAMIC_IMPORTS:
            if target := _dynamic_target(name, node, is_package):
                yield Import(name, target, node.lineno, only)
        elif isinstance(node, ast.Call) and _called(node) in ("get_model", "get_app_config"):
            if (label := _argument(node, 0, "app_label")) and not is_migration(name):
                yield Import(name, f"{label.partition('.')[0]}.models", node.lineno, only, is_string=True)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if match := MODEL_REFERENCE.fullmatch(node.value):
                if match[1] in PRODUCT and not is_migration(name):
                    yield Import(name, f"{match[1]}.models", node.lineno, only, is_string=True)
            elif DOTTED_PATH.fullmatch(node.value) and is_below(node.value, ROOTS):
                yield Import(name, node.value, node.lineno, only, is_string=True)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _base(name: str, node: ast.ImportFrom, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    parts = parts[: len(parts) - node.level + is_package]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _argument(node: ast.Call, place: int, *keywords: str) -> str:
    """The text that a call gives at a place or by one of the keywords; "" if it gives none, or no literal."""
    values = [*node.args[place : place + 1], *(one.value for one in node.keywords if one.arg in keywords)]
    texts = [one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return texts[0] if texts else ""


def _dynamic_target(name: str, node: ast.Call, is_package: bool) -> str:
    """The full name of what import_module(), __import__() or import_string() imports; "" if it is not literal."""
    target = _argument(node, 0, "name", "dotted_path")
    if not target.startswith("."):
        return target
    # A relative name is relative to the second argument: a literal, __package__, or __name__ in a package.
    package = _argument(node, 1, "package") or (name if is_package else name.rpartition(".")[0])
    try:
        return resolve_name(target, package)
    except ImportError:
        return ""


def all_imports(sources: Mapping[str, str]) -> list[Import]:
    """Every import of every module. A string counts where it leads to a module, or to something in it."""
    packages, found = _packages(sources), []
    for name, source in sources.items():
        for one in imports_of(name, source, is_package=name in packages):
            module = module_of(one.target, sources)
            # A package's name alone is a word like any other: "api.access" is a logger.
            if not one.is_string or (module and module not in packages):
                found.append(one)
    return found


def module_of(target: str, sources: Iterable[str]) -> str | None:
    """The module in `sources` that a full name is, or is in."""
    parts = target.split(".")
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in sources:
            return name
    return None


def forbidden_imports(sources: Mapping[str, str], arrows: Iterable[Arrow]) -> set[str]:
    """A line for each import that breaks one of `arrows`, as `api.errors imports customers.models`."""
    found = set()
    for one in all_imports(sources):
        for arrow in arrows:
            if (
                is_below(one.importer, arrow.importers)
                and not is_below(one.importer, arrow.exempt)
                and is_below(one.target, arrow.forbidden)
            ):
                found.add(f"{one.importer} imports {module_of(one.target, sources) or one.target}")
    return found


def imports_past_the_door(sources: Mapping[str, str], room: str, insiders: Iterable[str]) -> set[str]:
    """A line for each import from inside a package, by a module outside of it, that its `__init__` does not export.

    room: the package. insiders: the modules outside of it that may look inside.
    """
    insiders = (room, *insiders)
    exported = {room}
    for node in ast.walk(_parsed(sources.get(room, ""))):
        if isinstance(node, ast.ImportFrom):
            exported |= {f"{room}.{alias.asname or alias.name}" for alias in node.names}
    return {
        f"{one.importer} imports {one.target}"
        for one in all_imports(sources)
        if is_below(one.target, [room])
        and not is_below(one.importer, insiders)
        and (
            one.target not in exported
            or (one.target in sources and one.target != room)
            # The package itself leads to every module in it.
            or (one.target == room and not one.is_string)
        )
    }


def imports_of_migrations(sources: Mapping[str, str]) -> set[str]:
    """A line for each import of a migration that is neither of Django nor of Python's own library."""
    return {
        f"{one.importer} imports {one.target}"
        for one in all_imports(sources)
        if is_migration(one.importer)
        and not one.is_string
        and one.target.partition(".")[0] not in {"django", *sys.stdlib_module_names}
    }


def circles(sources: Mapping[str, str], depth: int | None = None) -> set[tuple[str, ...]]:
    """The groups of modules each of which leads, by imports, to every other of its group.

    depth: how many parts of a name count: 1 for packages, 2 for them and the rooms in them, None for modules.
    Imports inside functions count, those for type checkers only and names in strings do not.
    """
    graph: dict[str, set[str]] = {}
    for one in all_imports(sources):
        target = module_of(one.target, sources)
        if target and not one.for_types_only and not one.is_string:
            start, end = (".".join(name.split(".")[:depth]) for name in (one.importer, target))
            graph.setdefault(start, set())
            graph.setdefault(end, set())
            if start != end:
                graph[start].add(end)
    reachable = {name: _reachable(name, graph) for name in graph}
    return {
        tuple(sorted(other for other in reachable[name] if name in reachable[other]))
        for name in graph
        if name in reachable[name]
    }


def _reachable(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    queue = list(graph[start])
    while queue:
        if (name := queue.pop()) not in seen:
            seen.add(name)
            queue += graph[name]
    return seen


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_" and name not in PUBLIC_BY_DJANGO


def private_uses(sources: Mapping[str, str]) -> set[str]:
    """A line for each private name of one package that another uses: imported, as an attribute, or patched.

    Assignments such as `gate = Gate()` are followed. `self._x`, `cls._x` and `super()._x` are a class's own. Packages are the top ones, so that tests are one.
    """
    packages, found = _packages(sources), set()
    for name, source in sources.items():
        tree = _parsed(source)
        bound = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom | ast.Import):
                for alias in node.names:
                    base = f"{_base(name, node, name in packages)}." if isinstance(node, ast.ImportFrom) else ""
                    target = f"{base}{alias.name}"
                    if _is_foreign(name, target):
                        bound[alias.asname or alias.name.partition(".")[0]] = target
                        if any(_is_private(part) for part in target.split(".")):
                            found.add(f"{name} uses {target}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                top = _bound_name(node.value, bound)
                bound |= {node.targets[0].id: top} if top else {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_private(node.attr):
                if top := _bound_name(node.value, bound):
                    found.add(f"{name} uses {top}.{node.attr}")
            elif isinstance(node, ast.Call) and _called(node) in PATCHING_CALLS:
                found |= {f"{name} uses {target}" for target in _patched(node, name, bound)}
    return found


def _is_foreign(name: str, target: str) -> bool:
    top = target.partition(".")[0]
    return top in IMPORTABLE and top != name.partition(".")[0]


def _bound_name(node: ast.expr, bound: Mapping[str, str]) -> str | None:
    """The full name of what an expression such as `planner.Search` is, if it begins with a foreign name."""
    if isinstance(node, ast.Name):
        return bound.get(node.id)
    if isinstance(node, ast.Attribute):
        top = _bound_name(node.value, bound)
        return top and f"{top}.{node.attr}"
    if isinstance(node, ast.Call):
        return _bound_name(node.func, bound)
    return None


def _patched(node: ast.Call, name: str, bound: Mapping[str, str]) -> Iterator[str]:
    """The private names in monkeypatch.setattr(module, "_x"), patch("module._x") and their like."""
    path = _argument(node, 0, "target")
    patched = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "target")]
    top = path if _is_foreign(name, path) else patched and _bound_name(patched[0], bound)
    if not top:
        return
    if any(_is_private(part) for part in path.split(".")):
        yield path
    names = [_argument(node, 1, "name", "attribute")]
    if _called(node) == "multiple":
        names = [one.arg or "" for one in node.keywords]
    yield from (f"{top}.{one}" for one in names if _is_private(one))


def too_long(sources: Mapping[str, str], *, max_class_lines: int, max_function_lines: int) -> set[str]:
    """A line for each class and function that has more lines than it may, decorators and docstring included."""
    found = set()
    for name, source in sources.items():
        for node in ast.walk(_parsed(source)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                lines = (node.end_lineno or node.lineno) - first + 1
                if lines > (max_class_lines if isinstance(node, ast.ClassDef) else max_function_lines):
                    found.add(f"{name}.{node.name} has {lines} lines")
    return found


WRITING_CALLS = {
    "abulk_create", "acreate", "aupdate", "bulk_create", "bulk_update", "create", "delete", "get_or_create",
    "update", "update_or_create",
}  # fmt: skip
# The table by its name, or as SQL put together in customers/ has it.
WRITING_SQL = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|TRUNCATE|MERGE\s+INTO)\s+(ONLY\s+)?"
    r"(\"?customers_customer\b|\"?\{[^}]*(\b(CUSTOMERS_)?TABLE\b|\bCustomer\._meta\b))",
    re.IGNORECASE,
)


def writers_of_customers(sources: Mapping[str, str]) -> set[str]:
    """A line for each module that writes customers: by Customer.objects, by saving a Customer, or by SQL."""
    return {f"{name} writes customers" for name, source in sources.items() if _writes_customers(_parsed(source))}


def _writes_customers(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = ast.unparse(node.func.value)
            if node.func.attr in WRITING_CALLS and re.match(r"(\w+\.)*Customer\.\w*objects\b", receiver):
                return True
            if node.func.attr in ("save", "delete") and re.fullmatch(r"(\w+\.)*(customer|Customer\(.*\))", receiver):
                return True
        elif isinstance(node, ast.Constant | ast.JoinedStr) and WRITING_SQL.search(_text(node)):
            return True
    return False


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    """The text of a string; of an f-string as it is written."""
    if isinstance(node, ast.JoinedStr):
        return ast.unparse(node)
    return node.value if isinstance(node.value, str) else ""
