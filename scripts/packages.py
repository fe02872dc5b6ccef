"""The packages of the product, read from the repository: tools and tests take their names from here."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Beside the product: they may import it, and it does not import them.
TOOLS = ("benchmarks", "chaos", "fuzz", "scripts", "tests")
# A product of its own.
OTHER_PRODUCTS = ("sdk",)


def product_packages(root: Path = ROOT) -> tuple[str, ...]:
    """The names of the product's packages, in alphabetical order.

    These are the top-level folders with a Python file directly in them, except TOOLS, OTHER_PRODUCTS and hidden
    folders. The products in examples/ lie deeper.
    """
    return tuple(
        sorted(
            folder.name
            for folder in root.iterdir()
            if folder.is_dir()
            and folder.name not in (*TOOLS, *OTHER_PRODUCTS)
            and not folder.name.startswith(".")
            and any(folder.glob("*.py"))
        )
    )
