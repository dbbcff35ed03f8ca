"""A consultation and a city session never share an address: `/osh` would lead to one and hide the other."""

from django.db import migrations

# Two tables, so no unique index can hold it. The advisory lock lets two who write the same word into both tables at
# once take turns; without it each would look before the other has committed. 764 is a number of ours, for nothing else.
ONE_ADDRESS = """
CREATE FUNCTION consultations_keep_slugs_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.slug = OLD.slug THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(764, hashtext(NEW.slug));
    IF TG_TABLE_NAME = 'consultations_consultation' THEN
        IF EXISTS (SELECT FROM consultations_citysession WHERE slug = NEW.slug) THEN
            RAISE EXCEPTION 'A city session has this address' USING
                ERRCODE = 'unique_violation', CONSTRAINT = 'consultation_slug_is_no_session';
        END IF;
    ELSIF EXISTS (SELECT FROM consultations_consultation WHERE slug = NEW.slug) THEN
        RAISE EXCEPTION 'A consultation has this address' USING
            ERRCODE = 'unique_violation', CONSTRAINT = 'city_session_slug_is_no_consultation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER consultation_slug_is_no_session AFTER INSERT OR UPDATE ON consultations_consultation
    FOR EACH ROW EXECUTE FUNCTION consultations_keep_slugs_apart();
CREATE TRIGGER city_session_slug_is_no_consultation AFTER INSERT OR UPDATE ON consultations_citysession
    FOR EACH ROW EXECUTE FUNCTION consultations_keep_slugs_apart();
"""
DROP_ONE_ADDRESS = """
DROP TRIGGER city_session_slug_is_no_consultation ON consultations_citysession;
DROP TRIGGER consultation_slug_is_no_session ON consultations_consultation;
DROP FUNCTION consultations_keep_slugs_apart();
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0012_names_in_one_form")]

    operations = [migrations.RunSQL(ONE_ADDRESS, DROP_ONE_ADDRESS)]
