"""The fate of each row of a file: created, already there, rejected, in part."""

import csv

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.importing.dates import DAY_FIRST
from tests.customers.importing.runs import (
    DATA,
    import_file,
    rejected_rows,
    stored,
)
from tests.support.factories import make_app, make_customer

pytestmark = pytest.mark.django_db


def test_a_customer_who_is_there_stays_as_she_is(written):
    app = make_app()
    make_customer(app, email="Ada@x.example", name="Ada")
    result = import_file(written("email,name\n ADA@X.example ,Somebody\nbo@x.example,Bo\nBO@x.example,Twice\n"), app)
    assert (result.status, result.created, result.already_there) == (0, 1, 2)
    assert stored(app, "email", "name") == [("Ada@x.example", "Ada"), ("bo@x.example", "Bo")]


@pytest.mark.parametrize("unseen", ["\u200b", "\u202e", "\u3164", "\ufeff \u2060"])
def test_a_row_of_which_nothing_is_seen_is_an_empty_row(written, unseen):
    app = make_app()
    path = written(f"email,first name,last name,city\n{unseen},{unseen},,{unseen}\n,{unseen},Kim,\n")
    result = import_file(path, app)
    assert (result.created, result.rejected) == (1, 1)
    assert stored(app, "email", "name") == [(None, "Kim")]


def test_each_bad_row_is_rejected_for_its_own_reason(written):
    app = make_app()
    path = written(
        "email,name,city,created\n"
        "fine@x.example,Fine,,2024-01-05\n"
        "@x.example,Ada,,\n"
        f"long@x.example,{'x' * 201},,\n"
        " , ,\t,\n"
        "few@x.example,Few\n"
        '"many@x.example","M, any",Oslo,,more,"and, more"\n'
        "late@x.example,Late,,yesterday\n"
        f"both,{'x' * 201},,\n"
        "bell@x.example,\x07,,\n"
    )
    result = import_file(path, app)
    assert (result.status, result.created, result.rejected) == (3, 1, 8)
    email = "email: Enter a whole email address, such as alice@example.com."
    name = "name: Use at most 200 characters; this has 201."
    assert rejected_rows(path.with_suffix(".rejected.csv")) == {
        3: email,
        4: name,
        5: "Empty row: none of its columns that are used has a value.",
        6: "The row has 2 fields where the first row of the file has 4.",
        7: "The row has 6 fields where the first row of the file has 4.",
        8: "created: yesterday is no date that can be understood. Write it as YYYY-MM-DD.",
        9: f"{email} {name}",
        10: "name: Remove the control character U+0007.",
    }
    assert result.out.count("    line ") == 5 and "    and 3 more" in result.out


def test_one_row_of_one_field_is_not_1_rows_of_1_fields(written):
    result = import_file(written("email,name\nshort\n"), make_app())
    assert "Done: 1 row in " in result.out
    assert "line 2: The row has 1 field where the first row of the file has 2." in result.out


def test_rejected_rows_keep_all_that_they_had_and_can_be_mended_and_imported(written, tmp_path):
    app = make_app()
    path = written('email;Note;name\nbad;"a ""b""; c";Ada\nshort\nlong@x.example;;Bo;"x;y"\n')
    assert import_file(path, app).status == 3
    rejected = tmp_path / "customers.rejected.csv"
    lines = rejected.read_text().splitlines()
    assert lines[0] == "email;Note;name;reason;line"
    assert lines[1].startswith('bad;"a ""b""; c";Ada;email: Enter a whole email') and lines[1].endswith(";2")
    assert lines[2].startswith("short;;;The row has 1 field where") and lines[3].endswith(';4;"x;y"')
    rejected.write_text(lines[0] + "\n" + lines[1].replace("bad", "good@x.example") + "\n")
    result = import_file(rejected, app)
    assert (result.status, result.created) == (0, 1)
    assert stored(app, "email", "name") == [("good@x.example", "Ada")]


def test_a_second_run_writes_the_rejected_rows_anew_and_removes_a_file_that_is_wrong_by_now(written, tmp_path):
    app = make_app()
    for _ in range(2):
        import_file(written("email\nbad\nworse\n"), app)
        assert list(rejected_rows(tmp_path / "customers.rejected.csv")) == [2, 3]
    import_file(written("email\nfine@x.example\n"), app)
    assert not (tmp_path / "customers.rejected.csv").exists()


def test_warnings_can_all_be_had_in_a_file(written, tmp_path):
    app = make_app()
    path = written("email,phone,country\na@x.example,12,Atlantis\nb@x.example,010-1234-5678,South Korea\n")
    result = import_file(path, app, "--warnings", tmp_path / "warnings.csv")
    assert (result.status, result.created, result.warnings) == (0, 2, 2)
    rows = list(csv.reader((tmp_path / "warnings.csv").read_text().splitlines()))
    assert [row[0] for row in rows] == ["email", "a@x.example", "a@x.example"]
    assert "no country code" in rows[2][3]


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path):
    app = make_app()
    make_customer(app, email="zoe@courriel.example")
    options = ("--rejected", tmp_path / "rejected.csv", "--warnings", tmp_path / "warnings.csv")
    dry = import_file(DATA / "two_name_columns.csv", app, *options, "--dry-run")
    assert stored(app, "email") == ["zoe@courriel.example"]
    assert list(tmp_path.iterdir()) == []
    real = import_file(DATA / "two_name_columns.csv", app, *options)
    for result in (dry, real):
        assert (result.status, result.created, result.already_there, result.rejected, result.warnings) == (
            3,
            7,
            2,
            2,
            1,
        )
    again = import_file(DATA / "two_name_columns.csv", app, *options, "--dry-run")
    assert (again.created, again.already_there) == (0, 9)


CELLS = st.one_of(
    st.sampled_from(["", " ", "a@x.example", "B@X.example", "cus_1", "+82 10-1234-5678", "Korea", "13/01/2024"]),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=8))
def test_no_row_whatever_is_in_it_is_lost_or_breaks_the_import(tmp_path, rows):
    path = tmp_path / "customers.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "email", "name", "phone", "country", "created"], *rows])
    app = make_app()
    result = import_file(path, app, "--map", "id=id", "--date-format", DAY_FIRST)
    assert result.status in (0, 3), result.error
    assert result.created + result.already_there + result.rejected == len(rows)
    assert result.created == len(stored(app, "key"))
