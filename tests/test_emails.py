"""Letters, as the mail server receives them: a real SMTP conversation on loopback, parsed back."""

import email
import email.policy
import io
import smtplib
import uuid
from urllib.parse import urlsplit

import icalendar
import pytest
import zxingcpp
from django.conf import settings
from django.core import mail
from PIL import Image

from consultations import actions, emails
from consultations.models import CitySession, Message, Registration
from tests.factories import in_days, make_city_session, make_consent_text, make_consultation

pytestmark = pytest.mark.django_db

SITE = urlsplit(settings.SITE_URL).hostname


@pytest.fixture
def city_session():
    consultation = make_consultation(
        slug="nbsap",
        short_title_ky="Коомдук талкуулар",
        short_title_ru="Общественные обсуждения",
        contact_email="office@example.org",
    )
    make_consent_text(consultation)
    return make_city_session(
        consultation=consultation, slug="osh", city_ky="Ош", city_ru="Ош", date=in_days(30), hall_capacity=10
    )


def register(city_session, *people, mode="hall", language="ru", **details):
    return actions.register(
        city_session=city_session,
        people=[{"full_name": "Асанова Айгүл", "phone": "", "email": "a@example.org"} | person for person in people],
        mode=mode,
        submission_key=f"key-{Registration.objects.count()}",
        language=language,
        consent_text=city_session.consultation.current_consent,
        **details,
    ).registrations


def sent_by(run_jobs):
    """The letters that leave when the worker has run, as their bytes are on the wire."""
    run_jobs()
    return [
        email.message_from_bytes(letter.message().as_bytes(), policy=email.policy.default) for letter in mail.outbox
    ]


def text_of(letter):
    return letter.get_body(["plain"]).get_content()


def test_confirmation_goes_to_the_person_in_their_language(city_session, run_jobs):
    [registration] = register(city_session, {}, language="ru")
    [letter] = sent_by(run_jobs)
    assert letter["To"] == "a@example.org"
    assert letter["Reply-To"] == "office@example.org"
    assert letter["Content-Language"] == "ru"
    assert registration.pass_number_spaced in text_of(letter)
    assert f"{settings.SITE_URL}/ru/r/{registration.code}/" in text_of(letter)


def test_letter_is_complete_in_plain_text_and_in_html(city_session, run_jobs):
    register(city_session, {})
    [letter] = sent_by(run_jobs)
    html = letter.get_body(["html"]).get_content()
    for part in (text_of(letter), html):
        for fact in ("Асанова Айгүл", "Ош", "+996 555 000 999".replace(" ", "\N{NO-BREAK SPACE}")):
            assert fact in part
    assert '<html lang="ru">' in html
    assert len(html.encode()) < 100_000


def test_letter_carries_the_qr_code_as_a_picture(city_session, run_jobs):
    [registration] = register(city_session, {})
    [letter] = sent_by(run_jobs)
    [picture] = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert picture.get_filename() == f"ticket-{registration.pass_number}.png"
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.get_content())))
    assert code.text == f"{settings.SITE_URL}/p/{registration.pass_number}"


def test_letter_carries_a_calendar_entry_whose_two_methods_agree(city_session, run_jobs):
    register(city_session, {})
    [letter] = sent_by(run_jobs)
    [entry] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert entry.get_filename() == "invite.ics"
    assert entry.get_param("method") == "PUBLISH"
    calendar = icalendar.Calendar.from_ical(entry.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    assert len(calendar.walk("VEVENT")) == 1


def test_letter_headers_are_ours_alone_and_say_a_machine_wrote(city_session, run_jobs):
    register(city_session, {})
    [letter] = sent_by(run_jobs)
    assert {name.lower() for name in letter} == {
        "content-type",
        "mime-version",
        "subject",
        "from",
        "to",
        "reply-to",
        "date",
        "message-id",
        "auto-submitted",
        "x-auto-response-suppress",
        "content-language",
    }
    assert letter["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "name",
    [
        "Победа www.evil.kg",
        "Победа https://evil.kg",
        "a@evil.kg Айгүл",
        "Айгүл evil.kg/x",
    ],
)
def test_name_that_would_become_a_link_is_left_out(city_session, run_jobs, name):
    register(city_session, {"full_name": name})
    [letter] = sent_by(run_jobs)
    for part in (text_of(letter), letter.get_body(["html"]).get_content()):
        assert "evil" not in part


@pytest.mark.parametrize(
    "name", ["Айгүл <b>Асанова</b", "{{ 7 }} {name} %s Айгүл", "Жан-Пьер О'Нил", "Турдубеков Н. А."]
)
def test_name_is_text_and_nothing_else(city_session, run_jobs, name):
    register(city_session, {"full_name": name})
    [letter] = sent_by(run_jobs)
    assert name in text_of(letter) or emails.name_fit_for_a_letter(name) == ""
    assert "<b>Асанова" not in letter.get_body(["html"]).get_content()


def test_person_in_the_queue_reads_their_place_and_gets_no_ticket(city_session, run_jobs):
    city_session.hall_capacity = 0
    city_session.save()
    register(city_session, {})
    [letter] = sent_by(run_jobs)
    assert Message.objects.get().kind == Message.Kind.QUEUED
    assert [part.get_content_type() for part in letter.walk() if not part.is_multipart()] == ["text/plain", "text/html"]


def test_online_participant_gets_the_join_page_and_never_the_private_zoom_link(city_session, run_jobs):
    city_session.zoom_join_url = "https://zoom.us/j/1234567890?pwd=secret"
    city_session.save()
    [registration] = register(city_session, {}, mode="online")
    [letter] = sent_by(run_jobs)
    assert f"{settings.SITE_URL}/j/{registration.join_code}" in text_of(letter)
    assert "zoom.us/j/" not in letter.as_string()


def test_group_contact_gets_one_letter_with_everybodys_ticket(city_session, run_jobs):
    contact, own, without = register(
        city_session,
        {},
        {"full_name": "Өмүралиев Бакыт", "email": "b@example.org"},
        {"full_name": "Садыкова Нуриза", "email": ""},
    )
    letters = sent_by(run_jobs)
    assert [letter["To"] for letter in letters] == ["a@example.org", "b@example.org"]
    assert without.pass_number_spaced in text_of(letters[0])
    assert own.pass_number_spaced not in text_of(letters[0])
    assert contact.pass_number_spaced not in text_of(letters[1])


def test_promoted_person_is_told(city_session, run_jobs):
    city_session.hall_capacity = 1
    city_session.save()
    [first] = register(city_session, {"full_name": "Биринчи Адам", "email": "first@example.org"})
    register(city_session, {"full_name": "Экинчи Адам", "email": "second@example.org"}, language="ky")
    sent_by(run_jobs)
    mail.outbox.clear()
    actions.cancel(registration=first)
    left, letter = sent_by(run_jobs)
    assert (left["To"], left["Content-Language"]) == ("first@example.org", "ru")
    assert (letter["To"], letter["Content-Language"]) == ("second@example.org", "ky")
    assert Message.objects.get(kind=Message.Kind.PROMOTED).status == Message.Status.SENT


def test_whoever_had_the_place_reads_that_it_is_given_away_and_nothing_of_the_other_person(city_session, run_jobs):
    [registration] = register(city_session, {"email": "first@example.org"}, language="ky")
    sent_by(run_jobs)
    mail.outbox.clear()
    instead = actions.replace_person(
        registration=registration,
        full_name="Бакиров Эрмек",
        email="second@example.org",
        language="ru",
        consent_text=city_session.consultation.current_consent,
    )
    letters = {letter["To"]: letter for letter in sent_by(run_jobs)}
    assert letters.keys() == {"first@example.org", "second@example.org"}
    letter = letters["first@example.org"]
    assert letter["Subject"].strip() == "Сиздин ордуңузга башка адам келет: Ош"
    assert "Ордуңуз башка адамга берилди." in text_of(letter)
    [entry] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(entry.get_content())
    assert (calendar["method"], entry["Content-Type"].params["method"]) == ("CANCEL", "CANCEL")
    assert calendar.events[0]["uid"] == f"{city_session.calendar_uid}@{SITE}"
    whole = letter.as_string() + text_of(letter) + letter.get_body(["html"]).get_content() + entry.get_content()
    theirs = [instead.full_name, instead.code, instead.join_code, instead.pass_number, instead.pass_number_spaced]
    for secret in [*theirs, registration.code, registration.pass_number]:
        assert secret not in whole
    # Nothing stays of the first person, not even to which address this went.
    assert not Message.objects.exclude(kind="instead").exists()


def given_away(registration, **person):
    details = {"full_name": "Бакиров Эрмек", "phone": "+996555000111", "language": "ky"}
    return actions.replace_person(
        registration=registration,
        consent_text=registration.city_session.consultation.current_consent,
        **details | person,
    )


def test_letter_of_a_place_given_away_is_about_that_place_wherever_the_other_goes(city_session, run_jobs):
    [registration] = register(city_session, {"email": "first@example.org"})
    sent_by(run_jobs)
    mail.outbox.clear()
    there = make_city_session(city_session.consultation, city_ky="Нарын", city_ru="Нарын", date=in_days(20))
    actions.move(registration=given_away(registration), city_session=there)
    [letter] = [letter for letter in sent_by(run_jobs) if letter["To"] == "first@example.org"]
    assert letter["Subject"].strip() == "Вместо вас придёт другой человек: Ош"
    [entry] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert icalendar.Calendar.from_ical(entry.get_content()).events[0]["uid"] == f"{city_session.calendar_uid}@{SITE}"
    assert "Нарын" not in text_of(letter) + entry.get_content()


def test_whoever_is_put_back_before_the_letter_leaves_is_only_welcomed(city_session, run_jobs):
    [registration] = register(city_session, {"email": "first@example.org"})
    sent_by(run_jobs)
    mail.outbox.clear()
    given_away(given_away(registration, email="second@example.org"), email="First@example.org")
    assert [(letter["To"], letter["Subject"].split(":")[0].strip()) for letter in sent_by(run_jobs)] == [
        ("First@example.org", "Сиз башка адамдын ордуна катышасыз"),
        ("second@example.org", "Сиздин ордуңузга башка адам келет"),
    ]


def test_contact_of_a_group_whose_address_a_member_had_reads_of_one_place_and_keeps_their_own(city_session, run_jobs):
    _contact, member = register(
        city_session, {"email": "c@example.org"}, {"full_name": "Үсөнов", "email": "c@example.org"}
    )
    sent_by(run_jobs)
    mail.outbox.clear()
    instead = given_away(member)
    [letter] = sent_by(run_jobs)
    assert "Одно из мест, записанных на этот адрес, передано другому человеку." in text_of(letter)
    [entry] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    [event] = icalendar.Calendar.from_ical(entry.get_content()).events
    assert event["uid"] == f"{uuid.uuid5(city_session.calendar_uid, str(instead.pk))}@{SITE}"  # the member's alone


def test_letter_of_a_place_elsewhere_waits_on_when_its_reader_gets_the_other_place(city_session, run_jobs):
    [registration] = register(city_session, {"email": "first@example.org"})
    sent_by(run_jobs)
    mail.outbox.clear()
    there = make_city_session(city_session.consultation, city_ky="Нарын", city_ru="Нарын", date=in_days(20))
    moved = actions.move(registration=given_away(registration, email="second@example.org"), city_session=there)
    given_away(moved, email="first@example.org")
    subjects = [letter["Subject"].strip() for letter in sent_by(run_jobs) if letter["To"] == "first@example.org"]
    assert "Вместо вас придёт другой человек: Ош" in subjects


def test_whoever_shares_the_address_and_still_comes_keeps_the_entry_in_the_calendar(city_session, run_jobs):
    [registration] = register(city_session, {"email": "office@example.org"})
    register(city_session, {"email": "office@example.org", "full_name": "Үсөнов"})
    sent_by(run_jobs)
    mail.outbox.clear()
    given_away(registration)
    [letter] = sent_by(run_jobs)
    assert "Одно из мест, записанных на этот адрес, передано другому человеку." in text_of(letter)
    assert [part for part in letter.walk() if part.get_content_type() == "text/calendar"] == []


def test_letter_of_a_place_given_away_leaves_though_the_other_person_is_erased(city_session, run_jobs):
    [registration] = register(city_session, {"email": "first@example.org"})
    sent_by(run_jobs)
    mail.outbox.clear()
    instead = given_away(registration)
    actions.anonymise(registration=instead)
    assert [letter["To"] for letter in sent_by(run_jobs)] == ["first@example.org"]
    assert not Message.objects.filter(kind="given-away").exists()


def test_held_letter_of_a_place_given_away_goes_with_the_other_persons_data(city_session):
    [registration] = register(city_session, {"email": "first@example.org"})
    instead = given_away(registration)
    Message.objects.filter(kind="given-away").update(status="held")
    actions.anonymise(registration=instead)
    assert not Message.objects.exclude(address="").exists()


def test_letters_of_places_given_away_are_counted_apart_and_too_many_are_forgotten(city_session, run_jobs):
    """What others used up of an address does not silence them; nor do they flood it."""
    people = [{"email": "first@example.org", "full_name": f"Асанова Айгүл {number}"} for number in range(7)]
    registered = [register(city_session, person)[0] for person in people]
    sent_by(run_jobs)
    assert len(mail.outbox) == 5
    mail.outbox.clear()
    for number, registration in enumerate(registered):
        given_away(registration, full_name=f"Башка {number}")
    assert [letter["To"] for letter in sent_by(run_jobs)] == ["first@example.org"] * 5
    assert not Message.objects.filter(kind="given-away").exists()


def test_letter_of_a_place_given_away_that_is_refused_is_forgotten_too(city_session, run_jobs, monkeypatch):
    def refuse(*_):
        raise smtplib.SMTPRecipientsRefused({"first@example.org": (550, b"no such user")})

    [registration] = register(city_session, {"email": "first@example.org"})
    sent_by(run_jobs)
    given_away(registration)
    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)
    run_jobs()
    assert not Message.objects.exists()


def test_who_switches_from_one_queue_to_the_other_reads_that_they_wait(city_session, run_jobs):
    CitySession.objects.update(hall_capacity=0, online_capacity=0)
    [registration] = register(city_session, {}, mode="online")
    sent_by(run_jobs)
    mail.outbox.clear()
    actions.switch(registration=registration, mode="hall")
    [letter] = sent_by(run_jobs)
    assert "Вы в листе ожидания. Ваше место в списке: 1." in text_of(letter)
    assert "Теперь вы участвуете в зале" not in text_of(letter)


def test_undated_session_gives_a_letter_without_a_calendar(city_session, run_jobs):
    city_session.date = city_session.start_time = city_session.end_time = None
    city_session.save()
    register(city_session, {})
    [letter] = sent_by(run_jobs)
    assert "text/calendar" not in [part.get_content_type() for part in letter.walk()]
