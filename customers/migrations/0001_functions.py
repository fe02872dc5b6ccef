"""The functions behind the generated columns of Customer.

All are IMMUTABLE and name their collation, so that a row's keys are the same under every locale that a database may
have been made with (pg_c_utf8 needs PostgreSQL 17). The migration 0009 replaces four of them and drops `proyecta_fold`.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

FOLD = r"""
CREATE FUNCTION proyecta_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(value) = char_length(value) THEN lower(value COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END
$$
"""

EMAIL_KEY = """
CREATE FUNCTION proyecta_email_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END
$$
"""

EMAIL_DOMAIN = """
CREATE FUNCTION proyecta_email_domain(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT split_part(proyecta_email_key(email), '@', -1) $$
"""

# Cut, since one letter may fold to 18 and an index entry of PostgreSQL holds 2,700 bytes.
NAME_KEY = """
CREATE FUNCTION proyecta_name_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(left(proyecta_fold(name), 200), '') $$
"""

# With replace() five times, since translate() takes three times as long.
SEARCH_TEXT = """
CREATE FUNCTION proyecta_search_text(email text, name text, phone text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(coalesce(proyecta_fold(email), '') || ' ' || proyecta_fold(name) || ' ' || phone, '@', 'đ'), '.', 'ø'), '_', 'ł'), '+', 'ħ'), '-', 'ß')
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


def function(sql):
    name = sql.split("(", 1)[0].split()[-1]
    return migrations.RunSQL(sql, f"DROP FUNCTION {name}")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        TrigramExtension(),
        *map(function, [FOLD, EMAIL_KEY, EMAIL_DOMAIN, NAME_KEY, SEARCH_TEXT, UNUSUAL]),
    ]
