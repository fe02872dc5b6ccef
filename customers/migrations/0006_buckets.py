"""Build the search indexes again, by the orders of email and name and by mail domain as well as by time."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models import F, Func
from django.db.models.functions import Cast

# Its COST, far above the real one, keeps the planner from computing it for the rows of another index.
FUNCTION = """
CREATE FUNCTION proyecta_buckets(
    app_id bigint, created timestamptz, email_key text, name_key text, email_domain text
) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
DECLARE
    app bigint := app_id << 28;
    day bigint := (created AT TIME ZONE 'UTC')::date - date '0001-01-01';
    email bigint := coalesce(('x' || rpad(encode(substr(convert_to(left(email_key, 2), 'UTF8'), 1, 2), 'hex'), 4, '0'))::bit(16)::bigint, 65535);
    name bigint := coalesce(('x' || rpad(encode(substr(convert_to(left(name_key, 2), 'UTF8'), 1, 2), 'hex'), 4, '0'))::bit(16)::bigint, 65535);
BEGIN
    RETURN ARRAY[
        app | 0 | (day / 1), app | 16777216 | (day / 8), app | 33554432 | (day / 64), app | 50331648 | (day / 512),
        app | 67108864 | (email / 1), app | 83886080 | (email / 64),
        app | 134217728 | (name / 1), app | 150994944 | (name / 64),
        app | 201326592 | ('x' || rpad(encode(substr(sha256(convert_to(coalesce(email_domain, ''), 'UTF8')), 1, 3), 'hex'), 6, '0'))::bit(24)::bigint
    ];
END
$$
"""

# As in the migration 0004, for the way back.
TIME_BUCKETS = """
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
