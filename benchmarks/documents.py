"""`make bench-docs`: all measurements, one after the other, with their tables put into the documentation.

python -m benchmarks.documents [--rows N]

Without --rows everything is measured at a million customers, and pages and searches at ten million as well, which takes
an hour or so. benchmarks.servers is left out where gunicorn and uvicorn are not installed.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS_PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
ROWS = 1_000_000
LARGE_ROWS = 10_000_000
IMPORTED_ROWS = 200_000
TRICKS_ROWS = 100_000


def add_docs_option(parser: argparse.ArgumentParser) -> None:
    """Give a script the option `docs`: whether its tables are also put into the documentation."""
    parser.add_argument("--docs", action="store_true", help="also put the tables into docs/benchmarks.md")


def mark_for(name: str, rows: int) -> str:
    """The mark of a table: more than a million customers have a place of their own in the documentation."""
    return f"{name}-large" if rows > ROWS else name


def report(lines: Iterable[str], *, mark: str, into_docs: bool, page: Path = BENCHMARKS_PAGE) -> None:
    """Print lines as soon as they are measured, and put them between the marks of a page afterwards.

    mark: the page has `<!-- mark -->` and `<!-- /mark -->`, each on a line of its own, where into_docs is true.
    Raises SystemExit where it does not.
    """
    measured = []
    for line in lines:
        print(line, flush=True)
        measured.append(line)
    print()
    if into_docs:
        put_between_marks(page, mark, "\n".join(measured))


def put_between_marks(page: Path, mark: str, text: str) -> None:
    """Replace what is between the marks of a page. Raises SystemExit where the page does not have them."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->\n"
    before = page.read_text()
    if begin not in before or end not in before:
        raise SystemExit(f"{page.name} has no marks {mark}: the table was printed, but not put there.")
    head, rest = before.split(begin, 1)
    page.write_text(f"{head}{begin}{text.strip()}\n{end}{rest.split(end, 1)[1]}")


def scripts(rows: int | None) -> Iterator[list[str]]:
    """The modules to run, each with its arguments. rows: the one number of customers, or None for all sizes."""
    size = rows or ROWS
    yield ["benchmarks", "--rows", f"{size}"]
    yield ["benchmarks.searches", "--rows", f"{size}"]
    yield ["benchmarks.searches", "--rows", f"{size}", "--beside", f"{size}"]
    yield ["benchmarks.writes", "--rows", f"{size}"]
    yield ["benchmarks.http", "--rows", f"{size}"]
    yield ["benchmarks.memory", "--rows", f"{size}"]
    yield ["benchmarks.tricks", "--rows", f"{min(size, TRICKS_ROWS)}"]
    yield ["benchmarks.imports", "--rows", f"{min(size, IMPORTED_ROWS)}"]
    if find_spec("gunicorn") and find_spec("uvicorn"):
        yield ["benchmarks.servers", "--rows", f"{size}"]
    if rows is None:
        yield ["benchmarks", "--rows", f"{LARGE_ROWS}"]
        yield ["benchmarks.searches", "--rows", f"{LARGE_ROWS}"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents")
    parser.add_argument("--rows", type=int, help="measure at this number of customers alone")
    options = parser.parse_args()
    for module, *arguments in scripts(options.rows):
        print(f"python -m {module} {' '.join(arguments)} --docs", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", module, *arguments, "--docs"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
