"""What every registration reads, each in one statement whose plan a connection keeps.

Whole rows come as JSON: neither the statement nor the plan names forty columns, and a column added later comes along.
"""

from django.db import migrations

CITY_SESSION_AT = """
CREATE FUNCTION consultations_city_session_at(consultation_slug text, city_slug text) RETURNS TABLE (
    city_session jsonb, consultation jsonb, consent_text jsonb,
    hall_held integer, online_held integer, hall_queue integer
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT
        to_jsonb(s), to_jsonb(c),
        (SELECT to_jsonb(t) FROM consultations_consenttext t WHERE t.consultation_id = c.id ORDER BY t.id DESC LIMIT 1),
        consultations_hall_held(s.id, s.hall_capacity),
        consultations_online_held(s.id, s.online_capacity),
        consultations_hall_queue(s.id)
    FROM consultations_citysession s JOIN consultations_consultation c ON c.id = s.consultation_id
    WHERE c.slug = consultation_slug AND s.slug = city_slug AND s.is_published AND c.is_published;
END $$;
"""

# VOLATILE, as a function is that locks: so the second statement sees what those before in the lock have written.
LOCK_CITY_SESSIONS = """
CREATE FUNCTION consultations_lock_city_sessions(ids bigint[]) RETURNS TABLE (
    city_session jsonb, consultation jsonb, hall_held integer, online_held integer, hall_queue integer
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM consultations_citysession WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    RETURN QUERY SELECT
        to_jsonb(s), to_jsonb(c),
        consultations_hall_held(s.id, s.hall_capacity),
        consultations_online_held(s.id, s.online_capacity),
        consultations_hall_queue(s.id)
    FROM consultations_citysession s JOIN consultations_consultation c ON c.id = s.consultation_id
    WHERE s.id = ANY (ids);
END $$;
"""

# `people` is an array of {full_name, phone, email}; "" is no phone, no e-mail, no form.
SENT_BEFORE_OR_KNOWN = """
CREATE FUNCTION consultations_sent_before_or_known(in_session bigint, form_key text, people jsonb)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT r.id FROM consultations_registration r
    WHERE r.city_session_id = in_session AND r.submission_key = form_key AND r.submission_key <> ''
    UNION
    SELECT r.id FROM jsonb_to_recordset(people) AS person(full_name text, phone text, email text)
    JOIN consultations_registration r
        ON r.city_session_id = in_session AND r.name_key = consultations_name_key(person.full_name)
    WHERE r.status <> 'cancelled' AND (
        (r.phone = person.phone AND person.phone <> '')
        OR (lower(r.email) = lower(person.email) AND person.email <> '')
    );
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0014_numbers")]

    operations = [
        migrations.RunSQL(CITY_SESSION_AT, "DROP FUNCTION consultations_city_session_at(text, text)"),
        migrations.RunSQL(LOCK_CITY_SESSIONS, "DROP FUNCTION consultations_lock_city_sessions(bigint[])"),
        migrations.RunSQL(
            SENT_BEFORE_OR_KNOWN, "DROP FUNCTION consultations_sent_before_or_known(bigint, text, jsonb)"
        ),
    ]
