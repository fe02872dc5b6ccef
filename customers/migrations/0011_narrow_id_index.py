"""Take `created` and `key` out of the unique index of ids: 18 of its 77 MB at a million customers.

Searches for the beginning of an id read them from there; nearly all such searches are as fast without. The new index is
built beside the old one while others read and write, and takes its place in one short statement. Before that, what a
killed run of this migration has left is dropped.
"""

from django.db import migrations, models

DROP_UNFINISHED = "DROP INDEX CONCURRENTLY IF EXISTS customers_id_unique_new"
BUILD = "CREATE UNIQUE INDEX CONCURRENTLY customers_id_unique_new ON customers_customer (app_id, public_id)"
BUILD_BEFORE = f"{BUILD} INCLUDE (created, key)"
# PostgreSQL runs each of these as one transaction.
REPLACE = """
DROP INDEX customers_id_unique;
ALTER TABLE customers_customer ADD CONSTRAINT customers_id_unique UNIQUE USING INDEX customers_id_unique_new;
"""
REPLACE_BEFORE = """
ALTER TABLE customers_customer DROP CONSTRAINT customers_id_unique;
ALTER INDEX customers_id_unique_new RENAME TO customers_id_unique;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0010_countries_validated")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(DROP_UNFINISHED, REPLACE_BEFORE),
                migrations.RunSQL(BUILD, BUILD_BEFORE),
                migrations.RunSQL(REPLACE, DROP_UNFINISHED),
            ],
            state_operations=[
                migrations.RemoveConstraint("customer", "customers_id_unique"),
                migrations.AddConstraint(
                    "customer", models.UniqueConstraint(fields=["app", "public_id"], name="customers_id_unique")
                ),
            ],
        ),
    ]
