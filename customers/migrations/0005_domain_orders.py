"""Index the customers at a mail domain by email and by name, so that a page reads none at other domains."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_readers"),
        ("customers", "0004_time_buckets"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["app", "email_domain", "email_key"], name="customers_by_domain_email"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["app", "email_domain", "name_key", "key"], name="customers_by_domain_name"),
        ),
    ]
