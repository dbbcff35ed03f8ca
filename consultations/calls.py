"""The call list in words: what to say to whom, and links that dial, or open a message with the same words in it."""

from urllib.parse import quote

from django.utils import translation
from django.utils.translation import gettext as _

from consultations import emails
from consultations.models import CitySession, Message
from consultations.templatetags.content import phone, times_of, with_weekday


def words_for(message):
    """What the caller says, in the person's language: the letter's own words, the organisers', and the facts now."""
    with translation.override(message.language):
        return "\n".join(line for line in _lines(message) if line)


def links(message, words=None):
    """Links by kind, `tel`, `sms` and `whatsapp`, the text filled in; none where there is no number to call.

    The text is the words and the session's public page; `words` where they are known already.
    """
    number = message.registration.contact.phone
    if not number:
        return {}
    with translation.override(message.language):
        page = emails.absolute(message.registration.city_session.get_absolute_url())
    text = quote(f"{words or words_for(message)}\n{page}", safe="")
    digits = number.as_e164.removeprefix("+")
    return {
        "tel": f"tel:+{digits}",
        "sms": f"sms:+{digits}?&body={text}",  # Android reads what follows the question mark, iOS what follows the &
        "whatsapp": f"https://wa.me/{digits}?text={text}",
    }


def people_of(message):
    """Whom a call is for: of a notice the contact and those told through them, else the one person it is about."""
    registration = message.registration
    if message.notice_id is None:
        return [registration]
    others = emails.people_told_through(registration, of_session=message.notice.city_session_id)
    people = [one for one in [registration, *others] if one.is_live]
    return people or [registration]


def _lines(message):
    registration = message.registration
    consultation = registration.city_session.consultation
    name = emails.name_fit_for_a_letter(registration.contact.full_name)
    yield _("Hello, %(name)s!") % {"name": name} if name else _("Hello!")
    yield " ".join(emails.said(message).split())
    yield message.notice.words if message.notice else ""
    people = people_of(message)
    if people != [registration.contact]:
        names = [emails.name_fit_for_a_letter(one.full_name) for one in people]
        yield _("It concerns: %(names)s") % {"names": ", ".join(filter(None, names))}
    yield ". ".join(f"{label}: {fact}" for label, fact in _facts(message)) + "."
    number = phone(consultation.contact_phone)
    yield f"{_('For organisational questions call')}: {number} {consultation.contact_name}".strip()


def _facts(message):
    """Pairs of label and fact as they stand in letters: what is not known yet is said."""
    registration = message.registration
    city_session = registration.city_session
    yield _("Public consultation"), city_session.consultation.short_title
    yield _("City"), city_session.city
    if city_session.state == CitySession.State.POSTPONED:
        yield _("Date"), _("Postponed, the new date will be announced")
        return
    yield _("Date"), with_weekday(city_session.date) or _("to be announced")
    if city_session.state == CitySession.State.CANCELLED or message.kind in Message.AFTERWARDS:
        return
    if city_session.start_time:
        yield _("Time"), times_of(city_session)
    if registration.in_hall:
        where = [city_session.venue or _("to be announced"), city_session.address if city_session.venue else ""]
        yield _("Venue"), ", ".join(filter(None, where))
    else:
        yield _("Form of participation"), _("online (through Zoom)")
