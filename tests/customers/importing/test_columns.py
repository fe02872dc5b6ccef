"""Which column is which field."""

import pytest

from customers.importing.columns import FIELDS, BadMapping, map_columns
from tests.customers.importing.runs import import_file, stored
from tests.support.factories import make_app

pytestmark = pytest.mark.django_db


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
