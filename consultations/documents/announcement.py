"""The announcement of a consultation on A4, made from its data: whoever cannot open the site holds it all in the hand.

Each language is a whole announcement of its own, the wanted one first, so that nobody reads round the other's slashes.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consultations import qr
from consultations.templatetags import content
from consultations.templatetags.content import phone, times_of

from . import facts


def words(consultation, city_sessions, language):
    """Everything the announcement says. `city_sessions`: those to announce, in order, with their consultation."""
    return {
        "halves": facts.in_both_languages(lambda: _half(consultation, city_sessions), language),
        "phone": phone(consultation.contact_phone),
        "latest": f"{facts.site()}/{consultation.slug}",
    }


def _half(consultation, city_sessions):
    return {
        "kicker": _("Announcement"),
        "headline": consultation.title,
        "parties": [[party.role, _party(party)] for party in consultation.party_list],
        "paragraphs": consultation.intro_paragraphs,
        "sessions-heading": _("Where and when"),
        "lead": _("Come to the hall or take part through Zoom. Register by phone camera, on the site, or call."),
        "sessions": [_session(city_session) for city_session in city_sessions],
        "zoom-heading": _("Links to take part online through Zoom"),
        "zoom": [[one.city, one.public_zoom_url] for one in city_sessions if one.public_zoom_url],
        "documents-heading": _("Documents"),
        "documents-lead": consultation.documents_lead,
        "documents": _documents(consultation),
        "contact-heading": _("For organisational questions call"),
        "contact": consultation.contact_name,
        "ways": [way for way in (_whatsapp(consultation), consultation.contact_email) if way],
        "programme-heading": _("Programme"),
        "programme": consultation.programme_title,
        "languages": _("Working languages: %(languages)s") % {"languages": consultation.working_languages}
        if consultation.working_languages
        else "",
        "approximate": _("Time is approximate."),
        "agendas": _agendas(consultation, city_sessions),
    }


def _party(party):
    """The name with its abbreviation in the same language, where the name does not hold it."""
    abbreviation = getattr(party, f"abbreviation_{get_language()}")
    return f"{party.name} ({abbreviation})" if abbreviation and abbreviation not in party.name else party.name


def _whatsapp(consultation):
    number = phone(consultation.contact_whatsapp)
    return f"WhatsApp {number}" if number else ""


def _session(city_session):
    return {
        **facts.where_and_when(city_session),
        "date": facts.date_in_words(city_session),
        "address": city_session.address,
        "notice": facts.stop_of(city_session),
        "qr": qr.svg(facts.address_in_code(city_session)),
        "page": facts.short_address(city_session),
        "code": _("QR code of the session: %(city)s") % {"city": city_session.city},
    }


def _documents(consultation):
    """The drafts and the form for comments: title, what it is, the address announced, a code that outlives it."""
    found = [
        (document.title, content.facts(document), document.url, "short-document", [consultation.slug, document.slug])
        for document in consultation.document_list
    ]
    if consultation.comment_form_url:
        found.append((_("Leave a comment"), "", consultation.comment_form_url, "short-comment", [consultation.slug]))
    if consultation.portal_url:
        found.append((content.host(consultation.portal_url), "", consultation.portal_url, "", []))
    return [
        {
            "title": title,
            "facts": about,
            "url": url,
            "qr": qr.svg(settings.SITE_URL + reverse(name, args=args)) if name else "",
            "short": facts.site() + reverse(name, args=args) if name else "",
            "code": _("QR code: %(title)s") % {"title": title},
        }
        for title, about, url, name, args in found
    ]


def _agendas(consultation, city_sessions):
    """The common agenda, with who moderates where; then those of sessions that have their own."""
    common = [one for one in city_sessions if consultation.agenda_of(one) == consultation.agenda_list]
    own = [one for one in city_sessions if one not in common]
    agendas = [{"city": "", "items": [_item(item, common) for item in consultation.agenda_list]}]
    agendas += [
        {"city": one.city, "items": [_item(item, [one]) for item in consultation.agenda_of(one)]} for one in own
    ]
    return [agenda for agenda in agendas if agenda["items"]]


def _item(item, city_sessions):
    return {
        "time": times_of(item),
        "title": item.title,
        "speakers": item.speaker_lines,
        "moderator": _moderator(item, city_sessions),
    }


def _moderator(item, city_sessions):
    """Who moderates: the same everywhere, or each in a city; said to be unknown where nobody is named yet."""
    if item.moderator:
        return _("Moderator: %(name)s") % {"name": item.moderator}
    if not item.has_moderator:
        return ""
    named = [f"{one.moderator} ({one.city})" for one in city_sessions if one.moderator]
    return _("Moderator: %(name)s") % {"name": ", ".join(named) or _("to be announced")}
