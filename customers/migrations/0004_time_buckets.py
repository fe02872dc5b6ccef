"""Build the search indexes again, by time as well, so that a search has them list the newest rows first.

In a transaction: a killed migration would leave invalid indexes of CREATE INDEX CONCURRENTLY, at which its next run
would fail.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.comparison
from django.db import migrations, models

# Stretches of 1, 8, 64 and 512 days. The migration 0006 replaces it.
FUNCTION = """
CREATE FUNCTION proyecta_time_buckets(app_id bigint, created timestamptz) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
DECLARE
    app bigint := app_id << 24;
    day bigint := (created AT TIME ZONE 'UTC')::date - date '0001-01-01';
BEGIN
    RETURN ARRAY[app | day, app | 4194304 | (day / 8), app | 8388608 | (day / 64), app | 12582912 | (day / 512)];
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_readers"),
        ("customers", "0003_customer_count"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION proyecta_time_buckets"),
        migrations.RemoveIndex(model_name="customer", name="customers_search"),
        migrations.RemoveIndex(model_name="customer", name="customers_search_unusual"),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_text"), "gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(
                    models.Func(models.F("app"), models.F("created"), function="proyecta_time_buckets"), "array_ops"
                ),
                fastupdate=False,
                name="customers_search_trigrams",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.Func(models.F("search_text"), function="proyecta_unusual"), "array_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.comparison.Cast(
                        models.Func(models.F("app"), models.F("created"), function="proyecta_time_buckets"),
                        django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                    ),
                    "array_ops",
                ),
                condition=models.Q(("search_text__regex", "^[a-z0-9 đøłħß]*$"), _negated=True),
                fastupdate=False,
                name="customers_search_characters",
            ),
        ),
    ]
