"""The hall's queue is counted also where there is no limit, and without those whose data is erased."""

from django.db import migrations

# Without a limit too: where one was lifted after promotion stopped, whoever registers now must not overtake the queue.
# Whose data is erased can be told nothing and let in nowhere.
QUEUE = """
DROP FUNCTION consultations_hall_queue(bigint, integer);
CREATE FUNCTION consultations_hall_queue(city_session bigint) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN (
    SELECT count(*)::integer FROM consultations_registration
    WHERE city_session_id = city_session AND hall_wanted_at IS NOT NULL AND anonymised_at IS NULL
);
"""
QUEUE_AS_IT_WAS = """
DROP FUNCTION consultations_hall_queue(bigint);
CREATE FUNCTION consultations_hall_queue(city_session bigint, capacity integer) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN (
    SELECT count(*)::integer FROM consultations_registration
    WHERE city_session_id = city_session AND hall_wanted_at IS NOT NULL
);
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0010_publishing")]

    operations = [migrations.RunSQL(QUEUE, QUEUE_AS_IT_WAS)]
