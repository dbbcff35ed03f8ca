"""Rows for tests, valid by themselves: say only what the test is about.

Registrations are written directly, past the actions, so that a test may begin in any state. Everything that must be
unique is counted; everything else is the same each time.
"""

import datetime
import itertools

from django.utils import timezone

from consultations import actions
from consultations.models import (
    AgendaItem,
    ChangeRecord,
    CitySession,
    ConsentText,
    Consultation,
    DataRequest,
    Document,
    DoorEntry,
    DoorPass,
    ExportRecord,
    LetterParagraph,
    Message,
    Need,
    OwnAnswer,
    OwnQuestion,
    Party,
    PlaceCount,
    Registration,
)
from consultations.models.credentials import new_pass_number

numbers = itertools.count(1)
drawn = set()


def in_days(days):
    """The date so many days from today, in Asia/Bishkek."""
    return timezone.localdate() + datetime.timedelta(days=days)


def make_consultation(**fields):
    """Published, in both languages, with a contact and nothing optional."""
    number = next(numbers)
    return Consultation.objects.create(
        **{
            "slug": f"consultation-{number}",
            "title_ky": f"Коомдук талкуунун аталышы {number}",
            "title_ru": f"Название общественного обсуждения {number}",
            "short_title_ky": f"Коомдук талкуу {number}",
            "short_title_ru": f"Общественное обсуждение {number}",
            "intro_ky": "Биринчи абзац.\n\nЭкинчи абзац.",
            "intro_ru": "Первый абзац.\n\nВторой абзац.",
            "contact_name": "Асанова Айгүл",
            "contact_phone": "+996555000999",
            "retention_days": 180,
            "is_published": True,
        }
        | fields
    )


def make_consent_text(consultation=None, **fields):
    return ConsentText.objects.create(
        consultation=consultation or make_consultation(),
        **{
            "version": f"test-{next(numbers)}",
            "text_ky": "Маалыматымды иштетүүгө макулмун.",
            "text_ru": "Даю согласие на обработку данных.",
        }
        | fields,
    )


def make_city_session(consultation=None, **fields):
    """Published, in thirty days at 13:30–16:15, open for registration, without limits of places."""
    number = next(numbers)
    return CitySession.objects.create(
        consultation=consultation or make_consultation(),
        **{
            "slug": f"city-{number}",
            "city_ky": f"Шаар-{number}",
            "city_ru": f"Город-{number}",
            "locality_ky": "шаары",
            "locality_ru": "город",
            "date": in_days(30),
            "start_time": datetime.time(13, 30),
            "end_time": datetime.time(16, 15),
            "is_published": True,
        }
        | fields,
    )


def another_pass_number():
    """One that no other row of these tests has: actions draw a taken number again, rows made by hand do not."""
    while (number := new_pass_number()) in drawn:
        pass
    drawn.add(number)
    return number


def make_registration(city_session=None, **fields):
    """Confirmed for the hall, with a phone of its own and no e-mail; what belongs to another status is filled in."""
    number = next(numbers)
    city_session = city_session or make_city_session()
    filled = {
        "full_name": f"Катышуучу Номер-{number}",
        "phone": f"+996555{number:06}",
        "mode": Registration.Mode.HALL,
        "status": Registration.Status.CONFIRMED,
        "language": "ky",
    } | fields
    filled = {"pass_number": another_pass_number()} | filled
    now = timezone.now()
    if filled["status"] == Registration.Status.CANCELLED:
        filled = {"cancelled_at": now, "cancelled_by": Registration.CancelledBy.PARTICIPANT} | filled
    elif filled["status"] == Registration.Status.WAITING:
        filled = {f"{filled['mode']}_wanted_at": now} | filled
    if filled.get("checked_in_at"):
        filled = {"checked_in_by": "desk"} | filled
    if "consent_text" not in filled:
        consultation = city_session.consultation
        filled["consent_text"] = consultation.current_consent or make_consent_text(consultation)
    if filled["consent_text"]:
        filled = {"consented_at": now, "consent_channel": Registration.Channel.WEB} | filled
    return Registration.objects.create(city_session=city_session, **filled)


def make_group(city_session=None, *, size=3, **fields):
    """A contact and those they registered, who have neither phone nor e-mail; the contact first."""
    contact = make_registration(city_session, **fields)
    members = {"phone": "", "email": "", "source": Registration.Source.GROUP, "group": contact}
    return [contact, *(make_registration(contact.city_session, **fields | members) for _ in range(size - 1))]


def make_need(registration=None, **fields):
    return Need.objects.create(
        registration=registration or make_registration(), **{"kind": Need.Kind.STEP_FREE} | fields
    )


def make_own_question(owner=None, **fields):
    """Yes or no, personal, not required, in the next free place; of a consultation, or of the session that is given."""
    owner = owner or make_consultation()
    key = "city_session" if isinstance(owner, CitySession) else "consultation"
    number = next(numbers)
    return OwnQuestion.objects.create(
        **{
            key: owner,
            "place": OwnQuestion.objects.filter(**{key: owner}).count() + 1,
            "words_ky": f"Кошумча суроо {number}?",
            "words_ru": f"Дополнительный вопрос {number}?",
        }
        | fields
    )


CHOICES = {"kind": OwnQuestion.Kind.CHOICE, "choices_ky": "Автобус\nЖөө", "choices_ru": "Автобус\nПешком"}
IN_WORDS = {"kind": OwnQuestion.Kind.TEXT}


def make_own_answer(registration=None, question=None, **fields):
    """«Yes», to a question of the registration's consultation."""
    registration = registration or make_registration()
    question = question or make_own_question(registration.city_session.consultation)
    return OwnAnswer.objects.create(registration=registration, question=question, **{"choice": 1} | fields)


def make_told_session(consultation=None, **fields):
    """A session whose facts people know as they are now: a change of them is something to tell."""
    city_session = make_city_session(consultation, **fields)
    city_session.told_facts = city_session.facts
    city_session.save()
    return city_session


def change_facts(city_session, **facts):
    """An organiser has changed this, and told nobody."""
    for name, value in facts.items():
        setattr(city_session, name, value)
    city_session.save()
    return city_session


def make_message(registration=None, **fields):
    """A letter that waits to be sent; a call with `channel="call"`."""
    registration = registration or make_registration()
    return Message.objects.create(
        registration=registration,
        **{
            "kind": Message.Kind.ANNOUNCEMENT,
            "channel": Message.Channel.EMAIL,
            "language": registration.language,
            "dedupe_key": f"test-{next(numbers)}",
        }
        | fields,
    )


def make_call(registration=None, **fields):
    return make_message(registration, **{"channel": Message.Channel.CALL} | fields)


def make_data_request(consultation=None, **fields):
    """Somebody telephoned today and wants to know what is kept."""
    number = next(numbers)
    return DataRequest.objects.create(
        consultation=consultation or make_consultation(),
        **{"kind": DataRequest.Kind.COPY, "full_name": f"Суроочу Номер-{number}", "phone": f"+996777{number:06}"}
        | fields,
    )


def make_letter_paragraph(consultation=None, **fields):
    return LetterParagraph.objects.create(
        consultation=consultation or make_consultation(),
        **{"kind": Message.Kind.SESSION_CHANGED, "text_ky": "Кошумча сөз.", "text_ru": "Ещё несколько слов."} | fields,
    )


def make_door_pass(city_session=None, **fields):
    """A pass for the session's day that no phone has opened."""
    city_session = city_session or make_city_session()
    return DoorPass.objects.create(
        city_session=city_session, **{"day": city_session.date, "label": "Кире бериш", "created_by": "aigul"} | fields
    )


def make_door_entry(registration=None, **fields):
    """Somebody came."""
    registration = registration or make_registration()
    return DoorEntry.objects.create(
        **{
            "nonce": f"nonce-{next(numbers)}",
            "registration": registration,
            "city_session": registration.city_session,
            "kind": DoorEntry.Kind.ARRIVAL,
            "outcome": DoorEntry.Outcome.WELCOME,
            "happened_at": timezone.now(),
            "received_from": "desk",
        }
        | fields
    )


def make_session_now(consultation=None, **fields):
    """A session that is under way all day today, at whatever hour the tests run: its door is open."""
    whole_day = {"date": in_days(0), "start_time": datetime.time(0), "end_time": datetime.time(23, 59, 59)}
    return make_city_session(consultation, **whole_day | fields)


def make_export_record(*city_sessions, **fields):
    """An official list that somebody took of these sessions; of one of its own unless told."""
    return ExportRecord.objects.create(
        **{
            "made_by": "aigul",
            "city_sessions": [city_session.pk for city_session in city_sessions or [make_city_session()]],
            "preset": ExportRecord.Preset.OFFICIAL,
            "columns": ["full_name", "organisation"],
            "format": ExportRecord.Format.XLSX,
            "language": "ky",
            "rows": 21,
            "reason": ExportRecord.Reason.REPORT,
        }
        | fields
    )


def make_place_count(city_session=None, **fields):
    """What stays of the erased people of a session who had named no place in common."""
    return PlaceCount.objects.create(city_session=city_session or make_city_session(), **fields)


def make_change_record(registration=None, **fields):
    """The participant changed their phone number."""
    if registration is None and "city_session" not in fields:
        registration = make_registration()
    return ChangeRecord.objects.create(
        registration=registration, **{"actor": ChangeRecord.Actor.PARTICIPANT, "columns": ["phone"]} | fields
    )


def make_agenda_item(consultation=None, **fields):
    return AgendaItem.objects.create(
        consultation=consultation or make_consultation(),
        **{
            "start": datetime.time(14),
            "end": datetime.time(14, 20),
            "title_ky": "Ачылыш сөздөр",
            "title_ru": "Приветственные слова",
        }
        | fields,
    )


def make_party(consultation=None, **fields):
    return Party.objects.create(
        consultation=consultation or make_consultation(),
        **{
            "role_ky": "уюштуруучу",
            "role_ru": "организатор",
            "name_ky": "Уюштуруучу уюм",
            "name_ru": "Организация-организатор",
        }
        | fields,
    )


def make_document(consultation=None, **fields):
    number = next(numbers)
    return Document.objects.create(
        consultation=consultation or make_consultation(),
        **{
            "slug": f"document-{number}",
            "title_ky": f"Документ {number}",
            "title_ru": f"Документ {number} на русском",
            "language": Document.Language.RUSSIAN,
            "url": f"https://example.org/document-{number}",
        }
        | fields,
    )


def make_details(**fields):
    """What one person writes into the form: a name and a phone, each time another."""
    number = next(numbers)
    return {"full_name": f"Катышуучу Саны-{number}", "phone": f"+996700{number:06}"} | fields


def sign_up(city_session=None, *people, **options):
    """Register through the action, as the page does it; one person unless told otherwise. Returns the outcome."""
    city_session = city_session or make_city_session()
    consultation = city_session.consultation
    return actions.register(
        city_session=city_session,
        people=list(people) or [make_details()],
        **{
            "mode": Registration.Mode.HALL,
            "submission_key": f"form-{next(numbers)}",
            "language": "ky",
            "consent_text": consultation.current_consent or make_consent_text(consultation),
        }
        | options,
    )
