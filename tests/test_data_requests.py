"""Requests about personal data made by telephone or letter: written down, found, answered within the law's week."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from consultations import actions
from consultations.models import DataRequest, Registration
from consultations.models.consultation import Consultation
from tests.factories import (
    in_days,
    make_city_session,
    make_consultation,
    make_data_request,
    make_group,
    make_registration,
)
from tests.hostile import KEPT_AS_TYPED
from tests.staff import admin_list, admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser(client):
    user = make_organiser()
    client.force_login(user)
    return user


def page(name, data_request, registration=None):
    keys = [data_request.pk] + ([registration.pk] if registration else [])
    return reverse(f"admin:consultations_datarequest_{name}", args=keys)


# Writing it down


def test_request_is_due_in_a_week():
    assert make_data_request().due_on == in_days(7)
    due_today, overdue = (make_data_request(received_on=in_days(-days)) for days in (7, 8))
    assert (due_today.is_overdue, overdue.is_overdue) == (False, True)
    assert list(DataRequest.objects.overdue()) == [overdue]


def test_answered_request_is_never_overdue():
    answered = make_data_request(received_on=in_days(-99), handled_at=timezone.now(), handled_by="organiser")
    assert not answered.is_overdue
    assert list(DataRequest.objects.unanswered()) == []


def test_request_is_written_down_and_leads_to_whom_it_may_mean(client, organiser):
    consultation = make_consultation()
    registration = make_registration(make_city_session(consultation), full_name="Асанова Айгүл")
    empty = client.get(reverse("admin:consultations_datarequest_add"))
    fields = typed(empty) | {"kind": "copy", "full_name": "айгул асанова маратовна", "phone": "", "email": ""}
    assert fields["consultation"] == str(consultation.pk)
    response = client.post(reverse("admin:consultations_datarequest_add"), fields, follow=True)
    assert response.redirect_chain[0][0] == page("answer", DataRequest.objects.get())
    assert registration.pass_number_spaced in response.content.decode()


# Finding


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"full_name": "Асанова Айгүл"}, True),
        ({"full_name": "АЙГУЛ асанова"}, True),
        ({"full_name": "Асанова Айгүл Маратовна"}, True),
        ({"full_name": "Асанова"}, True),
        ({"full_name": "Асанова Бурул"}, False),
        ({"full_name": "Асан"}, False),
        ({"full_name": "-"}, False),
        ({"full_name": "", "phone": "+996555123456"}, True),
        ({"full_name": "", "phone": "+996555123457"}, False),
        ({"full_name": "", "email": "AIGUL@example.org"}, True),
        ({"full_name": "Бөлөк Киши", "phone": "+996555123456"}, True),
    ],
)
def test_registrations_meant_are_found_by_name_phone_or_mail(asked, found):
    registration = make_registration(full_name="Асанова Айгүл", phone="+996555123456", email="aigul@example.org")
    make_registration(full_name="Жапаров Нурлан")
    data_request = make_data_request(**{"phone": "", "email": ""} | asked)
    meant = list(actions.registrations_meant(data_request))
    assert (registration in meant) is found
    assert len(meant) <= (1 if asked["full_name"] != "-" else 0)


@pytest.mark.parametrize("name", KEPT_AS_TYPED)
def test_every_name_finds_itself(name):
    registration = make_registration(full_name=name)
    assert registration in actions.registrations_meant(make_data_request(full_name=name, phone=""))


def test_who_is_anonymised_is_found_no_more():
    registration = make_registration()
    data_request = make_data_request(full_name=registration.full_name, phone=str(registration.phone))
    actions.anonymise(registration=registration)
    assert list(actions.registrations_meant(data_request)) == []


# Answering


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_copy_is_in_the_language_of_the_person(client, organiser, language):
    registration = make_registration(language=language, organisation="Токой коому")
    shown = client.get(page("copy", make_data_request(), registration)).content.decode()
    assert f'<html lang="{language}">' in shown
    assert "Токой коому" in shown


def test_deleting_asks_and_then_anonymises(client, organiser):
    contact, member, _other = make_group()
    data_request = make_data_request(kind="delete")
    asked = client.get(page("delete_data", data_request, contact)).content.decode()
    assert contact.full_name in asked
    assert member.full_name in asked
    assert Registration.objects.identified().count() == 3
    client.post(page("delete_data", data_request, contact))
    contact.refresh_from_db()
    assert (contact.full_name, contact.status) == ("", "cancelled")
    assert Registration.objects.identified().count() == 2
    assert client.get(page("delete_data", data_request, contact)).status_code == 404


def test_answer_names_its_author_and_is_kept(client, organiser):
    data_request = make_data_request()
    client.post(page("answer", data_request), {"remark": "Көчүрмө берилди"})
    data_request.refresh_from_db()
    assert (data_request.handled_by, data_request.remark) == (organiser.get_username(), "Көчүрмө берилди")
    assert data_request.handled_at is not None
    first = data_request.handled_at
    actions.answer_request(data_request=data_request, by="somebody-else", remark="Дагы бир жолу")
    data_request.refresh_from_db()
    assert (data_request.handled_at, data_request.handled_by) == (first, organiser.get_username())


def test_of_who_wanted_everything_deleted_the_answered_request_keeps_nothing(client, organiser):
    data_request = make_data_request(kind="delete", words="Атымды өчүрүңүз")
    client.post(page("answer", data_request), {"remark": "Өчүрүлдү"})
    data_request.refresh_from_db()
    assert [getattr(data_request, name) for name in ("full_name", "email", "words", "remark")] == [""] * 4
    assert str(data_request.phone) == ""
    assert client.get(admin_page(data_request)).status_code == 200
    assert client.get(admin_list("datarequest")).status_code == 200
    assert client.get(page("answer", data_request)).status_code == 200


def test_history_of_the_admin_names_nobody(client, organiser):
    data_request = make_data_request()
    client.post(page("answer", data_request), {"remark": "Айтылды"})
    client.post(admin_page(data_request), typed(client.get(admin_page(data_request))) | {"words": "Сурайт"})
    assert LogEntry.objects.count() == 2
    for entry in LogEntry.objects.all():
        assert data_request.full_name not in entry.object_repr + entry.change_message


@pytest.mark.parametrize("name", KEPT_AS_TYPED)
def test_pages_show_hostile_names_as_text(client, organiser, name):
    registration = make_registration(full_name=name)
    data_request = make_data_request(full_name=name, words=name)
    for address in (
        page("answer", data_request),
        page("copy", data_request, registration),
        page("delete_data", data_request, registration),
        admin_list("datarequest"),
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("search", ["Суроочу", "777", "0777", "name@example.org", "'", "%"])
def test_list_is_searched(client, organiser, search):
    make_data_request()
    for state in ("", "in-time", "overdue", "answered"):
        assert client.get(admin_list("datarequest"), {"q": search, "state": state}).status_code == 200


# Who may


@pytest.mark.parametrize(
    ("permissions", "answer", "copy", "delete"),
    [
        ([], 403, 403, 403),
        (["view_datarequest"], 403, 403, 403),
        (["view_datarequest", "change_datarequest"], 200, 403, 403),
        (["view_datarequest", "change_datarequest", "view_registration"], 200, 200, 403),
        (["view_datarequest", "change_datarequest", "view_registration", "change_registration"], 200, 200, 200),
    ],
)
def test_each_page_has_its_permission(client, permissions, answer, copy, delete):
    registration, data_request = make_registration(), make_data_request()
    client.force_login(make_staff(*permissions))
    found = [
        client.get(page("answer", data_request)),
        client.get(page("copy", data_request, registration)),
        client.get(page("delete_data", data_request, registration)),
    ]
    assert [response.status_code for response in found] == [answer, copy, delete]


# The front page


def entries_of(client):
    """What waits, without what the sessions themselves still lack."""
    return [entry for entry in client.get(reverse("admin:index")).context["waiting"] if "city_session" not in entry]


def waiting(client):
    return [str(entry["words"]) for entry in entries_of(client)]


def test_front_page_counts_what_waits_and_marks_what_is_overdue(client, organiser):
    assert waiting(client) == []
    make_data_request()
    make_data_request(received_on=in_days(-8))
    entries = entries_of(client)
    assert [(entry["count"], entry.get("is_urgent", False)) for entry in entries] == [(1, True), (1, False)]
    for entry in entries:
        assert client.get(entry["address"]).context["cl"].result_count == 1


def test_front_page_asks_what_becomes_of_an_undated_session(client, organiser):
    consultation = make_consultation(retention_days=60)
    make_city_session(consultation, date=in_days(-40))
    assert waiting(client) == []
    make_registration(make_city_session(consultation, date=None))
    assert len(waiting(client)) == 1
    assert consultation.short_title in waiting(client)[0]
    Consultation.objects.filter(pk=consultation.pk).update(retention_days=300)
    assert waiting(client) == []


def test_front_page_says_where_no_day_of_erasure_is_known(client, organiser):
    consultation = make_consultation()
    make_registration(make_city_session(consultation, date=None))
    assert len(waiting(client)) == 1
    Consultation.objects.filter(pk=consultation.pk).update(closed_on=in_days(0))
    assert waiting(client) == []


def test_front_page_leads_to_those_who_can_be_told_nothing(client, organiser):
    contact, _one, _two = make_group()
    assert waiting(client) == []
    actions.anonymise(registration=contact)
    [entry] = entries_of(client)
    assert entry["count"] == 2
    assert client.get(entry["address"]).context["cl"].result_count == 2


# Publishing without a term


def test_consultation_is_not_published_without_a_term_in_the_admin(client, organiser):
    consultation = make_consultation()
    fields = typed(client.get(admin_page(consultation))) | {"retention_days": ""}
    response = client.post(admin_page(consultation), fields)
    assert response.status_code == 200
    assert response.context["adminform"].errors
    consultation.refresh_from_db()
    assert consultation.retention_days == 180
