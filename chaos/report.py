"""The figures of a run as tables, and its verdict."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from .audit import Verdict
from .journal import Write
from .observations import Failure, Observations, Outage, Phase, last_outage_before, outage_seconds, phase_of

WHO = {
    "browser": "requests of signed-in people",
    "client": "calls of the client, after its retries",
    "try": "requests of the client, most of them repeated",
    "probe": "requests of the probe",
}
MAX_LINES = 20
SLOW_PROBE_SECONDS = 0.5


@dataclass(slots=True)
class Run:
    """A run that has ended.

    replays: how many calls were repeated in the end. wrong_counts: how many counts differed from a recount.
    unasked_ends: how often the product ended by itself or did not end when told.
    """

    seed: int
    seconds: float
    outages: Sequence[Outage]
    observations: Observations
    writes: Sequence[Write]
    verdict: Verdict = field(default_factory=Verdict)
    replays: int = 0
    wrong_counts: int = 0
    unasked_ends: int = 0

    def failures(self, phase: Phase) -> list[Failure]:
        """The errors that were met in this phase."""
        return [one for one in self.observations.failures if phase_of(one, self.outages) is phase]

    def problems(self) -> dict[str, int]:
        """What must not happen, and how often it has."""
        found = {
            "acknowledged writes lost": len(self.verdict.lost),
            "writes doubled": len(self.verdict.doubled),
            "other differences, of answers and fields": len(self.verdict.different),
            "counts that differ from a recount": self.wrong_counts,
            "errors later than 2 s after recovery": len(self.failures(Phase.LATER)),
            "faults without recovery": sum(outage.recovered is None for outage in self.outages),
            "ends of the product that nobody asked for": self.unasked_ends,
        }
        return {what: number for what, number in found.items() if number}


def figures(run: Run) -> Iterator[str]:
    """The table of figures."""
    acknowledged = sum(write.acknowledged for write in run.writes)
    yield f"| seed {run.seed} | |"
    yield "| --- | ---: |"
    yield f"| seconds | {run.seconds:,.0f} |"
    yield f"| requests | {run.observations.requests:,} |"
    yield f"| faults | {sum(len(outage.kinds) for outage in run.outages):,} |"
    yield f"| writes acknowledged | {acknowledged:,} |"
    yield f"| writes without an answer | {len(run.writes) - acknowledged:,} |"
    yield f"| **acknowledged writes lost** | {len(run.verdict.lost):,} |"
    yield f"| **writes doubled** | {len(run.verdict.doubled):,} |"
    yield f"| repeated calls | {run.replays:,} |"
    yield f"| **other differences, of answers and fields** | {len(run.verdict.different):,} |"
    yield f"| **counts that differ from a recount** | {run.wrong_counts:,} |"
    yield f"| **ends of the product that nobody asked for** | {run.unasked_ends:,} |"
    yield f"| longest wait for an answer, s | {run.observations.longest_wait_seconds:.1f} |"


def errors(run: Run) -> Iterator[str]:
    """The table of errors by who met them and when."""
    yield f"| errors seen by | {' | '.join(phase.value for phase in Phase)} |"
    yield f"| --- |{' ---: |' * len(Phase)}"
    numbers = {phase: Counter(one.who for one in run.failures(phase)) for phase in Phase}
    for who, title in WHO.items():
        yield f"| {title} | {' | '.join(f'{numbers[phase][who]:,}' for phase in Phase)} |"
    yield f"| **all** | {' | '.join(f'{numbers[phase].total():,}' for phase in Phase)} |"


def outages(run: Run) -> Iterator[str]:
    """The table of outages by kind of fault, from one good answer to the next one, of twenty a second."""
    yield "| fault | times | lasted at most, s | recovery at most, s | outage, median, s | longest, s | errors |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    rows: dict[str, list[Outage]] = {}
    seconds: dict[str, list[float]] = {}
    for place, outage in enumerate(run.outages):
        following = run.outages[place + 1] if place + 1 < len(run.outages) else None
        rows.setdefault(_row_title(outage), []).append(outage)
        seconds.setdefault(_row_title(outage), []).append(outage_seconds(outage, run.observations.probes, following))
    met: Counter[str] = Counter()
    for failure in run.observations.failures:
        if (last := last_outage_before(failure.ended, run.outages)) is not None:
            met[_row_title(last)] += 1
    for title, found in sorted(seconds.items()):
        lasted = max(outage.over - outage.began for outage in rows[title])
        recovery = max((one.recovered - one.over for one in rows[title] if one.recovered is not None), default=0.0)
        yield (
            f"| {title} | {len(found)} | {lasted:.1f} | {recovery:.1f} "
            f"| {median(found):.1f} | {max(found):.1f} | {met[title]:,} |"
        )


def _row_title(outage: Outage) -> str:
    return outage.title if len(outage.kinds) == 1 else "two at once"


def details(run: Run) -> Iterator[str]:
    """Lines about what must not happen, at most MAX_LINES of each kind."""
    findings: Mapping[str, Sequence[str]] = {
        "lost": run.verdict.lost,
        "doubled": run.verdict.doubled,
        "different": run.verdict.different,
        "later": [_late_line(failure, run.outages) for failure in run.failures(Phase.LATER)],
    }
    for kind, lines in findings.items():
        yield from (f"{kind}: {line}" for line in lines[:MAX_LINES])
        if len(lines) > MAX_LINES:
            yield f"{kind}: … and {len(lines) - MAX_LINES} more"
    for outage in run.outages:
        if outage.recovered is None:
            yield f"no recovery: {outage.title}"


def common_errors(run: Run) -> Iterator[str]:
    """The errors that were met most often, whenever that was."""
    found = Counter(f"{one.who}: {one.what}" for one in run.observations.failures)
    yield from (f"{number:6,} × {what}" for what, number in found.most_common(MAX_LINES))


def timeline(run: Run) -> Iterator[str]:
    """Every outage and every error in the order of time, for a file. Seconds count from the first outage."""
    if not run.outages:
        return
    zero, events = run.outages[0].began, list[tuple[float, str]]()
    for outage in run.outages:
        events.append((outage.began, f"FAULT {outage.title}"))
        events.append((outage.over, f"OVER {outage.title}"))
        if outage.recovered is not None:
            events.append((outage.recovered, f"RECOVERY from {outage.title}"))
    for failure in run.observations.failures:
        took = failure.ended - failure.began
        events.append((failure.began, f"{failure.who}: {failure.what}, after {took:.2f} s"))
    for probe in run.observations.probes:
        if probe.is_good and probe.ended - probe.began > SLOW_PROBE_SECONDS:
            events.append((probe.began, f"probe: answered after {probe.ended - probe.began:.2f} s"))
    yield from (f"{moment - zero:8.2f} {what}" for moment, what in sorted(events))


def _late_line(failure: Failure, outages: Sequence[Outage]) -> str:
    line = f"{failure.who}: {failure.what}, {failure.ended - failure.began:.1f} s"
    if (outage := last_outage_before(failure.began, outages)) and outage.recovered is not None:
        line += f", begun {failure.began - outage.recovered:.1f} s after the recovery from: {outage.title}"
    return line


def verdict(run: Run) -> str:
    """The last line: whether the product stands firm."""
    problems = run.problems()
    if not problems:
        return "The product stands firm: nothing lost, nothing doubled, no error later than 2 s after a recovery."
    return (
        "The product does not stand firm: " + ", ".join(f"{number} {what}" for what, number in problems.items()) + "."
    )
