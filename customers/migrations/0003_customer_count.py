"""Count customers by the time of their creation, by triggers, so that SQL and COPY are counted too.

Each statement that adds or removes customers appends a row for every stretch of time that it touches; the sum of the
rows is the count. No row is updated, so no two writers wait for each other. Now and then a writer folds the rows of one
stretch into one.
"""

import django.db.models.deletion
from django.db import migrations, models

# A quarter of an hour, since every time zone's midnight falls on one; for the past that no chart shows, a day of UTC.
START = """
CREATE FUNCTION proyecta_count_start(created timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN created < now() - interval '40 days' THEN date_trunc('day', created, 'UTC')
    ELSE date_bin('15 minutes', created, timestamptz 'epoch') END
$$
"""

# Rows that another transaction is folding are left to it. A transaction that began before a fold was committed
# (REPEATABLE READ) cannot fold the same rows; it goes on without, for its customers matter more.
FOLD = """
CREATE FUNCTION proyecta_fold_counts(app bigint) RETURNS void
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

COUNT = """
CREATE FUNCTION proyecta_count() RETURNS trigger
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

MOVED = """
CREATE FUNCTION proyecta_count_moved() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    VALUES (old.app_id, proyecta_count_start(old.created), -1), (new.app_id, proyecta_count_start(new.created), 1);
    RETURN NULL;
END
$$
"""

EMPTIED = """
CREATE FUNCTION proyecta_count_emptied() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM customers_customercount;
    RETURN NULL;
END
$$
"""

TRIGGERS = """
CREATE TRIGGER customers_counted AFTER INSERT ON customers_customer
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION proyecta_count();
CREATE TRIGGER customers_uncounted AFTER DELETE ON customers_customer
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION proyecta_count();
CREATE TRIGGER customers_count_moved AFTER UPDATE OF app_id, created ON customers_customer
    FOR EACH ROW WHEN ((old.app_id, old.created) IS DISTINCT FROM (new.app_id, new.created))
    EXECUTE FUNCTION proyecta_count_moved();
CREATE TRIGGER customers_count_emptied AFTER TRUNCATE ON customers_customer
    FOR EACH STATEMENT EXECUTE FUNCTION proyecta_count_emptied();
"""
NO_TRIGGERS = "".join(
    f"DROP TRIGGER {name} ON customers_customer;"
    for name in ("customers_counted", "customers_uncounted", "customers_count_moved", "customers_count_emptied")
)

COUNT_THOSE_THERE = """
INSERT INTO customers_customercount (app_id, start, number)
SELECT app_id, proyecta_count_start(created), count(*) FROM customers_customer GROUP BY 1, 2
"""


def function(sql):
    name = sql.split("(", 1)[0].split()[-1]
    return migrations.RunSQL(sql, f"DROP FUNCTION {name}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("customers", "0002_customer")]
    operations = [
        migrations.CreateModel(
            name="CustomerCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateTimeField()),
                ("number", models.BigIntegerField()),
                (
                    "app",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.app",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["app", "start"], include=["number"], name="customers_count_by_start")],
            },
        ),
        *map(function, [START, FOLD, COUNT, MOVED, EMPTIED]),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(COUNT_THOSE_THERE, migrations.RunSQL.noop),
    ]
