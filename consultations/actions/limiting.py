"""Limits, counted in PostgreSQL so that several processes count as one."""

import datetime
import hashlib

from django.db import connection
from django.utils import timezone

from consultations.models import RateCount

COUNT_ONE_MORE = """
    INSERT INTO consultations_ratecount AS counted (key, window_start, count) VALUES (%s, %s, 1)
    ON CONFLICT (key, window_start) DO UPDATE SET count = counted.count + 1
    RETURNING count
"""


def within_limit(*, key, limit, minutes):
    """Count one more of `key` in the present window of `minutes`; False once `limit` is passed.

    What is stored is a hash: network addresses and e-mails are personal data.
    """
    window = datetime.timedelta(minutes=minutes).total_seconds()
    now = timezone.now()
    start = datetime.datetime.fromtimestamp(now.timestamp() // window * window, tz=datetime.UTC)
    digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ONE_MORE, [f"{key.partition(':')[0]}:{digest}", start])
        return cursor.fetchone()[0] <= limit


def forget_old_counts(*, older_than=datetime.timedelta(days=2)):
    """Drop counts of windows that began before then. Returns how many."""
    return RateCount.objects.filter(window_start__lt=timezone.now() - older_than).delete()[0]
