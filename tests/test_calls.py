"""The call list in words: what is said to whom, in their language, and links with the same text filled in."""

import datetime
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations import actions, calls, previews
from consultations.models import Message, Notice, Registration
from consultations.models.credentials import is_pass_number, new_secret
from tests.factories import (
    change_facts,
    in_days,
    make_call,
    make_city_session,
    make_consultation,
    make_group,
    make_letter_paragraph,
    make_registration,
    make_told_session,
)

pytestmark = pytest.mark.django_db

IN_JUNE = datetime.date(2031, 6, 9)
OFFICE = "+996\N{NO-BREAK SPACE}555\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}999"


@pytest.fixture
def city_session():
    return make_told_session(
        make_consultation(short_title_ky="Коомдук талкуулар", short_title_ru="Общественные обсуждения"),
        slug="osh",
        city_ky="Ош",
        city_ru="Ош",
        date=IN_JUNE,
        venue_ky="Эски зал",
        venue_ru="Старый зал",
    )


def announced(city_session, **facts):
    change_facts(city_session, **facts)
    notice = actions.announce(
        city_session=city_session, by="aigul", words_ky="Кечирим сурайбыз.", words_ru="Просим прощения."
    )
    return notice.messages.select_related("notice").get()


def facts(**labelled):
    """«City: Osh. Date: to be announced.», in the present language."""
    labels = {"what": "Public consultation", "city": "City", "date": "Date", "time": "Time", "venue": "Venue"}
    labels["mode"] = "Form of participation"
    return ". ".join(f"{_(labels[name])}: {fact}" for name, fact in labelled.items()) + "."


def last_line():
    return f"{_('For organisational questions call')}: {OFFICE} Асанова Айгүл"


def test_words_say_what_changed_and_the_facts_now_whatever_the_caller_reads(city_session):
    make_registration(city_session, full_name="Асанова Айгүл", language="ky")
    message = announced(city_session, venue_ky="Элдик үй", address_ky="Ленин көчөсү, 1", venue_ru="Дом народов")
    with override("ru"):
        words = calls.words_for(message)
    with override("ky"):
        changed = [
            _("Something about the session has changed. Here is how it stands now."),
            _("New: the venue."),
            _("Your registration holds as before; you need not do anything."),
        ]
        assert words.splitlines() == [
            "Саламатсызбы, Асанова Айгүл!",
            " ".join(changed),
            "Кечирим сурайбыз.",
            facts(
                what="Коомдук талкуулар",
                city="Ош",
                date="2031-жылдын 9-июну, дүйшөмбү",
                time="13:30–16:15",
                venue="Элдик үй, Ленин көчөсү, 1",
            ),
            last_line(),
        ]


def test_words_of_a_cancelled_session_name_no_venue_and_no_time(city_session):
    make_registration(city_session, full_name="Асанова Айгүл", language="ru")
    words = calls.words_for(announced(city_session, state="cancelled"))
    with override("ru"):
        assert words.splitlines() == [
            "Здравствуйте, Асанова Айгүл!",
            " ".join(
                [
                    _("The session will not take place."),
                    _("You can go to the session in another city, or take part in it through Zoom."),
                ]
            ),
            "Просим прощения.",
            facts(what="Общественные обсуждения", city="Ош", date="9 июня 2031 г., понедельник"),
            last_line(),
        ]


@pytest.mark.parametrize(
    ("changed", "mode", "known"),
    [
        ({"state": "postponed"}, "hall", {"date": "Postponed, the new date will be announced"}),
        (
            {"date": None, "start_time": None, "end_time": None, "venue_ky": "", "venue_ru": ""},
            "hall",
            {"date": "to be announced", "venue": "to be announced"},
        ),
        ({"date": None, "start_time": None, "end_time": None}, "online", {"date": "to be announced", "mode": "online"}),
    ],
)
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_words_say_what_is_not_known_yet(city_session, language, changed, mode, known):
    make_registration(city_session, mode=mode, language=language)
    line = calls.words_for(announced(city_session, **changed)).splitlines()[3]
    with override(language):
        texts = {name: _("online (through Zoom)" if text == "online" else text) for name, text in known.items()}
        assert line == facts(what=city_session.consultation.short_title, city="Ош", **texts)


def test_words_to_a_contact_name_everybody_they_stand_for(city_session):
    contact, member = make_group(city_session, size=2, language="ru", full_name="Асанова Айгүл")
    make_registration(city_session, group=contact, phone="", status="cancelled", full_name="Отменивший Человек")
    Registration.objects.filter(pk=member.pk).update(full_name="Садыкова Нуриза")
    message = announced(city_session, date=in_days(5))
    assert [person.full_name for person in calls.people_of(message)] == ["Асанова Айгүл", "Садыкова Нуриза"]
    with override("ru"):
        concerned = _("It concerns: %(names)s") % {"names": "Асанова Айгүл, Садыкова Нуриза"}
    assert concerned in calls.words_for(message).splitlines()


def test_words_about_one_member_are_said_to_the_contact(city_session):
    contact, member = make_group(city_session, size=2, language="ru", full_name="Асанова Айгүл")
    Registration.objects.filter(pk=member.pk).update(full_name="Садыкова Нуриза")
    member.refresh_from_db()
    message = make_call(member, kind=Message.Kind.PROMOTED)
    with override("ru"):
        concerned = _("It concerns: %(names)s") % {"names": "Садыкова Нуриза"}
    words = calls.words_for(message).splitlines()
    assert (words[0], words[2]) == ("Здравствуйте, Асанова Айгүл!", concerned)
    assert calls.links(message)["tel"] == f"tel:{contact.phone.as_e164}"


@pytest.mark.parametrize("kind", Message.Kind.values)
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_every_kind_has_words(kind, language):
    words = calls.words_for(make_call(make_registration(language=language), kind=kind))
    assert len(words.splitlines()) >= 4
    assert "{" not in words


@pytest.mark.parametrize("name", ["Победа www.evil.kg", "Победа https://evil.kg/x"])
def test_name_that_would_become_a_link_is_not_said(name):
    message = make_call(make_registration(full_name=name, language="ru"))
    assert calls.words_for(message).splitlines()[0] == "Здравствуйте!"
    assert all("evil" not in unquote(link) for link in calls.links(message).values())


def test_links_dial_and_write_the_same_words_and_the_public_page(city_session):
    person = make_registration(city_session, phone="+996700123456", language="ru")
    message = announced(city_session, date=in_days(5))
    links = calls.links(message)
    text = f"{calls.words_for(message)}\n{settings.SITE_URL}/ru/{city_session.consultation.slug}/osh/"
    assert links["tel"] == "tel:+996700123456"
    number, _question_mark, body = links["sms"].partition("?&body=")
    assert (number, unquote(body)) == ("sms:+996700123456", text)
    whatsapp = urlsplit(links["whatsapp"])
    assert (whatsapp.netloc, whatsapp.path) == ("wa.me", "/996700123456")
    assert parse_qs(whatsapp.query) == {"text": [text]}
    assert all(secret not in text for secret in (person.code, person.join_code))


def test_person_without_a_number_has_no_links():
    registration = make_registration()
    message = make_call(registration)
    registration.phone, registration.email = "", "a@example.org"
    assert calls.links(message) == {}


# Previews


def test_preview_reads_like_the_letter_and_keeps_nothing(city_session):
    make_registration(city_session, email="a@example.org", language="ru")
    make_letter_paragraph(city_session.consultation, text_ru="Обед не предусмотрен.")
    change_facts(city_session, venue_ky="Элдик үй", venue_ru="Дом народов")
    notice = actions.announcement_of(city_session, words_ky="Кечириңиз.", words_ru="Простите.")
    kyrgyz, russian = previews.of_notice(notice, actions.letter_kind(notice))
    assert (kyrgyz.language, kyrgyz.subject) == ("ky", "Өзгөртүү: Ош, 2031-жылдын 9-июну, дүйшөмбү")
    assert (russian.language, russian.subject) == ("ru", "Изменение: Ош, 9 июня 2031 г., понедельник")
    with override("ru"):
        changed = _("New: the venue.")
    for words in (changed, "Простите.", "Обед не предусмотрен.", "Дом народов"):
        assert words in russian.text
    assert "Кечириңиз." in kyrgyz.call
    assert (Notice.objects.count(), Message.objects.count(), Registration.objects.count()) == (0, 0, 1)


def test_preview_shows_nobodys_secrets_and_no_name_of_theirs(city_session):
    person = make_registration(city_session, full_name="Чыныгы Адам", email="a@example.org")
    notice = Notice(city_session=city_session, kind=Notice.Kind.MESSAGE, words_ky="Салам.", words_ru="Привет.")
    for preview in previews.of_notice(notice, actions.letter_kind(notice)):
        for secret in (person.code, person.join_code, person.pass_number_spaced, person.full_name, "a@example.org"):
            assert secret not in preview.text + preview.call


@pytest.mark.parametrize("kind", [kind for kind in Notice.Kind.values if kind != "quiet"])
@pytest.mark.parametrize("mode", Registration.Mode.values)
def test_preview_reads_the_same_each_time_and_its_links_open_nothing(client, city_session, kind, mode):
    notice = Notice(city_session=city_session, kind=kind)
    first, second = (previews.of_notice(notice, actions.letter_kind(notice), mode=mode) for _time in range(2))
    assert first == second
    for preview in first:
        assert "None" not in preview.text + preview.call
        links = re.findall(rf"{settings.SITE_URL}(/(?:[a-z]+/r|j|unsubscribe)/\S+)", preview.text)
        assert links
        assert {client.get(link).status_code for link in links} == {404}


def test_what_stands_in_a_preview_for_secrets_is_never_drawn():
    assert not is_pass_number(previews.PASS_NUMBER)
    for code in (previews.CODE, previews.JOIN_CODE):
        assert len(code) == len(new_secret())
        assert urlsafe_b64encode(urlsafe_b64decode(f"{code}==")).decode() != f"{code}=="


@pytest.mark.parametrize("kind", [kind for kind in Notice.Kind.values if kind != "quiet"])
@pytest.mark.parametrize("mode", Registration.Mode.values)
def test_every_kind_of_notice_has_a_preview_also_without_a_date(kind, mode):
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    notice = Notice(city_session=city_session, kind=kind, answer_by=None)
    for came in (True, False):
        found = previews.of_notice(notice, actions.letter_kind(notice, came=came), mode=mode)
        assert [preview.language for preview in found] == ["ky", "ru"]
