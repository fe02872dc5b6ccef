"""The migrations 0001 to 0011 as one, for a new database. A database at one of them goes on with the files it needs.

The generated columns, the expression indexes and the counts are SQL functions and triggers, literally as deployed: this
file imports Django only. What each of them is for:

proyecta_email_key      an email as it is compared: NFC, lower case, σ for ς
proyecta_email_domain   what stands behind its last @
proyecta_name_key       a folded name, by which names are sorted
proyecta_search_text    email, name and phone folded, with letters in place of the punctuation of emails and phones
proyecta_unusual        the characters of a search text that trigrams do not serve, alone and in pairs
proyecta_buckets        the stretches of each order of customers that a row is in
proyecta_is_country     the countries of ISO 3166-1
proyecta_count_*        the counts of customers, kept by triggers

All that a generated column or an index calls is IMMUTABLE and names its collation, so that a row's keys are the same
under every locale that a database may have been made with (pg_c_utf8 needs PostgreSQL 17). None calls another of ours:
a dump is loaded with an empty search path, on which it would not be found. They are in PL/pgSQL, which a session keeps:
PostgreSQL inlines SQL functions into each expression that calls them and reads every expression of a table from its
catalog for each statement.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models import F, Func

EMAIL_KEY = """
CREATE FUNCTION proyecta_email_key(email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END;
END
$$
"""

EMAIL_DOMAIN = """
CREATE FUNCTION proyecta_email_domain(email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN split_part(CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END, '@', -1);
END
$$
"""

# Cut, since one letter may fold to 18 and an index entry of PostgreSQL holds 2,700 bytes.
NAME_KEY = r"""
CREATE FUNCTION proyecta_name_key(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN nullif(left(CASE WHEN octet_length(name) = char_length(name) THEN lower(name COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END, 200), '');
END
$$
"""

# With replace() five times, since translate() takes three times as long.
SEARCH_TEXT = r"""
CREATE FUNCTION proyecta_search_text(email text, name text, phone text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN replace(replace(replace(replace(replace(coalesce(CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(email, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END, '') || ' ' || CASE WHEN octet_length(name) = char_length(name) THEN lower(name COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END || ' ' || phone, '@', 'đ'), '.', 'ø'), '_', 'ł'), '+', 'ħ'), '-', 'ß');
END
$$
"""

# Trigrams need three letters, and a name in Hangul or Han is searched by one or two. So each unusual character is
# indexed by itself and in pairs with its neighbours, as are the two usual characters before and after it, which belong
# to no trigram of usual characters. A plain Latin row costs nothing.
#
# Only the two characters at each end of a run of usual ones are near an unusual one: the rest becomes a space, which no
# pair holds, and the spaces around the text make runs of its beginning and end. Building the index is mostly this
# function, whose time grows with the statements per row. The COST, far above the real one, keeps the planner from
# computing it for the rows of another index.
UNUSUAL = r"""
CREATE FUNCTION proyecta_unusual(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
DECLARE
    near text := regexp_replace(
        '  ' || value || '  ', '([a-z0-9 đøłħß]{2})[a-z0-9 đøłħß]*([a-z0-9 đøłħß]{2})', '\1 \2', 'g'
    );
    grams text[] := string_to_array(translate(near, 'abcdefghijklmnopqrstuvwxyz0123456789 đøłħß', ''), NULL);
    word text;
BEGIN
    FOREACH word IN ARRAY string_to_array(near, ' ') LOOP
        FOR place IN 1 .. char_length(word) - 1 LOOP
            grams := array_append(grams, substr(word, place, 2));
        END LOOP;
    END LOOP;
    RETURN grams;
END
$$
"""

# Days, then stretches of 8, 64 and 512 days; two sizes of stretches of emails and of names by their first bytes; the
# mail domain. Each number holds the app and the kind of bucket. The COST has the same reason as that of
# proyecta_unusual.
BUCKETS = """
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

# ISO 3166-1 in November 2026.
IS_COUNTRY = """
CREATE FUNCTION proyecta_is_country(code text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN code = ANY ('{AD,AE,AF,AG,AI,AL,AM,AO,AQ,AR,AS,AT,AU,AW,AX,AZ,BA,BB,BD,BE,BF,BG,BH,BI,BJ,BL,BM,BN,BO,BQ,BR,BS,BT,BV,BW,BY,BZ,CA,CC,CD,CF,CG,CH,CI,CK,CL,CM,CN,CO,CR,CU,CV,CW,CX,CY,CZ,DE,DJ,DK,DM,DO,DZ,EC,EE,EG,EH,ER,ES,ET,FI,FJ,FK,FM,FO,FR,GA,GB,GD,GE,GF,GG,GH,GI,GL,GM,GN,GP,GQ,GR,GS,GT,GU,GW,GY,HK,HM,HN,HR,HT,HU,ID,IE,IL,IM,IN,IO,IQ,IR,IS,IT,JE,JM,JO,JP,KE,KG,KH,KI,KM,KN,KP,KR,KW,KY,KZ,LA,LB,LC,LI,LK,LR,LS,LT,LU,LV,LY,MA,MC,MD,ME,MF,MG,MH,MK,ML,MM,MN,MO,MP,MQ,MR,MS,MT,MU,MV,MW,MX,MY,MZ,NA,NC,NE,NF,NG,NI,NL,NO,NP,NR,NU,NZ,OM,PA,PE,PF,PG,PH,PK,PL,PM,PN,PR,PS,PT,PW,PY,QA,RE,RO,RS,RU,RW,SA,SB,SC,SD,SE,SG,SH,SI,SJ,SK,SL,SM,SN,SO,SR,SS,ST,SV,SX,SY,SZ,TC,TD,TF,TG,TH,TJ,TK,TL,TM,TN,TO,TR,TT,TV,TW,TZ,UA,UG,UM,US,UY,UZ,VA,VC,VE,VG,VI,VN,VU,WF,WS,YE,YT,ZA,ZM,ZW}');
END
$$
"""

# A quarter of an hour, since every time zone's midnight falls on one; for the past that no chart shows, a day of UTC.
COUNT_START = """
CREATE FUNCTION proyecta_count_start(created timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN created < now() - interval '40 days' THEN date_trunc('day', created, 'UTC')
    ELSE date_bin('15 minutes', created, timestamptz 'epoch') END
$$
"""

# Each statement that adds or removes customers appends a row for every stretch of time that it touches, and one without
# a start for the total; the sum of the rows is the count. No row is updated, so no two writers wait for each other. Now
# and then a writer folds the rows of one stretch into one. Rows that another transaction is folding are left to it. A
# transaction that began before a fold was committed (REPEATABLE READ) cannot fold the same rows; it goes on without,
# for its customers matter more. IN does not find NULL, so the total is looked for as infinity.
FOLD_COUNTS = """
CREATE FUNCTION proyecta_fold_counts(app bigint) RETURNS void
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
CREATE FUNCTION proyecta_count() RETURNS trigger
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

COUNT_MOVED = """
CREATE FUNCTION proyecta_count_moved() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    VALUES (old.app_id, proyecta_count_start(old.created), -1), (new.app_id, proyecta_count_start(new.created), 1),
        (old.app_id, NULL, -1), (new.app_id, NULL, 1);
    RETURN NULL;
END
$$
"""

COUNT_EMPTIED = """
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

NO_TRIGGERS = """
DROP TRIGGER customers_counted ON customers_customer;
DROP TRIGGER customers_uncounted ON customers_customer;
DROP TRIGGER customers_count_moved ON customers_customer;
DROP TRIGGER customers_count_emptied ON customers_customer;
"""

TRIGRAMS = django.contrib.postgres.indexes.OpClass(F("search_text"), "gin_trgm_ops")
UNUSUAL_CHARACTERS = django.contrib.postgres.indexes.OpClass(
    Func(F("search_text"), function="proyecta_unusual"), "array_ops"
)
IN_BUCKETS = django.contrib.postgres.indexes.OpClass(
    Func(F("app"), F("created"), F("email_key"), F("name_key"), F("email_domain"), function="proyecta_buckets"),
    "array_ops",
)


def functions(*definitions):
    for sql in definitions:
        name = sql.split("(", 1)[0].split()[-1]
        yield migrations.RunSQL(sql, f"DROP FUNCTION {name}")


def search_index(name, *expressions, condition):
    return django.contrib.postgres.indexes.GinIndex(
        *expressions, condition=condition, fastupdate=True, gin_pending_list_limit=64, name=name
    )


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("customers", "0001_functions"),
        ("customers", "0002_customer"),
        ("customers", "0003_customer_count"),
        ("customers", "0004_time_buckets"),
        ("customers", "0005_domain_orders"),
        ("customers", "0006_buckets"),
        ("customers", "0007_totals"),
        ("customers", "0008_search_by_letters"),
        ("customers", "0009_quick_inserts"),
        ("customers", "0010_countries_validated"),
        ("customers", "0011_narrow_id_index"),
    ]

    dependencies = [("accounts", "0002_readers")]

    operations = [
        TrigramExtension(),
        *functions(EMAIL_KEY, EMAIL_DOMAIN, NAME_KEY, SEARCH_TEXT, UNUSUAL, BUCKETS, IS_COUNTRY),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("key", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.CharField(db_collation="C", max_length=64, verbose_name="id")),
                ("email", models.CharField(blank=True, max_length=320, null=True)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                (
                    "phone",
                    models.CharField(blank=True, default="", help_text="E.164, such as +14155552671.", max_length=16),
                ),
                ("address_line1", models.CharField(blank=True, default="", max_length=200)),
                ("address_line2", models.CharField(blank=True, default="", max_length=200)),
                ("address_city", models.CharField(blank=True, default="", max_length=200)),
                ("address_state", models.CharField(blank=True, default="", max_length=200)),
                ("address_postal_code", models.CharField(blank=True, default="", max_length=200)),
                (
                    "address_country",
                    models.CharField(blank=True, default="", help_text="ISO 3166-1 alpha-2.", max_length=2),
                ),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated", models.DateTimeField(default=django.utils.timezone.now)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "email_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("email"), function="proyecta_email_key"),
                        output_field=models.TextField(db_collation="C", null=True),
                    ),
                ),
                (
                    "email_domain",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("email"), function="proyecta_email_domain"),
                        output_field=models.TextField(db_collation="C", null=True),
                    ),
                ),
                (
                    "name_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("name"), function="proyecta_name_key"),
                        output_field=models.TextField(db_collation="C", null=True),
                    ),
                ),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("email"), models.F("name"), models.F("phone"), function="proyecta_search_text"
                        ),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "app",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="customers",
                        to="accounts.app",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["app", "created", "key"], name="customers_by_created"),
                    models.Index(fields=["app", "name_key", "key"], name="customers_by_name"),
                    models.Index(
                        condition=models.Q(("email_key", None)),
                        fields=["app", "email_key", "key"],
                        name="customers_without_email",
                    ),
                    models.Index(fields=["app", "email_domain", "created", "key"], name="customers_by_domain"),
                    models.Index(fields=["app", "email_domain", "email_key"], name="customers_by_domain_email"),
                    models.Index(fields=["app", "email_domain", "name_key", "key"], name="customers_by_domain_name"),
                    search_index(
                        "customers_search_usual",
                        TRIGRAMS,
                        IN_BUCKETS,
                        condition=~models.Q(search_text__regex="[^a-z0-9 đøłħß]"),
                    ),
                    search_index(
                        "customers_search_hangul",
                        TRIGRAMS,
                        UNUSUAL_CHARACTERS,
                        IN_BUCKETS,
                        condition=~models.Q(search_text__regex="^[^가-힣]*$"),
                    ),
                    search_index(
                        "customers_search_other",
                        TRIGRAMS,
                        UNUSUAL_CHARACTERS,
                        IN_BUCKETS,
                        condition=~models.Q(search_text__regex="[가-힣]")
                        & ~models.Q(search_text__regex="^[a-z0-9 đøłħß]*$"),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("app", "public_id"), name="customers_id_unique"),
                    models.UniqueConstraint(fields=("app", "email_key"), name="customers_email_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("public_id__regex", "^cus_[A-Za-z0-9_]+$")), name="customers_id_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", None), ("email__regex", "^[^\\s@]([^\\s]*[^\\s@])?@[^\\s@]+$"), _connector="OR"
                        ),
                        name="customers_email_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("phone", ""), ("phone__regex", "^\\+[1-9][0-9]+$"), _connector="OR"),
                        name="customers_phone_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(address_country="")
                        | models.Q(
                            Func(
                                F("address_country"),
                                function="proyecta_is_country",
                                output_field=models.BooleanField(),
                            )
                        ),
                        name="customers_country_of_iso",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateTimeField(null=True)),
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
        *functions(COUNT_START, FOLD_COUNTS, COUNT, COUNT_MOVED, COUNT_EMPTIED),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
