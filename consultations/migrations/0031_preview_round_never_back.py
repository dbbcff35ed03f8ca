from django.db import migrations

# Whoever saves a consultation that they read before links were withdrawn would give these back.
NEVER_BACK = """
CREATE FUNCTION consultations_keep_preview_round() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.preview_round := greatest(NEW.preview_round, OLD.preview_round);
    RETURN NEW;
END $$;

CREATE TRIGGER consultation_preview_round BEFORE UPDATE OF preview_round ON consultations_consultation
    FOR EACH ROW EXECUTE FUNCTION consultations_keep_preview_round();
"""
BACK = """
DROP TRIGGER consultation_preview_round ON consultations_consultation;
DROP FUNCTION consultations_keep_preview_round();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0030_preview_links_withdrawn"),
    ]

    operations = [
        migrations.RunSQL(NEVER_BACK, BACK),
    ]
