"""The staff's page for lists: who may, what is asked, what goes out, what stays behind."""

import csv
import io
import re
import tempfile
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from consultations import exports
from consultations.admin.lists import FILTERS
from consultations.documents import typesetting
from consultations.models import ExportRecord, Need, Registration
from consultations.views.lists import TOO_LARGE
from tests.factories import (
    make_city_session,
    make_consultation,
    make_export_record,
    make_group,
    make_need,
    make_registration,
)
from tests.staff import admin_list, make_organiser, make_staff

pytestmark = pytest.mark.django_db

INDEX, FORM, TAKEN = "/staff/lists/", "/staff/lists/export/", "/staff/exports/"


@pytest.fixture
def exporter(client):
    """Logged in, with the one permission that lists need."""
    user = make_staff("export_registrations")
    client.force_login(user)
    return user


def asked(*city_sessions, **fields):
    """What the form sends."""
    return {
        "city_sessions": [str(city_session.pk) for city_session in city_sessions],
        "preset": "official",
        "format": "csv",
        "language": "en",
        "reason": "report",
    } | fields


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def names(response):
    rows = list(csv.reader(io.StringIO(body(response).decode("utf-8-sig")), delimiter=";"))
    return [row[1] for row in rows[1:]]


# Who may


@pytest.mark.parametrize(("address", "permission"), [(INDEX, "export_registrations"), (FORM, "export_registrations")])
@pytest.mark.parametrize("others", [[], ["view_registration", "change_registration", "view_exportrecord"]])
def test_lists_require_their_own_permission(client, address, permission, others):
    assert client.get(address)["Location"] == f"/admin/login/?next={address}"
    client.force_login(make_staff(*others))
    assert client.get(address).status_code == 403
    client.force_login(make_staff(permission))
    assert client.get(address).status_code == 200


def test_list_goes_to_nobody_without_the_permission(client):
    city_session = make_registration().city_session
    assert client.post(FORM, asked(city_session))["Location"] == f"/admin/login/?next={FORM}"
    client.force_login(make_staff("view_registration", "change_registration"))
    assert client.post(FORM, asked(city_session)).status_code == 403
    assert not ExportRecord.objects.exists()


def test_lists_taken_require_their_own_permission(client):
    assert client.get(TAKEN)["Location"] == f"/admin/login/?next={TAKEN}"
    client.force_login(make_staff("export_registrations"))
    assert client.get(TAKEN).status_code == 403
    client.force_login(make_staff("view_exportrecord"))
    assert client.get(TAKEN).status_code == 200


def test_list_needs_a_token_of_our_own_page(exporter, client):
    city_session = make_registration().city_session
    client.handler.enforce_csrf_checks = True

    response = client.post(FORM, asked(city_session, reason_text="Отчёт"))

    assert response.status_code == 403
    assert 'value="Отчёт"' in response.content.decode()
    assert not ExportRecord.objects.exists()


def test_reading_takes_nothing(exporter, client):
    city_session = make_registration().city_session
    for address in (INDEX, FORM, TAKEN):
        response = client.get(address, asked(city_session))
        assert "attachment" not in response.headers.get("Content-Disposition", "")
    assert client.post(INDEX, asked(city_session)).status_code == 405
    assert not ExportRecord.objects.exists()


def test_two_people_cannot_fetch_each_others_list(client):
    """Nothing is kept that an address could lead to: the other has to take a list too, under their own name."""
    city_session = make_registration().city_session
    takers = [make_staff("export_registrations") for _ in range(2)]
    kept_before = set(Path(tempfile.gettempdir()).iterdir())

    for taker in takers:
        client.force_login(taker)
        response = client.post(FORM, asked(city_session, format="xlsx"))
        assert (
            response.headers["Cache-Control"].startswith("no-store") or "no-store" in response.headers["Cache-Control"]
        )
        body(response)

    assert [record.made_by for record in ExportRecord.objects.order_by("pk")] == [taker.username for taker in takers]
    left = {path for path in set(Path(tempfile.gettempdir()).iterdir()) - kept_before if path.suffix == ".xlsx"}
    assert left == set()
    client.force_login(make_staff())
    assert client.get(FORM).status_code == 403


# What goes out


@pytest.mark.parametrize(
    ("format", "content_type", "begins"),
    [
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ("csv", "text/csv; charset=utf-8", "\ufeff№".encode()),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
def test_list_is_a_download_that_nobody_keeps(exporter, client, format, content_type, begins):  # noqa: A002
    city_session = make_registration(make_city_session(slug="osh", city_ky="Ош", date=None)).city_session

    response = client.post(FORM, asked(city_session, format=format), headers={"accept-encoding": "gzip, br"})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Encoding"] == "identity"
    assert "no-store" in response.headers["Cache-Control"]
    assert re.match(
        rf'attachment; filename="osh-\d{{4}}-\d\d-\d\d-official-list\.{format}"; filename\*=UTF-8\'\'%D0%9E%D1%88',
        response.headers["Content-Disposition"],
    )
    assert body(response).startswith(begins)


def test_button_of_a_session_gives_everybody_confirmed(exporter, client):
    city_session = make_city_session()
    confirmed = [make_registration(city_session, full_name=name) for name in ("Асан", "Үсөн")]
    make_registration(city_session, status="waiting")
    make_registration(city_session, status="cancelled")
    make_registration()
    page = client.get(INDEX).content.decode()
    form = page[page.index(f'aria-labelledby="session-{city_session.pk}"') :].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))

    response = client.post(re.search(r'action="([^"]+)"', form)[1], fields)

    rows = CalamineWorkbook.from_filelike(io.BytesIO(body(response))).get_sheet_by_index(1).to_python()
    assert [row[1] for row in rows[1:]] == [registration.full_name for registration in confirmed]
    [record] = ExportRecord.objects.all()
    assert (record.rows, record.reason, record.filters) == (2, "report", {"status": "confirmed"})


def test_everything_chosen_is_on_record_before_the_first_byte(exporter, client):
    one, other = make_city_session(), make_city_session()
    for city_session in (one, other, make_city_session()):
        make_registration(city_session, mode="online")
        make_registration(city_session)
    own = {"preset": "own", "show_phone": "on", "order_phone": "1", "show_full_name": "on", "show_source": "on"}

    response = client.post(
        FORM, asked(one, other, mode="online", with_signature="on", reason="contact", reason_text="Новый зал", **own)
    )

    [record] = ExportRecord.objects.all()  # nothing has been read yet
    assert (record.made_by, record.city_sessions) == (exporter.username, [one.pk, other.pk])
    assert (record.filters, record.preset, record.columns) == (
        {"mode": "online"},
        "own",
        ["phone", "full_name", "source"],
    )
    assert (record.format, record.language, record.with_signature, record.rows) == ("csv", "en", True, 2)
    assert (record.reason, record.reason_text) == ("contact", "Новый зал")
    header, *rows = body(response).decode().splitlines()
    assert header == "\ufeff№;Phone number;Full name;Source;Signature"
    assert len(rows) == 2


@pytest.mark.parametrize("people", [1, 20, 21])
def test_every_list_is_on_record_however_short(exporter, client, people):
    city_session = make_city_session()
    for _ in range(people):
        make_registration(city_session)

    client.post(FORM, asked(city_session))

    assert [record.rows for record in ExportRecord.objects.all()] == [people]


def test_anonymised_rows_are_no_people(exporter, client):
    city_session = make_city_session()
    make_registration(city_session, full_name="Асан")
    gone = make_registration(city_session)
    Registration.objects.filter(pk=gone.pk).update(full_name="", phone="", anonymised_at=gone.created_at)

    assert names(client.post(FORM, asked(city_session))) == ["Асан"]


# What is asked


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"city_sessions": []}, {"city_sessions"}),
        ({"city_sessions": ["99999999999999999999"]}, {"city_sessions"}),
        ({"preset": ""}, {"preset"}),
        ({"preset": "own"}, {"preset"}),
        ({"preset": "own", "show_phone": "on", "order_phone": "99"}, {"order_phone"}),
        ({"preset": "own", "show_code": "on"}, {"preset"}),
        ({"format": "exe"}, {"format"}),
        ({"language": "kg"}, {"language"}),
        ({"reason": ""}, {"reason"}),
        ({"reason": "certificate"}, {"reason"}),
        ({"reason": "contact"}, {"reason_text"}),
        ({"reason": "supervision", "reason_text": " \u200b "}, {"reason_text"}),
        ({"reason_text": "a" * 301}, {"reason_text"}),
        ({"mode": "radio"}, {"mode"}),
        ({"chosen": "1,x"}, {"chosen"}),
        ({"chosen": "1;DROP TABLE"}, {"chosen"}),
        ({"mode": "online"}, {"__all__"}),
    ],
)
def test_what_is_wrong_is_said_and_nothing_taken(exporter, client, fields, refused):
    city_session = make_registration().city_session

    response = client.post(FORM, asked(city_session) | fields)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == refused
    assert not ExportRecord.objects.exists()


def test_people_are_counted_without_taking_the_list(exporter, client):
    city_session = make_city_session()
    make_registration(city_session)
    make_registration(city_session, mode="online")

    response = client.post(FORM, asked(city_session, count="1", mode="online"))

    assert (response.status_code, response.context["rows"], response.context["seconds"]) == (200, 1, None)
    assert not ExportRecord.objects.exists()


def test_page_says_how_long_a_large_file_takes(exporter, client, monkeypatch):
    monkeypatch.setattr("consultations.views.lists.LONG", 0)

    response = client.post(FORM, asked(make_registration().city_session, count="1"))

    assert response.context["seconds"] == 1


def test_format_that_cannot_hold_so_many_is_refused(exporter, client, monkeypatch):
    monkeypatch.setitem(exports.MOST_ROWS, "pdf", 1)
    city_session = make_city_session()
    make_registration(city_session)
    make_registration(city_session)

    response = client.post(FORM, asked(city_session, format="pdf"))

    assert set(response.context["form"].errors) == {"format"}
    assert client.post(FORM, asked(city_session)).status_code == 200


def test_list_that_is_too_much_for_the_server_to_draw_says_so_and_keeps_what_was_chosen(exporter, client, monkeypatch):
    monkeypatch.setattr(typesetting, "PATIENCE", 0.01)

    response = client.post(FORM, asked(make_registration().city_session, format="pdf", mode="hall"))

    form = response.context["form"]
    assert (response.status_code, form.errors["format"]) == (422, [str(TOO_LARGE)])
    assert form["mode"].value() == "hall"
    assert not ExportRecord.objects.exists()


def test_columns_are_remembered_for_their_chooser_alone(client):
    city_session = make_registration().city_session
    chooser, other = make_staff("export_registrations"), make_staff("export_registrations")
    client.force_login(chooser)
    own = {"preset": "own", "show_email": "on", "order_email": "2", "show_phone": "on", "order_phone": "1"}
    client.post(FORM, asked(city_session, **own))
    client.post(FORM, asked(city_session, language="ru"))

    def ticked():
        form = client.get(FORM).context["form"]
        places = {key: form.initial.get(f"order_{key}") for key in exports.COLUMN if form.initial.get(f"show_{key}")}
        return sorted(places, key=places.get), form.initial["language"]

    assert ticked() == (["phone", "email"], "ru")
    client.force_login(other)
    assert ticked() == (exports.PRESETS["official"], "ky")


def test_link_fills_in_the_form_and_ignores_what_is_no_choice(exporter, client):
    city_session = make_city_session()

    form = client.get(
        FORM, {"city_sessions": [city_session.pk, "0", "x\ud7ff"], "mode": "online", "queue": "x", "chosen": "1,y"}
    ).context["form"]

    assert form.initial["city_sessions"] == [str(city_session.pk)]
    assert form.initial["mode"] == "online"
    assert not {"queue", "chosen"} & form.initial.keys()


# From the admin


def take_from_admin(client, query="", **posted):
    response = client.post(f"{admin_list('registration')}{query}", {"action": "take_list"} | posted)
    assert response.status_code == 302
    return client.get(response["Location"]) if response["Location"].startswith(FORM) else response


def sent_back(page):
    """What the form sends when its button is pressed, the reason given."""
    form = page.context["form"]
    names = ["city_sessions", "chosen", *(one.key for one in exports.FILTERS)]
    given = {name: form.initial[name] for name in names if form.initial.get(name)}
    return given | {"preset": "official", "format": "csv", "language": "en", "reason": "report"}


def test_people_ticked_in_the_admin_are_the_list(client):
    client.force_login(make_organiser())
    city_session = make_city_session()
    ticked = [make_registration(city_session, full_name=name, status="cancelled") for name in ("Асан", "Үсөн")]
    make_registration(city_session)

    page = take_from_admin(client, _selected_action=[registration.pk for registration in ticked])

    assert names(client.post(FORM, sent_back(page))) == ["Асан", "Үсөн"]
    assert ExportRecord.objects.get().filters == {"chosen": 2}


@pytest.mark.parametrize(
    ("query", "found", "filters"),
    [
        ("mode=online", ["Бакыт", "Эрмек"], {"mode": "online"}),
        ("status__exact=cancelled", ["Эрмек"], {"status": "cancelled"}),
        ("queue=hall", ["Гүлнара"], {"queue": "hall"}),
        ("needs=any", ["Асан"], {"needs": "any"}),
        ("source__exact=telephone", ["Бакыт"], {"source": "telephone"}),
        ("o=1", ["Асан", "Бакыт", "Гүлнара", "Эрмек", "Үсөн"], {}),
    ],
)
def test_filter_of_the_admin_goes_along(client, query, found, filters):
    client.force_login(make_organiser())
    city_session = make_city_session()
    make_need(make_registration(city_session, full_name="Асан"))
    make_registration(city_session, full_name="Бакыт", mode="online", source="telephone")
    make_registration(city_session, full_name="Гүлнара", status="waiting")
    make_registration(city_session, full_name="Эрмек", mode="online", status="cancelled")
    one = make_registration(full_name="Үсөн")

    page = take_from_admin(client, f"?{query}", _selected_action=[one.pk], select_across="1")

    assert sorted(names(client.post(FORM, sent_back(page)))) == sorted(found)
    assert ExportRecord.objects.get().filters == filters


def test_session_chosen_in_the_admin_goes_along(client):
    client.force_login(make_organiser())
    registration = make_registration(full_name="Асан")
    make_registration()

    page = take_from_admin(
        client,
        f"?city_session__id__exact={registration.city_session_id}",
        _selected_action=[registration.pk],
        select_across="1",
    )

    assert names(client.post(FORM, sent_back(page))) == ["Асан"]
    assert ExportRecord.objects.get().city_sessions == [registration.city_session_id]


def test_consultation_that_numbers_led_to_goes_along(client):
    client.force_login(make_organiser())
    registration = make_registration(full_name="Асан")
    make_registration(full_name="Үсөн")
    consultation = registration.city_session.consultation

    page = take_from_admin(
        client, f"?consultation={consultation.pk}", _selected_action=[registration.pk], select_across="1"
    )

    assert names(client.post(FORM, sent_back(page))) == ["Асан"]


def test_name_searched_for_is_neither_in_the_address_nor_on_record(client):
    client.force_login(make_organiser())
    found = make_registration(full_name="Турдубеков Нурсултан")
    make_registration(found.city_session, full_name="Асанова Айгүл")

    page = take_from_admin(client, "?q=нурсултан", _selected_action=[found.pk], select_across="1")

    assert "нурсултан" not in page.request["QUERY_STRING"].lower()
    assert names(client.post(FORM, sent_back(page))) == ["Турдубеков Нурсултан"]
    assert ExportRecord.objects.get().filters == {"chosen": 1}


def test_too_many_found_by_a_search_are_asked_to_be_fewer(client, monkeypatch):
    monkeypatch.setattr("consultations.admin.lists.MOST_CHOSEN", 1)
    client.force_login(make_organiser())
    contact, _member = make_group(size=2)

    response = take_from_admin(client, "?q=катышуучу", _selected_action=[contact.pk], select_across="1")

    assert not response["Location"].startswith(FORM)


def test_every_filter_of_the_admin_is_known_or_kept_by_numbers():
    """One added to the admin alone would be lost on the way, and the list would hold everybody."""
    from consultations.admin.base import lookups_of

    in_admin = {lookup for one in admin.site.get_model_admin(Registration).list_filter for lookup in lookups_of(one)}
    assert FILTERS.keys() <= in_admin
    assert set(FILTERS.values()) <= {"city_sessions", *(one.key for one in exports.FILTERS)}


def test_action_is_offered_to_those_who_may_export(client):
    registration = make_registration()
    for permissions, offered in [(["view_registration"], False), (["view_registration", "export_registrations"], True)]:
        client.force_login(make_staff(*permissions))
        assert ('value="take_list"' in client.get(admin_list("registration")).content.decode()) is offered
        response = client.post(
            admin_list("registration"), {"action": "take_list", "_selected_action": [registration.pk]}
        )
        assert response.get("Location", "").startswith(FORM) is offered


def test_front_page_leads_to_the_lists(client):
    for permissions, links in [([], []), (["export_registrations"], [INDEX]), (["view_exportrecord"], [TAKEN])]:
        client.force_login(make_staff(*permissions))
        page = client.get(reverse("admin:index")).content.decode()
        assert [link for link in (INDEX, TAKEN) if f'href="{link}"' in page] == links


# What it costs


def queries_of(do):
    with CaptureQueriesContext(connection) as context:
        do()
    return len(context)


@pytest.mark.parametrize("address", [INDEX, FORM, TAKEN])
def test_page_costs_the_same_however_many_there_are(client, address):
    client.force_login(make_organiser())
    consultation = make_consultation()

    def with_more(count):
        for _ in range(count):
            city_session = make_city_session(consultation)
            make_registration(city_session)
            make_export_record(city_session)
        return queries_of(lambda: client.get(address, {"consultation": consultation.pk}))

    assert with_more(1) == with_more(2) <= 12


@pytest.mark.parametrize("format", ["xlsx", "csv", "pdf"])
def test_list_costs_the_same_however_many_people(exporter, client, format):  # noqa: A002
    city_session = make_city_session()

    def with_more(count):
        for _ in range(count):
            make_registration(city_session)
        return queries_of(lambda: body(client.post(FORM, asked(city_session, format=format, preset="everything"))))

    assert with_more(1) == with_more(2) <= 12


def test_who_needs_what_is_for_those_who_see_to_it(client):
    """UX 59: outside the organisers only totals; and no list of names narrowed by a need, which says the same."""
    one = make_registration(make_city_session(), full_name="Асанова Айгүл")
    make_need(one, kind="sign-language")
    make_registration(one.city_session, full_name="Бакытов Азамат")
    asked = {"city_sessions": [one.city_session_id], "preset": "contacts", "format": "csv", "language": "ru"}
    asked |= {"reason": "report", "needs": "sign-language"}
    address = reverse("admin:consultations_registration_changelist")

    def seen(*permissions):
        client.force_login(make_staff("view_registration", "export_registrations", *permissions))
        column = re.findall(r'<td class="field-needs">(.*?)</td>', client.get(address).content.decode())
        narrowed = client.get(f"{address}?needs=sign-language").status_code
        names = b"".join(client.post(reverse("list-export"), asked)).decode()
        return sorted(column), narrowed, ("Асанова" in names, "Бакытов" in names)

    label = str(Need.Kind("sign-language").label)
    assert seen("view_need") == (sorted(["-", label]), 200, (True, False))
    assert seen() == ([], 400, (True, True))
