"""Files that cannot be read, and wrong options, each told in a sentence."""

from types import SimpleNamespace

import pytest

from customers.importing import ahead
from customers.models import Customer
from tests.customers.importing.runs import DATA, GOOD, import_file, stored
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("content", "sentence", "created"),
    [
        (b"", "customers.csv is empty.", None),
        (b"\n \n", "customers.csv is empty.", None),
        (b",,\na@x.example,,\n", "The first row of customers.csv has no names of columns.", None),
        (b"a@x.example,Ada\n", "No column is recognised", None),
        (GOOD.encode("utf-16"), "Line 1 of customers.csv is in UTF-16. Save the file as CSV in UTF-8.", None),
        (GOOD.encode("utf-16-le"), "Line 1 of customers.csv has a NUL byte", None),
        (GOOD.encode() + "é@x.example,É\n".encode("latin-1"), "Line 5 of customers.csv is not in UTF-8 (byte 0xE9)", 3),
        (GOOD.encode() + b"x@x.example,\0\n", "Line 5 of customers.csv has a NUL byte", 3),
        (GOOD.encode() + "q@x.example,é".encode()[:-1], "customers.csv is cut off: line 5 ends in the middle", 3),
        (GOOD.encode() + b'q@x.example,"Qu', "In customers.csv, line 5: the file ends inside quotes", 3),
        (GOOD.encode() + b'q@x.example,"Qu\nr@x.example,R\n', "In customers.csv, lines 5 to 6: the file ends", 3),
        (GOOD.encode() + b'q@x.example,"Q"u\n', "In customers.csv, line 5: text follows a closing quote", 3),
        (GOOD.encode() + b'q@x.example,"' + b"x\n" * 80_000, "a closing quote is probably missing", 3),
        (GOOD.encode() + b"x" * 5_000_000, "Line 5 of customers.csv does not end", 3),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_on_is_told_with_its_line_and_what_is_before_it_is_in(
    written, content, sentence, created
):
    app = make_app()
    result = import_file(written(content), app)
    assert result.status == 1
    assert sentence in result.error
    assert (result.created, len(stored(app, "email"))) == (created, created or 0)
    assert created is None or "Broken off: 3 rows" in result.out


def test_places_that_are_no_files_are_told_in_a_sentence(tmp_path, written):
    app = make_app()
    assert (
        import_file(tmp_path / "none.csv", app).error
        == f"{tmp_path}/none.csv cannot be read: No such file or directory."
    )
    assert import_file(tmp_path, app).error == f"{tmp_path} is not a file."
    path = written(GOOD)
    assert "is the file to import: name another place." in import_file(path, app, "--rejected", path).error
    assert "is no file: name another place." in import_file(path, app, "--rejected", tmp_path).error
    bad = written("email\nbad\n")
    result = import_file(bad, app, "--rejected", tmp_path / "none" / "rejected.csv")
    assert result.status == 1 and "cannot be written: No such file or directory." in result.error


def test_customers_are_counted_whose_batch_has_rejected_rows_that_cannot_be_written(written, tmp_path):
    app = make_app()
    result = import_file(written(GOOD + "bad,\n"), app, "--rejected", tmp_path / "none" / "rejected.csv")
    assert (result.status, result.created, result.rejected, len(stored(app, "key"))) == (1, 3, 1, 3)
    assert "Broken off: 4 rows" in result.out and "cannot be written" in result.error


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--country", "Atlantis"), "--country Atlantis: give a two-letter code of ISO 3166-1, such as US or KR."),
        (("--time-zone", "Mars"), "--time-zone Mars: there is no such time zone. Give one such as Asia/Seoul."),
        (("--map", "email=mail"), "--map email=mail: give COLUMN=field"),
    ],
)
def test_a_wrong_option_is_told_in_a_sentence(written, options, sentence):
    result = import_file(written(GOOD), make_app(), *options)
    assert result.status == 1 and sentence in result.error


def test_an_unknown_app_is_told_in_a_sentence(written):
    result = import_file(written(GOOD), SimpleNamespace(slug="nobody"))
    assert (result.status, result.error.split(".")[0]) == (1, "There is no app nobody")


@pytest.mark.parametrize(
    ("text", "sentence", "rejected"),
    [
        ("", "", 2),
        ('"Qu', "the file ends inside quotes", 2),
    ],
)
def test_a_process_that_reads_ahead_comes_to_the_same(monkeypatch, tmp_path, written, text, sentence, rejected):
    path = written((DATA / "two_name_columns.csv").read_bytes() + text.encode())
    results = []
    for most in (10**9, 0):
        app = make_app()
        monkeypatch.setattr(ahead, "MIN_PROCESS_BYTES", most)
        result = import_file(path, app)
        columns = [field.name for field in Customer._meta.concrete_fields if field.name not in VARYING]
        again = (tmp_path / "customers.rejected.csv").read_text()
        numbers = (result.status, result.created, result.already_there, result.rejected, result.warnings)
        results.append((numbers, result.error, again, stored(app, *columns)))
    assert results[0] == results[1]
    assert results[1][0][3] == rejected and sentence in results[1][1]


VARYING = {"key", "app", "public_id", "created", "updated"}
