"""Adding a customer."""

import pytest
from django.contrib.admin.models import ADDITION, LogEntry

from accounts.models import Role
from customers.models import Customer
from tests.customers.admin.visits import ADD, LIST, errors_of, page_of, signed_in, staff
from tests.support.factories import make_app, make_customer
from tests.support.wsgi import call, cookies_of

pytestmark = pytest.mark.django_db


def test_adding_writes_through_the_service_and_is_logged(editor, app):
    sent = {
        "app": app.pk,
        "email": "  Ada@Example.com ",
        "name": " Ada ",
        "phone": "010-1234-5678",
        "address_country": "KR",
        "address_city": "Seoul",
        "public_id": "cus_mine",
        "created": "2020-01-01",
    }
    response = editor.post(ADD, sent)
    assert response.status_code == 302
    customer = Customer.objects.get()
    assert (customer.app, customer.email, customer.name) == (app, "Ada@Example.com", "Ada")
    assert (customer.phone, customer.address_country, customer.address_city) == ("+821012345678", "KR", "Seoul")
    assert customer.public_id != "cus_mine" and customer.created.year > 2020
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id, entry.get_change_message()) == (ADDITION, str(customer.pk), "Added.")
    assert "was added successfully" in editor.get(response.headers["Location"]).content.decode()


def test_the_apps_to_add_to_are_those_where_the_role_is_editor(app, other):
    third, alien = make_app("third"), make_app("alien")
    client = signed_in(staff({app: Role.EDITOR, other: Role.VIEWER, third: Role.ADMIN}))
    field = client.get(ADD).context_data["adminform"].form.fields["app"]
    assert [value for value, _ in field.choices] == [str(app.pk), str(third.pk)]
    refusals = []
    for pk in (other.pk, alien.pk, "12345678", "\0", ""):
        errors = errors_of(client.post(ADD, {"app": pk, "email": "ada@example.com"}))
        refusals.append(errors["app"][0].replace(str(pk), "") if pk else errors["app"][0])
    assert len(set(refusals[:3])) == 1 and all(refusals)
    assert not Customer.objects.exists()


def test_the_app_to_add_to_is_the_current_one_at_first(app, other):
    client = signed_in(staff({app: Role.EDITOR, other: Role.EDITOR}))
    client.get(LIST, {"app": other.slug})
    assert f'<option value="{other.pk}" selected>' in client.get(ADD).content.decode()


def test_adding_a_known_email_leads_to_the_customer_who_has_it(editor, app, other):
    theirs = make_customer(other, email="ada@example.com", name="Theirs")
    mine = make_customer(app, email="ada@example.com", name="Mine")
    response = editor.post(ADD, {"app": app.pk, "email": "ADA@example.com", "name": "Typed", "phone": ""})
    error = errors_of(response)["email"][0]
    assert page_of(mine) in error and page_of(theirs) not in error
    assert 'value="Typed"' in response.content.decode()
    assert f'<a href="{page_of(mine)}">' in response.content.decode()
    mine.refresh_from_db()
    assert (mine.name, mine.version, Customer.objects.count(), LogEntry.objects.count()) == ("Mine", 1, 2, 0)


def test_the_name_in_that_link_is_escaped(editor, app):
    make_customer(app, email="ada@example.com", name="<script>alert(1)</script>")
    page = editor.post(ADD, {"app": app.pk, "email": "ada@example.com"}).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "field, value",
    [
        ("email", "not an email"),
        ("email", "a\0@example.com"),
        ("email", "x" * 400 + "@example.com"),
        ("name", "x" * 201),
        ("name", "a\0b"),
        ("name", "a\x07b"),
        ("phone", "01012345678"),
        ("phone", "+99 no"),
        ("address_country", "XX"),
        ("address_country", "\0"),
        ("address_line1", "x" * 201),
        ("address_city", "\x1b"),
    ],
)
def test_what_the_services_refuse_is_an_error_on_its_field(editor, app, field, value):
    customer = make_customer(app, name="Ada")
    for url, data in ((ADD, {"app": app.pk}), (page_of(customer), {"version": 1})):
        response = editor.post(url, data | {field: value})
        assert list(errors_of(response)) == [field]
        assert "Nothing was saved" not in response.content.decode()
    customer.refresh_from_db()
    assert (customer.name, customer.version, Customer.objects.count()) == ("Ada", 1, 1)


def test_everything_that_is_wrong_is_said_at_once(editor, app):
    sent = {"app": app.pk, "email": "nonsense", "phone": "nonsense", "name": "x" * 300}
    assert set(errors_of(editor.post(ADD, sent))) == {"email", "phone", "name"}


def test_half_characters_are_refused(editor, app):
    """They come in with a request in UTF-7, and would go out with the page that shows what was typed."""
    form = f"--b\r\nContent-Disposition: form-data; name=app\r\n\r\n{app.pk}\r\n"
    form += "--b\r\nContent-Disposition: form-data; name=name\r\n\r\n+2AA-\r\n--b--\r\n"
    cookies = {"HTTP_COOKIE": cookies_of(editor)}
    content_type = "multipart/form-data; boundary=b; charset=utf-7"
    sent = call(ADD, method="POST", body=form.encode(), CONTENT_TYPE=content_type, **cookies)
    searched = call(LIST, "q=%2B2AA-", CONTENT_TYPE="text/plain; charset=utf-7", **cookies)
    assert [sent.status, searched.status] == [400, 400]
    assert not Customer.objects.exists()
