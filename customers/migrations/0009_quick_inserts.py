"""What a row costs whoever creates it alone, for each statement anew: PostgreSQL writes functions in SQL into the
expression that asks for them, and reads every expression of a table from its catalog, where a list of 249 countries
takes 39 KB. Kept by the session, as PL/pgSQL is, functions and list cost a tenth of that; a row of many costs 1 µs more.

Each function is whole in itself: a dump is loaded with an empty search path, on which none finds another of ours, so
that the table could not be made from it.
"""

from importlib import import_module

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Func

before = import_module("customers.migrations.0001_functions")
# Not those that the code knows, which may be more one day.
COUNTRIES = import_module("customers.migrations.0002_customer").COUNTRIES


def function(name, arguments, result, body):
    return f"""
CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS {result}
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN {body};
END
$$
"""


FUNCTIONS = [
    (function("proyecta_email_key", "email text", "text", before.KEY_OF_EMAIL), before.EMAIL_KEY),
    (
        function("proyecta_email_domain", "email text", "text", f"split_part({before.KEY_OF_EMAIL}, '@', -1)"),
        before.EMAIL_DOMAIN,
    ),
    (
        function("proyecta_name_key", "name text", "text", f"nullif(left({before.folded('name')}, 200), '')"),
        before.NAME_KEY,
    ),
    (
        function(
            "proyecta_search_text",
            "email text, name text, phone text",
            "text",
            before.searched(before.folded("email"), before.folded("name")),
        ),
        before.SEARCH_TEXT,
    ),
]
IS_COUNTRY = function("proyecta_is_country", "code text", "boolean", f"code = ANY ('{{{','.join(COUNTRIES)}}}')")
KNOWN = Func(F("address_country"), function="proyecta_is_country", output_field=models.BooleanField())


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_search_by_letters")]

    operations = [
        *[
            migrations.RunSQL(new, old.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
            for new, old in FUNCTIONS
        ],
        migrations.RunSQL("DROP FUNCTION proyecta_fold", before.FOLD),
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
