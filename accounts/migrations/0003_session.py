from django.db import migrations, models

COPY = """
INSERT INTO {to} (session_key, session_data, expire_date)
SELECT session_key, session_data, expire_date FROM {of} WHERE expire_date > now()
ON CONFLICT (session_key) DO UPDATE SET session_data = excluded.session_data, expire_date = excluded.expire_date
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_readers"),
        ("sessions", "0001_initial"),
    ]

    operations = [
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
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        # Nobody is signed out. Whose each is, is known once it is saved again.
        migrations.RunSQL(
            COPY.format(to="accounts_session", of="django_session"),
            COPY.format(to="django_session", of="accounts_session"),
        ),
    ]
