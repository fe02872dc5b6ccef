"""The first part: schemathesis with all its checks over the OpenAPI document, as in the tests, with more examples."""

import re
import subprocess
import sys

from .report import FIVE_XX, OTHER, Finding, Report
from .wire import HANG_SECONDS
from .world import ROOT, World

DOOR = "API, schemathesis"
CONFIG = ROOT / "tests" / "api" / "schemathesis.toml"
MAX_SECONDS = 1800


def run_schemathesis(world: World, report: Report, *, examples: int) -> None:
    """Run it against the server, and add its requests and findings to the report.

    examples: the most of each kind for each operation.
    """
    sizes = world.log_size()
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", f"http://127.0.0.1:{world.port}/v1/openapi.json", "--checks", "all"]
    command += ["--header", f"Authorization: Bearer {world.keys['key write']}", "--request-timeout", str(HANG_SECONDS)]
    command += [
        "--max-examples",
        str(examples),
        "--seed",
        str(report.seed),
        "--generation-database",
        "none",
        "--no-color",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=MAX_SECONDS)
    log = world.log_since(sizes)
    statuses = [int(status) for status in re.findall(r'"status": (\d{3})', log)]
    report.requests[DOOR] += len(statuses)
    for line in log.splitlines():
        if re.search(r'"status": 5\d\d', line):
            report.add(Finding(FIVE_XX, DOOR, "see the log", log=line))
    if run.returncode:
        report.add(Finding(OTHER, DOOR, "schemathesis found something:\n" + (run.stdout + run.stderr)[-20_000:]))
