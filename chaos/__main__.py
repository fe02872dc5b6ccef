"""`make chaos`: whether the product stands firm while its processes, its database and its disk fail.

python -m chaos [--minutes M] [--seed N] [--only TEXT] [--keep] [--docs]

It prints a line for each outage, then its figures. Its status is 1 if an acknowledged write is lost, a write was done
twice, or an error was met later than 2 s after a recovery.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.documents import report
from benchmarks.measuring import today_and_machine

from . import report as tables
from .audit import compare, compare_answers, read_database, replay
from .disk import small_disk
from .faults import FAULTS, NEEDS_SMALL_DISK, Scene
from .journal import Journal
from .load import Load
from .observations import Observations, Outage
from .preparation import Access, prepare, use_data_directory
from .product import ROOT, Product, free_port
from .rehearsal import RECOVERY_SECONDS, START_SECONDS, recovered, rehearse, under_load

MINUTES = 10.0
PAGE = ROOT / "docs" / "operations.md"
MARK = "chaos"
JOURNAL_FILE = "journal.jsonl"
LOG_FILE = "product.log"
TIMELINE_FILE = "timeline.txt"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chaos")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how long (default: {MINUTES:g})")
    parser.add_argument("--seed", type=int, help="repeats the faults of an earlier run; default: a random one")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults that have this text in their names")
    parser.add_argument("--keep", action="store_true", help="keep the journal, the errors and the product's log")
    parser.add_argument("--docs", action="store_true", help=f"also put the tables into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    # Not closed to the user that root's PostgreSQL runs as.
    directory = Path(tempfile.mkdtemp(prefix="proyecta-chaos-"))
    directory.chmod(0o711)
    print(f"Seed {seed}, {options.minutes:g} minutes, in {directory}", flush=True)
    run = run_in(directory, seed, options.minutes * 60, options.only)
    (directory / TIMELINE_FILE).write_text("\n".join(tables.timeline(run)))
    is_firm = not run.problems()
    if is_firm and not options.keep:
        shutil.rmtree(directory)
    else:
        print(f"Journal, log and errors are kept in {directory}.")
    for lines in (tables.common_errors(run), tables.details(run)):
        print(*lines, sep="\n", end="\n\n")
    report(all_tables(run), mark=MARK, into_docs=options.docs, page=PAGE)
    print(tables.verdict(run))
    sys.exit(0 if is_firm else 1)


def run_in(directory: Path, seed: int, seconds: float, only: str = "") -> tables.Run:
    """Run and audit the whole test in this directory, whose database is gone afterwards.

    only: a part of the names of the faults to use; empty for all.
    """
    data = directory / "data"
    data.mkdir(mode=0o711)
    use_data_directory(data)
    with small_disk(data) as has_small_disk:
        kinds = [kind for kind in FAULTS if only in kind and (has_small_disk or kind not in NEEDS_SMALL_DISK)]
        if not kinds:
            raise SystemExit(f"No fault has {only!r} in its name: {', '.join(FAULTS)}.")
        if not has_small_disk:
            print("A full disk is left out: it takes root, who may mount a small one.", flush=True)
        product = Product(data, directory / LOG_FILE, free_port())
        try:
            return _run(product, prepare(), Journal(directory / JOURNAL_FILE), seed, seconds, kinds)
        finally:
            product.close()
            _remove_database(data)


def _run(
    product: Product, access: Access, journal: Journal, seed: int, seconds: float, kinds: Sequence[str]
) -> tables.Run:
    scene, observations = Scene(product), Observations()
    load = Load(product.url, seed, journal, observations, scene.cuts_answers)
    product.start()
    customer = recovered(product, load, access.check_key, START_SECONDS)
    if customer is None:
        raise SystemExit(f"The product does not start. Its log is {product.log}.")
    begun, outages = time.monotonic(), list[Outage]()
    with under_load(load, access, customer):
        for outage in rehearse(scene, load, access.check_key, load.chance("faults"), seconds, kinds):
            outages.append(outage)
            print(_outage_line(outage, begun), flush=True)
    run = tables.Run(seed, time.monotonic() - begun, outages, observations, journal.writes)
    recovered(product, load, access.check_key, RECOVERY_SECONDS)
    run.replays, different = replay(journal.writes, access.keys, product.url, load.chance("replays"))
    product.close()
    run.unasked_ends = product.unasked_ends
    stored, answers, run.wrong_counts = read_database()
    run.verdict = compare(journal.writes, stored)
    run.verdict.different += different + compare_answers(journal.writes, answers)
    journal.close()
    return run


def _outage_line(outage: Outage, begun: float) -> str:
    lasted = f"{outage.began - begun:6.1f} s  {outage.title}, for {outage.over - outage.began:.1f} s"
    if outage.recovered is None:
        return f"{lasted}: NO RECOVERY"
    return f"{lasted}: recovered {outage.recovered - outage.over:.1f} s later"


def all_tables(run: tables.Run) -> Iterator[str]:
    """The lines of the documentation."""
    yield f"{today_and_machine()}:\n"
    yield from tables.figures(run)
    yield ""
    yield from tables.errors(run)
    yield ""
    yield from tables.outages(run)


def _remove_database(data: Path) -> None:
    """Remove the database, which may lie elsewhere: the data directory then has a link to it."""
    home = (data / "postgres").resolve()
    if home.exists():
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
