"""The limits are looked at once for all rows of one INSERT: of a list of thousands each row would count all the others."""

from django.db import migrations

# As for one row: the session is locked, and only then counted.
COUNTED_ONCE = """
CREATE FUNCTION consultations_keep_capacity_of_many() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    city_session record;
BEGIN
    FOR city_session IN
        SELECT * FROM consultations_citysession WHERE id IN (
            SELECT city_session_id FROM inserted WHERE status = 'confirmed' AND source NOT IN ('desk', 'paper')
        ) ORDER BY id FOR NO KEY UPDATE
    LOOP
        IF city_session.hall_capacity IS NOT NULL AND EXISTS (
            SELECT FROM inserted WHERE city_session_id = city_session.id AND mode = 'hall'
            AND status = 'confirmed' AND source NOT IN ('desk', 'paper')
        ) AND consultations_hall_held(city_session.id, city_session.hall_capacity)
            > city_session.hall_capacity - city_session.hall_reserved
        THEN
            RAISE EXCEPTION 'The hall is full' USING
                ERRCODE = 'check_violation', CONSTRAINT = 'registration_hall_capacity';
        END IF;
        IF city_session.online_capacity IS NOT NULL AND EXISTS (
            SELECT FROM inserted WHERE city_session_id = city_session.id AND mode = 'online'
            AND status = 'confirmed' AND source NOT IN ('desk', 'paper')
        ) AND consultations_online_held(city_session.id, city_session.online_capacity) > city_session.online_capacity
        THEN
            RAISE EXCEPTION 'No online place is free' USING
                ERRCODE = 'check_violation', CONSTRAINT = 'registration_online_capacity';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
DROP TRIGGER registration_capacity_on_insert ON consultations_registration;
CREATE TRIGGER registration_capacity_on_insert AFTER INSERT ON consultations_registration
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION consultations_keep_capacity_of_many();
"""
COUNTED_FOR_EACH = """
DROP TRIGGER registration_capacity_on_insert ON consultations_registration;
DROP FUNCTION consultations_keep_capacity_of_many();
CREATE TRIGGER registration_capacity_on_insert AFTER INSERT ON consultations_registration
    FOR EACH ROW EXECUTE FUNCTION consultations_keep_capacity();
"""


class Migration(migrations.Migration):
    dependencies = [
        ('consultations', '0026_uploaded_lists'),
    ]

    operations = [migrations.RunSQL(COUNTED_ONCE, COUNTED_FOR_EACH)]
