"""Sources that break each rule of tests/test_architecture.py, which must see it."""

# Each rule, broken in a few lines. {module: source}, and the line that must come of it.
BROKEN = {
    "core → a product": (
        {"core.dates": "from accounts.models import User", "accounts.models": "class User: pass"},
        "core.dates imports accounts.models",
    ),
    "core → the server": (
        {"core.db.locks": "from postgres import server", "postgres.server": ""},
        "core.db.locks imports postgres.server",
    ),
    "postgres → a product": (
        {"postgres.checks": "import customers.models", "customers.models": ""},
        "postgres.checks imports customers.models",
    ),
    "replicas → a product": (
        {"replicas.pins": "from accounts.models import User", "accounts.models": ""},
        "replicas.pins imports accounts.models",
    ),
    "accounts → customers": (
        {"accounts.views": "from customers.services import create_customer", "customers.services": ""},
        "accounts.views imports customers.services",
    ),
    "accounts → api": (
        {"accounts.keys": "from api import keys", "api.keys": ""},
        "accounts.keys imports api.keys",
    ),
    "accounts → commerce": (
        {"accounts.views": "from commerce.models import Order", "commerce.models": ""},
        "accounts.views imports commerce.models",
    ),
    "api → customers": (
        {"api.errors": "from customers.exceptions import EmailTaken", "customers.exceptions": ""},
        "api.errors imports customers.exceptions",
    ),
    "api → commerce, which is not there": (
        {"api.errors": "import commerce.orders"},
        "api.errors imports commerce.orders",
    ),
    "customers → commerce": (
        {"customers.views": "from commerce import panels", "commerce.panels": ""},
        "customers.views imports commerce.panels",
    ),
    "commerce → operations": (
        {"commerce.services": "from operations.jobs import defer", "operations.jobs": ""},
        "commerce.services imports operations.jobs",
    ),
    "operations → proyecta_admin": (
        {"operations.jobs": "from proyecta_admin import site", "proyecta_admin.site": ""},
        "operations.jobs imports proyecta_admin.site",
    ),
    "the door of one package → another door of another": (
        {"commerce.api": "from customers.views import customer_list", "customers.views": ""},
        "commerce.api imports customers.views",
    ),
    "services of another package → requests": (
        {"commerce.services": "from django.http import HttpRequest"},
        "commerce.services imports django.http.HttpRequest",
    ),
    "customers → operations": (
        {"customers.services": "from operations.jobs import defer", "operations.jobs": ""},
        "customers.services imports operations.jobs",
    ),
    "customers → proyecta_admin": (
        {"customers.views": "from proyecta_admin.site import site", "proyecta_admin.site": ""},
        "customers.views imports proyecta_admin.site",
    ),
    "a product → tests": (
        {"customers.demo": "from tests.support.factories import make_app", "tests.support.factories": ""},
        "customers.demo imports tests.support.factories",
    ),
    "search → forms": (
        {"customers.search.planner": "from ..forms import CustomerForm", "customers.forms": ""},
        "customers.search.planner imports customers.forms",
    ),
    "search → filters": (
        {"customers.search": "from .criteria import x", "customers.search.criteria": "import django_filters"},
        "customers.search.criteria imports django_filters",
    ),
    "search → the filters of every list": (
        {"customers.search.planner": "from core.filters import read", "core.filters": ""},
        "customers.search.planner imports core.filters",
    ),
    "search → the lists of the panel": (
        {"customers.search.planner": "from core import lists", "core": "", "core.lists": ""},
        "customers.search.planner imports core.lists",
    ),
    "search → the handlers of requests": (
        {"customers.search.planner": "from django.core.handlers.wsgi import WSGIRequest"},
        "customers.search.planner imports django.core.handlers.wsgi.WSGIRequest",
    ),
    "services → the inside of the search": (
        {
            "customers.services": "from .search.planner import find_page",
            "customers.search": "from .planner import find_page",
            "customers.search.planner": "",
        },
        "customers.services imports customers.search.planner.find_page",
    ),
    "services → the search as a module, which leads inside": (
        {
            "customers.services": "from customers import search",
            "customers": "",
            "customers.search": "from .planner import find_page",
            "customers.search.planner": "",
        },
        "customers.services imports customers.search",
    ),
    "a test of the panel → a module of the search": (
        {
            "tests.customers.test_pages": "from customers.search import planner",
            "customers.search": "from .planner import find_page",
            "customers.search.planner": "",
        },
        "tests.customers.test_pages imports customers.search.planner",
    ),
    "a test → the inside of the search, by its path": (
        {"tests.conftest": 'path = "customers.search.planner.find_page"', "customers.search.planner": ""},
        "tests.conftest imports customers.search.planner.find_page",
    ),
    "search → requests": (
        {"customers.search.planner": "from django.http import HttpRequest"},
        "customers.search.planner imports django.http.HttpRequest",
    ),
    "services → requests": (
        {"customers.services": "from django.shortcuts import get_object_or_404"},
        "customers.services imports django.shortcuts.get_object_or_404",
    ),
    "panel → API": (
        {"customers.views": "from .api.schemas import CustomerOut", "customers.api.schemas": ""},
        "customers.views imports customers.api.schemas",
    ),
    "admin → panel": (
        {
            "customers.admin": "",
            "customers.admin.forms": "from ..pages import list_page",
            "customers.pages.list_page": "",
        },
        "customers.admin.forms imports customers.pages.list_page",
    ),
    "API → commands": (
        {"customers.api.routes": "from customers.importing.importer import run", "customers.importing.importer": ""},
        "customers.api.routes imports customers.importing.importer",
    ),
    "commands → admin": (
        {
            "customers.management.commands.import_customers": "from customers.admin import CustomerAdmin",
            "customers.admin": "",
        },
        "customers.management.commands.import_customers imports customers.admin",
    ),
    "admin → panel, in accounts": (
        {"accounts.admin.users": "from accounts.views import home", "accounts.views": ""},
        "accounts.admin.users imports accounts.views",
    ),
    "panel → commands, in accounts": (
        {"accounts.views.home": "from ..management import lookups", "accounts.management.lookups": ""},
        "accounts.views.home imports accounts.management.lookups",
    ),
    "the platform of the API → the panel": (
        {"api.developers": "from accounts.views import home", "accounts.views": ""},
        "api.developers imports accounts.views",
    ),
    "API → the panel of another package": (
        {"customers.api.routes": "from accounts.views import home", "accounts.views": ""},
        "customers.api.routes imports accounts.views",
    ),
    "services → forms": (
        {"customers.services": "from .forms import LABELS", "customers.forms": ""},
        "customers.services imports customers.forms",
    ),
    "services → commands, in accounts": (
        {"accounts.services": "from .management import lookups", "accounts.management.lookups": ""},
        "accounts.services imports accounts.management.lookups",
    ),
    "API → forms": (
        {"customers.api.schemas": "from ..forms import LABELS", "customers.forms": ""},
        "customers.api.schemas imports customers.forms",
    ),
    "forms → API": (
        {"customers.forms": "from .api.schemas import CustomerOut", "customers.api.schemas": ""},
        "customers.forms imports customers.api.schemas",
    ),
    "an import by importlib": (
        {"accounts.services": 'importlib.import_module("customers")', "customers": ""},
        "accounts.services imports customers",
    ),
    "a relative import by importlib": (
        {"accounts.services": 'import_module(".services", "customers")', "customers.services": ""},
        "accounts.services imports customers.services",
    ),
    "a relative import by importlib, by keywords": (
        {"accounts.services": 'import_module(name=".services", package="customers")', "customers.services": ""},
        "accounts.services imports customers.services",
    ),
    "a relative import by importlib, of the own package": (
        {"customers.services": 'import_module(".forms", __package__)', "customers.forms": ""},
        "customers.services imports customers.forms",
    ),
    "an import by __import__": (
        {"accounts.services": '__import__("customers")', "customers": ""},
        "accounts.services imports customers",
    ),
    "an import by Django's import_string": (
        {"core.environment": 'import_string("accounts.services.x")', "accounts.services": ""},
        "core.environment imports accounts.services",
    ),
    "an import inside a function": (
        {"api.v1": "def make():\n    from customers.api.routes import router", "customers.api.routes": ""},
        "api.v1 imports customers.api.routes",
    ),
    "an import for types only": (
        {
            "api.keys": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from customers.models import Customer",
            "customers.models": "",
        },
        "api.keys imports customers.models",
    ),
    "a dotted path in a string": (
        {"core.environment": 'MIDDLEWARE = ["accounts.middleware.PersonMiddleware"]', "accounts.middleware": ""},
        "core.environment imports accounts.middleware",
    ),
    "a model by its name": (
        {"api.models": 'customer = models.ForeignKey("customers.Customer", CASCADE)', "customers.models": ""},
        "api.models imports customers.models",
    ),
    "a model of the registry": (
        {"accounts.services": 'apps.get_model("customers", "Customer")', "customers.models": ""},
        "accounts.services imports customers.models",
    ),
    "a model of the registry, by keywords": (
        {
            "accounts.services": 'apps.get_model(app_label="customers", model_name="Customer")',
            "customers.models": "",
        },
        "accounts.services imports customers.models",
    ),
    "a model of the registry, by its app": (
        {"accounts.services": 'apps.get_app_config("customers").get_model("Customer")', "customers.models": ""},
        "accounts.services imports customers.models",
    ),
    "migrations → live code, by Django's import_string": (
        {"customers.migrations.0002_more": 'import_string("accounts.services.x")', "accounts.services": ""},
        "customers.migrations.0002_more imports accounts.services.x",
    ),
    "migrations → live code": (
        {"customers.migrations.0002_more": "from customers.search.words import fold", "customers.search.words": ""},
        "customers.migrations.0002_more imports customers.search.words.fold",
    ),
    "migrations → live code, by dots": (
        {"accounts.migrations.0002_more": "from ..models import User", "accounts.models": ""},
        "accounts.migrations.0002_more imports accounts.models.User",
    ),
    "migrations → a library": (
        {"customers.migrations.0002_more": "import phonenumbers"},
        "customers.migrations.0002_more imports phonenumbers",
    ),
    "two files in a circle": (
        {"accounts.a": "from .b import x", "accounts.b": "def f():\n    from . import a", "accounts": ""},
        "accounts.a ↔ accounts.b is a circle",
    ),
    "three files in a circle": (
        {"core.a": "import core.b", "core.b": "import core.c", "core.c": "import core.a"},
        "core.a ↔ core.b ↔ core.c is a circle",
    ),
    "two rooms in a circle of no two files": (
        {
            "customers.values.ids": "from ..search import words",
            "customers.search.words": "",
            "customers.search.planner": "from ..values import emails",
            "customers.values.emails": "",
        },
        "customers.search ↔ customers.values is a circle",
    ),
    "two packages in a circle of no two files": (
        {
            "replicas.pins": "import postgres.server",
            "postgres.server": "",
            "postgres.checks": "import replicas.watch",
            "replicas.watch": "",
        },
        "postgres ↔ replicas is a circle",
    ),
    "a private name imported by a test": (
        {"tests.core.test_dates": "from core.dates import _parse", "core.dates": ""},
        "tests.core.test_dates uses core.dates._parse",
    ),
    "a private attribute of a module": (
        {
            "tests.test_search": "from customers.search import planner\nplanner._Search(1)",
            "customers.search.planner": "",
        },
        "tests.test_search uses customers.search.planner._Search",
    ),
    "a private attribute of a class": (
        {"tests.test_watch": "from replicas.watch import Watch\nWatch()._look()", "replicas.watch": ""},
        "tests.test_watch uses replicas.watch.Watch._look",
    ),
    "a private name patched": (
        {
            "tests.test_search": 'from customers.search import planner\nmonkeypatch.setattr(planner, "_ways", None)',
            "customers.search.planner": "",
        },
        "tests.test_search uses customers.search.planner._ways",
    ),
    "a private name of an instance that is assigned": (
        {
            "tests.test_watch": "from replicas.watch import Gate\ngate = Gate()\ngate._count",
            "replicas.watch": "class Gate: pass",
        },
        "tests.test_watch uses replicas.watch.Gate._count",
    ),
    "the example → the panel": (
        {"customers.demo": "from customers.views import customer_list", "customers.views": ""},
        "customers.demo imports customers.views",
    ),
    "a private name patched by its path": (
        {"tests.test_search": 'monkeypatch.setattr("customers.search.planner._ways", None)'},
        "tests.test_search uses customers.search.planner._ways",
    ),
    "private names patched together": (
        {
            "tests.test_watch": "from replicas import watch\nmock.patch.multiple(watch, _look=None)",
            "replicas.watch": "",
        },
        "tests.test_watch uses replicas.watch._look",
    ),
    "private names patched together by their path": (
        {"tests.test_watch": 'mock.patch.multiple("replicas.watch", _look=None)'},
        "tests.test_watch uses replicas.watch._look",
    ),
    "a private name patched by keywords": (
        {
            "tests.test_watch": 'from replicas import watch\nmonkeypatch.setattr(target=watch, name="_look", value=1)',
            "replicas.watch": "",
        },
        "tests.test_watch uses replicas.watch._look",
    ),
    "a private name patched by an object and keywords": (
        {
            "tests.test_watch": 'from replicas import watch\nmock.patch.object(watch, attribute="_look")',
            "replicas.watch": "",
        },
        "tests.test_watch uses replicas.watch._look",
    ),
    "a private module of the SDK": (
        {"tests.sdk.test_requests": "from proyecta._transport import Transport"},
        "tests.sdk.test_requests uses proyecta._transport.Transport",
    ),
    "a view that creates": (
        {"customers.views": "def add(request):\n    models.Customer.objects.create(app=1)"},
        "customers.views writes customers",
    ),
    "a view that saves": (
        {"customers.views": "Customer(app=app, name=name).save()"},
        "customers.views writes customers",
    ),
    "SQL that writes": (
        {"accounts.services": "sql = 'DELETE FROM \"customers_customer\" WHERE app_id = %s'"},
        "accounts.services writes customers",
    ),
    "SQL that is put together": (
        {"customers.importing.importer": "sql = f'UPDATE {CUSTOMERS_TABLE} SET version = 2'"},
        "customers.importing.importer writes customers",
    ),
    "a class without end": (
        {"customers.search.planner": "class Planner:\n" + "    x = 1\n" * 150},
        "customers.search.planner.Planner has 151 lines",
    ),
    "a function without end": (
        {"customers.search.planner": "def plan():\n" + "    x = 1\n" * 50},
        "customers.search.planner.plan has 51 lines",
    ),
}
