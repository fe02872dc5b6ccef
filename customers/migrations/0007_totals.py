"""Keep a total of an app's customers beside the counts by time.

Every list page shows the total, and summing some thousand quarter hours took a sixth of the page's time. A row without
a start is part of the total; it is appended and folded as the others are.
"""

from django.db import migrations, models

# IN does not find NULL.
FOLD = """
CREATE OR REPLACE FUNCTION proyecta_fold_counts(app bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH crowded AS (
        SELECT coalesce(proyecta_count_start(start), 'infinity') AS folded FROM customers_customercount
        WHERE app_id = app GROUP BY 1 HAVING count(*) > 1 OR sum(number) = 0
    ), chosen AS MATERIALIZED (
        SELECT id FROM customers_customercount
        WHERE app_id = app AND coalesce(proyecta_count_start(start), 'infinity') IN (SELECT folded FROM crowded)
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM customers_customercount c USING chosen WHERE c.id = chosen.id RETURNING c.start, c.number
    )
    INSERT INTO customers_customercount (app_id, start, number)
    SELECT app, proyecta_count_start(start), sum(number) FROM gone GROUP BY 2 HAVING sum(number) <> 0;
EXCEPTION WHEN serialization_failure THEN
    NULL;
END
$$
"""

COUNT = """
CREATE OR REPLACE FUNCTION proyecta_count() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    SELECT app_id, proyecta_count_start(created), sign * count(*) FROM touched GROUP BY GROUPING SETS ((1, 2), (1));
    IF random() < 0.005 THEN
        PERFORM proyecta_fold_counts(app_id) FROM (SELECT DISTINCT app_id FROM touched) apps;
    END IF;
    RETURN NULL;
END
$$
"""

MOVED = """
CREATE OR REPLACE FUNCTION proyecta_count_moved() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    VALUES (old.app_id, proyecta_count_start(old.created), -1), (new.app_id, proyecta_count_start(new.created), 1),
        (old.app_id, NULL, -1), (new.app_id, NULL, 1);
    RETURN NULL;
END
$$
"""

# Writers of customers wait until the end of this migration, so that the old functions count no row after it.
WAIT = "LOCK TABLE customers_customer IN SHARE ROW EXCLUSIVE MODE"
TOTALS = """
INSERT INTO customers_customercount (app_id, start, number)
SELECT app_id, NULL, sum(number) FROM customers_customercount GROUP BY 1 HAVING sum(number) <> 0
"""
NO_TOTALS = "DELETE FROM customers_customercount WHERE start IS NULL"

# As in the migration 0003, for the way back.
FOLD_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_fold_counts(app bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH crowded AS (
        SELECT proyecta_count_start(start) AS folded FROM customers_customercount
        WHERE app_id = app GROUP BY 1 HAVING count(*) > 1 OR sum(number) = 0
    ), chosen AS MATERIALIZED (
        SELECT id FROM customers_customercount
        WHERE app_id = app AND proyecta_count_start(start) IN (SELECT folded FROM crowded)
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM customers_customercount c USING chosen WHERE c.id = chosen.id RETURNING c.start, c.number
    )
    INSERT INTO customers_customercount (app_id, start, number)
    SELECT app, proyecta_count_start(start), sum(number) FROM gone GROUP BY 2 HAVING sum(number) <> 0;
EXCEPTION WHEN serialization_failure THEN
    NULL;
END
$$
"""

COUNT_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_count() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    SELECT app_id, proyecta_count_start(created), sign * count(*) FROM touched GROUP BY 1, 2;
    IF random() < 0.005 THEN
        PERFORM proyecta_fold_counts(app_id) FROM (SELECT DISTINCT app_id FROM touched) apps;
    END IF;
    RETURN NULL;
END
$$
"""

MOVED_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_count_moved() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    VALUES (old.app_id, proyecta_count_start(old.created), -1), (new.app_id, proyecta_count_start(new.created), 1);
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_buckets")]
    operations = [
        migrations.RunSQL(WAIT, migrations.RunSQL.noop),
        migrations.AlterField("customercount", "start", models.DateTimeField(null=True)),
        migrations.RunSQL(TOTALS, NO_TOTALS),
        migrations.RunSQL(FOLD, FOLD_BEFORE),
        migrations.RunSQL(COUNT, COUNT_BEFORE),
        migrations.RunSQL(MOVED, MOVED_BEFORE),
        migrations.RunSQL(migrations.RunSQL.noop, WAIT),
    ]
