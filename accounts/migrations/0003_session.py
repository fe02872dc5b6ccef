from django.db import migrations, models


class Migration(migrations.Migration):
    """Add a column to Django's own table of sessions, in which servers of the version before go on writing as they did."""

    dependencies = [
        ("accounts", "0002_readers"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE django_session ADD COLUMN user_id bigint",
            "ALTER TABLE django_session DROP COLUMN user_id",
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("user_id", models.BigIntegerField(editable=False, null=True)),
            ],
            options={
                "db_table": "django_session",
                "managed": False,
                "default_permissions": (),
            },
        ),
    ]
