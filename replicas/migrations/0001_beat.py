from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Beat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("moment", models.DateTimeField()),
                ("timeline", models.CharField(max_length=8)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO replicas_beat (id, moment, timeline) VALUES (1, clock_timestamp(), '')",
            migrations.RunSQL.noop,
        ),
    ]
