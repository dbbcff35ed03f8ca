"""How a notice will read before anybody gets it: as told to an invented person. Nothing is stored, nothing sent."""

from dataclasses import dataclass

from django.conf import settings

from consultations import calls, emails
from consultations.models import Message, Registration

# Nobody's own page, number or link may be seen by looking at a preview, and it reads the same each time: a number
# whose check digit is wrong and codes that 128 bits never end in are nobody's.
NAME, ADDRESS, PHONE = "Асанова Айгүл", "name@example.org", "+996555000000"
PASS_NUMBER, CODE, JOIN_CODE = "12345678", "0123456789abcdefghijkl", "abcdefghijklmnopqrstuv"
NOBODY = 0  # in the link that ends reminders; the database counts from 1


@dataclass
class Preview:
    """One message: its `language`, the letter's `subject` and `text`, and the words of a `call`."""

    language: str
    subject: str
    text: str
    call: str


def of_notice(notice, kind, *, mode=Registration.Mode.HALL):
    """The message of that kind that `notice`, not stored yet, would bring to somebody in that mode, by language."""
    return [_in_language(notice, kind, mode, language) for language, _name in settings.LANGUAGES]


def _in_language(notice, kind, mode, language):
    waiting = kind == Message.Kind.REQUEUED
    registration = Registration(
        pk=NOBODY,
        code=CODE,
        join_code=JOIN_CODE,
        pass_number=PASS_NUMBER,
        city_session=notice.city_session,
        full_name=NAME,
        email=ADDRESS,
        phone=PHONE,
        mode=mode,
        status=Registration.Status.WAITING if waiting else Registration.Status.CONFIRMED,
        language=language,
    )
    message = Message(registration=registration, notice=notice, kind=kind, language=language)
    letter = emails.letter(message)
    return Preview(language=language, subject=letter.subject, text=letter.body, call=calls.words_for(message))
