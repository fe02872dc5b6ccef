from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_quick_inserts")]

    operations = [ValidateConstraint("customer", "customers_country_of_iso")]
