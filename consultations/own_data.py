"""All that is kept of one person, for that person (Law 58, P 78): to read on a page, and as JSON for a machine.

Both come from the rows and from the models' own lists of columns, so that a column added later is handed over too.
"""

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override
from phonenumber_field.phonenumber import PhoneNumber

from consultations.models import DataRequest, Message, Need, OwnAnswer, Registration

# Not handed over: what opens the pages (a copy travels further than a link), what the database derives from the name,
# the keys of rows and forms, and who of the staff did something.
NOT_HANDED_OVER = {
    Registration: frozenset(
        "id code join_code name_key sort_key submission_key submission_index version group consent_text "
        "checked_in_by anonymised_at same_person_as".split()
    ),
    Need: frozenset({"id", "registration"}),
    OwnAnswer: frozenset({"id", "registration", "question"}),  # the question is handed over in words
    Message: frozenset("id registration notice is_urgent email_id dedupe_key done_by".split()),
    DataRequest: frozenset("id consultation handled_by anonymised_at".split()),
}


def columns_of(model):
    """The model's columns that are handed over, in their order."""
    return [field for field in model._meta.concrete_fields if field.name not in NOT_HANDED_OVER[model]]


def requests_of(registration):
    """What this same person has asked about the data: the same name, and the same phone or e-mail."""
    found = DataRequest.objects.filter(anonymised_at=None).order_by("pk")
    reached = [(name, value) for name in ("phone", "email") if (value := getattr(registration, name))]
    return [
        one
        for one in found.filter(consultation=registration.city_session.consultation_id)
        if one.full_name and one.full_name.casefold() == registration.full_name.casefold()
        if any(getattr(one, name) == value for name, value in reached)
    ]


# As JSON


def as_data(registration):
    """Everything as plain values: codes as they are stored, moments in ISO 8601, so that a machine can compare."""
    city_session = registration.city_session
    consent = registration.consent_text
    return {
        "made_at": timezone.now().isoformat(),
        "consultation": {"ky": city_session.consultation.title_ky, "ru": city_session.consultation.title_ru},
        "city_session": {"ky": city_session.city_ky, "ru": city_session.city_ru, "date": plain(city_session.date)},
        "registration": row(registration) | {"city_session": city_session.slug},
        "registered_by": registration.group.full_name if registration.group else "",
        "people_registered": [member.full_name for member in registration.members.identified().order_by("pk")],
        "consent": {"version": consent.version, "ky": consent.text_ky, "ru": consent.text_ru} if consent else None,
        "needs": [row(need) for need in registration.needs.all()],
        "answers": [answer_row(answer) for answer in answers_of(registration)],
        "messages": [row(message) for message in messages_of(registration)],
        "requests": [row(one) for one in requests_of(registration)],
    }


def row(instance):
    return {field.name: plain(field.value_from_object(instance)) for field in columns_of(type(instance))}


def answer_row(answer):
    """An answer with its question, and what was chosen, in both languages."""
    found = row(answer)
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = {"question": answer.question.words, "answer": answer.in_words}
    return found


def plain(value):
    if isinstance(value, PhoneNumber):
        return value.as_e164
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int) else str(value)


# As a page


def as_sections(registration):
    """Pairs of a heading and its lines, each a name and a value in the present language; empty columns are left out."""
    sections = [(_("About you"), lines(registration))]
    if consent := registration.consent_text:
        sections.append((_("What you agreed to"), [(_("Version of the text"), consent.version), ("", consent.text)]))
    sections += [(_("What you need"), lines(need)) for need in registration.needs.all()]
    answers = [(answer.question.words, answer.in_words) for answer in answers_of(registration)]
    sections += [(_("What you answered"), answers)] if answers else []
    sections += [(str(capfirst(message.get_kind_display())), lines(message)) for message in messages_of(registration)]
    sections += [(_("What you asked about your data"), lines(one)) for one in requests_of(registration)]
    return sections


def answers_of(registration):
    """Answers to own questions, those of retired ones included; not those that erasure has emptied."""
    return registration.own_answers.select_related("question").exclude(choice=None, text="")


def messages_of(registration):
    """Without what waits to leave to whoever had the place before."""
    return registration.messages.exclude(kind__in=Message.NOT_KEPT).order_by("pk")


def lines(instance):
    pairs = [(capfirst(field.verbose_name), shown(instance, field)) for field in columns_of(type(instance))]
    return [(name, value) for name, value in pairs if value != ""]


def shown(instance, field):
    """A value for a reader: the words of a choice, yes or no, a local time."""
    value = getattr(instance, field.name)
    if field.choices:
        return str(getattr(instance, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d.%m.%Y %H:%M}"
    return "" if value is None else str(value)
