"""The functions behind the generated columns of Customer. All are IMMUTABLE and name their collation, so that a row's
keys are the same under every locale that a database may have been made with (pg_c_utf8 needs PostgreSQL 17). Those in
SQL are not STRICT, though they give NULL for NULL: PostgreSQL inlines them only so, and a row costs 10 µs, not 100."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

from customers.models import PUNCTUATION, PUNCTUATION_AS_LETTERS, USUAL, USUAL_LETTERS
from customers.text import LETTERS, MARKS, PLAIN_LETTERS, SPELLED_OUT


def spelled_out(sql):
    for letter, plain in SPELLED_OUT.items():
        sql = f"replace({sql}, '{letter}', '{plain}')"
    return sql


FOLD = f"""
CREATE FUNCTION proyecta_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(value) = char_length(value) THEN lower(value COLLATE pg_c_utf8)
    ELSE {spelled_out(f"translate(lower(normalize(regexp_replace(normalize(value, NFKD), '[{MARKS}]', '', 'g'), NFKC) COLLATE pg_c_utf8), '{LETTERS}', '{PLAIN_LETTERS}')")}
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

SEARCH_TEXT = f"""
CREATE FUNCTION proyecta_search_text(email text, name text, phone text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(
        coalesce(proyecta_fold(email), '') || ' ' || proyecta_fold(name) || ' ' || phone,
        '{PUNCTUATION}', '{PUNCTUATION_AS_LETTERS}'
    )
$$
"""

# Trigrams need three letters, and a name in Hangul or Han is searched by one or two. So each character that is not
# among the usual ones is indexed by itself, with the one before and the one after it, and so are the two usual ones
# before and after it, which are then no part of a trigram of usual ones. A plain Latin row costs nothing. Its COST, far
# over what it is, keeps the planner from working it out for the rows of another index instead of asking its own.
UNUSUAL = rf"""
CREATE FUNCTION proyecta_unusual(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
DECLARE
    grams text[] := '{{}}';
    letter text;
    one_before text := ' ';
    two_before text := ' ';
    usual boolean;
    usual_before boolean := true;
    usual_two_before boolean := true;
BEGIN
    -- Of a run of usual characters only the ends matter: the rest is taken out first, which is quicker.
    FOREACH letter IN ARRAY
        string_to_array(regexp_replace(value, '([{USUAL}][{USUAL}])[{USUAL}]+([{USUAL}][{USUAL}])', '\1 \2', 'g'), NULL)
    LOOP
        usual := strpos('{USUAL_LETTERS}', letter) > 0;
        IF NOT usual THEN
            grams := array_append(grams, letter);
            IF usual_before AND usual_two_before AND one_before <> ' ' AND two_before <> ' ' THEN
                grams := array_append(grams, two_before || one_before);
            END IF;
        END IF;
        IF NOT (usual AND usual_before AND usual_two_before) AND letter <> ' ' AND one_before <> ' ' THEN
            grams := array_append(grams, one_before || letter);
        END IF;
        two_before := one_before;
        one_before := letter;
        usual_two_before := usual_before;
        usual_before := usual;
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
