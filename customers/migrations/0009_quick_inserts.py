"""Make a single insert cheaper: PL/pgSQL instead of SQL functions, and the list of countries in a function.

PostgreSQL inlines SQL functions into each expression that calls them and reads every expression of a table from its
catalog for each statement; a list of 249 countries is 39 KB there. A session keeps PL/pgSQL functions, so they and the
list cost a tenth of that. A row among many costs 1 µs more.

No function calls another of ours: a dump is loaded with an empty search path, on which it would not be found, so that
the table could not be created.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Func

EMAIL_KEY = """
CREATE OR REPLACE FUNCTION proyecta_email_key(email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END;
END
$$
"""

EMAIL_DOMAIN = """
CREATE OR REPLACE FUNCTION proyecta_email_domain(email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN split_part(CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END, '@', -1);
END
$$
"""

NAME_KEY = r"""
CREATE OR REPLACE FUNCTION proyecta_name_key(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN nullif(left(CASE WHEN octet_length(name) = char_length(name) THEN lower(name COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END, 200), '');
END
$$
"""

SEARCH_TEXT = r"""
CREATE OR REPLACE FUNCTION proyecta_search_text(email text, name text, phone text) RETURNS text
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

# ISO 3166-1 in November 2026.
IS_COUNTRY = """
CREATE OR REPLACE FUNCTION proyecta_is_country(code text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN code = ANY ('{AD,AE,AF,AG,AI,AL,AM,AO,AQ,AR,AS,AT,AU,AW,AX,AZ,BA,BB,BD,BE,BF,BG,BH,BI,BJ,BL,BM,BN,BO,BQ,BR,BS,BT,BV,BW,BY,BZ,CA,CC,CD,CF,CG,CH,CI,CK,CL,CM,CN,CO,CR,CU,CV,CW,CX,CY,CZ,DE,DJ,DK,DM,DO,DZ,EC,EE,EG,EH,ER,ES,ET,FI,FJ,FK,FM,FO,FR,GA,GB,GD,GE,GF,GG,GH,GI,GL,GM,GN,GP,GQ,GR,GS,GT,GU,GW,GY,HK,HM,HN,HR,HT,HU,ID,IE,IL,IM,IN,IO,IQ,IR,IS,IT,JE,JM,JO,JP,KE,KG,KH,KI,KM,KN,KP,KR,KW,KY,KZ,LA,LB,LC,LI,LK,LR,LS,LT,LU,LV,LY,MA,MC,MD,ME,MF,MG,MH,MK,ML,MM,MN,MO,MP,MQ,MR,MS,MT,MU,MV,MW,MX,MY,MZ,NA,NC,NE,NF,NG,NI,NL,NO,NP,NR,NU,NZ,OM,PA,PE,PF,PG,PH,PK,PL,PM,PN,PR,PS,PT,PW,PY,QA,RE,RO,RS,RU,RW,SA,SB,SC,SD,SE,SG,SH,SI,SJ,SK,SL,SM,SN,SO,SR,SS,ST,SV,SX,SY,SZ,TC,TD,TF,TG,TH,TJ,TK,TL,TM,TN,TO,TR,TT,TV,TW,TZ,UA,UG,UM,US,UY,UZ,VA,VC,VE,VG,VI,VN,VU,WF,WS,YE,YT,ZA,ZM,ZW}');
END
$$
"""

# As in the migration 0001, for the way back.
EMAIL_KEY_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_email_key(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END
$$
"""

EMAIL_DOMAIN_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_email_domain(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT split_part(proyecta_email_key(email), '@', -1) $$
"""

NAME_KEY_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_name_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(left(proyecta_fold(name), 200), '') $$
"""

SEARCH_TEXT_BEFORE = """
CREATE OR REPLACE FUNCTION proyecta_search_text(email text, name text, phone text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(coalesce(proyecta_fold(email), '') || ' ' || proyecta_fold(name) || ' ' || phone, '@', 'đ'), '.', 'ø'), '_', 'ł'), '+', 'ħ'), '-', 'ß')
$$
"""

FOLD_BEFORE = r"""
CREATE FUNCTION proyecta_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(value) = char_length(value) THEN lower(value COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END
$$
"""

KNOWN = Func(F("address_country"), function="proyecta_is_country", output_field=models.BooleanField())


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_search_by_letters")]

    operations = [
        migrations.RunSQL(EMAIL_KEY, EMAIL_KEY_BEFORE),
        migrations.RunSQL(EMAIL_DOMAIN, EMAIL_DOMAIN_BEFORE),
        migrations.RunSQL(NAME_KEY, NAME_KEY_BEFORE),
        migrations.RunSQL(SEARCH_TEXT, SEARCH_TEXT_BEFORE),
        migrations.RunSQL("DROP FUNCTION proyecta_fold", FOLD_BEFORE),
        migrations.RunSQL(IS_COUNTRY, "DROP FUNCTION proyecta_is_country"),
        # Validated by the next migration, which lets others read and write meanwhile.
        AddConstraintNotValid(
            "customer",
            models.CheckConstraint(
                condition=models.Q(address_country="") | models.Q(KNOWN), name="customers_country_of_iso"
            ),
        ),
        migrations.RemoveConstraint("customer", "customers_country_known"),
    ]
