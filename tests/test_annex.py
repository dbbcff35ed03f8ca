"""The annex to the protocol: it says what the data says, in both files alike, and names only who agreed to it."""

import io
import re
import subprocess

import pytest
from django.utils import timezone, translation
from docx import Document

from consultations import annex
from consultations.models import ExportRecord, Notice
from tests.factories import (
    in_days,
    make_agenda_item,
    make_city_session,
    make_consultation,
    make_document,
    make_party,
    make_registration,
)
from tests.hostile import KEPT_AS_TYPED
from tests.programs import cannot_run, needed
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

ADDRESS = "/staff/numbers/annex/"


def make_held(consultation=None, **fields):
    return make_city_session(consultation, **{"date": in_days(-3), "city_ky": "Ош", "city_ru": "Ош"} | fields)


def make_listed(city_session, **fields):
    """Came, and agreed to stand in the public list."""
    return make_registration(city_session, **{"checked_in_at": timezone.now(), "listed_publicly": True} | fields)


def make_everything():
    """A consultation that announced something, changed it, and was held."""
    consultation = make_consultation(notice_date=in_days(-30), working_languages_ru="кыргызский, русский")
    make_party(consultation)
    make_agenda_item(consultation, speakers_ky="Асанов А.\nҮсөнов Ү.", speakers_ru="Асанов А.\nУсенов У.")
    make_document(consultation)
    city_session = make_held(consultation, venue_ky="Китепкана", venue_ru="Библиотека")
    announced = city_session.facts | {"date": str(in_days(-10)), "venue_ky": "Мектеп", "venue_ru": "Школа"}
    for kind, told, stopped in [("changed", announced, None), ("changed", city_session.facts, timezone.now())]:
        Notice.objects.create(
            city_session=city_session,
            kind=kind,
            changes=["date", "venue_ky", "venue_ru"],
            told_before=told,
            stopped_at=stopped,
            created_by="aigul",
        )
    for number in range(12):
        make_listed(city_session, full_name=f"Өмүралиева Үмүт {number:02}", organisation="Жаңы Айыл", gender="female")
    make_registration(city_session, full_name="Айтпаган Адам", checked_in_at=timezone.now(), gender="female")
    make_registration(city_session, full_name="Келбеген Адам", listed_publicly=True)
    return consultation


def made(consultation, city_session=None, language="ru"):
    return annex.annex_of(consultation, city_session, language=language)


def texts_of(found):
    """Every text of the blocks, in order."""
    for block in found.blocks:
        yield from filter(None, [block.words, *block.head, *(cell for row in block.rows for cell in row)])


def all_in_one(found):
    return "\n".join(texts_of(found))


def tables_under(found, title):
    """The tables from this heading on to the next of the first level."""
    titles = [block.words for block in found.blocks]
    following = found.blocks[titles.index(title) + 1 :]
    end = next((place for place, block in enumerate(following) if block.kind == "heading" and block.level == 1), None)
    return [block for block in following[:end] if block.kind == "table"]


# What it says


def test_it_says_what_was_promised_first_and_what_happened_then():
    consultation = make_everything()
    found = made(consultation)
    titles = [block.words for block in found.blocks if block.kind == "heading" and block.level == 1]
    facts = [dict(block.rows) for block in found.blocks if block.kind == "facts"]

    assert titles == [
        "Что было объявлено",
        "Что происходило",
        "Сколько людей участвовало",
        "Участники, согласившиеся быть в списке",
    ]
    assert (facts[1]["Место проведения"], facts[2]["Место проведения"]) == ("Школа", "Библиотека")
    assert facts[1]["Дата"] != facts[2]["Дата"]
    assert facts[2]["Состояние"] == "Обсуждение состоялось."
    [changes] = tables_under(found, "Что происходило")
    assert [row[2] for row in changes.rows] == ["дата, место проведения"]


def test_what_was_never_known_is_said_to_be_announced():
    consultation = make_consultation()
    make_city_session(consultation, date=None, start_time=None, end_time=None)

    facts = [dict(block.rows) for block in made(consultation).blocks if block.kind == "facts"]

    assert [facts[1][name] for name in ("Дата", "Время", "Место проведения")] == ["Уточняется"] * 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"date": in_days(-3)}, "Обсуждение состоялось."),
        ({"date": in_days(3)}, "Обсуждение ещё предстоит."),
        ({"state": "postponed"}, "Обсуждение перенесено."),
        ({"date": in_days(-3), "state": "cancelled"}, "Обсуждение не состоялось: оно было отменено."),
    ],
)
def test_state_of_a_session_is_a_sentence(fields, said):
    assert said in all_in_one(made(make_city_session(**fields).consultation))


def test_numbers_are_those_of_the_data():
    consultation = make_everything()

    counted, *by_kind = tables_under(made(consultation), "Сколько людей участвовало")

    assert counted.rows[-1][1:] == ("14", "13", "0", "0", "13")
    assert by_kind == []  # each would be one group alone: everybody is a woman, nobody said anything else


def test_kinds_are_counted_without_small_groups_and_of_the_whole_consultation_only():
    consultation = make_consultation()
    one, other = make_held(consultation), make_held(consultation, slug="naryn")
    for city_session in (one, other):
        for gender, count in [("female", 9), ("male", 6), ("unstated", 1)]:
            for _ in range(count):
                make_registration(city_session, gender=gender, checked_in_at=timezone.now())

    _counted, by_gender = tables_under(made(consultation), "Сколько людей участвовало")
    assert by_gender.rows == (("Женский", "18"), ("Малые группы вместе", "14"))
    assert len(tables_under(made(consultation, one), "Сколько людей участвовало")) == 1


# Who is named


def test_only_who_took_part_and_agreed_is_named():
    city_session = make_held()
    make_listed(city_session, full_name="Асанов Асан", organisation="Жаңы Айыл", phone="+996555000111")
    make_listed(
        city_session, full_name="Бакиров Бакыт", checked_in_at=None, joined_online_at=timezone.now(), mode="online"
    )
    make_listed(city_session, full_name="Келбеген Адам", checked_in_at=None)
    make_listed(city_session, full_name="Айтпаган Адам", listed_publicly=False)
    make_listed(city_session, full_name="", phone="", anonymised_at=timezone.now())
    make_listed(make_held(), full_name="Башка Талкуу")

    found = made(city_session.consultation)

    [listed] = tables_under(found, "Участники, согласившиеся быть в списке")
    assert listed.rows == (("1", "Асанов Асан", "Жаңы Айыл"), ("2", "Бакиров Бакыт", ""))
    assert found.named == 2
    assert "555" not in all_in_one(found)


def test_nobody_named_is_said():
    found = made(make_held().consultation)
    assert found.named == 0
    assert "Никто из участвовавших не дал согласия" in all_in_one(found)


# The two files


def read_back(data):
    """Blocks of a Word file as python-docx reads them, head lines apart."""
    body, blocks = Document(io.BytesIO(data)), []
    for one in body.iter_inner_content():
        if hasattr(one, "rows"):
            blocks.append([[cell.text for cell in row.cells] for row in one.rows])
        else:
            blocks.append(one.text)
    return blocks


def expected(found):
    blocks = [found.title, found.subject, found.as_of]
    for block in found.blocks:
        if block.kind in {"heading", "paragraph"}:
            blocks.append(block.words)
        elif block.rows:
            blocks.append([list(row) for row in ([block.head] if block.head else []) + list(block.rows)])
    return blocks


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_word_file_has_every_word_and_nothing_else(language):
    found = made(make_everything(), language=language)
    assert read_back(annex.docx(found)) == expected(found)


def test_word_file_says_its_language_and_no_program():
    about = Document(io.BytesIO(annex.docx(made(make_everything(), language="ky")))).core_properties
    assert (about.language, about.author, about.comments) == ("ky-KG", "", "")
    assert about.title == "Коомдук талкуунун протоколуна тиркеме"


def test_odd_names_stay_text_in_both_files():
    city_session = make_held()
    for text in [*KEPT_AS_TYPED, "a\x0bb Ата", "#let x = 1 *b* @y"]:
        make_listed(city_session, full_name=text, organisation=text)

    found = made(city_session.consultation)

    names = [row[1] for row in read_back(annex.docx(found))[-1][1:]]
    assert sorted(names) == sorted([*KEPT_AS_TYPED, "a b Ата", "#let x = 1 *b* @y"])
    assert annex.pdf(found).startswith(b"%PDF-")


def words_in_pdf(data):
    reader = needed("poppler-utils", "pdftotext")
    text = subprocess.run([reader, "-", "-"], input=data, capture_output=True, check=True).stdout.decode()
    return set(re.findall(r"[\w№]+", text))


def words_of(found):
    return set(re.findall(r"[\w№]+", "\n".join(texts_of(found))))


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_pdf_has_the_same_words(language):
    found = made(make_everything(), language=language)
    assert words_of(found) - words_in_pdf(annex.pdf(found)) == set()


def test_libreoffice_opens_the_word_file(tmp_path):
    office = needed("libreoffice-writer", "soffice")
    found = made(make_everything(), language="ky")
    (tmp_path / "annex.docx").write_bytes(annex.docx(found))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "annex.docx")], check=True, capture_output=True, timeout=120)
    if not (tmp_path / "annex.pdf").exists():
        cannot_run("This test needs LibreOffice's Writer. On Debian: sudo apt-get install libreoffice-writer")

    words = words_in_pdf((tmp_path / "annex.pdf").read_bytes())

    names = {word for row in found.blocks[-1].rows for cell in row for word in re.findall(r"\w+", cell)}
    assert len(names) > 12
    assert names - words == set()


# Taking it


@pytest.fixture
def exporter(client):
    client.force_login(make_staff("export_registrations"))
    return client


@pytest.mark.parametrize("file", ["docx-ky", "docx-ru", "pdf-ky", "pdf-ru"])
def test_annex_is_a_download_on_record(exporter, file):
    city_session = make_held(slug="osh")
    for _ in range(21):
        make_listed(city_session)

    answer = exporter.post(ADDRESS, {"session": city_session.pk, "file": file})

    file_format, language = file.split("-")
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="osh-{in_days(-3):%Y-%m-%d}-annex-{language}.{file_format}"'
    )
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"PK" if file_format == "docx" else b"%PDF-")
    [record] = ExportRecord.objects.all()
    assert (record.preset, record.format, record.language, record.rows) == ("annex", file_format, language, 21)
    assert (record.columns, record.city_sessions) == (["full_name", "organisation"], [city_session.pk])


def test_annex_that_names_nobody_is_no_list(exporter):
    city_session = make_held()
    assert exporter.post(ADDRESS, {"consultation": city_session.consultation_id, "file": "pdf-ky"}).status_code == 200
    assert not ExportRecord.objects.exists()


@pytest.mark.parametrize("asked", [{}, {"file": "exe-ky"}, {"file": "pdf-en"}, {"file": "pdf"}, {"session": "999999"}])
def test_what_is_no_annex_is_not_found(exporter, asked):
    make_listed(make_held())
    assert exporter.post(ADDRESS, {"file": "pdf-ky"} | asked if "session" in asked else asked).status_code == 404
    assert not ExportRecord.objects.exists()


def test_annex_needs_the_permission_to_take_lists(client):
    city_session = make_held()
    client.force_login(make_staff("view_numbers"))
    assert client.post(ADDRESS, {"session": city_session.pk, "file": "pdf-ky"}).status_code == 403
    assert ADDRESS not in client.get("/staff/numbers/").content.decode()


def test_record_of_an_annex_is_no_list_to_begin_with(client):
    user = make_staff("export_registrations", "view_numbers", "view_exportrecord")
    client.force_login(user)
    city_session = make_held()
    make_listed(city_session)
    client.post(ADDRESS, {"session": city_session.pk, "file": "docx-ru"})

    form = client.get("/staff/lists/export/").context["form"]

    assert form.initial["format"] == "xlsx"
    assert "docx" not in dict(form.fields["format"].choices)
    assert "annex" not in dict(form.fields["preset"].choices)
    with translation.override("ky"):
        assert "Протоколго тиркеме" in client.get("/staff/exports/").content.decode()


def test_session_that_was_never_shown_to_anybody_was_not_announced():
    consultation = make_consultation()
    shown, _prepared = make_city_session(consultation), make_city_session(consultation, is_published=False)
    hidden_again = make_city_session(consultation, is_published=False)
    make_registration(hidden_again)
    assert {one.pk for one in annex.annex_of(consultation, language="ru").city_sessions} == {shown.pk, hidden_again.pk}
