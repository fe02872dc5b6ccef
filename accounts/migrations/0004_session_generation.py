from django.db import migrations, models

# BEFORE, so that it holds for every statement, whoever sends it. The number never falls: an older copy of the person
# may be saved after the sessions were ended.
FORWARD = """
CREATE FUNCTION proyecta_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.session_generation := greatest(
        NEW.session_generation,
        OLD.session_generation + (OLD.is_active AND NOT NEW.is_active)::int
    );
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_user_sessions_end BEFORE UPDATE ON accounts_user FOR EACH ROW
WHEN (OLD.is_active AND NOT NEW.is_active OR OLD.session_generation IS DISTINCT FROM NEW.session_generation)
EXECUTE FUNCTION proyecta_end_sessions();
"""
BACKWARD = """
DROP TRIGGER accounts_user_sessions_end ON accounts_user;
DROP FUNCTION proyecta_end_sessions();
"""


class Migration(migrations.Migration):
    """Switching a person off ends the sessions for good. Servers of the version before go on as they did."""

    dependencies = [("accounts", "0003_session")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="session_generation",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
