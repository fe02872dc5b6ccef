"""The files of deploy/ agree with the code: the unit, the alerts and the metrics that they name."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from core import metrics

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def unit(name):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / name)
    return parser


def metric_names():
    return {
        name
        for metric in metrics.registry.collect()
        for name in (
            {metric.name, *(f"{metric.name}_{end}" for end in ("bucket", "count", "sum"))}
            if metric.type == "histogram"
            else {f"{metric.name}_total"}
            if metric.type == "counter"
            else {metric.name}
        )
    }


def test_the_service_runs_as_a_user_of_its_own_who_writes_to_the_data_directory_alone():
    service = unit("proyecta.service")["Service"]
    assert service["User"] not in ("root", "0", "")
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    assert service["ReadWritePaths"] in service["Environment"]
    assert service["Restart"] == "always" and int(service["RestartSteps"]) > 1
    assert unit("proyecta.service")["Unit"]["StartLimitIntervalSec"] == "0"  # it never gives up
    assert {"MemoryMax", "LimitNOFILE", "TimeoutStopSec"} <= set(service)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path):
    for name in ("proyecta.service", "proyecta-backup.service", "proyecta-backup.timer"):
        # Where they run, the programs are there.
        text = (DEPLOY / name).read_text().replace("/opt/proyecta-admin/.venv/bin/python", "/bin/true")
        (tmp_path / name).write_text(text)
        command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)]
        found = subprocess.run(command, capture_output=True, text=True).stderr
        ours = [line for line in found.splitlines() if name in line]
        older = re.compile("Unknown key.*Restart(Steps|MaxDelaySec)")  # before systemd 254
        assert [line for line in ours if not older.search(line)] == []


def test_every_metric_of_the_documentation_and_of_the_alerts_exists_and_every_metric_is_documented():
    alerts = yaml.safe_load((DEPLOY / "alerts.yml").read_text())
    rules = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"proyecta_\w+", rule)}
    assert rules and named <= metric_names()
    page = (ROOT / "docs" / "production.md").read_text()
    documented = set(re.findall(r"`(proyecta_(?:http|db|errors|sign|workers)\w+)`", page))
    assert documented <= metric_names()
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in metric_names()} == documented
