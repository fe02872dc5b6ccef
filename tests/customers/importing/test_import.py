"""import_customers: files as people have them, killed and run again, and what it says of those that it cannot read."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import phonenumbers
import psutil
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from accounts.models import App
from customers import counts
from customers.exceptions import CustomerIdTaken
from customers.importing import ahead, batches
from customers.importing.columns import FIELDS, BadMapping, map_columns
from customers.importing.dates import DAY_FIRST, MONTH_FIRST, BadDate, UnknownOrder, order_of, parse_date
from customers.importing.phones import _plain_e164, _plain_national, parse_listed_phone
from customers.loading import bulk
from customers.loading.bulk import Outcome, create_customers, end_loading, loading_in_bulk, rehearsing
from customers.loading.indexes import COSTLY_INDEXES, SEARCH_INDEXES, drop_indexes, set_pending_lists
from customers.models import Customer
from customers.search.buckets import FUNCTION
from customers.services import create_customer, list_customers, update_customer
from customers.values.emails import _plain, _validate
from customers.values.ids import ulid
from customers.values.phones import BadPhone, parse_phone
from tests.support.factories import make_app, make_customer
from tests.support.migrating import migrate_by_the_old_files
from tests.support.processes import eventually

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent.parent.parent / "data"
ROOT = Path(__file__).parent.parent.parent.parent
SEOUL = ZoneInfo("Asia/Seoul")


def import_file(path, app, *options):
    """What `manage.py import_customers` did: `status`, `out`, and `error`, the sentence that it ended with."""
    out, status, error = StringIO(), 0, ""
    try:
        call_command("import_customers", str(path), "--app", app.slug, *options, stdout=out)
    except SystemExit as end:
        status = end.code
    except CommandError as end:
        status, error = end.returncode, str(end)
    numbers = dict(re.findall(r"^  (Created|Already there|Rejected|Warnings) +([\d,]+)", out.getvalue(), re.M))
    numbers = {name: int(number.replace(",", "")) for name, number in numbers.items()}
    return SimpleNamespace(status=status, out=out.getvalue(), error=error, **{
        "created": numbers.get("Created"),
        "already_there": numbers.get("Already there"),
        "rejected": numbers.get("Rejected"),
        "warnings": numbers.get("Warnings"),
    })  # fmt: skip


@pytest.fixture
def written(tmp_path):
    """Writes a file, of a text in UTF-8 or of bytes, and returns its path."""

    def write(content, name="customers.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def stored(app, *columns):
    """The customers of the app in the order in which they were written: one column of each, or tuples."""
    return list(Customer.objects.filter(app=app).order_by("key").values_list(*columns, flat=len(columns) == 1))


def rejected_rows(path):
    """{line: reason} of a file of rejected rows."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return {int(row["line"]): row["reason"] for row in csv.DictReader(file)}


# Files as people have them


def test_a_list_with_two_name_columns_and_phones_of_many_countries(tmp_path):
    app = make_app()
    result = import_file(DATA / "two_name_columns.csv", app, "--rejected", tmp_path / "rejected.csv")
    assert (result.status, result.created, result.already_there, result.rejected, result.warnings) == (3, 8, 1, 2, 1)
    assert stored(app, "name", "phone", "address_country") == [
        ("Inês Gonçalves", "+551130335446", "BR"),
        ("Jörg Weiß", "+497112842222", "DE"),
        ("Zoé Tremblay", "+15147214711", "CA"),
        ("Mette Holm", "", "DK"),
        ("Chiara Conti", "+390639733434", "IT"),
        ("Owen Price", "+442077070707", "GB"),
        ("Piotr Wójcik", "+48228283739", "PL"),
        ("Kiosk Nord", "+35898702000", "FI"),
    ]
    first = Customer.objects.get(app=app, email="ines@padaria.example")
    assert first.address == {
        "line1": "Rua Direita, 12 A",
        "line2": None,
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01007-010",
        "country": "BR",
    }
    assert "line 5: The phone +453 3331 9991 is left out: No phone number of this length" in result.out
    assert rejected_rows(tmp_path / "rejected.csv") == {
        10: "Enter a whole email address, such as alice@example.com.",
        12: "The row has 12 fields where the first row of the file has 13.",
    }
    assert "Left aside: CustomerNo, Fax, AgentId" in result.out


def test_a_dump_of_a_database_with_blanks_for_nothing_and_old_names_of_countries(tmp_path):
    app = make_app()
    result = import_file(DATA / "database_dump.csv", app)
    assert (result.status, result.created, result.warnings) == (0, 5, 1)
    assert stored(app, "address_country", "phone") == [
        ("MG", ""), ("BY", ""), ("", ""), ("VA", "+390669812345"), ("CD", "")
    ]  # fmt: skip
    assert set(stored(app, "address_state")) == {""}
    assert set(stored(app, "created")) == {datetime(2006, 2, 14, tzinfo=UTC)}
    assert "line 4: The country Yugoslavia is left out: it is not one of ISO 3166-1." in result.out
    assert "Left aside: customer_id" in result.out
    assert not (DATA / "database_dump.rejected.csv").exists()


def test_a_korean_list_with_semicolons_a_bom_and_lines_inside_quotes(tmp_path):
    app = make_app()
    result = import_file(DATA / "korean.csv", app, "--country", "KR", "--time-zone", "Asia/Seoul")
    assert (result.status, result.created) == (0, 4)
    assert "semicolon between them" in result.out
    assert stored(app, "email", "name", "phone", "address_line1", "created") == [
        ("minsu@list.example", "김민수", "+821012345678", "서울특별시 중구 세종대로 110",
         datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("jiwon@list.example", "박지원", "+82221332114", "부산광역시 연제구 중앙대로 1001",
         datetime(2024, 11, 30, 18, 5, tzinfo=SEOUL)),
        (None, "이서연", "", "", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (None, "이서연", "", "", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
    ]  # fmt: skip


def test_only_emails_or_no_emails_at_all(written):
    app = make_app()
    assert import_file(written("email\r\na@x.example\r\n\r\nb@x.example"), app).created == 2
    assert import_file(written("Full Name\tTel\nAda Lovelace\t\nAda Lovelace\t\n"), app).created == 2
    assert stored(app, "email", "name") == [
        ("a@x.example", ""), ("b@x.example", ""), (None, "Ada Lovelace"), (None, "Ada Lovelace")
    ]  # fmt: skip


def test_lines_may_end_as_they_did_on_old_macs(written):
    app = make_app()
    assert import_file(written("email,name\ra@x.example,Ada\rb@x.example,Bo\r"), app).created == 2
    assert stored(app, "name") == ["Ada", "Bo"]


def test_the_company_is_the_name_only_of_who_has_none(written):
    app = make_app()
    import_file(written("Name,Given Name,Company\n,Ada,Acme\nBo,Ada,Acme\n,,Acme\n"), app)
    assert stored(app, "name") == ["Ada", "Bo", "Acme"]


def test_ids_of_our_form_are_kept_and_those_of_another_system_left_aside(written):
    app = make_app()
    import_file(written("id,customer_id,email\n17,cus_17,a@x.example\n18,,b@x.example\n"), app)
    ids = stored(app, "public_id")
    assert ids[0] == "cus_17" and ids[1].startswith("cus_") and ids[1] != "cus_18"
    assert "Left aside: id\n" in import_file(written("id,email\n17,a@x.example\n"), app).out


def test_an_id_that_is_none_or_taken_rejects_its_row(written):
    app = make_app()
    make_customer(app, email="other@x.example", customer_id="cus_1")
    path = written("id,email\ncus_2,b@x.example\ncus_1,a@x.example\n4711,c@x.example\ncus_1,OTHER@x.example\n")
    result = import_file(path, app)
    assert (result.created, result.already_there, result.rejected) == (1, 1, 2)
    assert rejected_rows(path.with_suffix(".rejected.csv")) == {
        3: "This app already uses this id for another customer.",
        4: "An id is cus_ and then 1 to 60 letters, digits or underscores.",
    }


# What becomes of each row


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
    email = "Enter a whole email address, such as alice@example.com."
    name = "The name is 201 characters long; at most 200 fit."
    assert rejected_rows(path.with_suffix(".rejected.csv")) == {
        3: email,
        4: name,
        5: "Empty row: none of its columns that are used has a value.",
        6: "The row has 2 fields where the first row of the file has 4.",
        7: "The row has 6 fields where the first row of the file has 4.",
        8: "yesterday is no date that can be understood. Write it as YYYY-MM-DD.",
        9: f"{email} {name}",
        10: "The name has a control character (U+0007); remove it.",
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
    assert lines[1].startswith('bad;"a ""b""; c";Ada;Enter a whole email') and lines[1].endswith(";2")
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


def test_the_same_file_twice_brings_nothing_new_with_and_without_emails(written):
    app = make_app()
    path = written("name,email\nAda,\nAda,\nBo,bo@x.example\n" + "Ada,\n" * 5)
    assert import_file(path, app).created == 8
    before = stored(app, "public_id")
    result = import_file(path, app)
    assert (result.created, result.already_there, stored(app, "public_id")) == (0, 8, before)
    # Rows moved about, and some more.
    result = import_file(written("name,email\nBo,bo@x.example\n" + "Ada,\n" * 9), app)
    assert (result.created, result.already_there) == (2, 8)


def test_a_nameless_customer_who_got_an_email_since_is_still_there(written):
    app = make_app()
    path = written("name\nAda\n")
    import_file(path, app)
    update_customer(app=app, customer_id=stored(app, "public_id")[0], email="ada@x.example", name="Ada L.")
    result = import_file(path, app)
    assert (result.status, result.created, result.already_there) == (0, 0, 1)
    assert stored(app, "name") == ["Ada L."]


def test_an_import_touches_no_other_app(written):
    here, there = make_app(), make_app()
    path = written("id,email,name\ncus_1,a@x.example,\n,,Ada\n")
    assert import_file(path, here).created == 2
    assert import_file(path, there).created == 2
    assert not set(stored(here, "public_id")) & set(stored(there, "public_id")) - {"cus_1"}


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_batches_do_not_show(written, monkeypatch, dry_run):
    monkeypatch.setattr(batches, "BATCH_ROWS", 3)
    app = make_app()
    rows = [f"p{number % 7}@x.example,P" for number in range(20)] + ["bad,", ",Ada", ",Ada", ",Ada", ",Ada"]
    result = import_file(written("email,name\n" + "\n".join(rows)), app, *dry_run)
    assert (result.created, result.already_there, result.rejected) == (11, 13, 1)


# Columns


STRIPE = (
    "id,Description,Email,Name,Created (UTC),Delinquent,Card ID,Card Last4,Card Brand,Card Funding,Card Exp Month,"
    "Card Exp Year,Card Name,Card Address Line1,Card Address Line2,Card Address City,Card Address State,"
    "Card Address Country,Card Address Zip,Card Issue Country,Card Fingerprint,Card CVC Status,Card AVS Zip Status,"
    "Card AVS Line1 Status,Customer Phone,Shipping Name,Shipping Address Line1,Shipping Address City,"
    "Shipping Address State,Shipping Address Country,Shipping Address Postal Code"
)
STRIPE_WITH_ADDRESS = (
    "id,Email,Name,Created (UTC),Customer Phone,Address Line1,Address City,Address Country Code,Card Address City"
)
SHOPIFY = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags"
)
SHOPIFY_OF_OLD = (
    "First Name,Last Name,Email,Company,Address1,City,Province,Province Code,Country,Country Code,Zip,Phone"
)
WOOCOMMERCE = "Email,Billing First Name,Billing Address 1,Billing City,Billing Postcode,Billing Phone,Shipping City"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            STRIPE,
            "Email email,Name name,Created (UTC) created,Customer Phone phone,Card Address Line1 line1,"
            "Card Address Line2 line2,Card Address City city,Card Address State state,Card Address Zip postal_code,"
            "Card Address Country country",
        ),
        (
            STRIPE_WITH_ADDRESS,
            "Email email,Name name,Created (UTC) created,Customer Phone phone,Address Line1 line1,Address City city,"
            "Address Country Code country",
        ),
        (
            SHOPIFY,
            "Email email,First Name first_name,Last Name last_name,Default Address Company company,Phone phone,"
            "Default Address Address1 line1,Default Address Address2 line2,Default Address City city,"
            "Default Address Province Code state,Default Address Zip postal_code,Default Address Country Code country",
        ),
        (SHOPIFY.replace(",Phone,", ",Fax,"), "Default Address Phone phone"),
        (
            SHOPIFY_OF_OLD,
            "Address1 line1,City city,Province state,Country country,Zip postal_code,Phone phone,Company company",
        ),
        (WOOCOMMERCE, "Billing Address 1 line1,Billing City city,Billing Postcode postal_code,Billing Phone phone"),
        ("Email,Shipping City,Billing Zip", "Billing Zip postal_code"),
    ],
)  # fmt: skip
def test_exports_of_other_systems_are_known_without_being_told(header, expected):
    names = header.split(",")
    columns = {field: names[index] for field, index in map_columns(names, [], []).columns.items()}
    wanted = {pair.rpartition(" ")[2]: pair.rpartition(" ")[0] for pair in expected.split(",")}
    assert {field: columns.get(field) for field in wanted} == wanted
    # Never a part of one address and a part of another.
    words = {columns[field].split()[0] for field in ("line1", "city", "postal_code", "country") if field in columns}
    assert len(words & {"Card", "Shipping", "Billing", "Default"}) <= 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("E-Mail Address,FULL_NAME,Created (UTC)", {"email": 0, "name": 1, "created": 2}),
        ("  first name ,Last-Name,zip code,STATE", {"first_name": 0, "last_name": 1, "postal_code": 2, "state": 3}),
        ("Address1,Address 2,Province,Country Code", {"line1": 0, "line2": 1, "state": 2, "country": 3}),
        ("이메일,이름,가입일", {"email": 0, "name": 1, "created": 2}),
        ("Name,Surname", {"first_name": 0, "last_name": 1}),
        ("Ｅｍａｉｌ,phone_number,signup date,organisation", {"email": 0, "phone": 1, "created": 2, "company": 3}),
    ],
)
def test_columns_are_known_by_their_names_however_written(header, expected):
    assert map_columns(header.split(","), [], []).columns == expected


def test_a_column_can_be_chosen_and_left_aside(written):
    app = make_app()
    path = written("Mail 1,Mail 2,name,Mobile,Phone\na@x.example,b@x.example,Ada,+14155552671,+14155552672\n")
    options = ("--map", "mail 2=email", "name=ignore", "--map", "Phone=phone")
    assert import_file(path, app, *options).created == 1
    assert stored(app, "email", "name", "phone") == [("b@x.example", "", "+14155552672")]


@pytest.mark.parametrize(
    ("header", "choices", "sentence"),
    [
        (
            "email,Phone,Mobile",
            [],
            "2 columns look like phone: Phone, Mobile. Choose one, such as with --map Phone=phone",
        ),
        ("Cell Phone,tel", [], "--map 'Cell Phone=phone'"),
        ("email,Email", [], "2 columns are named email. Rename one of them."),
        ("x,y", ["x=fax"], f"give COLUMN=field, where field is one of {', '.join(FIELDS)}, or ignore"),
        ("x,y", ["email"], "give COLUMN=field"),
        ("x,y", ["z=email"], "the file has no column z. It has x, y."),
        ("x,x", ["x=email"], "2 columns are named x."),
        ("x,y", ["x=email", "y=email"], "email is given another column, too."),
        ("alice@example.com,Alice", [], "No column is recognised: the first row has alice@example.com, Alice."),
    ],
)
def test_what_cannot_be_told_of_columns_is_asked_for_in_a_sentence(header, choices, sentence):
    with pytest.raises(BadMapping) as error:
        map_columns(header.split(","), choices, [])
    assert sentence in str(error.value)


def test_columns_that_resemble_a_field_are_pointed_out(written):
    result = import_file(written("email,Home Phone Number,Adress,Fax,Note\na@x.example,,,,\n"), make_app(), "--dry-run")
    assert "Warning: Home Phone Number looks like phone" in result.out
    assert "If it is, add --map 'Home Phone Number=phone'" in result.out
    assert "Adress looks like line1" in result.out
    assert "Fax looks" not in result.out and "Note looks" not in result.out


# Dates


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("2024-03-05 14:30", datetime(2024, 3, 5, 14, 30, tzinfo=SEOUL)),
        ("2024-03-05T14:30:15.123456", datetime(2024, 3, 5, 14, 30, 15, 123456, tzinfo=SEOUL)),
        ("2024-03-05T14:30:15Z", datetime(2024, 3, 5, 14, 30, 15, tzinfo=UTC)),
        ("2024-03-05 14:30:15+02:00", datetime(2024, 3, 5, 12, 30, 15, tzinfo=UTC)),
        ("2024-03-05 14:30:15 +0200", datetime(2024, 3, 5, 12, 30, 15, tzinfo=UTC)),
        ("2024-03-05 14:30:15 UTC", datetime(2024, 3, 5, 14, 30, 15, tzinfo=UTC)),
        ("20240305", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("2024/3/5 9:05", datetime(2024, 3, 5, 9, 5, tzinfo=SEOUL)),
        ("2024. 3. 5.", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("05.03.2024", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("5.3.2024 14:30:15", datetime(2024, 3, 5, 14, 30, 15, tzinfo=SEOUL)),
        ("05/03/2024", datetime(2024, 3, 5, tzinfo=SEOUL)),
        ("5-3-2024, 12:05 am", datetime(2024, 3, 5, 0, 5, tzinfo=SEOUL)),
        ("05/03/2024 2:30 PM", datetime(2024, 3, 5, 14, 30, tzinfo=SEOUL)),
        ("1709647815", datetime(2024, 3, 5, 14, 10, 15, tzinfo=UTC)),
        ("1709647815123", datetime(2024, 3, 5, 14, 10, 15, 123000, tzinfo=UTC)),
    ],
)
def test_dates_as_systems_write_them(text, moment):
    assert parse_date(text, SEOUL, DAY_FIRST) == moment


@pytest.mark.parametrize(
    "text",
    ["0000-00-00 00:00:00", "31.02.2024", "2024-13-01", "13/13/2024", "soon", "1", "2024", "05/03/24", "14:30",
     "5/3/2024 13:00 PM", "٠٥/٠٣/٢٠٢٤", "9999-12-31T23:59:59-23:59", "0001-01-01",
     "0001-01-01T12:00:00Z", "9999-12-31T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_date_is_not_made_one(text):
    with pytest.raises(BadDate):
        parse_date(text, SEOUL, DAY_FIRST)


def test_the_column_shows_whether_the_day_or_the_month_is_first():
    assert order_of(["", "03/04/2024", "05/05/2024", "13/04/2024"]) == DAY_FIRST
    assert order_of(["03/04/2024", "04/13/2024 10:00"]) == MONTH_FIRST
    assert order_of(["05/05/2024"]) is None
    assert order_of(["2024-01-05", "03/04/2024"]) is None
    assert order_of([]) is None
    with pytest.raises(UnknownOrder):
        order_of(["05/05/2024", "03/04/2024", "2024-01-05"])


def test_dates_that_leave_it_open_stop_the_import_until_it_is_said(written):
    app = make_app()
    path = written("email,created\na@x.example,03/04/2024\nb@x.example,05/06/2024\n")
    result = import_file(path, app)
    assert result.status == 1 and stored(app, "email") == []
    assert "03/04/2024, may have the day or the month first" in result.error
    assert "--date-format DD/MM/YYYY or --date-format MM/DD/YYYY" in result.error
    assert import_file(path, app, "--date-format", "MM/DD/YYYY").created == 2
    assert stored(app, "created")[0] == datetime(2024, 3, 4, tzinfo=UTC)


def test_a_column_named_utc_is_in_utc_wherever_the_rest_is(written):
    app = make_app()
    import_file(written("email,Created (UTC)\na@x.example,2024-01-05 10:00\n"), app, "--time-zone", "Asia/Seoul")
    assert stored(app, "created") == [datetime(2024, 1, 5, 10, tzinfo=UTC)]


# Phones


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("+1 (514) 721-4711", "", "+15147214711"),
        ("+49 0711 2842222", "", "+497112842222"),
        ("+44 (0)20 7707 0707", "", "+442077070707"),
        ("+39 (0)6 39733434", "", "+390639733434"),
        ("0049 711 2842222", "KR", "+497112842222"),
        ("\uff0b82 10-1234-5678", "", "+821012345678"),
        ("010-1234-5678", "KR", "+821012345678"),
        ("1012345678", "KR", "+821012345678"),
        ("821012345678", "KR", "+821012345678"),
        ("'010 1234 5678", "KR", "+821012345678"),
        ("4155552671.0", "US", "+14155552671"),
        ("(415) 555-2671", "US", "+14155552671"),
    ],
)
def test_phones_as_lists_have_them(text, country, phone):
    assert parse_listed_phone(text, country) == phone


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("555-2671", "US"),
        ("4155552671", ""),
        ("+453 3331 9991", "DK"),
        ("+56 (0)2 635 4444", "CL"),
        ("+49 123456789012345", "DE"),
        ("+07 911 123456", ""),
        ("415 555 2671 ext. 5", "US"),
        ("8.21012E+11", "KR"),
        ("none", "US"),
        ("+" + "(" * 60, ""),
    ],
)
def test_what_is_no_whole_phone_number_is_not_made_one(text, country):
    with pytest.raises(BadPhone):
        parse_listed_phone(text, country)


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(st.sampled_from(["1", "7", "39", "44", "49", "52", "54", "55", "62", "81", "82", "351", "800"]),
              st.integers(1, 999).map(str)),
    st.text("0123456789", min_size=3, max_size=16),
    st.text(" -.()", max_size=3),
)  # fmt: skip
def test_the_short_way_for_phones_comes_to_the_same_as_the_long_one(code, national, punctuation):
    text = f"+{code}{punctuation}{national}"
    if plain := _plain_e164(text):
        assert parse_phone(text) == plain


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = [
    (region, str(number.national_number))
    for region in REGIONS
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
    if (number := phonenumbers.example_number_for_type(region, kind))
]


@settings(max_examples=3_000, deadline=None)
@given(
    st.sampled_from(EXAMPLES),
    st.sampled_from(["", "0", "1", "8", "06", "00", "011", "9", "15", "44", "0 ", "(0)"]),
    st.integers(0, 12),
    st.text("0123456789 -.()", max_size=3),
    st.sampled_from(REGIONS),
    st.booleans(),
)
def test_the_short_way_for_national_phones_comes_to_the_same_as_the_long_one(
    example, prefix, place, more, region, at_home
):
    country, number = example
    text = prefix + number[:place] + more + number[place + len(more) :]
    country = country if at_home else region
    if plain := _plain_national(text, country):
        assert parse_phone(text, country) == plain


@pytest.mark.parametrize(("text", "country"), [("8041234565", "BY"), ("82949119114", "BY"), ("8011234540", "BY")])
def test_what_looks_like_a_trunk_prefix_and_belongs_to_the_number_stays(text, country):
    assert _plain_national(text, country) in (None, parse_phone(text, country))


@pytest.mark.parametrize(("text", "country"), [("010-1234-5678", "KR"), ("(415) 555-2671", "US"), ("030 123456", "DE")])
def test_usual_national_phones_go_the_short_way(text, country):
    assert _plain_national(text, country)


def test_a_national_phone_of_an_unknown_country_is_not_taken_for_one_of_the_default(written):
    app = make_app()
    path = written("name,country,phone\nA,,010-1234-5678\nB,Atlantis,010-1234-5678\nC,Japan,090-1234-5678\n")
    result = import_file(path, app, "--country", "kr")
    assert stored(app, "phone") == ["+821012345678", "", "+819012345678"]
    assert result.warnings == 2


# Files that cannot be read

GOOD = "email,name\n" + "".join(f"p{number}@x.example,P\n" for number in range(3))


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


# Many at once

SPECIMENS = st.fixed_dictionaries(
    {
        "public_id": st.sampled_from([None, None, "cus_1", "cus_2"]),
        "email": st.sampled_from([None, "a@x.example", "A@X.example", "b@x.example", "c@x.example"]),
    }
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(SPECIMENS, max_size=4), st.lists(SPECIMENS, min_size=1, max_size=8))
def test_many_at_once_come_out_as_one_after_the_other(before, customers):
    one_by_one, at_once, unlikely_new = make_app(), make_app(), make_app()

    def create(app, one):
        try:
            _, created = create_customer(app=app, email=one["email"], customer_id=one["public_id"])
            return Outcome.CREATED if created else Outcome.ALREADY_THERE
        except CustomerIdTaken:
            return Outcome.ID_TAKEN

    for one in before:
        for app in (one_by_one, at_once, unlikely_new):
            create(app, one)
    already = len(stored(at_once, "key"))
    expected = [create(one_by_one, one) for one in customers]
    emails = set(stored(one_by_one, "email_key")) - {None}

    def as_if_emails_were_there(outcomes):
        # One whose id is taken counts as there when another of the same batch brings its email.
        return [
            Outcome.ALREADY_THERE if outcome is Outcome.ID_TAKEN and (one["email"] or "").lower() in emails else outcome
            for outcome, one in zip(outcomes, customers, strict=True)
        ]

    with rehearsing():
        middle = len(customers) // 2
        rehearsed = [
            outcome
            for part in (customers[:middle], customers[middle:])
            for outcome in create_customers(app=at_once, customers=part, rehearsal=True)
        ]
    assert as_if_emails_were_there(rehearsed) == as_if_emails_were_there(expected)
    assert len(stored(at_once, "key")) == already
    written = create_customers(app=at_once, customers=customers)
    assert as_if_emails_were_there(written) == as_if_emails_were_there(expected)
    assert create_customers(app=unlikely_new, customers=customers, likely_new=False) == written
    assert stored(at_once, "email") == stored(unlikely_new, "email") == stored(one_by_one, "email")


def test_new_customers_and_those_among_others_that_are_there_are_written_alike_and_counted_once():
    lines = [
        {"email": f"p{number}@x.example", "name": "Tab\t\\N ß", "phone": "+14155552671", "address_city": "Köln"}
        for number in range(50)
    ]
    apps = {likely_new: make_app() for likely_new in (True, False)}
    for likely_new, app in apps.items():
        # The one that is there is met when most are written already.
        make_customer(app, email="p40@x.example")
        outcomes = create_customers(app=app, customers=lines, likely_new=likely_new)
        assert Counter(outcomes) == {Outcome.CREATED: 49, Outcome.ALREADY_THERE: 1}
        more = [line | {"email": f"more-{line['email']}"} for line in lines]
        assert set(create_customers(app=app, customers=more, likely_new=likely_new)) == {Outcome.CREATED}
        assert counts.total(app) == len(stored(app, "key")) == 100
        assert Customer.objects.filter(app=app, created=F("updated"), version=1).count() == 100
    columns = [column for column in bulk.COPY_COLUMNS if column not in ("public_id", "created")]
    assert stored(apps[True], *columns) == stored(apps[False], *columns)


@pytest.mark.django_db(transaction=True)
def test_two_that_create_the_same_customers_in_opposite_orders_both_finish():
    app = make_app()
    customers = [{"email": f"p{number}@x.example"} for number in range(3_000)]
    outcomes = Counter()

    def create(mine):
        try:
            outcomes.update(create_customers(app=app, customers=mine))
        finally:
            connections.close_all()

    threads = [Thread(target=create, args=[mine]) for mine in (customers, customers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {Outcome.CREATED: 3_000, Outcome.ALREADY_THERE: 3_000}


def spared_indexes():
    """{name: whether many new rows go on a list first} of those that are there and whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, coalesce(reloptions @> ARRAY['gin_pending_list_limit=32768'], false) FROM pg_class JOIN pg_index ON oid = indexrelid "
            "WHERE relname = ANY(%s) AND indisvalid",
            [[index.name for index in COSTLY_INDEXES]],
        )
        return dict(cursor.fetchall())


USUAL = dict.fromkeys((index.name for index in COSTLY_INDEXES), False)
LISTING = USUAL | dict.fromkeys((index.name for index in SEARCH_INDEXES), True)


@pytest.mark.parametrize(("present", "meanwhile"), [(0, {}), (30, LISTING)])
def test_the_indexes_are_spared_while_much_comes_and_as_before_in_any_case(monkeypatch, present, meanwhile):
    monkeypatch.setattr(bulk, "MIN_BULK_ROWS", 20)
    create_customers(app=make_app(), customers=[{"name": "Ada"}] * present)
    assert spared_indexes() == USUAL
    with pytest.raises(ZeroDivisionError), loading_in_bulk(20):
        assert spared_indexes() == meanwhile
        raise ZeroDivisionError
    assert spared_indexes() == USUAL
    with loading_in_bulk(19):
        assert spared_indexes() == USUAL


def test_what_a_killed_import_has_left_is_put_right_by_the_next(written):
    set_pending_lists(long=True)
    import_file(written(GOOD), make_app())
    assert spared_indexes() == USUAL
    drop_indexes(COSTLY_INDEXES[::4])
    import_file(written(GOOD), make_app())
    assert spared_indexes() == USUAL


def test_searches_find_the_same_while_the_search_indexes_are_gone(by_the_indexes):
    app = make_app()
    names = ["김민수", "Jörg Weiß", "Ada T. J.", "이서연", "Zoé", *["Bo"] * 30]
    create_customers(app=app, customers=[{"name": name, "email": f"p{n}@x.example"} for n, name in enumerate(names)])

    def found():
        texts = ["김민", "민", "weiss", "t.j", "zo", "bo x.exa", "p1", "뷁"]
        return [[one.public_id for one in list_customers(app=app, query=text, limit=100).data] for text in texts]

    with_indexes = found()
    drop_indexes(COSTLY_INDEXES)
    assert spared_indexes() == {} and found() == with_indexes and with_indexes[0]


@pytest.mark.django_db(transaction=True)
def test_an_index_whose_making_was_broken_off_is_made_anew():
    drop_indexes(COSTLY_INDEXES)
    # What a failure leaves: the index is there, and not valid.
    create_customers(app=make_app(), customers=[{"name": "Ada"}] * 2)
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY customers_search_usual ON customers_customer (name)")
    assert spared_indexes() == {}
    end_loading()
    assert spared_indexes() == USUAL


def database_url():
    here = connection.settings_dict
    query = {"host": here["HOST"], "port": here["PORT"], "user": here["USER"], "password": here["PASSWORD"]}
    return f"postgresql:///{here['NAME']}?{urlencode({name: value for name, value in query.items() if value})}"


@contextmanager
def slow_to_index():
    """Each customer keeps a plain CREATE INDEX of the search indexes for half a second."""
    statement = FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    sleeping = "BEGIN IF current_query() ~ '^CREATE INDEX (?!CONC)' THEN PERFORM pg_sleep(0.5); END IF;"
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("BEGIN", sleeping, 1))
        try:
            yield
        finally:
            cursor.execute(statement)


def make_in_thread():
    def make():
        try:
            end_loading()
        finally:
            connections.close_all()

    making = Thread(target=make)
    making.start()
    return making.join


def make_in_process():
    code = "import django; django.setup(); from customers.loading.bulk import end_loading; end_loading()"
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings"}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)

    def kill():
        process.kill()
        process.wait()

    return kill


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", ["nothing", "who watches", "the process"])
def test_nobody_waits_for_an_index_that_is_being_made(lost):
    app = make_app()
    create_customers(app=app, customers=[{"name": f"Ada {n}"} for n in range(40)])
    drop_indexes(SEARCH_INDEXES[:1])
    with slow_to_index(), connection.cursor() as cursor:
        end = make_in_process() if lost == "the process" else make_in_thread()
        busy = "SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event = 'PgSleep'"
        eventually(lambda: cursor.execute(busy) and cursor.rowcount)
        if lost == "who watches":
            watching = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%FROM pg_locks%'"
            eventually(lambda: cursor.execute(f"{watching} AND pid <> pg_backend_pid()") and cursor.rowcount)
        elif lost == "the process":
            end()
        with transaction.atomic():
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            create_customer(app=app, name="Ada")
        end()
    end_loading()
    assert spared_indexes() == USUAL
    assert len(list_customers(app=app, query="ada", limit=100).data) == 41


@pytest.mark.django_db(transaction=True)
def test_behind_pgbouncer_no_index_is_made_that_others_wait_for(settings):
    """Who watched for them had no session there, where those who waited had taken all."""
    settings.PGBOUNCER = True
    drop_indexes(COSTLY_INDEXES)
    with CaptureQueriesContext(connection) as queries:
        end_loading()
    made = [query["sql"] for query in queries if query["sql"].startswith("CREATE INDEX")]
    assert len(made) == len(COSTLY_INDEXES) and all("CONCURRENTLY" in sql for sql in made)


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_an_index_that_a_killed_build_has_left_to_go():
    """To drop it waited for a reader who was not done, and all others waited behind that."""
    make_customer(make_app())
    drop_indexes(SEARCH_INDEXES[:1])
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        create_customers(app=make_app(), customers=[{"name": "Ada"}] * 2)
        cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY customers_search_usual ON customers_customer (version)")
    with psycopg.connect(**connection.get_connection_params()) as reading, connection.cursor() as cursor:
        reading.execute("SELECT count(*) FROM customers_customer")
        end = make_in_thread()
        waiting = "SELECT FROM pg_stat_activity WHERE query LIKE 'DROP INDEX%' AND wait_event_type = 'Lock'"
        eventually(lambda: cursor.execute(waiting) and cursor.rowcount)
        with transaction.atomic():
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            assert Customer.objects.count() == 3
        reading.rollback()
        end()
    assert spared_indexes() == USUAL


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_beside_a_write_that_does_not_end():
    app = make_app()
    drop_indexes(SEARCH_INDEXES)
    written = Event()

    def write():
        with transaction.atomic():
            create_customer(app=app, name="Ada")
            written.set()
            time.sleep(1)
        connections.close_all()

    writing = Thread(target=write)
    writing.start()
    written.wait()
    end_loading()
    writing.join()
    assert spared_indexes() == USUAL
    assert len(list_customers(app=app, query="ada").data) == 1


FORMER = "CREATE INDEX customers_search_trigrams ON customers_customer (name)"


def test_an_import_into_the_database_of_another_version_makes_no_indexes(written):
    """Its migrations found them there already, and ended."""
    MigrationRecorder.Migration.objects.filter(app="customers").delete()
    drop_indexes(COSTLY_INDEXES)
    with connection.cursor() as cursor:
        cursor.execute(FORMER)
        import_file(written(GOOD), make_app())
        cursor.execute("SELECT to_regclass('customers_search_trigrams') IS NOT NULL")
        assert spared_indexes() == {} and cursor.fetchone() == (True,)


def test_the_indexes_that_an_import_by_another_version_has_made_go():
    """Each create kept them up, for nobody."""
    with connection.cursor() as cursor:
        cursor.execute(FORMER)
        end_loading()
        cursor.execute("SELECT to_regclass('customers_search_trigrams') IS NULL")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_the_migration_to_three_search_indexes_goes_forth_and_back_whatever_imports_have_made():
    with connection.cursor() as cursor:
        try:
            cursor.execute(FORMER)
            migrate_by_the_old_files(("customers", "0007_totals"))
            cursor.execute("CREATE INDEX customers_search_hangul ON customers_customer (name)")
        finally:
            call_command("migrate", verbosity=0)
        assert spared_indexes() == USUAL
        cursor.execute("SELECT pg_get_indexdef('customers_search_hangul'::regclass)")
        assert "USING gin" in cursor.fetchone()[0]


def test_what_a_kill_has_left_on_the_lists_of_new_rows_is_sorted_in():
    """Searches read it through each time, until somebody was created."""
    app = make_app()
    set_pending_lists(long=True)
    create_customers(app=app, customers=[{"name": f"Ada {n}", "email": f"{n}@x.example"} for n in range(500)])
    with connection.cursor() as cursor:
        cursor.execute("ALTER INDEX customers_search_usual SET (gin_pending_list_limit = 64)")
        end_loading()
        cursor.execute("SELECT gin_clean_pending_list('customers_search_usual')")
        assert cursor.fetchone() == (0,)


def test_while_another_import_runs_its_indexes_are_left_to_it():
    given = connection.get_connection_params()
    given = {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
    with psycopg.connect(**given) as another:
        another.execute("SELECT pg_advisory_lock_shared(%s)", [bulk.LOADING_LOCK_ID])
        drop_indexes(COSTLY_INDEXES)
        end_loading()
        assert spared_indexes() == {}
        another.execute("SELECT pg_advisory_unlock_shared(%s)", [bulk.LOADING_LOCK_ID])
    end_loading()
    assert spared_indexes() == USUAL


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
        monkeypatch.setattr(ahead, "MANY_BYTES", most)
        result = import_file(path, app)
        columns = [field.name for field in Customer._meta.concrete_fields if field.name not in VARYING]
        again = (tmp_path / "customers.rejected.csv").read_text()
        numbers = (result.status, result.created, result.already_there, result.rejected, result.warnings)
        results.append((numbers, result.error, again, stored(app, *columns)))
    assert results[0] == results[1]
    assert results[1][0][3] == rejected and sentence in results[1][1]


VARYING = {"key", "app", "public_id", "created", "updated"}


def test_what_copy_reads_as_something_else_is_stored_as_it_is():
    app = make_app()
    names = ["\\N", "a\\tb", "\\.", "a\tb\nc\rd"]
    create_customers(app=app, customers=[{"name": name} for name in names])
    assert stored(app, "name") == names


@settings(max_examples=500, deadline=None)
@given(
    st.from_regex(
        r"[a-cZ_+.-]{1,66}@([aB1-]{1,65}\.){1,5}[aB1-]{1,65}", fullmatch=True, alphabet=st.characters(codec="ascii")
    )
)
def test_the_short_way_for_emails_takes_none_that_the_long_one_refuses(email):
    if _plain.fullmatch(email):
        _validate(email)


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
def test_an_id_is_the_base_32_of_its_number(milliseconds, bits):
    number, letters = milliseconds << 80 | bits, "0123456789abcdefghjkmnpqrstvwxyz"
    assert ulid(milliseconds, bits) == "".join(letters[number >> shift & 31] for shift in range(125, -1, -5))


# Processes that end before their time

KILLED_ROWS = 600
KILLED_BATCH = 50
CODE = """
import os
import sys
import django
django.setup()
from customers.loading import bulk
from customers.importing import ahead, batches
batches.BATCH_ROWS = int(sys.argv.pop(1))
bulk.MIN_BULK_ROWS = int(os.environ.get("MANY_ROWS", bulk.MIN_BULK_ROWS))
ahead.MANY_BYTES = int(os.environ.get("MANY_BYTES", ahead.MANY_BYTES))
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""


def importing(path, app, *options):
    """The import as a process of its own, in small batches, on the database of the tests."""
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(KILLED_BATCH), "import_customers", path, "--app", app.slug, *options],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "proyecta_admin.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def stopped_at(path, app, email):
    """The import, at the moment when it waits to write the row with this email, in the middle of its transaction."""
    with transaction.atomic():
        make_customer(app, email=email)
        process = importing(path, app)
        try:
            with connection.cursor() as cursor:
                waiting = (
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                    "AND wait_event = 'transactionid' AND query ~ '^COPY customers_customer|ON CONFLICT'"
                )

                def pid():
                    assert process.poll() is None, process.communicate()
                    # What one transaction sees of the activity stays the same otherwise.
                    cursor.execute("SELECT pg_stat_clear_snapshot()")
                    cursor.execute(waiting)
                    return cursor.fetchone()

                yield process, eventually(pid)[0]
        finally:
            transaction.set_rollback(True)
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()


@pytest.fixture
def long_list(written):
    """A list with everything that a second run has to find again: with email, without, twice, rejected."""
    rows = ["email,name,phone"]
    for number in range(KILLED_ROWS):
        email = "" if number % 3 == 0 else "bad" if number % 50 == 1 else f"p{number % 500}@x.example"
        rows.append(f"{email},P{number % 40},+82 10-1234-{number:04}" if number % 6 else f"{email},Ada,")
    return written("\n".join(rows))


def content(app):
    return Counter(Customer.objects.filter(app=app).values_list("email", "name", "phone"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", [2, 149, 299, 598 - 500, 499])
def test_killed_at_any_point_and_run_again_it_ends_with_the_same_customers(long_list, row):
    unbroken, killed = make_app(), make_app()
    whole = import_file(long_list, unbroken)
    rejected = long_list.with_suffix(".rejected.csv")
    all_rejected = rejected.read_text()
    with stopped_at(long_list, killed, f"p{row}@x.example") as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = len(stored(killed, "key"))
    assert before < whole.created
    assert before or row < KILLED_BATCH
    again = import_file(long_list, killed)
    assert (again.status, again.created, again.rejected) == (3, whole.created - before, whole.rejected)
    assert content(killed) == content(unbroken)
    assert rejected.read_text() == all_rejected
    assert import_file(long_list, killed).created == 0


@pytest.mark.django_db(transaction=True)
def test_killed_while_the_search_indexes_are_gone_nothing_is_lost_and_they_come_back(written, monkeypatch):
    path = written("email,name\n" + "".join(f"p{n}@x.example,Bo\n,Ada\n" for n in range(3_000)))
    monkeypatch.setenv("MANY_ROWS", "1")
    monkeypatch.setenv("MANY_BYTES", "1")
    app = make_app()
    make_customer(app, email="there@x.example", name="김민수")
    with transaction.atomic():
        App.objects.select_for_update().get(pk=app.pk)
        process = importing(path, app)
        with connection.cursor() as cursor:

            def waits():
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
                    "AND query LIKE '%accounts_app%'"
                )
                return cursor.fetchone() is not None

            eventually(waits)
        assert spared_indexes() == {}
        readers = psutil.Process(process.pid).children(recursive=True)
        assert readers
    eventually(lambda: len(stored(app, "key")) > 1)
    # This process is another than the one that took the indexes away.
    assert [one.name for one in list_customers(app=app, query="김민").data] == ["김민수"]
    assert list_customers(app=app, query="p0@x").data
    process.kill()
    process.communicate()
    assert spared_indexes() == {} and len(stored(app, "key")) < 6_001
    eventually(lambda: not psutil.wait_procs(readers, 0)[1])
    eventually(lambda: (call_command("migrate", verbosity=0), spared_indexes() == USUAL)[1])
    again = import_file(path, app)
    assert (again.status, len(stored(app, "key"))) == (0, 6_001)
    assert import_file(path, app).created == 0


@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_at_moments_of_no_choice(long_list):
    unbroken, killed = make_app(), make_app()
    import_file(long_list, unbroken)
    begin = time.monotonic()
    importing(long_list, killed).communicate(timeout=120)
    duration = time.monotonic() - begin
    Customer.objects.filter(app=killed).delete()
    for part in (0.6, 0.7, 0.8, 0.9):
        process = importing(long_list, killed)
        time.sleep(duration * part)
        process.kill()
        process.communicate()
    import_file(long_list, killed)
    assert content(killed) == content(unbroken)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_is_told_in_a_sentence(long_list):
    app = make_app()
    with stopped_at(long_list, app, "p299@x.example") as (process, pid):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        out, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Broken off: 250 rows" in out
    assert re.search(
        r"CommandError: The database failed: .+\. Once it works, run the same command again to go on\.\n", error
    )
    assert "Traceback" not in error
    import_file(long_list, app)
    assert import_file(long_list, app).created == 0


@pytest.mark.django_db(transaction=True)
def test_stopped_by_hand_it_says_how_far_it_got_and_how_to_go_on(long_list):
    app = make_app()
    with stopped_at(long_list, app, "p299@x.example") as (process, _):
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Broken off: 250 rows" in out and "Created" in out
    assert "Stopped. To go on, run the same command again." in error and "Traceback" not in error


@pytest.mark.django_db(transaction=True)
def test_the_bar_goes_to_stderr_and_the_summary_to_stdout(long_list):
    out, error = importing(long_list, make_app()).communicate(timeout=120)
    assert re.search(r"100 % \|█+\| 600 rows, [\d,]+ a second \[\d\d:\d\d, 00:00 left\]", error)
    assert out.startswith("Columns of customers.csv") and "█" not in out


MEMORY_CODE = CODE + "\nimport resource; print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


@pytest.mark.django_db(transaction=True)
def test_ten_times_the_rows_take_no_more_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "CODE", MEMORY_CODE)
    peaks = []
    for rows in (20_000, 200_000):
        path = tmp_path / f"{rows}.csv"
        with open(path, "w") as file:
            file.write("name,email\n")
            file.writelines(f"P{n},\n" if n % 2 else f"P,p{n}@x.example\n" for n in range(rows))
        out, error = importing(path, make_app(), "--dry-run").communicate(timeout=600)
        assert re.search(rf"Created +{rows:,}", out), error
        peaks.append(int(out.split("peak ")[1]))
    assert peaks[1] < peaks[0] * 1.1 + 4_000, f"{peaks} KiB"
