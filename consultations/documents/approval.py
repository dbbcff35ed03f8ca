"""The paper on which an announcement is approved before anybody sees it: every word of it, Kyrgyz beside Russian."""

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from translated_fields import show_language_code

from consultations.models import Consultation
from consultations.templatetags.content import phone, times_of, with_weekday

from .typesetting import pdf

LANGUAGES = [code for code, _name in settings.LANGUAGES]
OF_A_CONSULTATION = "title short_title intro programme_title documents_lead working_languages".split()
OF_A_SESSION = "venue address access practical moderator".split()


def paper(consultation, city_sessions):
    """The announcement of these sessions as PDF, A4, to be signed. An empty half is seen as such, nothing stands in."""
    sections = [
        section(lambda: _("Consultation"), [*texts(consultation, OF_A_CONSULTATION), *contacts(consultation)]),
        section(
            lambda: _("Who holds the discussions"),
            [row for party in consultation.party_list for row in party_rows(party)],
        ),
        *[
            section(
                lambda city_session=city_session: f"{city_session.city} {city_session.locality}".strip(),
                session_rows(consultation, city_session),
            )
            for city_session in city_sessions
        ],
        section(lambda: _("Programme"), [row for item in consultation.agenda_list for row in agenda_rows(item)]),
        section(
            lambda: _("Documents"), [row for document in consultation.document_list for row in document_rows(document)]
        ),
    ]
    words = {
        "title": both(lambda: _("For approval")),
        "mark": both(lambda: _("DRAFT")),
        "as-of": both(
            lambda: _("As of: %(date)s") % {"date": formats.date_format(timezone.localtime(), "DATETIME_FORMAT")}
        ),
        "sections": [one for one in sections if one["rows"]],
        "approved": both(lambda: _("Approved")),
        "signature": both(lambda: _("position, full name, signature, date")),
    }
    return pdf("approval.typ", words)


def both(words):
    """What `words()` says, in each language."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(str(words()))
    return found


def section(heading, rows):
    return {"heading": both(heading), "rows": rows}


def row(label, value):
    """One line: its label and its value, each in both languages."""
    return {"labels": [capfirst(one) for one in both(label)], "values": both(value)}


def texts(instance, names):
    """A line for each translated field, with its own halves; one that is empty in both is left out."""
    found = []
    for name in names:
        values = [getattr(instance, f"{name}_{language}") for language in LANGUAGES]
        if any(values):
            found.append(
                {"labels": [capfirst(one) for one in both(lambda name=name: label(instance, name))], "values": values}
            )
    return found


def label(instance, name):
    with show_language_code(False):  # noqa: FBT003 -- the library's signature
        return instance._meta.get_field(f"{name}_ky").verbose_name


def plain(instance, name):
    """A line for a field that is the same in both languages; nothing where it is empty."""
    value = getattr(instance, name)
    return [row(lambda: instance._meta.get_field(name).verbose_name, lambda: value)] if value else []


def contacts(consultation):
    return [
        row(lambda: _("Contacts"), lambda: f"{consultation.contact_name}, {phone(consultation.contact_phone)}"),
        *plain(consultation, "contact_email"),
        *plain(consultation, "comment_form_url"),
        *plain(consultation, "portal_url"),
        row(
            lambda: Consultation._meta.get_field("retention_days").verbose_name,
            lambda: consultation.retention_days or _("to be announced"),
        ),
    ]


def party_rows(party):
    roles = [capfirst(getattr(party, f"role_{language}")) for language in LANGUAGES]
    return [{"labels": roles, "values": [getattr(party, f"name_{language}") for language in LANGUAGES]}]


def session_rows(consultation, city_session):
    """Date and time first; what nobody knows yet is said."""
    found = [
        row(lambda: _("date"), lambda: with_weekday(city_session.date) or _("to be announced")),
        row(lambda: _("Time"), lambda: times_of(city_session) or _("to be announced")),
    ]
    if not (city_session.venue_ky or city_session.venue_ru):
        found.append(row(lambda: label(city_session, "venue"), lambda: _("to be announced")))
    found += texts(city_session, OF_A_SESSION)
    for name in ("hall_capacity", "online_capacity", "zoom_register_url", "map_url"):
        found += plain(city_session, name)
    own = [item for item in consultation.agenda_of(city_session) if item.city_session_id == city_session.pk]
    return found + [line for item in own for line in agenda_rows(item)]


def agenda_rows(item):
    """The title beside its time, then who speaks."""
    times = times_of(item)
    found = [{"labels": [times, times], "values": [getattr(item, f"title_{language}") for language in LANGUAGES]}]
    return found + texts(item, ["speakers", "moderator"])


def document_rows(document):
    named = both(document.get_kind_display)
    titles = [getattr(document, f"title_{language}") for language in LANGUAGES]
    return [{"labels": [capfirst(one) for one in named], "values": titles}]
