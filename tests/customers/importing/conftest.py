"""Files to import."""

import pytest


@pytest.fixture
def long_list(written):
    """A list with everything that a second run has to find again: with email, without, twice, rejected."""
    rows = ["email,name,phone"]
    for number in range(600):
        email = "" if number % 3 == 0 else "bad" if number % 50 == 1 else f"p{number % 500}@x.example"
        rows.append(f"{email},P{number % 40},+82 10-1234-{number:04}" if number % 6 else f"{email},Ada,")
    return written("\n".join(rows))
