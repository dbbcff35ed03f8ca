"""The true announcement, with its sessions still ahead."""

import datetime

from django.core.management import call_command

from consultations.models import CitySession, Consultation
from tests.factories import in_days

# Far away, so that a page reads the same whenever the tests run.
FIXED_DAY = datetime.date(2097, 6, 10)


def announce(first_day=None, **fields):
    """Loads it; `fields` are set on every session. Returns the sessions by slug."""
    call_command("load_announcement", verbosity=0)
    dated = CitySession.objects.exclude(date=None).in_order()
    for number, city_session in enumerate(dated):
        city_session.date = (first_day or in_days(30)) + datetime.timedelta(days=number)
        city_session.save()
    CitySession.objects.update(**{"hall_capacity": 50} | fields)
    return {city_session.slug: city_session for city_session in CitySession.objects.all()}


def consultation():
    return Consultation.objects.get()
