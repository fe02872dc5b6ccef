"""The memory that an import takes."""

import re

import pytest

from tests.customers.importing.runs import PRINT_PEAK, start_import
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_ten_times_the_rows_take_no_more_memory(tmp_path):
    peaks = []
    for rows in (20_000, 200_000):
        path = tmp_path / f"{rows}.csv"
        with open(path, "w") as file:
            file.write("name,email\n")
            file.writelines(f"P{n},\n" if n % 2 else f"P,p{n}@x.example\n" for n in range(rows))
        process = start_import(path, make_app(), "--dry-run", batch_rows=1_000, and_then=PRINT_PEAK)
        out, error = process.communicate(timeout=600)
        assert re.search(rf"Created +{rows:,}", out), error
        peaks.append(int(out.split("peak ")[1]))
    assert peaks[1] < peaks[0] * 1.1 + 4_000, f"{peaks} KiB"
