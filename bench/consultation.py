"""What is served while measuring: the announcement itself, current, and with room for everybody."""


def load():
    from django.core.management import call_command

    from consultations.models import CitySession
    from tests.factories import in_days

    call_command("migrate", verbosity=0)
    call_command("load_announcement", verbosity=0)
    # The announcement's own dates have passed; the pages measured are those of a consultation that is current.
    for place, city_session in enumerate(CitySession.objects.in_order()):
        city_session.date = in_days(30 + place)
        city_session.hall_capacity = 100_000
        city_session.save()


def open_sessions():
    from consultations.models import CitySession

    of_announcement = CitySession.objects.exclude(slug="bench-list")
    return list(of_announcement.in_order().select_related("consultation"))
