"""Limits, counted in PostgreSQL so that several processes count as one."""

import datetime
import hashlib
from collections import Counter

from django.db import connection
from django.utils import timezone

from consultations.models import RateCount

# In the order of their keys: two who count the same keys at once wait for each other, and never in a circle.
# A count in a transaction of its own does not wait for the disk: what a crash takes of it is less than a second, and a
# registration would wait twice. Inside the transaction of something else, how that is stored is not touched.
COUNT = """
    INSERT INTO consultations_ratecount AS counted (key, window_start, count)
    SELECT key, %s, times
    FROM unnest(%s::text[], %s::integer[]) AS asked (key, times),
        set_config('synchronous_commit', coalesce(%s::text, current_setting('synchronous_commit')), true)
    ORDER BY key
    ON CONFLICT (key, window_start) DO UPDATE SET count = counted.count + EXCLUDED.count
    RETURNING key, count
"""


def within_limit(*, key, limit, minutes):
    """Count one more of `key` in the present window of `minutes`; False once `limit` is passed."""
    return within_limits(keys=[key], limit=limit, minutes=minutes)[key] == 1


def within_limits(*, keys, limit, minutes):
    """Count all `keys`, one as often as it stands there, in one statement. Returns how many of each are within `limit`.

    What is stored is a hash: network addresses and e-mails are personal data.
    """
    start = _window_start(minutes)
    times = Counter(keys)
    key_of = {_hashed(key): key for key in times}
    with connection.cursor() as cursor:
        how_stored = None if connection.in_atomic_block else "off"
        cursor.execute(COUNT, [start, list(key_of), [times[key] for key in key_of.values()], how_stored])
        counts = {key_of[stored]: count for stored, count in cursor}
    return {key: min(times[key], max(0, limit - (counts[key] - times[key]))) for key in times}


def _window_start(minutes):
    window = datetime.timedelta(minutes=minutes).total_seconds()
    return datetime.datetime.fromtimestamp(timezone.now().timestamp() // window * window, tz=datetime.UTC)


def _hashed(key):
    digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    return f"{key.partition(':')[0]}:{digest}"


def has_reached_limit(*, key, limit, minutes):
    """Whether `key` has happened `limit` times in the present window. Counts nothing."""
    start = _window_start(minutes)
    return RateCount.objects.filter(key=_hashed(key), window_start=start, count__gte=limit).exists()


def forget_old_counts(*, older_than=datetime.timedelta(days=2)):
    """Drop counts of windows that began before then. Returns how many."""
    return RateCount.objects.filter(window_start__lt=timezone.now() - older_than).delete()[0]
