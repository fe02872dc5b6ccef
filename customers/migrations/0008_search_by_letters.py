"""Replace the two search indexes by three, each for the rows written in some letters, with short pending lists.

In a transaction, for the reason that 0004 gives.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models import F, Func, Q

TRIGRAMS = OpClass(F("search_text"), "gin_trgm_ops")
UNUSUAL = OpClass(Func(F("search_text"), function="proyecta_unusual"), "array_ops")
BUCKETS = OpClass(
    Func(*map(F, ("app", "created", "email_key", "name_key", "email_domain")), function="proyecta_buckets"), "array_ops"
)
HAS_UNUSUAL = ~Q(search_text__regex="^[a-z0-9 đøłħß]*$")
INDEXES = [
    ("usual", [TRIGRAMS, BUCKETS], ~Q(search_text__regex="[^a-z0-9 đøłħß]")),
    ("hangul", [TRIGRAMS, UNUSUAL, BUCKETS], ~Q(search_text__regex="^[^가-힣]*$")),
    ("other", [TRIGRAMS, UNUSUAL, BUCKETS], ~Q(search_text__regex="[가-힣]") & HAS_UNUSUAL),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_readers"), ("customers", "0007_totals")]

    operations = [
        migrations.RemoveIndex("customer", "customers_search_trigrams"),
        migrations.RemoveIndex("customer", "customers_search_characters"),
        # An import by a process of the other version may have created these, before this migration or its reverse.
        migrations.RunSQL(
            "DROP INDEX IF EXISTS customers_search_usual, customers_search_hangul, customers_search_other",
            "DROP INDEX IF EXISTS customers_search_trigrams, customers_search_characters",
        ),
        *[
            migrations.AddIndex(
                "customer",
                GinIndex(
                    *by,
                    condition=condition,
                    fastupdate=True,
                    gin_pending_list_limit=64,
                    name=f"customers_search_{name}",
                ),
            )
            for name, by, condition in INDEXES
        ],
    ]
