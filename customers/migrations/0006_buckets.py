"""The search indexes anew, by the orders of email and of name and by mail domain as well as by time."""

from importlib import import_module

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models import F, Func
from django.db.models.functions import Cast

from customers.buckets import FUNCTION

TIME_BUCKETS = import_module("customers.migrations.0004_time_buckets").FUNCTION
BUCKETS = Func(F("app"), F("created"), F("email_key"), F("name_key"), F("email_domain"), function="proyecta_buckets")
INDEXES = [
    GinIndex(
        OpClass(F("search_text"), "gin_trgm_ops"),
        OpClass(BUCKETS, "array_ops"),
        fastupdate=False,
        name="customers_search_trigrams",
    ),
    GinIndex(
        OpClass(Func(F("search_text"), function="proyecta_unusual"), "array_ops"),
        OpClass(Cast(BUCKETS, ArrayField(models.TextField())), "array_ops"),
        condition=models.Q(("search_text__regex", "^[a-z0-9 đøłħß]*$"), _negated=True),
        fastupdate=False,
        name="customers_search_characters",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_readers"), ("customers", "0005_domain_orders")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION proyecta_buckets"),
        *[migrations.RemoveIndex("customer", index.name) for index in INDEXES],
        *[migrations.AddIndex("customer", index) for index in INDEXES],
        migrations.RunSQL("DROP FUNCTION proyecta_time_buckets", TIME_BUCKETS),
    ]
