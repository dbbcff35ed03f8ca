"""What pictures and papers say of a session, in the present language; what is not known is said to be not known yet."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from consultations.models import CitySession
from consultations.templatetags.content import month_name, times_of, weekday, with_weekday

LANGUAGES = [code for code, _name in settings.LANGUAGES]
TONES = {
    CitySession.Stage.CANCELLED: "stopped",
    CitySession.Stage.POSTPONED: "waiting",
    CitySession.Stage.CLOSED: "plain",
    CitySession.Stage.NOT_YET_OPEN: "plain",
    CitySession.Stage.HELD: "plain",
}


def where_and_when(city_session):
    date = date_that_holds(city_session)
    if city_session.state == CitySession.State.POSTPONED:
        weekday_or_word, time = _("New date to be announced"), ""
    else:
        weekday_or_word = weekday(date) if date else _("Date to be announced")
        time = times_of(city_session) or _("Time to be announced")
    has_time = bool(time and city_session.start_time)
    return {
        "language": translation.get_language(),
        "city": city_session.city,
        "day": str(date.day) if date else "",
        "month": month_name(date),
        "weekday": weekday_or_word,
        "time": time,
        "has-time": has_time,
        "approximate": _("time is approximate") if has_time and city_session.times_approximate else "",
        "venue": venue_of(city_session),
    }


def date_that_holds(city_session):
    return None if city_session.state == CitySession.State.POSTPONED else city_session.date


def date_in_words(city_session):
    """«2025-жылдын 9-июну, дүйшөмбү», or that it is not known yet."""
    if city_session.state == CitySession.State.POSTPONED:
        return _("New date to be announced")
    return with_weekday(city_session.date) or _("Date to be announced")


def venue_of(city_session):
    return city_session.venue or _("Venue to be announced")


def notice_of(city_session):
    """What would make somebody's way useless, and its tone; nothing while one can still come or join."""
    stage = city_session.stage
    return (str(stage.label), TONES[stage]) if stage in TONES else ("", "plain")


def stop_of(city_session):
    """«Postponed», «Cancelled»: what every paper must say, however long it hangs; nothing of a session that stands."""
    return "" if city_session.is_standing else str(CitySession.Stage(city_session.state).label)


def address_in_code(city_session):
    """What a poster's QR code holds: the shortest address of the session, which never dies."""
    return f"{settings.SITE_URL}/{city_session.slug}"


def short_address(city_session):
    """The same as people read and type it: «talkuu.example.kg/osh»."""
    return f"{site()}/{city_session.slug}"


def site():
    return urlsplit(settings.SITE_URL).netloc


def in_both_languages(words, language):
    """`words()` in each language, the wanted one first: the halves of a paper that everybody reads (UX 38)."""
    halves = []
    for code in [language, *(other for other in LANGUAGES if other != language)]:
        with translation.override(code):
            halves.append({"language": code, **words()})
    return halves


def feet(address, *, is_public=True):
    """What stands at the foot of every paper, by language: of when it is, and where the latest is.

    Of what is not published yet also the word that lies across the page.
    """
    return {half["language"]: half for half in in_both_languages(lambda: _foot(address, is_public), LANGUAGES[0])}


def _foot(address, is_public):
    made_on = formats.date_format(timezone.localtime(), "DATETIME_FORMAT")
    return {
        "as-of": _("As of: %(date)s") % {"date": made_on},
        "latest": _("Latest here: %(address)s") % {"address": address},
        "page": _("Page %(page)s of %(pages)s") % {"page": "{n}", "pages": "{m}"},
        "draft": "" if is_public else "ДОЛБООР / ПРОЕКТ",
    }
