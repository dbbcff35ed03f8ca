"""The poster of a session: on paper A3 and A4, as a picture for WhatsApp, and as a text to paste there.

One message, readable from three metres: which city, which day, and how one registers. Both languages are on it (UX 38).
"""

import functools
import json

from django.utils import translation
from django.utils.translation import gettext as _

from consultations import qr
from consultations.models import CitySession
from consultations.templatetags.content import phone, times_of

from . import facts
from .typesetting import png

PICTURE_PPI = 144  # 540 × 675 points: 1080 × 1350 pixels


def words(city_session, language):
    """Everything the poster says. No number of places: it hangs for weeks."""
    return {
        "halves": facts.in_both_languages(functools.partial(_half, city_session), language),
        "stopped": not city_session.is_standing,
        "qr": qr.svg(facts.address_in_code(city_session), level="Q"),
        "address": facts.short_address(city_session),
        "phone": phone(city_session.consultation.contact_phone),
    }


def _half(city_session):
    return {
        **facts.where_and_when(city_session),
        "headline": city_session.consultation.short_title,
        "notice": facts.stop_of(city_session),
        "venue": venue_or_how_to_learn_it(city_session),
        "address": city_session.address if city_session.venue else "",
        "verb": _("Registration") if city_session.is_standing else _("News"),
        "camera": _("Point your phone’s camera at the code"),
        "form": _("In the hall and through Zoom") if city_session.is_standing else "",
        "code": _("QR code of the session: %(city)s") % {"city": city_session.city},
        "call": _("No Internet? Call:"),
    }


def venue_or_how_to_learn_it(city_session):
    return city_session.venue or _("Venue to be announced: scan the code or call to learn it.")


def poster_picture(city_session, language):
    """The poster for messengers, a PNG of 1080 × 1350 pixels."""
    with translation.override(language):
        return _picture(json.dumps(words(city_session, language) | {"language": language}))


@functools.lru_cache(maxsize=20)
def _picture(words):
    """Posters are for everybody and seldom change, so the last ones drawn are kept."""
    return png("picture.typ", json.loads(words), ppi=PICTURE_PPI)


def poster_text(city_session, language):
    """The words that go with the picture into a group's chat; *stars* make WhatsApp's and Telegram's bold."""
    consultation = city_session.consultation
    with translation.override(language):
        headline = _("Public consultation — %(city)s") % {"city": city_session.city}
        when = ", ".join(filter(None, [facts.date_in_words(city_session), times_of(city_session)]))
        where = ", ".join(filter(None, [city_session.venue, city_session.address]))
        lines = [f"*{headline}*", consultation.short_title, ""]
        if city_session.state == CitySession.State.CANCELLED:
            lines.append(_("This session will not take place."))
        else:
            lines += [
                _("When: %(when)s") % {"when": when},
                _("Where: %(where)s") % {"where": where}
                if city_session.venue
                else _("Venue to be announced: follow the link or call to learn it."),
                _("One can come to the hall or take part through Zoom."),
            ]
        lines += [
            "",
            _("Registration and news: %(address)s") % {"address": facts.address_in_code(city_session)},
            _("Phone: %(phone)s") % {"phone": phone(consultation.contact_phone)},
        ]
        return "\n".join(lines)
