"""What one row cannot show and no path may forget: the hall's and Zoom's limits, and where an old address leads."""

from django.db import migrations

# The one place that says whose registrations hold a place. STRICT: without a limit nothing is counted.
COUNTS = """
CREATE FUNCTION consultations_hall_held(city_session bigint, capacity integer) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN (
    SELECT count(*)::integer FROM consultations_registration
    WHERE city_session_id = city_session AND status = 'confirmed' AND mode = 'hall' AND source NOT IN ('desk', 'paper')
);
CREATE FUNCTION consultations_online_held(city_session bigint, capacity integer) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN (
    SELECT count(*)::integer FROM consultations_registration
    WHERE city_session_id = city_session AND status = 'confirmed' AND mode = 'online' AND source NOT IN ('desk', 'paper')
);
CREATE FUNCTION consultations_hall_queue(city_session bigint, capacity integer) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN (
    SELECT count(*)::integer FROM consultations_registration
    WHERE city_session_id = city_session AND hall_wanted_at IS NOT NULL
);
"""
DROP_COUNTS = """
DROP FUNCTION consultations_hall_queue(bigint, integer);
DROP FUNCTION consultations_online_held(bigint, integer);
DROP FUNCTION consultations_hall_held(bigint, integer);
"""

# The net under the admin, an import and a shell; actions lock and count first. It states what
# RegistrationQuerySet.holding_hall_seats() states, and a test compares the two. Changes of registrations alone are
# looked at, so that a capacity lowered below the number confirmed leaves everybody who is in (P 9); and only changes
# of session, mode or status, because Django's save() names every column.
CAPACITY = """
CREATE FUNCTION consultations_keep_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    city_session record;
BEGIN
    IF NEW.status <> 'confirmed' OR NEW.source IN ('desk', 'paper') THEN
        RETURN NULL;
    END IF;
    SELECT * INTO city_session FROM consultations_citysession WHERE id = NEW.city_session_id FOR NO KEY UPDATE;
    IF NEW.mode = 'hall' AND city_session.hall_capacity IS NOT NULL THEN
        IF consultations_hall_held(city_session.id, city_session.hall_capacity)
            > city_session.hall_capacity - city_session.hall_reserved
        THEN
            RAISE EXCEPTION 'The hall is full' USING
                ERRCODE = 'check_violation', CONSTRAINT = 'registration_hall_capacity';
        END IF;
    ELSIF NEW.mode = 'online' AND city_session.online_capacity IS NOT NULL THEN
        IF consultations_online_held(city_session.id, city_session.online_capacity)
            > city_session.online_capacity
        THEN
            RAISE EXCEPTION 'No online place is free' USING
                ERRCODE = 'check_violation', CONSTRAINT = 'registration_online_capacity';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER registration_capacity_on_insert AFTER INSERT ON consultations_registration
    FOR EACH ROW EXECUTE FUNCTION consultations_keep_capacity();
CREATE TRIGGER registration_capacity_on_update AFTER UPDATE ON consultations_registration
    FOR EACH ROW WHEN (
        (OLD.city_session_id, OLD.mode, OLD.status, OLD.source)
        IS DISTINCT FROM (NEW.city_session_id, NEW.mode, NEW.status, NEW.source)
    )
    EXECUTE FUNCTION consultations_keep_capacity();
"""
DROP_CAPACITY = """
DROP TRIGGER registration_capacity_on_update ON consultations_registration;
DROP TRIGGER registration_capacity_on_insert ON consultations_registration;
DROP FUNCTION consultations_keep_capacity();
"""

FORMER_SLUGS = """
CREATE FUNCTION consultations_remember_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'consultations_consultation' THEN
        DELETE FROM consultations_formerslug WHERE consultation_id = NEW.id AND slug IN (OLD.slug, NEW.slug);
        INSERT INTO consultations_formerslug (slug, consultation_id, changed_at) VALUES (OLD.slug, NEW.id, now());
    ELSE
        DELETE FROM consultations_formerslug WHERE city_session_id = NEW.id AND slug IN (OLD.slug, NEW.slug);
        INSERT INTO consultations_formerslug (slug, city_session_id, changed_at) VALUES (OLD.slug, NEW.id, now());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER consultation_remembers_slug AFTER UPDATE ON consultations_consultation
    FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION consultations_remember_slug();
CREATE TRIGGER city_session_remembers_slug AFTER UPDATE ON consultations_citysession
    FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION consultations_remember_slug();
"""
DROP_FORMER_SLUGS = """
DROP TRIGGER city_session_remembers_slug ON consultations_citysession;
DROP TRIGGER consultation_remembers_slug ON consultations_consultation;
DROP FUNCTION consultations_remember_slug();
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0002_initial")]

    operations = [
        migrations.RunSQL(COUNTS, DROP_COUNTS),
        migrations.RunSQL(CAPACITY, DROP_CAPACITY),
        migrations.RunSQL(FORMER_SLUGS, DROP_FORMER_SLUGS),
    ]
