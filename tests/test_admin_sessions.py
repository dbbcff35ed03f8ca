"""Consultations and city sessions in the admin: texts, places under the lock, agendas, documents, deletion."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from consultations import actions
from consultations.models import AgendaItem, CitySession, ConsentText, Consultation, Document
from tests.factories import (
    make_agenda_item,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_document,
    make_registration,
)
from tests.staff import admin_list, admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

ADD = "/admin/consultations/citysession/add/"


@pytest.fixture
def organiser(client):
    """The client, logged in with every permission."""
    client.force_login(make_organiser())
    return client


def save(client, row, **fields):
    page = admin_page(row)
    return client.post(page, typed(client.get(page)) | fields)


def errors(response):
    return {name: [str(error) for error in found] for name, found in response.context["adminform"].form.errors.items()}


def statuses(city_session):
    return list(city_session.registrations.order_by("pk").values_list("status", flat=True))


# The list


def test_list_shows_who_takes_part_of_how_many(organiser):
    city_session = make_city_session(hall_capacity=5, hall_reserved=2, online_capacity=9)
    for _ in range(3):
        make_registration(city_session)
    make_registration(city_session, source="desk")
    make_registration(city_session, status="cancelled")
    make_registration(city_session, status="waiting")
    make_registration(city_session, mode="online", hall_wanted_at=timezone.now())
    without_limit = make_city_session(date=None, start_time=None, end_time=None)
    make_registration(without_limit)

    cl = organiser.get(admin_list("citysession")).context["cl"]

    admin = cl.model_admin
    columns = [[str(getattr(admin, name)(row)) for name in ("hall", "queue", "online")] for row in cl.result_list]
    assert columns == [["3 / 3", "2", "1 / 9"], ["1", "0", "0"]]
    assert [row.stage for row in cl.result_list] == [CitySession.Stage.FULL, CitySession.Stage.UNDATED]


# Places


def test_more_places_go_to_the_queue_at_once(organiser):
    city_session = make_city_session(hall_capacity=1)
    make_registration(city_session)
    for _ in range(3):
        make_registration(city_session, status="waiting")

    save(organiser, city_session, hall_capacity="3")

    assert statuses(city_session) == ["confirmed", "confirmed", "confirmed", "waiting"]


def test_no_limit_lets_everybody_in(organiser):
    city_session = make_city_session(hall_capacity=1)
    for _ in range(3):
        make_registration(city_session, status="waiting")

    save(organiser, city_session, hall_capacity="")

    assert statuses(city_session) == ["confirmed"] * 3


def test_moved_date_gives_out_seats_again(organiser):
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    city_session = make_city_session(hall_capacity=2, promotion_stops_at=timezone.now() - datetime.timedelta(hours=1))
    make_registration(city_session, status="waiting")

    save(organiser, city_session, venue_ky="Зал")
    assert statuses(city_session) == ["waiting"]
    save(organiser, city_session, promotion_stops_at_0=f"{tomorrow:%d.%m.%Y}", promotion_stops_at_1="18:00")
    assert statuses(city_session) == ["confirmed"]


@pytest.mark.parametrize("fields", [{"hall_capacity": "2"}, {"hall_reserved": "4"}, {"online_capacity": "2"}])
def test_fewer_places_than_confirmed_asks_with_the_number_and_throws_nobody_out(organiser, fields):
    city_session = make_city_session(hall_capacity=5)
    for mode in ["hall", "online"] * 3:
        make_registration(city_session, mode=mode)

    response = save(organiser, city_session, **fields)

    (asked,) = errors(response).pop("fewer_places")
    assert "3" in asked
    assert 'name="fewer_places"' in response.content.decode()
    assert CitySession.objects.get().hall_capacity == 5
    save(organiser, city_session, fewer_places="on", **fields)
    after = CitySession.objects.get()
    assert {name: str(getattr(after, name)) for name in fields} == fields
    assert statuses(city_session) == ["confirmed"] * 6


def test_question_about_fewer_places_is_not_there_before_it_is_asked(organiser):
    assert 'name="fewer_places"' not in organiser.get(admin_page(make_city_session())).content.decode()


def test_hall_that_is_too_small_does_not_stop_other_corrections(organiser):
    city_session = make_city_session(hall_capacity=3)
    for _ in range(3):
        make_registration(city_session)
    CitySession.objects.update(hall_capacity=1)

    response = save(organiser, city_session, venue_ky="Зал")

    assert response.status_code == 302
    assert CitySession.objects.get().venue_ky == "Зал"


def test_a_long_history_stops_no_further_change(organiser):
    city_session = make_city_session()
    for number in range(70):
        CitySession.objects.update(hall_capacity=100 + number)

    assert save(organiser, city_session, venue_ky="Зал").status_code == 302


def test_only_what_was_changed_is_stored(organiser):
    """Two organisers with the same page open do not undo each other."""
    city_session = make_city_session(hall_capacity=5)
    page = typed(organiser.get(admin_page(city_session)))
    CitySession.objects.update(address_ky="Ленин көчөсү", hall_capacity=7, calendar_sequence=4)
    page |= {"hall_capacity": "7", "address_ky": "Ленин көчөсү"}

    organiser.post(admin_page(city_session), page | {"venue_ky": "Зал"})

    after = CitySession.objects.get()
    assert (after.venue_ky, after.address_ky, after.hall_capacity) == ("Зал", "Ленин көчөсү", 7)


@pytest.mark.parametrize(
    ("fields", "sequence"),
    [
        ({}, 0),
        ({"start_time": "14:00"}, 1),
        ({"venue_ru": "Зал"}, 1),
        ({"moderator_ky": "Асан"}, 0),
        ({"state": "postponed"}, 1),
    ],
)
def test_change_of_what_calendars_hold_raises_the_sequence(organiser, fields, sequence):
    city_session = make_city_session()

    save(organiser, city_session, **fields)

    assert CitySession.objects.get().calendar_sequence == sequence


def test_busy_session_is_an_error_of_the_form(organiser, monkeypatch):
    city_session = make_city_session()

    def busy(**options):
        raise actions.RegistrationRefused("busy")

    monkeypatch.setattr(actions, "settle", busy)

    response = save(organiser, city_session, venue_ky="Зал")

    assert errors(response) == {"__all__": [str(actions.RegistrationRefused("busy").message)]}


@pytest.mark.django_db(transaction=True)
def test_row_locked_by_another_is_an_error_of_the_form(organiser):
    city_session = make_city_session()
    data = typed(organiser.get(admin_page(city_session)))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM consultations_citysession FOR UPDATE")
            response = organiser.post(admin_page(city_session), data | {"venue_ky": "Зал"})
            cursor.execute("ROLLBACK")
    finally:
        other.close()

    assert list(errors(response)) == ["__all__"]


# What cannot be


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"end_time": "10:00"}, "__all__"),
        ({"start_time": ""}, "__all__"),
        ({"hall_capacity": "10", "hall_reserved": "11"}, "hall_reserved"),
        ({"hall_capacity": "-1"}, "hall_capacity"),
        ({"hall_capacity": "9" * 30}, "hall_capacity"),
        ({"hall_reserved": ""}, "hall_reserved"),
        ({"slug": "Ош"}, "slug"),
        ({"slug": "admin"}, "slug"),
        ({"slug": "Osh"}, "slug"),
        ({"map_url": "javascript:alert(1)"}, "map_url"),
        ({"zoom_join_url": "http://zoom.us/j/1"}, "zoom_join_url"),
        ({"state": "zz"}, "state"),
        ({"date": "31.02.2027"}, "date"),
        ({"city_ky": "", "city_ru": ""}, "city_ky"),
        ({"registration_opens_at_0": "01.01.2090", "registration_opens_at_1": "10:00"}, "registration_opens_at"),
        ({"registration_opens_at_0": "01.01.2026"}, "registration_opens_at"),
    ],
)
def test_what_cannot_be_is_an_error_of_the_form(organiser, fields, where):
    city_session = make_city_session()

    response = save(organiser, city_session, **fields)

    assert list(errors(response)) == [where]


def test_address_of_another_session_is_an_error_of_the_form(organiser):
    """A constraint over a column that the form does not have: the database refuses, the form says so."""
    consultation = make_consultation()
    make_city_session(consultation, slug="osh")
    city_session = make_city_session(consultation, slug="naryn")

    response = save(organiser, city_session, slug="osh")

    assert errors(response).keys() == {"__all__"}
    city_session.refresh_from_db()
    assert city_session.slug == "naryn"


def test_session_is_added_with_its_consultation_and_keeps_it(organiser):
    consultation, other = make_consultation(), make_consultation()
    page = organiser.get(ADD, {"consultation": consultation.pk})
    new = {"city_ky": "Нарын", "city_ru": "Нарын", "locality_ky": "шаары", "locality_ru": "город", "slug": "naryn"}

    organiser.post(ADD, typed(page) | new)

    city_session = CitySession.objects.get()
    assert (city_session.consultation, city_session.date, city_session.is_published) == (consultation, None, False)
    save(organiser, city_session, consultation=other.pk, venue_ky="Зал")
    assert CitySession.objects.get().consultation == consultation


# Agendas and documents

NEW_ITEM = {
    "own_agenda_items-TOTAL_FORMS": "1",
    "own_agenda_items-0-start": "14:00",
    "own_agenda_items-0-end": "15:00",
    "own_agenda_items-0-title_ky": "Ачылыш",
    "own_agenda_items-0-title_ru": "Открытие",
}


def test_own_agenda_belongs_to_the_sessions_consultation(organiser):
    city_session = make_city_session()

    save(organiser, city_session, **NEW_ITEM)

    item = AgendaItem.objects.get()
    assert (item.city_session, item.consultation) == (city_session, city_session.consultation)


def test_agenda_item_that_ends_before_it_begins_is_an_error(organiser):
    response = save(organiser, make_city_session(), **NEW_ITEM | {"own_agenda_items-0-end": "13:00"})

    assert response.status_code == 200
    assert AgendaItem.objects.count() == 0


def test_common_agenda_alone_stands_with_the_consultation(organiser):
    consultation = make_consultation()
    common = make_agenda_item(consultation)
    make_agenda_item(consultation, city_session=make_city_session(consultation))

    page = typed(organiser.get(admin_page(consultation)))

    assert (page["agenda_items-TOTAL_FORMS"], page["agenda_items-0-id"]) == ("1", str(common.pk))


def copy_agenda(client, *city_sessions):
    chosen = {"action": "copy_common_agenda", "index": "0", "_selected_action": [row.pk for row in city_sessions]}
    response = client.post(admin_list("citysession"), chosen, follow=True)
    return [message.level_tag for message in response.context["messages"]]


def test_common_agenda_is_copied_once(organiser):
    city_session = make_city_session()
    for hour in (14, 15):
        make_agenda_item(
            city_session.consultation, start=datetime.time(hour), end=datetime.time(hour, 30), has_moderator=True
        )

    assert copy_agenda(organiser, city_session) == ["success"]
    assert copy_agenda(organiser, city_session) == ["warning"]

    assert AgendaItem.objects.filter(city_session=None).count() == 2
    columns = ("consultation", "start", "end", "title_ky", "title_ru", "has_moderator")
    common, own = (
        list(AgendaItem.objects.filter(city_session=one).values_list(*columns)) for one in (None, city_session)
    )
    assert own == common


def test_copying_an_empty_agenda_is_said(organiser):
    assert copy_agenda(organiser, make_city_session()) == ["warning"]


def test_copying_needs_the_permission_to_change(client):
    city_session = make_city_session()
    make_agenda_item(city_session.consultation)
    client.force_login(make_staff("view_citysession"))

    copy_agenda(client, city_session)

    assert AgendaItem.objects.count() == 1


def document(**fields):
    new = {
        "title_ky": "Долбоор",
        "title_ru": "Проект",
        "kind": "draft",
        "language": "ru",
        "slug": "draft",
        "position": "0",
    }
    return {"documents-TOTAL_FORMS": "1"} | {f"documents-0-{name}": value for name, value in (new | fields).items()}


def test_documents_stand_with_what_they_belong_to(organiser):
    city_session = make_city_session()

    save(organiser, city_session, **document(url="https://example.org/a.pdf"))
    save(organiser, city_session.consultation, **document(slug="other", url="https://example.org/b.pdf"))

    rows = Document.objects.order_by("pk").values_list("slug", "city_session", "consultation")
    assert list(rows) == [
        ("draft", city_session.pk, city_session.consultation_id),
        ("other", None, city_session.consultation_id),
    ]


def test_two_documents_with_one_address_are_an_error_of_the_form(organiser):
    city_session = make_city_session()
    make_document(city_session.consultation, slug="draft")

    response = save(organiser, city_session, **document(url="https://example.org/a.pdf"))

    assert errors(response).keys() == {"__all__"}
    assert Document.objects.count() == 1


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.pdf.htm", "a.js", "a", "a.xhtml", "a.php"])
def test_file_that_could_run_in_our_name_is_refused(organiser, name):
    response = save(organiser, make_city_session(), **document(file=SimpleUploadedFile(name, b"<script>")))

    assert response.status_code == 200
    assert Document.objects.count() == 0


def test_document_without_link_and_file_is_refused(organiser):
    response = save(organiser, make_city_session(), **document())

    assert response.status_code == 200
    assert Document.objects.count() == 0


# The consultation


def test_publishing_needs_the_time_personal_data_is_kept(organiser):
    consultation = make_consultation()

    response = save(organiser, consultation, retention_days="")

    assert len(errors(response)) == 1
    assert Consultation.objects.get().retention_days == 180


def test_consent_text_that_somebody_agreed_to_never_changes(organiser):
    consultation = make_consultation()
    agreed = make_consent_text(consultation, text_ky="Макулмун")
    make_registration(make_city_session(consultation), consent_text=agreed)
    fresh = make_consent_text(consultation, text_ky="Жаңы")

    save(organiser, consultation, **{"consent_texts-0-text_ky": "Башка", "consent_texts-1-text_ky": "Жаңыраак"})

    assert ConsentText.objects.get(pk=agreed.pk).text_ky == "Макулмун"
    assert ConsentText.objects.get(pk=fresh.pk).text_ky == "Жаңыраак"


def test_consent_text_that_somebody_agreed_to_is_not_deleted(organiser):
    registration = make_registration()

    response = save(organiser, registration.city_session.consultation, **{"consent_texts-0-DELETE": "on"})

    assert response.status_code == 200
    assert ConsentText.objects.count() == 1


# Deletion


@pytest.mark.parametrize("whole", [True, False])
def test_nothing_is_deleted_while_anybody_is_registered(organiser, whole):
    city_session = make_city_session()
    for _ in range(3):
        make_registration(city_session, status="cancelled")
    row = city_session.consultation if whole else city_session
    page = admin_page(row).replace("change", "delete")

    response = organiser.post(page, {"post": "yes"})

    assert response.status_code == 200
    assert len(response.context["protected"]) == 1
    assert "3" in response.context["protected"][0]
    assert CitySession.objects.count() == 1


@pytest.mark.parametrize("whole", [True, False])
def test_what_nobody_registered_for_is_deleted_with_its_former_addresses(organiser, whole):
    city_session = make_city_session(slug="jalal-abad")
    make_agenda_item(city_session.consultation, city_session=city_session)
    save(organiser, city_session, slug="manas")
    row = city_session.consultation if whole else city_session

    organiser.post(admin_page(row).replace("change", "delete"), {"post": "yes"})

    assert CitySession.objects.count() == 0


def test_registration_between_question_and_answer_is_no_error(organiser, monkeypatch):
    city_session = make_city_session()
    make_registration(city_session)
    monkeypatch.setattr("consultations.admin.base.KeptForItsPeople.get_deleted_objects", lambda *_: ([], {}, set(), []))

    response = organiser.post(admin_page(city_session).replace("change", "delete"), {"post": "yes"})

    assert response.status_code == 302
    assert CitySession.objects.count() == 1
