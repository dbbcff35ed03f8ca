"""A session's papers, read back by other programs and compared with the data."""

import datetime
import io
import re

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.utils import timezone, translation
from PIL import Image

from consultations import documents
from consultations.documents import certificate, people
from consultations.documents.facts import date_in_words
from consultations.models import CitySession, Consultation, Message
from consultations.templatetags.content import times_of
from tests.factories import (
    change_facts,
    in_days,
    make_call,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_group,
    make_need,
    make_registration,
    make_told_session,
)
from tests.hostile import KEPT_AS_TYPED
from tests.paper import codes_on, is_tagged, pages_of, picture_codes, plain, sizes_of, squeezed, words_of

pytestmark = pytest.mark.django_db

A4, A4_ACROSS, A3 = (210, 297), (297, 210), (297, 420)
LANGUAGES = ["ky", "ru"]


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://talkuu.example.kg"


def paper(key, city_session, language="ky"):
    return documents.printed([key], city_session, language).pdf


# The announcement


@pytest.fixture
def announced():
    call_command("load_announcement", verbosity=0)
    return Consultation.objects.get()


def everything_announced(consultation):
    """All that the announcement tells, as the present language says it."""
    facts = [consultation.title, *consultation.intro_paragraphs, consultation.documents_lead, consultation.contact_name]
    facts += [consultation.programme_title, consultation.working_languages, consultation.contact_phone.as_international]
    for party in consultation.parties.all():
        facts += [party.role, party.name]
    for city_session in consultation.city_sessions.all():
        facts += [city_session.city, date_in_words(city_session), times_of(city_session), city_session.venue]
    for item in consultation.agenda_items.all():
        facts += [times_of(item), item.title, *item.speaker_lines]
    facts += [document.title for document in consultation.documents.all()]
    return facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_announcement_on_paper_lacks_nothing_of_the_announcement(announced, language):
    pdf = paper("announcement", announced.city_sessions.get(slug="osh"), language)

    text = words_of(pdf)
    missing = []
    for code in LANGUAGES:
        with translation.override(code):
            missing += [fact for fact in everything_announced(announced) if squeezed(fact) not in squeezed(text)]
    assert missing == []
    source = (project.BASE_DIR / "tests" / "announcement.txt").read_text()
    addresses = set(re.findall(r"https://\S+", source))
    assert len(addresses) == 7
    assert {address for address in addresses if squeezed(address) not in squeezed(text)} == set()
    assert "\N{ZERO WIDTH SPACE}" not in "".join(pages_of(pdf))  # an address copied from it is the address
    assert sizes_of(pdf) == [A4] * 4
    assert is_tagged(pdf)
    first, *_others = pages_of(pdf)
    with translation.override(language):
        assert announced.short_title.split()[0] in first


def test_announcement_leads_to_sessions_documents_and_comments(announced):
    pdf = paper("announcement", announced.city_sessions.get(slug="osh"))

    paths = ["balykchy", "naryn", "osh", "jalal-abad", "bishkek"]
    paths += [f"nbsap-2040/{path}" for path in ("docs/draft-ky", "docs/draft-ru", "comment")]
    wanted = sorted(f"https://talkuu.example.kg/{path}" for path in paths * 2)
    for dpi in (150, 75):
        assert sorted(text for text, _width in codes_on(pdf, dpi)) == wanted


def test_announcement_names_moderators_by_city_and_an_agenda_of_its_own(announced):
    osh, naryn = (announced.city_sessions.get(slug=slug) for slug in ("osh", "naryn"))
    CitySession.objects.filter(pk=osh.pk).update(moderator_ru="Асанова Айгүл")
    item = announced.agenda_items.first()
    item.pk, item.city_session, item.title_ru = None, naryn, "Встреча в Нарыне"
    item.save()

    text = words_of(paper("announcement", osh, "ru"))

    assert "Модератор: Асанова Айгүл (Ош)" in text
    assert "Встреча в Нарыне" in text


def test_paper_of_what_is_not_published_says_so():
    hidden = make_city_session(make_consultation(is_published=False))
    assert "ДОЛБООР / ПРОЕКТ" in words_of(paper("poster-a4", hidden))
    assert "ДОЛБООР" not in words_of(paper("poster-a4", make_city_session()))


# The poster


LONG = {"city_ky": "Узун аттуу айылдык аймак " * 3, "city_ru": "Ж" * 80, "venue_ky": "Ш" * 200, "venue_ru": "Зал " * 50}
POSTERS = {
    "usual": {"slug": "osh", "city_ky": "Ош", "venue_ky": "Чоң зал", "address_ky": "Ленин көчөсү, 1"},
    "nothing known": {"slug": "osh", "date": None, "start_time": None, "end_time": None},
    "long": {"slug": "a-village-with-a-very-long-address-in-it", **LONG},
    "cancelled": {"slug": "osh", "state": "cancelled"},
    "postponed": {"slug": "osh", "state": "postponed"},
}


@pytest.mark.parametrize("fields", POSTERS.values(), ids=POSTERS)
@pytest.mark.parametrize(("key", "size", "least"), [("poster-a4", A4, 98), ("poster-a3", A3, 138)])
def test_poster_is_one_page_with_one_code_that_is_read_from_a_metre(fields, key, size, least):
    pdf = paper(key, make_city_session(**fields))

    assert sizes_of(pdf) == [size]
    for dpi in (150, 75):
        [(address, width)] = codes_on(pdf, dpi)
        assert address == f"https://talkuu.example.kg/{fields['slug']}"
        assert width > least  # from corner to corner of what the reader finds: a module less than the code


@pytest.mark.parametrize("language", LANGUAGES)
def test_poster_says_in_both_languages_where_and_when(language):
    facts = {"city_ky": "Жалал-Абад", "city_ru": "Джалал-Абад", "venue_ky": "Чоң зал", "venue_ru": "Большой зал"}
    known = make_city_session(
        make_consultation(contact_phone="+996227024002"), date=datetime.date(2097, 6, 10), **facts
    )
    text = words_of(paper("poster-a4", known, language))
    said = [*facts.values(), "13:30–16:15", "июнь, дүйшөмбү", "июня, понедельник", "+996 227 024 002"]
    assert [fact for fact in [*said, f"talkuu.example.kg/{known.slug}"] if fact not in text] == []

    unknown = words_of(paper("poster-a4", make_city_session(date=None), language))
    for words in ["Өтүүчү жери такталууда: билүү үчүн", "Место уточняется: чтобы узнать", "Күнү такталууда"]:
        assert words in unknown


@pytest.mark.parametrize("fields", POSTERS.values(), ids=POSTERS)
def test_picture_for_messengers_is_light_and_its_code_is_read(fields):
    png = documents.poster_picture(make_city_session(**fields), "ru")
    assert Image.open(io.BytesIO(png)).size == (1080, 1350)
    assert len(png) <= 300_000
    for shrink in (1, 2):
        assert picture_codes(png, shrink) == [f"https://talkuu.example.kg/{fields['slug']}"]


def test_words_for_messengers_are_ready_to_paste():
    consultation = make_consultation(
        short_title_ru="Обсуждения", short_title_ky="Талкуулар", contact_phone="+996227024002"
    )
    facts = {"slug": "osh", "city_ky": "Ош", "city_ru": "Ош", "venue_ru": "Зал", "address_ru": "ул. Ленина, 1"}
    city_session = make_city_session(consultation, date=datetime.date(2097, 6, 10), **facts)
    assert plain(documents.poster_text(city_session, "ru")) == (
        "*Общественное обсуждение — Ош* Обсуждения "
        "Когда: 10 июня 2097 г., понедельник, 13:30–16:15 Где: Зал, ул. Ленина, 1 "
        "Можно прийти в зал или участвовать через Zoom. "
        "Регистрация и новости: https://talkuu.example.kg/osh Телефон: +996 227 024 002"
    )
    unknown = documents.poster_text(make_city_session(consultation, date=None), "ky")
    assert "Күнү такталууда" in unknown
    assert "Өтүүчү жери такталууда: билүү үчүн шилтемеге кириңиз же чалыңыз." in unknown
    stopped = documents.poster_text(make_city_session(consultation, state="cancelled"), "ru")
    assert "Это обсуждение не состоится." in stopped
    assert "Когда" not in stopped


# The sign-in sheet


def test_sheet_has_the_hall_first_each_part_in_kyrgyz_order_as_it_is_entered_afterwards():
    city_session = make_city_session()
    for name in ["Осмонов Бек", "Өмүров Бек", "Нурланов Бек", "Ңүров Бек"]:
        make_registration(city_session, full_name=name)
    make_registration(city_session, full_name="Пак Кезек", status="waiting")
    make_registration(city_session, full_name="Абдиев Зум", mode="online")
    make_registration(city_session, full_name="Абдиев Жок", status="cancelled")
    make_registration(city_session, full_name="", phone="", anonymised_at=timezone.now())
    words = people.sign_in_words(city_session, "ky")
    rows = [(section["titles"][0], row["cells"][0]) for section in words["sections"] for row in section["rows"]]
    hall = ["Нурланов Бек", "Ңүров Бек", "Осмонов Бек", "Өмүров Бек", "Пак Кезек"]
    assert rows == [
        *[("Залга катталгандар", name) for name in hall],
        ("Онлайн катышууга катталгандар", "Абдиев Зум"),
    ]
    live = city_session.registrations.live().identified()
    assert [name for _title, name in rows] == [one.full_name for one in live.on_the_sheet()]
    assert words_of(paper("sign-in", city_session)).count("күтүү тизмесинде / в листе ожидания") == 1


def test_sheet_shows_columns_of_the_consultation_and_gives_nobodys_number_away():
    columns = ["position", "home_place", "contact", "gender", "age_group", "photo"]
    city_session = make_city_session(make_consultation(sign_in_columns=columns))
    facts = {"position": "эколог", "home_place": "Тюп", "gender": "male", "age_group": "25-34", "photo_consent": True}
    make_registration(city_session, full_name="А", phone="+996555123456", **facts)
    make_registration(city_session, full_name="Б", phone="", email="guest@example.org")
    words = people.sign_in_words(city_session, "ru")
    [section] = words["sections"]
    assert [[plain(cell) for cell in row["cells"]] for row in section["rows"]] == [
        ["А", "эколог", "Тюп", "… 3456", "", "", "yes"],
        ["Б", "", "", "g…@example.org", "", "", "no"],
    ]
    text = words_of(paper("sign-in", city_session, "ru"))
    for header in ["Должность", "Кызматы", "Жынысы", "Возраст", "Подпись", "Колу"]:
        assert header in text
    assert "123456" not in squeezed(text)
    assert "25–34" not in text


@pytest.mark.parametrize("count", [0, 3, 45])
def test_sheet_has_numbered_pages_each_with_head_consent_and_room_to_write(count):
    consultation = make_consultation()
    make_consent_text(consultation, version="2025-1", text_ky="Макулмун.\nТолук тексти.", text_ru="Даю согласие.\nВсё.")
    city_session = make_city_session(consultation, city_ky="Ош")
    for number in range(count):
        make_registration(city_session, full_name=f"Катышуучу {number:04}")

    pdf = paper("sign-in", city_session)

    assert set(sizes_of(pdf)) == {A4_ACROSS}
    *pages, consent = pages_of(pdf)
    for number, page in enumerate([*pages, consent], start=1):
        assert f"Барак: {number} / {len(pages) + 1}" in page
        assert "2025-1" in page
        assert "Акыркы маалымат: talkuu.example.kg/" in page
    for page in pages:
        assert re.search(r"№\s+Толук аты-жөнү\s+Уюм\s+Байланыш\s+Колу", page)
    assert "Толук тексти." in consent
    text = "\n".join(pages)
    assert re.findall(r"Катышуучу (\d{4})", text) == [f"{number:04}" for number in range(count)]
    numbers = [int(number) for number in re.findall(r"^\s*(\d+)\s", text, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= count + 12


@pytest.mark.parametrize("key", ["sign-in", "door"])
def test_names_on_paper_are_names_whatever_they_hold(key):
    city_session = make_city_session()
    typed = [*KEPT_AS_TYPED, '#image("x") $x^2$ @ref <label> // \\ `код`', "Абдыкалыкова-Жээнбекова-" * 6]
    for name in typed:
        make_registration(city_session, full_name=name[:150], organisation=name[:150])
    # Letters that our font has not are empty boxes; those are looked for by what stands beside them.
    in_our_letters = [name[:150] for name in typed if re.fullmatch(r"[ -~Ѐ-ӿ№«»—–„“]+", name)]
    text = squeezed(words_of(paper(key, city_session)))
    assert [name for name in in_our_letters if squeezed(name) not in text] == []
    assert len(in_our_letters) > 25


# The list of the door


def test_door_list_says_whom_to_find_help_and_tell():
    city_session = make_city_session()
    helped = make_registration(city_session, full_name="Асанов А", checked_in_at=timezone.now())
    make_need(helped)
    uncalled = make_registration(city_session, full_name="Бакиров Б", status="waiting")
    make_call(uncalled)
    contact, member = make_group(city_session, size=2, full_name="Осмонов О")
    make_call(contact, status=Message.Status.UNREACHABLE, done_at=timezone.now(), done_by="aigul")
    make_registration(city_session, full_name="Өмүров Ө", mode="online")
    member.full_name = "Оторбаев О"
    member.save()

    words = people.door_words(city_session)

    marks = ["letter", "name", "how", "needs", "not-told", "came"]
    assert [[row[mark] for mark in marks] for row in words["rows"]] == [
        ["А", "Асанов А", "залда", True, False, True],
        ["Б", "Бакиров Б", "күтүү тизмесинде", False, True, False],
        ["О", "Осмонов О", "залда", False, True, False],
        ["О", "Оторбаев О", "залда", False, True, False],
        ["Ө", "Өмүров Ө", "онлайн", False, False, False],
    ]
    assert words["rows"][0]["number"] == helped.pass_number_spaced
    assert words["in-all"] == "Залда: 3, кезекте: 1, онлайн: 1"


def test_door_list_marks_everybody_while_a_change_is_announced_to_nobody():
    city_session = make_told_session()
    make_registration(city_session)
    change_facts(city_session, venue_ky="Башка зал")
    assert [row["not-told"] for row in people.door_words(city_session)["rows"]] == [True]


# Certificates, tickets of a group, the kit


def held(**fields):
    return make_city_session(**{"date": in_days(-1), "city_ru": "Ош", "venue_ru": "Зал"} | fields)


def test_certificates_go_to_whoever_was_there_once_it_was_held():
    now = timezone.now()
    for city_session, given in [(held(), True), (make_city_session(), False), (held(state="cancelled"), False)]:
        came = make_registration(city_session, full_name="Бакиров Бек", checked_in_at=now)
        joined = make_registration(city_session, full_name="Асанова Айгүл", mode="online", joined_online_at=now)
        make_registration(city_session, full_name="Жок Киши")
        names = [person.pk for person in certificate.certificates(city_session)]
        assert names == ([joined.pk, came.pk] if given else [])
        assert (documents.certificate_of(came, "ru") is not None) is given


def test_certificate_is_a_page_a_person():
    city_session = held()
    for name, how in [("Өмүралиева Үмүт Ыдырыс кызы", "checked_in_at"), ("Абдыкалыков Данияр", "joined_online_at")]:
        make_registration(city_session, full_name=name, **{how: timezone.now()})
    pdf = paper("certificates", city_session, "ru")
    assert sizes_of(pdf) == [A4_ACROSS] * 2
    first, second = pages_of(pdf)
    assert "Абдыкалыков Данияр" in first
    assert "онлайн, через Zoom" in first
    assert "Өмүралиева Үмүт Ыдырыс кызы" in second
    assert "Ош, Зал" in second


def test_tickets_of_a_group_are_six_to_a_sheet_and_open_the_door():
    group = make_group(size=8)
    for one in group:
        one.city_session = group[0].city_session
    pdf = documents.group_passes(group, "ky")
    assert sizes_of(pdf) == [A4] * 2
    wanted = [f"https://talkuu.example.kg/p/{one.pass_number}" for one in group]
    for dpi in (150, 75):
        codes = codes_on(pdf, dpi)
        assert sorted(text for text, _width in codes) == sorted(wanted)
    assert min(width for _text, width in codes_on(pdf, 150)) > 25


def test_kit_is_every_paper_in_the_order_of_printing():
    city_session = make_city_session()
    make_registration(city_session)
    printed = documents.printed(documents.KIT, city_session, "ru")
    sizes = sizes_of(printed.pdf)
    assert (sizes[0], sizes[-1], sizes.count(A3), sizes.count(A4_ACROSS) > 1) == (A4, A3, 1, True)
    text = words_of(printed.pdf)
    titles = ["ОБЪЯВЛЕНИЕ", "Регистрация", "Регистрационный лист участников", "Список на входе"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert printed.people == 1
    assert is_tagged(printed.pdf)
    for page in pages_of(printed.pdf):
        assert "По состоянию на:" in page or "Абалы:" in page
        assert f"talkuu.example.kg/{city_session.slug}" in page or city_session.consultation.slug in page
    assert "Страница 1 из 2" in text
