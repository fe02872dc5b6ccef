from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    # As makemigrations writes it: the squashed migration.
    dependencies = [("customers", "0001_squashed_0011_narrow_id_index")]
    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("customer", models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")),
            ],
        )
    ]
