"""Pictures and papers that leave the site: one's ticket for the phone, a session's card for messengers, lists.

Every word is put together here, in the wanted language; the typst templates beside this file only lay out. They get it
as JSON, so that nothing a person typed is ever read as markup, and use the fonts beside them, the same on any machine.
"""

import functools
import io
import json
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from consultations import qr
from consultations.models import CitySession
from consultations.templatetags.content import month_name, phone, times_of, weekday

HERE = Path(__file__).parent
ORNAMENT = settings.BASE_DIR / "static" / "ornament.svg"  # the site's own drawing
TICKET_PPI = 216  # 360 points wide: 1080 pixels
CARD_PPI = 144  # 600 × 315 points: 1200 × 630 pixels
COLOURS = 48
TONES = {
    CitySession.Stage.CANCELLED: "stopped",
    CitySession.Stage.POSTPONED: "waiting",
    CitySession.Stage.CLOSED: "plain",
    CitySession.Stage.NOT_YET_OPEN: "plain",
    CitySession.Stage.HELD: "plain",
}


def ticket_picture(registration):
    """The ticket as a PNG to keep in the phone, in the language of the registration."""
    return _png("ticket.typ", ticket_words(registration), ppi=TICKET_PPI)


def session_card(city_session, language):
    """The picture beside a shared link, a PNG of 1200 × 630 pixels."""
    return _card(json.dumps(card_words(city_session, language)))


@functools.lru_cache(maxsize=50)
def _card(words):
    """Cards are for everybody and seldom change, so the last ones drawn are kept."""
    return _png("card.typ", json.loads(words), ppi=CARD_PPI)


def attendee_list(words):
    """A list of people as PDF, A4 across. `words` are put together in consultations/exports/."""
    return pdf("list.typ", words)


def ticket_words(registration):
    """Everything the ticket says."""
    city_session = registration.city_session
    consultation = city_session.consultation
    number_address = settings.SITE_URL + reverse("ticket-number", args=[registration.pass_number])
    with translation.override(registration.language):
        status, tone, advice = _standing(registration)
        is_for_the_door = tone != "stopped" and (registration.in_hall or registration.wants_the_hall)
        return {
            **_where_and_when(city_session),
            "headline": consultation.short_title,
            "venue": ", ".join(filter(None, [_venue(city_session), city_session.address])),
            "status": status,
            "tone": tone,
            "mode": "" if tone == "stopped" else _mode(registration),
            "advice": advice,
            "name": registration.full_name,
            "qr": qr.svg(number_address) if is_for_the_door else "",
            "number-label": _("Ticket number"),
            "number": registration.pass_number_spaced,
            "phone-label": _("Organisers’ phone:"),
            "phone": phone(consultation.contact_phone),
        }


def card_words(city_session, language):
    """Everything the card says. No number of places: messengers keep a picture for weeks."""
    with translation.override(language):
        notice, tone = _notice(city_session)
        return {
            **_where_and_when(city_session),
            "headline": city_session.consultation.short_title,
            "notice": notice,
            "tone": tone,
            "form": "" if notice else _("In the hall and through Zoom"),
            "address": f"{urlsplit(settings.SITE_URL).netloc}/{city_session.slug}",
        }


def _where_and_when(city_session):
    date = _date_that_holds(city_session)
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
        "venue": _venue(city_session),
    }


def _date_that_holds(city_session):
    return None if city_session.state == CitySession.State.POSTPONED else city_session.date


def _venue(city_session):
    return city_session.venue or _("Venue to be announced")


def _standing(registration):
    """Status in words, its tone, and what to do: of the session where it will not take place, else of the person."""
    state = registration.city_session.state
    if state == CitySession.State.CANCELLED:
        return _("This session will not take place."), "stopped", ""
    if registration.is_cancelled:
        return _("Registration cancelled"), "stopped", ""
    if state == CitySession.State.POSTPONED:
        advice = _("The session is postponed; the new date will be announced. Whoever has registered stays registered.")
        return _("Postponed"), "waiting", advice
    if registration.is_waiting:
        return (
            _("You are on the waiting list"),
            "waiting",
            _("As soon as a place becomes free, it is yours, and we tell you at once."),
        )
    if registration.is_online:
        return _("Your registration is confirmed"), "done", _("The link to join is on your page.")
    advice = _("You need not remember anything: say your name at the entrance.")
    return _("Your registration is confirmed"), "done", advice


def _mode(registration):
    if registration.is_online and registration.wants_the_hall:
        return _("I will take part through Zoom; on the waiting list for the hall")
    return registration.get_mode_display()


def _notice(city_session):
    """What would make somebody's way useless, and its tone; nothing while one can still come or join."""
    stage = city_session.stage
    return (str(stage.label), TONES[stage]) if stage in TONES else ("", "plain")


def _png(template, words, *, ppi):
    compiler = _compiler(template, words | {"ornament": _ornament()})
    return _with_few_colours(compiler.compile(format="png", ppi=ppi))


def pdf(template, words):
    """Tagged, so that a screen reader finds its way. Not by the standard UA-1, which refuses a name in letters that our
    font lacks; such letters are seen as empty boxes.
    """
    return _compiler(template, words).compile(format="pdf")


def _compiler(template, words):
    from typst import Compiler  # slow import

    return Compiler(
        input=str(HERE / template),
        root=str(HERE),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(words)},
    )


def _with_few_colours(png):
    """A third of the bytes: the pictures are flat, and the networks they travel on are poor."""
    from PIL import Image  # slow import

    written = io.BytesIO()
    drawn = Image.open(io.BytesIO(png)).convert("RGB")
    drawn.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
    return written.getvalue()


@functools.cache
def _fonts():
    from typst import Fonts  # slow import

    return Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])


@functools.cache
def _ornament():
    return ORNAMENT.read_text()
