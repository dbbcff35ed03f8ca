"""A list of people brought as a file: read whatever saved it, looked through, registered all at once or not at all."""

import csv
import datetime
import io
import re
import zipfile

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from xlsxwriter import Workbook

from consultations import actions, exports, lists
from consultations.exports import PRESETS
from consultations.lists.sheets import read
from consultations.models import (
    CitySession,
    ExportRecord,
    Message,
    OwnAnswer,
    OwnQuestion,
    Registration,
    UploadedList,
)
from tests.answers import make_open_session
from tests.factories import CHOICES, IN_WORDS, make_city_session, make_own_question, make_registration
from tests.hostile import KEPT_AS_TYPED
from tests.markup import parse
from tests.staff import make_organiser, make_staff
from tests.test_exports import make_order

pytestmark = pytest.mark.django_db

HEADING = ["Аты-жөнү", "Телефон", "E-mail", "Уюм"]
AIGUL = ["Асанова Айгүл", "0555 123 456", "Aigul@Example.org", "«Мисал» коомдук фонду"]
OMUR = ["Өмүрбеков Ңура", "0700 999 888", "", ""]


@pytest.fixture
def organiser(client):
    client.force_login(make_organiser())
    return client


def as_csv(*rows, encoding="utf-8-sig", delimiter=";"):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def as_xlsx(*rows):
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return file.getvalue()


def page(city_session, name="import"):
    return reverse(f"admin:consultations_citysession_{name}", args=[city_session.pk])


def choose(client, city_session, content, *, name="list.xlsx", **typed):
    """The first step: the file."""
    file = SimpleUploadedFile(name, content)
    return client.post(page(city_session), {"file": file, "mode": "hall", "language": "ky"} | typed)


def confirm(client, address, **typed):
    """The second step: register them."""
    agreed = {"source": "import", "consent_channel": "paper", "consented": "on", "tell": "on"}
    return client.post(address, {name: value for name, value in (agreed | typed).items() if value}, follow=True)


def people_in(content):
    return [cells for _line, cells in lists.people_of(lists.rows_of(content))]


# Reading


@pytest.mark.parametrize(
    "content",
    [
        as_xlsx(HEADING, AIGUL, OMUR),
        as_xlsx(["Катышуучулардын тизмеси"], [], HEADING, AIGUL, [], OMUR),
        as_csv(HEADING, AIGUL, OMUR),
        as_csv(HEADING, AIGUL, OMUR, encoding="utf-8", delimiter=","),
        as_csv(HEADING, AIGUL, OMUR, encoding="utf-16", delimiter="\t"),
        as_csv(["№", *HEADING, "Колу"], ["1", *AIGUL, ""], ["2", *OMUR, ""]),
    ],
    ids=["xlsx", "xlsx with a title", "csv of Excel", "csv", "utf-16", "numbered"],
)
def test_list_is_read_whatever_saved_it(content):
    columns = ["full_name", "phone", "email", "organisation"]

    assert [[person[column] for column in columns] for person in people_in(content)] == [AIGUL, OMUR]


def test_old_encoding_is_read():
    russian = ["Иванова Анна", "0555 123 456", "", "Фонд"]

    assert people_in(as_csv(["ФИО", "Телефон", "Почта", "Организация"], russian, encoding="cp1251")) == [
        {"full_name": "Иванова Анна", "phone": "0555 123 456", "email": "", "organisation": "Фонд"}
    ]


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        (["ФИО", "Тел.", "Эл. почта"], ["full_name", "phone", "email"]),
        (["Full name *", "PHONE NUMBER", "E-mail:"], ["full_name", "phone", "email"]),
        (["Аты-жөнү / ФИО", "Телефон номери", "Пол"], ["full_name", "phone", "gender"]),
        (["Фамилия Имя Отчество", "Контакт", "Форма участия"], ["full_name", "phone", "mode"]),
        (["АТЫ ЖОНУ", "Байланыш", "Тил"], ["full_name", "phone", "language"]),
        (["Участник", "Телефон", "Телефон", "Сколько лет"], ["full_name", "phone", "", ""]),
    ],
)
def test_headings_are_recognised_in_three_languages(heading, columns):
    assert lists.heading.headings(heading) == columns


def test_name_in_three_columns_is_put_together():
    rows = [["Имя", "Отчество", "Фамилия", "Телефон"], ["Айгүл", "Асановна", "Асанова", "0555123456"]]

    assert [person["full_name"] for person in people_in(as_xlsx(*rows))] == ["Асанова Айгүл Асановна"]


def test_number_that_excel_made_of_a_phone_is_a_phone():
    assert people_in(as_xlsx(HEADING, ["Асанова Айгүл", 555123456, "", ""]))[0]["phone"] == "555123456"


def test_empty_list_and_our_own_lists_are_recognised():
    for language in ("ky", "ru"):
        file = io.BytesIO()
        lists.template_xlsx(file, language)
        (heading,) = read(file.getvalue(), 10)[0]
        assert lists.heading.headings(heading) == list(lists.COLUMNS)
    registration = make_registration(full_name="Өмүр Ңура", email="a@example.org", organisation="Уюм")
    order = make_order(registration.city_session, columns=PRESETS["everything"])

    (person,) = people_in(b"".join(exports.attendees_xlsx(order)))
    assert (person["full_name"], person["email"], person["organisation"]) == ("Өмүр Ңура", "a@example.org", "Уюм")


# Files that are something else


def bomb():
    """Some kilobytes that unpack to a third of a gigabyte."""
    file = io.BytesIO(as_xlsx(HEADING, AIGUL))
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    swollen = io.BytesIO()
    with zipfile.ZipFile(swollen, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(name, part)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b"<worksheet><sheetData>")
            piece = b'<row><c t="inlineStr"><is><t>' + b"x" * 1_000_000 + b"</t></is></c></row>"
            for _ in range(350):
                sheet.write(piece)
            sheet.write(b"</sheetData></worksheet>")
    return swollen.getvalue()


def far_away():
    """One cell in the last corner of the sheet: all between would be seventeen thousand million cells."""
    file = io.BytesIO(as_xlsx(HEADING, AIGUL))
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", last)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            archive.writestr(name, part)
    return made.getvalue()


TOO_MANY = [[f"Катышуучу {number}", "0555123456"] for number in range(lists.MOST_ROWS + 1)]
NO_LISTS = {
    "blank": b" \n",
    "torn archive": b"PK\x03\x04 and nothing behind it",
    "torn XLS": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "bytes of no encoding": b"\x98\xff\xfe" * 200,
    "half a character": b"\xff\xfe\x00",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "paper": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "words": as_csv(["just", "words"], ["without", "a heading"]),
    "nobody": as_csv(HEADING),
    "empty lines": as_csv(HEADING, ["", "", ""]),
    "no names": as_csv(["Телефон", "Уюм"], ["0555123456", "x"]),
    "too many": as_csv(HEADING, *TOO_MANY),
    "too many in a spreadsheet": as_xlsx(HEADING, *TOO_MANY),
    "endless quotation": b'"' + b"x" * 200_000,
    "too large": b"a," * 3_000_000,
}


@pytest.mark.parametrize("kind", NO_LISTS)
def test_what_is_no_list_is_refused_with_words(kind):
    with pytest.raises(lists.NotAList) as refusal:
        people_in(NO_LISTS[kind])
    assert str(refusal.value.message)


@pytest.mark.parametrize("content", [bomb, far_away])
def test_file_made_to_break_its_reader_breaks_nothing(content):
    with pytest.raises(lists.NotAList):
        people_in(content())


def test_formula_is_not_calculated_and_stays_text(organiser):
    """A list from our own hands or from anybody's: the text comes back as text, in a page and in a spreadsheet."""
    city_session = make_open_session()
    name = '=HYPERLINK("https://evil.example","Асан Үсөнов")'
    content = as_csv(HEADING, [name, "0555123456", "", "@SUM(1+1)*cmd|' /C calc'!A0"])

    confirm(organiser, choose(organiser, city_session, content)["Location"])

    registration = Registration.objects.get()
    assert registration.full_name == name
    assert registration.organisation == "@SUM(1+1)*cmd|' /C calc'!A0"


@pytest.mark.parametrize("name", [name for name in KEPT_AS_TYPED if len(name) < 140][:12])
def test_hostile_name_is_shown_as_it_is(organiser, name):
    city_session = make_open_session()

    response = choose(organiser, city_session, as_csv(HEADING, [name, "0555123456", "", ""]), name="list.csv")

    shown = parse(organiser.get(response["Location"])).one("div", id="content-main").text
    assert " ".join(name.split()) in shown


# Looking through


def errors_of(response):
    return [(error["line"], error["column"], str(error["words"])) for error in response.context["errors"]]


def test_errors_are_told_by_line_and_nothing_is_stored(organiser):
    content = as_csv(
        [*HEADING, "Катышуу", "Пол"],
        AIGUL,
        ["", "0555123456", "", "", "", ""],
        ["Асан Үсөнов", "12", "", "", "", ""],
        ["Үсөн Асанов", "", "", "", "", ""],
        [],
        ["Сапар Үсөнов", "0555123457", "no-address", "", "учуп", "Ж"],
        ["?м?р Асанов", "0555123458", "", "", "онлайн", "эркек"],
    )
    organiser.cookies["language"] = "ru"

    response = choose(organiser, make_open_session(), content)

    assert response.status_code == 422
    name, phone, email, mode = "Фамилия, имя, отчество", "Номер телефона", "Электронная почта", "Формат участия"
    assert [(line, column) for line, column, _words in errors_of(response)] == [
        (3, name),
        (4, phone),
        (5, phone),
        (7, email),
        (7, mode),
        (8, name),
    ]
    assert "учуп" in errors_of(response)[4][2]
    assert (UploadedList.objects.count(), Registration.objects.count()) == (0, 0)


def test_preview_stores_nobody(organiser):
    city_session = make_open_session()

    response = choose(organiser, city_session, as_xlsx(HEADING, AIGUL, OMUR))
    preview = organiser.get(response["Location"])

    assert [person["full_name"] for person, _says in preview.context["first"]] == [AIGUL[0], OMUR[0]]
    assert "no-store" in preview.headers["Cache-Control"]
    assert Registration.objects.count() == 0


def test_preview_shows_twenty_people_at_most(organiser):
    rows = [[f"Катышуучу Номер-{number}", f"0555{number:06}", "", ""] for number in range(50)]

    preview = organiser.get(choose(organiser, make_open_session(), as_csv(HEADING, *rows))["Location"])

    assert (len(preview.context["first"]), preview.context["more"]) == (20, 30)
    assert ExportRecord.objects.count() == 0


# Registering


def test_list_is_registered_with_consent_source_and_letters(organiser):
    city_session = make_open_session()
    address = choose(organiser, city_session, as_xlsx([*HEADING, "Катышуу", "Тил"], [*AIGUL, "Zoom", "орусча"], OMUR))

    confirm(organiser, address["Location"])

    aigul, omur = (Registration.objects.get(full_name=name) for name in (AIGUL[0], OMUR[0]))
    assert (str(aigul.phone.as_e164), aigul.email, aigul.organisation) == (
        "+996555123456",
        "aigul@example.org",
        "«Мисал» коомдук фонду",
    )
    assert (aigul.mode, aigul.language, omur.mode, omur.language) == ("online", "ru", "hall", "ky")
    for one in (aigul, omur):
        assert (one.source, one.status, one.consent_channel) == ("import", "confirmed", "paper")
        assert one.consent_text == city_session.consultation.current_consent
        assert one.consented_at is not None
    assert [(letter.registration, letter.kind) for letter in Message.objects.all()] == [(aigul, "confirmed")]
    assert UploadedList.objects.count() == 0
    assert CitySession.objects.get(pk=city_session.pk).told_facts is not None


def test_letters_are_sent_only_if_wanted(organiser):
    address = choose(organiser, make_open_session(), as_csv(HEADING, AIGUL))["Location"]

    confirm(organiser, address, tell="")

    assert (Registration.objects.count(), Message.objects.count()) == (1, 0)


@pytest.mark.parametrize("missing", ["consented", "consent_channel"])
def test_without_consent_nobody_is_stored(organiser, missing):
    address = choose(organiser, make_open_session(), as_csv(HEADING, AIGUL))["Location"]

    response = confirm(organiser, address, **{missing: ""})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [missing]
    assert Registration.objects.count() == 0


def test_known_people_and_doubles_are_shown_and_left_out(organiser):
    city_session = make_open_session()
    make_registration(city_session, full_name="Айгүл АСАНОВА", phone="+996555123456")
    make_registration(city_session, full_name=OMUR[0], phone="+996700999888", status="cancelled")
    same = [OMUR[0].replace("Ө", "О"), "+996 700 999888", "", ""]
    content = as_csv(HEADING, AIGUL, OMUR, same, ["Башка Адам", *OMUR[1:]])

    address = choose(organiser, city_session, content)["Location"]
    found = organiser.get(address).context["found"]

    assert [[person["full_name"] for person in part] for part in (found.new, found.known, found.twice)] == [
        [OMUR[0], "Башка Адам"],
        [AIGUL[0]],
        [same[0]],
    ]
    confirm(organiser, address)
    assert Registration.objects.live().count() == 3


def test_second_click_registers_nobody_twice(organiser):
    address = choose(organiser, make_open_session(), as_csv(HEADING, AIGUL, OMUR))["Location"]

    confirm(organiser, address)
    again = confirm(organiser, address)

    assert Registration.objects.count() == 2
    assert [message.level_tag for message in again.context["messages"]] == ["warning"]


PEOPLE = [[f"Катышуучу {letter}", f"055500000{place}", "", ""] for place, letter in enumerate("абвгд")]


def standing():
    return [(one.mode, one.status) for one in Registration.objects.filter(source="import").order_by("pk")]


def test_places_are_respected_and_asked_about(organiser):
    city_session = make_open_session(hall_capacity=4)
    make_registration(city_session)
    address = choose(organiser, city_session, as_csv(HEADING, *PEOPLE))["Location"]

    assert organiser.get(address).context["lacking_in_hall"] == 2
    assert confirm(organiser, address).status_code == 422
    assert standing() == []
    confirm(organiser, address, placing="queue")

    assert standing() == [("hall", "confirmed")] * 3 + [("hall", "waiting")] * 2


def test_whoever_finds_no_seat_may_take_part_online(organiser):
    city_session = make_open_session(hall_capacity=2, online_capacity=4)
    rows = [[*PEOPLE[0], "онлайн"], *([*person, "зал"] for person in PEOPLE[1:])]
    address = choose(organiser, city_session, as_csv([*HEADING, "Форма участия"], *rows))["Location"]

    confirm(organiser, address, placing="online")

    assert sorted(standing()) == [("hall", "confirmed")] * 2 + [("online", "confirmed")] * 3


def test_all_or_nothing_where_online_does_not_hold_them_either(organiser):
    city_session = make_open_session(hall_capacity=2, online_capacity=2)
    address = choose(organiser, city_session, as_csv(HEADING, *PEOPLE))["Location"]

    confirm(organiser, address, placing="online")

    assert (standing(), UploadedList.objects.count()) == ([], 1)


def test_places_taken_after_the_preview_are_asked_about(organiser):
    """The preview held nothing: under the lock it is counted again."""
    city_session = make_open_session(hall_capacity=5)
    kept = actions.keep_list(
        city_session=city_session,
        people=[{"full_name": "Асан Үсөнов", "phone": "+996555000001", "email": "", "mode": "hall", "language": "ky"}],
        by="aigul",
    )
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=0)
    consent = city_session.consultation.current_consent

    with pytest.raises(actions.RegistrationRefused) as refusal:
        actions.import_list(uploaded=kept, source="import", consent_text=consent, consent_channel="paper", by="aigul")

    assert (refusal.value.code, refusal.value.free) == ("too-few", 0)
    assert Registration.objects.count() == 0


def test_people_from_paper_are_outside_the_count_and_the_closing_time(organiser):
    city_session = make_open_session(hall_capacity=1, date=timezone.localdate() - timezone.timedelta(days=1))
    address = choose(organiser, city_session, as_csv(HEADING, *PEOPLE))["Location"]

    confirm(organiser, address, source="paper", placing="queue", tell="")

    found = Registration.objects.filter(city_session=city_session)
    assert [(one.source, one.status) for one in found] == [("paper", "confirmed")] * 5


def test_people_from_paper_were_there_and_whoever_was_registered_already_too(organiser):
    """In the hall or online, as the list says; who was recorded at the door keeps that; nobody gets a letter."""
    city_session = make_open_session(date=timezone.localdate() - timezone.timedelta(days=1))
    begins_at = city_session.starts_at
    known = make_registration(city_session, full_name=OMUR[0], phone="+996700999888")
    by_door = {
        "checked_in_at": begins_at + timezone.timedelta(minutes=9),
        "checked_in_by": "door",
        "checked_in_how": "name",
    }
    earlier = make_registration(city_session, full_name="Башка Адам", phone="+996555000777", **by_door)
    rows = [[*AIGUL, "Zoom"], OMUR, ["Үчүнчү Адам", "0555 000 888"], ["Башка Адам", "0555 000 777"]]
    address = choose(organiser, city_session, as_csv([*HEADING, "Катышуу"], *rows))["Location"]

    response = confirm(organiser, address, source="paper")

    def there(name):
        one = Registration.objects.get(full_name=name)
        return one.checked_in_at, one.checked_in_by, one.checked_in_how, one.joined_online_at

    assert there(AIGUL[0]) == (None, "", "", begins_at)
    assert there("Үчүнчү Адам") == there(OMUR[0]) == (begins_at, User.objects.get().username, "paper", None)
    assert there("Башка Адам") == (*by_door.values(), None)
    assert {one.pk for one in Registration.objects.all()} > {known.pk, earlier.pk}
    assert Message.objects.count() == 0
    assert [str(message) for message in response.context["messages"]] == [
        "Катталгандар: 2.",
        "1 адам мурда катталган: келгени белгиленди.",
    ]


def test_paper_of_people_who_are_all_registered_records_that_they_came(organiser):
    city_session = make_open_session(date=timezone.localdate() - timezone.timedelta(days=1))
    make_registration(city_session, full_name=AIGUL[0], phone="+996555123456")
    address = choose(organiser, city_session, as_csv(HEADING, AIGUL))["Location"]

    confirm(organiser, address, source="paper")

    assert [one.checked_in_how for one in Registration.objects.all()] == ["paper"]


def test_one_line_of_paper_is_one_person(organiser):
    city_session = make_open_session(date=timezone.localdate() - timezone.timedelta(days=1))
    by_phone = make_registration(city_session, full_name=AIGUL[0], phone="+996555123456")
    by_mail = make_registration(city_session, full_name=AIGUL[0], phone="", email="aigul@example.org")
    rows = [AIGUL, [*AIGUL, "Zoom"]]
    address = choose(organiser, city_session, as_csv([*HEADING, "Катышуу"], *rows))["Location"]

    confirm(organiser, address, source="paper")

    came = Registration.objects.expected_or_there().exclude(checked_in_at=None, joined_online_at=None)
    assert list(came) == [by_phone]
    by_mail.refresh_from_db()
    assert (by_mail.checked_in_at, by_mail.joined_online_at) == (None, None)


def test_list_of_people_who_are_all_registered_can_only_be_from_paper(organiser):
    city_session = make_open_session()
    make_registration(city_session, full_name=AIGUL[0], phone="+996555123456")
    address = choose(organiser, city_session, as_csv(HEADING, AIGUL))["Location"]

    response = confirm(organiser, address, source="import")

    assert (response.status_code, UploadedList.objects.count()) == (422, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ahead": 1, "start_time": datetime.time(0, 1), "end_time": None},
        {"ahead": -1, "state": "cancelled"},
        {"date": None},
    ],
    ids=["ahead", "tomorrow", "cancelled", "undated"],
)
def test_paper_of_a_session_that_was_not_held_is_refused(organiser, fields):
    if "ahead" in fields:
        fields = fields | {"date": timezone.localdate() + datetime.timedelta(days=fields["ahead"])}
    city_session = make_open_session(**{name: value for name, value in fields.items() if name != "ahead"})
    address = choose(organiser, city_session, as_csv(HEADING, AIGUL))["Location"]

    response = confirm(organiser, address, source="paper")

    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert (Registration.objects.count(), UploadedList.objects.count()) == (0, 1)


def test_list_for_a_session_that_is_over_is_refused_unless_from_paper(organiser):
    city_session = make_open_session(date=timezone.localdate() - timezone.timedelta(days=1))
    address = choose(organiser, city_session, as_csv(HEADING, AIGUL))["Location"]

    response = confirm(organiser, address)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert Registration.objects.count() == 0


def test_many_people_at_once(organiser):
    city_session = make_open_session(hall_capacity=1_500)
    surnames = ["Өмүралиева", "Турдубеков", "Ңурманбетова", "Асанов", "Жээнбекова"]
    rows = [
        [f"{surnames[number % 5]} Айгүл Номер-{number}", f"0{555_000_000 + number}", f"p{number}@example.org", "Уюм"]
        for number in range(1_500)
    ]
    address = choose(organiser, city_session, as_xlsx(HEADING, *rows))["Location"]

    confirm(organiser, address, tell="")

    assert Registration.objects.filter(city_session=city_session, status="confirmed").count() == 1_500


# Needs, and what the organisers ask besides


def make_asking_session():
    city_session = make_open_session(hall_capacity=9)
    make_own_question(
        city_session.consultation, words_ky="Сүйлөйсүзбү?", words_ru="Хотите выступить?", is_required=True
    )
    make_own_question(city_session, words_ky="Кантип келесиз?", words_ru="Как доберётесь?", **CHOICES)
    make_own_question(city_session, words_ky="Эмне маанилүү?", words_ru="Что важно?", **IN_WORDS)
    return city_session


def test_list_says_what_people_need_and_answer_in_either_language(organiser):
    city_session = make_asking_session()
    heading = [*HEADING, "Потребности", "хотите выступить", "Кантип келесиз?", "Что важно?"]
    rows = [
        [*AIGUL, "пандус; Ири тамга, суу ичүү", "Да", "пешком", "Таза суу"],
        [*OMUR, "жок", "жок", "Жөө", ""],
        ["Үчүнчү Адам", "0555 000 888", "", "", "", "", "", ""],
    ]
    address = choose(organiser, city_session, as_csv(heading, *rows))["Location"]

    shown = parse(organiser.get(address)).one("ul", cls="people").text

    assert "Тепкичсиз кирүү · " in shown
    assert "суу ичүү · Сүйлөйсүзбү? Ооба · Кантип келесиз? Жөө · Эмне маанилүү? Таза суу" in shown
    confirm(organiser, address)

    def said(name):
        one = Registration.objects.get(full_name=name)
        return (
            set(one.needs.values_list("kind", "text")),
            set(one.own_answers.values_list("question__words_ru", "choice", "text")),
        )

    walking = next(n for n, words in enumerate(CHOICES["choices_ru"].splitlines(), start=1) if words == "Пешком")
    assert said(AIGUL[0]) == (
        {("step-free", ""), ("large-print", ""), ("other", "суу ичүү")},
        {("Хотите выступить?", 1, ""), ("Как доберётесь?", walking, ""), ("Что важно?", None, "Таза суу")},
    )
    assert said(OMUR[0]) == (set(), {("Хотите выступить?", 2, ""), ("Как доберётесь?", walking, "")})
    assert said("Үчүнчү Адам") == (set(), set())  # asked on their own page instead


def test_answer_that_cannot_be_is_told_by_line_and_question(organiser):
    city_session = make_asking_session()
    rows = [[*AIGUL, "балким"]]

    response = choose(organiser, city_session, as_csv([*HEADING, "Сүйлөйсүзбү?"], *rows))

    assert errors_of(response) == [(2, "Сүйлөйсүзбү?", "Мындай жооп жок: балким. Мүмкүн болгон жооптор: Ооба; Жок")]


@pytest.mark.parametrize(
    ("written", "stored"),
    [("1", 2), ("0", 1), ("< 100 га", 3), ("100 ГА <", None), ("> 100 га", 4), ("100 га", None), ("жок", None)],
)
def test_answer_is_what_was_written_and_never_the_number_of_a_choice(organiser, written, stored):
    city_session = make_open_session()
    choices = "0\n1\n< 100 га\n> 100 га"
    make_own_question(
        city_session, words_ky="Канча?", words_ru="Сколько?", **CHOICES | {"choices_ky": choices, "choices_ru": choices}
    )

    response = choose(organiser, city_session, as_csv([*HEADING, "Канча?"], [*AIGUL, written]))

    if stored is None:
        assert [line for line, _column, _words in errors_of(response)] == [2]
    else:
        confirm(organiser, response["Location"])
        assert OwnAnswer.objects.get().choice == stored


def test_own_questions_worded_like_usual_columns_come_after_them():
    questions = [
        make_own_question(words_ky="Тил", words_ru="Язык", **IN_WORDS),
        make_own_question(words_ky="…?", words_ru="…!", **IN_WORDS),
        make_own_question(words_ky="Сүйлөйсүзбү?", words_ru="Хотите выступить?"),
    ]
    tongue, _dots, speaks = (f"own_{one.pk}" for one in questions)

    found = lists.heading.headings(["ФИО", "", "Тил", "Тил", "Сүйлөйсүзбү? / Хотите выступить?"], questions=questions)

    assert found == ["full_name", "", "language", tongue, speaks]


def test_answer_that_the_question_no_longer_has_is_left_out(organiser):
    city_session = make_open_session()
    question = make_own_question(city_session, words_ky="Канча?", words_ru="Сколько?", **CHOICES)
    address = choose(organiser, city_session, as_csv([*HEADING, "Канча?"], [*AIGUL, "Жөө"]))["Location"]
    OwnQuestion.objects.filter(pk=question.pk).update(kind="text", choices_ky="", choices_ru="")

    assert organiser.get(address).status_code == 200
    confirm(organiser, address)

    assert (Registration.objects.count(), OwnAnswer.objects.count()) == (1, 0)


def test_who_gets_no_letter_and_who_shares_a_phone_is_said(organiser):
    rows = [AIGUL, OMUR, ["Өмүрбекова Айпери", OMUR[1], "", ""]]
    address = choose(organiser, make_open_session(), as_csv(HEADING, *rows))["Location"]

    [phone] = organiser.get(address).context["same_phone"]

    assert phone == ("+996700999888", [OMUR[0], "Өмүрбекова Айпери"])
    assert [str(message) for message in confirm(organiser, address).context["messages"]] == [
        "Катталгандар: 3.",
        "Алардын 2 адамынын электрондук почтасы жок, кат барбайт: телефон аркылуу билдириңиз.",
    ]


def test_answer_whose_number_says_something_else_now_is_left_out(organiser):
    city_session = make_open_session()
    make_own_question(city_session, words_ky="Канча?", words_ru="Сколько?", **CHOICES)
    address = choose(organiser, city_session, as_csv([*HEADING, "Канча?"], [*AIGUL, "Жөө"]))["Location"]
    OwnQuestion.objects.update(choices_ky="Жөө\nАвтобус", choices_ru="Пешком\nАвтобус")

    confirm(organiser, address)

    assert (Registration.objects.count(), OwnAnswer.objects.count()) == (1, 0)


def test_columns_that_were_not_recognised_are_named(organiser):
    heading = ["№", *HEADING, "Сиздин оюңуз", ""]
    response = choose(organiser, make_open_session(), as_csv(heading, ["1", *AIGUL, "Жакшы", ""]))

    preview = organiser.get(response["Location"])

    assert [str(message) for message in preview.context["messages"]] == [
        "Бул мамычалардан эч нерсе алынбайт: Сиздин оюңуз"
    ]


def test_question_deleted_after_the_preview_takes_nobody_with_it(organiser):
    city_session = make_asking_session()
    address = choose(organiser, city_session, as_csv([*HEADING, "Сүйлөйсүзбү?"], [*AIGUL, "ооба"]))["Location"]
    OwnQuestion.objects.all().delete()

    assert organiser.get(address).status_code == 200
    confirm(organiser, address)

    assert (Registration.objects.count(), OwnAnswer.objects.count()) == (1, 0)


def test_empty_list_heads_what_is_asked_in_its_language(organiser):
    city_session = make_asking_session()
    file = organiser.get(page(city_session, "import-template")).content

    (heading,) = read(file, 10)[0]

    assert heading[-3:] == ["Сүйлөйсүзбү?", "Кантип келесиз?", "Эмне маанилүү?"]
    questions = city_session.own_questions
    assert lists.heading.headings(heading, questions=questions)[-4:] == [
        "needs",
        *(f"own_{one.pk}" for one in questions),
    ]


# Who, and how long it is kept


@pytest.mark.parametrize("name", ["import", "import-template"])
def test_import_needs_the_permission_to_register(client, name):
    client.force_login(make_staff("view_citysession", "change_citysession"))

    assert client.get(page(make_city_session(), name)).status_code == 403


def test_list_of_another_session_is_not_shown(organiser):
    address = choose(organiser, make_open_session(), as_csv(HEADING, AIGUL))["Location"]
    number = address.rpartition("=")[2]

    for chosen in (number, "0", "x", "9" * 30):
        response = organiser.get(page(make_city_session()), {"list": chosen})
        assert response.status_code == 302


def test_list_nobody_imported_is_forgotten_the_next_night(organiser):
    choose(organiser, make_open_session(), as_csv(HEADING, AIGUL))

    assert actions.forget_old_lists() == 0
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=25), tick=False):
        assert actions.forget_old_lists() == 1
    assert UploadedList.objects.count() == 0


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_template_speaks_the_organisers_language(organiser, language):
    organiser.cookies["language"] = language

    content = organiser.get(page(make_city_session(), "import-template")).content

    with translation.override(language):
        wanted = str(Registration._meta.get_field("full_name").verbose_name)
    assert read(content, 2)[0][0][0].lower() == wanted.lower()
    assert re.fullmatch(rb"PK\x03\x04.*", content, re.DOTALL)
