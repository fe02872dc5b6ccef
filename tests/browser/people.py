"""The customers that the browser tests look at."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from tests.support.factories import make_app, make_customer

SEOUL = ZoneInfo("Asia/Seoul")
KOREAN = (
    {"email": "minjun@example.kr", "name": "김민준", "phone": "+821023456789"},
    {"email": "seoyeon@example.kr", "name": "이서연"},
    {"email": "jihu@example.kr", "name": "박지후"},
)
OTHERS = (
    {"email": None, "name": "최유진", "customer_id": "cus_WithoutEmail"},
    {
        "email": "somebody.with.many.names.and.a.long.address@a-company-of-a-long-name.example.com",
        "name": "عبد الرحمن محمد الأنصاري بن عبد الله آل سعود",
    },
    {"email": "zoe@example.fr", "name": "Zoë Ångström", "phone": "+33612345678"},
    {"email": "nobody@example.fr", "name": None},
)
PERSONS = 38
NUMBER = len(KOREAN) + len(OTHERS) + PERSONS


def person(number):
    return f"person{number:02}@example.com"


def make_shop():
    """An app with NUMBER customers, one a day up to now: three Koreans, four others, then person01 to person38."""
    app = make_app("shop")
    now = timezone.now()
    people = [*KOREAN, *OTHERS]
    people += [{"email": person(number), "name": f"Person {number:02}"} for number in range(1, PERSONS + 1)]
    for days, fields in enumerate(people):
        make_customer(app, created=now - timedelta(days=days, minutes=1), **fields)
    return app
