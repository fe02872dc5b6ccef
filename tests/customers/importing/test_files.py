"""Files as people have them, imported without being told anything."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer
from tests.customers.importing.runs import DATA, SEOUL, import_file, rejected_rows, stored
from tests.support.factories import make_app, make_customer

pytestmark = pytest.mark.django_db


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
        10: "email: Enter a whole email address, such as alice@example.com.",
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
        4: "id: An id is cus_ and then 1 to 60 letters, digits or underscores.",
    }
