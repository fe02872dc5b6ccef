"""Which error belongs to which outage, how long outages last, and what a report makes of it."""

import random
from itertools import islice

import pytest

from chaos.audit import Verdict
from chaos.faults import FAULTS
from chaos.observations import Failure, Observations, Outage, Phase, Probe, outage_seconds, phase_of
from chaos.rehearsal import fault_kinds
from chaos.report import Run, details, errors, figures, outages, timeline, verdict

OUTAGES = [Outage(("kill",), 10, 11, 12), Outage(("stop",), 20, 24, 25)]


@pytest.mark.parametrize(
    ("began", "ended", "phase"),
    [
        (9, 9.5, Phase.LATER),
        (9, 10.5, Phase.DURING),
        (11, 11.5, Phase.DURING),
        (11, 19, Phase.DURING),
        (13, 13.1, Phase.SETTLING),
        (14, 18, Phase.SETTLING),
        (14.1, 14.2, Phase.LATER),
        (19, 20.5, Phase.DURING),
        (26, 26.1, Phase.SETTLING),
        (40, 41, Phase.LATER),
    ],
)
def test_an_error_belongs_to_the_outage_that_its_request_met(began, ended, phase):
    assert phase_of(Failure("try", "503", began, ended), OUTAGES) is phase


def test_without_a_recovery_everything_is_during_the_outage():
    assert phase_of(Failure("try", "503", 500, 501), [Outage(("kill",), 10, 11)]) is Phase.DURING


def test_an_outage_lasts_from_one_good_answer_to_the_next():
    probes = [
        Probe(9, 9.1, True),
        Probe(10.5, 11, False),
        Probe(11, 11.5, False),
        Probe(11.6, 11.9, True),
        Probe(12, 12.2, False),
        Probe(12.3, 12.4, True),
        Probe(19, 19.9, True),
        Probe(20, 25, True),
        Probe(25.1, 32, False),
    ]
    assert outage_seconds(OUTAGES[0], probes[:-3], OUTAGES[1]) == pytest.approx(2.8)
    assert outage_seconds(OUTAGES[1], probes, None) == pytest.approx(5.1)
    assert outage_seconds(OUTAGES[0], probes[:1], None) == 0


def run(**values):
    observations = Observations()
    observations.fail("try", "GET /: 503", 10.5, 11)
    observations.fail("browser", "GET /: 500", 13, 13)
    return Run(7, 30, OUTAGES, observations, [], **values)


def test_a_run_without_a_loss_or_a_late_error_is_firm():
    assert run().problems() == {}
    assert "stands firm" in verdict(run())


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": Verdict(lost=["x"])},
        {"verdict": Verdict(doubled=["x"])},
        {"verdict": Verdict(different=["x"])},
        {"wrong_counts": 1},
        {"unasked_ends": 1},
    ],
)
def test_every_kind_of_problem_makes_it_fall(values):
    assert list(run(**values).problems().values()) == [1]


def test_a_late_error_makes_it_fall_and_says_after_what():
    late = run()
    late.observations.fail("browser", "GET /: 500", 15, 15.5)
    assert late.problems() == {"errors later than 2 s after recovery": 1}
    assert list(details(late)) == ["later: browser: GET /: 500, 0.5 s, begun 3.0 s after the recovery from: kill"]
    assert "does not stand firm" in verdict(late)


def test_no_recovery_makes_it_fall():
    fallen = run()
    fallen.outages = [Outage(("kill",), 10, 11)]
    assert fallen.problems() == {"faults without recovery": 1}


def test_the_tables_have_the_same_number_of_cells_in_every_row():
    for table in (figures, errors, outages):
        rows = [line.count("|") for line in table(run())]
        assert len(rows) > 2 and set(rows) == {rows[0]}
    assert "| requests of signed-in people | 0 | 1 | 0 |" in list(errors(run()))


def test_the_timeline_has_faults_and_errors_in_their_order():
    assert list(timeline(run()))[:5] == [
        "    0.00 FAULT kill",
        "    0.50 try: GET /: 503, after 0.50 s",
        "    1.00 OVER kill",
        "    2.00 RECOVERY from kill",
        "    3.00 browser: GET /: 500, after 0.00 s",
    ]


def test_a_seed_repeats_its_faults_and_every_kind_comes_before_one_comes_twice():
    first, again = (list(islice(fault_kinds(random.Random(3), list(FAULTS)), 40)) for _ in range(2))
    assert first == again
    assert {kinds[0] for kinds in first[: len(FAULTS)]} == set(FAULTS)
    assert list(islice(fault_kinds(random.Random(3), ["full disk"]), 9)) == [("full disk",)] * 9
