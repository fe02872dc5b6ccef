"""The functions behind the generated columns of Customer. All are IMMUTABLE and name their collation, so that a row's
keys are the same under every locale that a database may have been made with (pg_c_utf8 needs PostgreSQL 17). 0009 makes
four of them anew, and needs `proyecta_fold` no more."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

from customers.models import PUNCTUATION, PUNCTUATION_AS_LETTERS, USUAL, USUAL_LETTERS
from customers.text import LETTERS, MARKS, PLAIN_LETTERS, SPELLED_OUT


def replaced(sql, letters):
    for letter, other in letters.items():
        sql = f"replace({sql}, '{letter}', '{other}')"
    return sql


def folded(value):
    bare = f"regexp_replace(normalize({value}, NFKD), '[{MARKS}]', '', 'g')"
    lowered = f"lower(normalize({bare}, NFKC) COLLATE pg_c_utf8)"
    return f"""CASE WHEN octet_length({value}) = char_length({value}) THEN lower({value} COLLATE pg_c_utf8)
    ELSE {replaced(f"translate({lowered}, '{LETTERS}', '{PLAIN_LETTERS}')", SPELLED_OUT)}
    END"""


FOLD = f"""
CREATE FUNCTION proyecta_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT {folded("value")}
$$
"""

KEY_OF_EMAIL = """CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END"""
EMAIL_KEY = f"""
CREATE FUNCTION proyecta_email_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT {KEY_OF_EMAIL}
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
def searched(email, name):
    text = f"coalesce({email}, '') || ' ' || {name} || ' ' || phone"
    return replaced(text, dict(zip(PUNCTUATION, PUNCTUATION_AS_LETTERS, strict=True)))


SEARCH_TEXT = f"""
CREATE FUNCTION proyecta_search_text(email text, name text, phone text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT {searched("proyecta_fold(email)", "proyecta_fold(name)")}
$$
"""

# Trigrams need three letters, and a name in Hangul or Han is searched by one or two. So each character that is not
# among the usual ones is indexed by itself, with the one before and the one after it, and so are the two usual ones
# before and after it, which are then no part of a trigram of usual ones. A plain Latin row costs nothing.
#
# Of a run of usual characters only the two at each end are near an unusual one, so the rest becomes a space, which no
# pair holds; the spaces around the text make runs of its beginning and end. An index of many rows is mostly this
# function: half as many statements a row are half the time. Its COST, far over what it is, keeps the planner from
# working it out for the rows of another index instead of asking its own.
UNUSUAL = rf"""
CREATE FUNCTION proyecta_unusual(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
DECLARE
    near text := regexp_replace(
        '  ' || value || '  ', '([{USUAL}]{{2}})[{USUAL}]*([{USUAL}]{{2}})', '\1 \2', 'g'
    );
    grams text[] := string_to_array(translate(near, '{USUAL_LETTERS}', ''), NULL);
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
