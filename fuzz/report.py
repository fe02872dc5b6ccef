"""The findings of a run and its table."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .world import ROOT

DIRECTORY = ROOT / "build" / "fuzz"  # the requests of the findings, whole
MAX_SHOWN_BYTES = 2_000
MAX_SHOWN_LOG_LETTERS = 3_000
MAX_SHOWN_OF_A_KIND = 5
FIVE_XX, HANG, OTHER = "5xx", "hangs", "other faults"
KINDS = (FIVE_XX, HANG, OTHER)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. kind: one of KINDS. raw: the request that can be sent again, if it is one request's."""

    kind: str
    door: str
    text: str
    number: int | None = None
    role: str = ""
    raw: bytes = b""
    log: str = ""


@dataclass
class Report:
    """Counts by door, and every finding."""

    seed: int
    requests: Counter[str] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    _shown: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Keep the finding, print it, and write its request into a file of DIRECTORY."""
        self.findings.append(finding)
        alike = finding.text if finding.kind == OTHER else f"{finding.kind} {_last_line(finding.log)}"
        self._shown[alike] += 1
        if self._shown[alike] > MAX_SHOWN_OF_A_KIND:
            return
        lines = [f"\n{finding.kind} at {finding.door}: {finding.text}"]
        if finding.number is not None:
            lines.append(f"  python -m fuzz --seed {self.seed} --only {finding.number}   (as {finding.role})")
        if finding.raw:
            path = _write(self.seed, finding)
            lines.append(
                f"  request ({len(finding.raw):,} bytes, whole in {path}):\n  {finding.raw[:MAX_SHOWN_BYTES]!r}"
            )
        if finding.log:
            lines.append(f"  log: {finding.log[-MAX_SHOWN_LOG_LETTERS:].strip()}")
        print("\n".join(lines), file=sys.stderr, flush=True)

    def table(self) -> str:
        """The table in Markdown: a row for each door, and their sum."""
        rows = ["| door | requests | 5xx | hangs | other faults | busy |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
        for door in [*sorted(self.requests), "all"]:
            found = Counter(one.kind for one in self.findings if door in (one.door, "all"))
            counts = [self._sum(self.requests, door), *(found[kind] for kind in KINDS), self._sum(self.busy, door)]
            rows.append(f"| {door} | " + " | ".join(f"{count:,}" for count in counts) + " |")
        return "\n".join(rows)

    def answers(self) -> str:
        """How often each status came, by door: hostile requests that are all refused at the door would find little."""
        by_door: dict[str, list[str]] = {}
        for (door, status), count in sorted(self.statuses.items()):
            by_door.setdefault(door, []).append(f"{status or 'none'} × {count:,}")
        return "\n".join(f"{door}: {', '.join(counts)}" for door, counts in by_door.items())

    def _sum(self, counts: "Counter[str]", door: str) -> int:
        return sum(counts.values()) if door == "all" else counts[door]


def _last_line(log: str) -> str:
    return log.strip().rpartition("\n")[2][:80] if log else ""


def _write(seed: int, finding: Finding) -> Path:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    path = DIRECTORY / f"{seed}-{finding.number}.request"
    path.write_bytes(finding.raw)
    return path.relative_to(ROOT)
