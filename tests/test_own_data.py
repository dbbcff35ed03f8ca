"""One's own data: read on a page, taken away as JSON, deleted by oneself (P 78)."""

import datetime
import json
import re

import pytest
from django.urls import reverse
from django.utils import translation

from consultations import actions, own_data
from consultations.models import DataRequest, Message, Need, OwnAnswer, Registration
from tests.factories import (
    in_days,
    make_city_session,
    make_consultation,
    make_data_request,
    make_details,
    make_group,
    make_need,
    make_registration,
    sign_up,
)
from tests.hostile import KEPT_AS_TYPED
from tests.test_erasing import make_whole_registration

pytestmark = pytest.mark.django_db


def address(registration, path):
    return registration.get_absolute_url() + path


def the_file(client, registration):
    return json.loads(client.get(address(registration, "data.json")).content)


# What is kept


@pytest.mark.parametrize("model", [Registration, Need, OwnAnswer, Message, DataRequest])
def test_every_personal_column_is_handed_over_or_said_not_to_be(model):
    given = {field.name for field in own_data.columns_of(model)}
    assert given | own_data.NOT_HANDED_OVER[model] == {field.name for field in model._meta.concrete_fields}
    assert model.PERSONAL - given == model.PERSONAL & {
        "code",
        "join_code",
        "name_key",
        "sort_key",
        "submission_key",
        "checked_in_by",
        "done_by",
    }


def test_file_equals_the_rows(client):
    registration = make_whole_registration(listed_publicly=True)
    registration.refresh_from_db()
    asked = make_data_request(
        registration.city_session.consultation,
        full_name=registration.full_name,
        email=registration.email,
        words="Эмне сакталат?",
    )
    given = the_file(client, registration)
    for name in own_data.columns_of(Registration):
        if name.name != "city_session":
            assert given["registration"][name.name] == own_data.plain(name.value_from_object(registration)), name
    assert given["registration"]["full_name"] == registration.full_name
    assert given["registration"]["phone"] == registration.phone.as_e164
    assert given["registration"]["listed_publicly"] is True
    assert given["registration"]["city_session"] == registration.city_session.slug
    assert given["consent"] == {
        "version": registration.consent_text.version,
        "ky": registration.consent_text.text_ky,
        "ru": registration.consent_text.text_ru,
    }
    assert given["needs"] == [
        {"kind": "step-free", "text": "Пандус керек", "state": "asked", "reply": "Болот"},
    ]
    assert [message["address"] for message in given["messages"]] == ["old@example.org", ""]
    assert [(one["words"], one["received_on"]) for one in given["requests"]] == [
        ("Эмне сакталат?", asked.received_on.isoformat())
    ]


def test_file_of_a_group_names_who_belongs_together(client):
    contact, member, other = make_group()
    assert the_file(client, contact)["people_registered"] == [member.full_name, other.full_name]
    assert the_file(client, member)["registered_by"] == contact.full_name
    assert the_file(client, member)["people_registered"] == []


def test_file_holds_no_secret_and_nobody_elses_request(client):
    registration = make_registration()
    make_data_request(registration.city_session.consultation, full_name=registration.full_name)
    make_data_request(registration.city_session.consultation, full_name="Башка Киши", phone=str(registration.phone))
    response = client.get(address(registration, "data.json"))
    for secret in (registration.code, registration.join_code):
        assert secret not in response.content.decode()
    assert the_file(client, registration)["requests"] == []


def test_file_is_saved_and_kept_by_nobody(client):
    response = client.get(address(make_registration(), "data.json"))
    assert response.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r'attachment; filename="city-\d+-\d{8}\.json"', response.headers["Content-Disposition"])
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", KEPT_AS_TYPED)
def test_file_and_page_hold_names_as_they_were_typed(client, name):
    registration = make_registration(full_name=name, question=name)
    given = the_file(client, registration)["registration"]
    assert (given["full_name"], given["question"]) == (name, name)
    assert client.get(address(registration, "data/")).status_code == 200


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_page_says_everything_in_its_language(client, language):
    registration = make_whole_registration(make_city_session(make_consultation(retention_days=10), date=in_days(1)))
    with translation.override(language):
        page = client.get(reverse("ticket-data", args=[registration.code])).content.decode()
        said = [
            registration.full_name,
            registration.phone.as_international,
            registration.email,
            registration.organisation,
            str(registration.get_organisation_type_display()),
            registration.position,
            registration.home_place,
            str(registration.get_gender_display()),
            registration.question,
            "Пандус керек",
            "Болот",
            "old@example.org",
            registration.consent_text.version,
            registration.consent_text.text,
        ]
    for words in said:
        assert words in page


def test_page_says_when_it_will_be_erased(client):
    registration = make_registration(make_city_session(make_consultation(retention_days=10), date=in_days(1)))
    assert actions.erasure_day(registration) == in_days(11)
    undated = make_registration(make_city_session(make_consultation(retention_days=10), date=None))
    assert actions.erasure_day(undated) is None
    assert client.get(address(undated, "data/")).status_code == 200


def test_own_page_leads_to_the_data_also_when_all_is_over(client):
    registration = make_registration(make_city_session(date=in_days(-1)))
    page = client.get(registration.get_absolute_url()).content.decode()
    assert address(registration, "data/") in page
    assert address(registration, "delete/") in page


# Deleting it oneself


def test_deleting_asks_first(client):
    registration = make_registration()
    page = client.get(address(registration, "delete/"))
    assert registration.full_name in page.content.decode()
    registration.refresh_from_db()
    assert registration.anonymised_at is None


def test_deleting_leads_to_a_page_without_the_name(client):
    outcome = sign_up(make_city_session(), make_details())
    registration = outcome.contact
    response = client.post(address(registration, "delete/"), follow=True)
    assert response.redirect_chain == [(reverse("data-deleted"), 303)]
    assert response.status_code == 200
    assert registration.full_name not in response.content.decode()
    registration.refresh_from_db()
    assert registration.full_name == ""


def test_phone_forgets_the_deleted_ticket_and_keeps_the_others(client):
    one, other = make_registration(), make_registration()
    for registration in (one, other):
        client.post(
            reverse("ticket-find"),
            {"pass_number": registration.pass_number, "phone": str(registration.phone)},
        )
    client.post(address(one, "delete/"))
    page = client.get(reverse("my-tickets")).content.decode()
    assert other.full_name in page
    assert one.full_name not in page
    assert one.code not in client.cookies["tickets"].value
    client.post(address(other, "delete/"))
    assert client.cookies["tickets"].value == ""


def test_contact_is_asked_about_those_reached_only_through_them(client):
    contact, member, reached = make_group()
    reached.phone = "+996555888888"
    reached.save()
    page = client.get(address(contact, "delete/")).content.decode()
    assert member.full_name in page
    assert reached.full_name not in page
    client.post(address(contact, "delete/"))
    member.refresh_from_db()
    assert member.anonymised_at is None
    page = client.get(member.get_absolute_url()).content.decode()
    assert contact.full_name not in page


def test_contact_may_have_the_group_deleted_too(client):
    contact, _member, _other = make_group()
    client.post(address(contact, "delete/"), {"group": "1"})
    assert Registration.objects.identified().count() == 0


def test_deleting_while_a_letter_leaves_says_so_and_deletes_nothing(client, monkeypatch):
    registration = make_registration()

    def busy(**details):
        raise actions.RegistrationRefused("busy")

    monkeypatch.setattr(actions, "anonymise", busy)
    response = client.post(address(registration, "delete/"))
    assert response.status_code == 503
    assert 'role="alert"' in response.content.decode()


def test_contacts_page_lists_no_deleted_member(client):
    contact, member, other = make_group(make_city_session(date=in_days(-1)))
    actions.anonymise(registration=member)
    for page in (contact.get_absolute_url(), address(contact, "group/")):
        shown = client.get(page).content.decode()
        assert other.full_name in shown
        member.refresh_from_db()
        assert member.code not in shown


# The privacy page


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_privacy_page_leads_to_doing_it_oneself(client, language):
    consultation = make_consultation(retention_days=77)
    make_city_session(consultation)
    with translation.override(language):
        page = client.get(reverse("privacy")).content.decode()
        assert reverse("ticket-find") in page
        assert reverse("my-tickets") in page
    assert "77" in page
    assert consultation.contact_phone.as_e164 in page


def test_privacy_page_names_every_kind_of_column():
    """A new personal column must be thought of on the page too; this list says which words speak of it."""
    spoken_of = {
        "full_name",
        "phone",
        "email",
        "organisation",
        "position",
        "home_place",
        "question",
        "question_reply",
        "code",
        "join_code",
        "pass_number",
    }
    derived_or_technical = {"name_key", "sort_key", "submission_key", "checked_in_by"}
    assert spoken_of | derived_or_technical == Registration.PERSONAL


def test_times_on_the_page_are_local():
    registration = make_registration(checked_in_at=datetime.datetime(2026, 6, 9, 20, 30, tzinfo=datetime.UTC))
    [(_heading, lines), *_others] = own_data.as_sections(registration)
    assert "10.06.2026 02:30" in [value for _name, value in lines]


def test_need_of_nobody_else_is_in_the_copy():
    registration = make_registration()
    make_need(text="Башканыкы")
    assert own_data.as_data(registration)["needs"] == []


def test_whoever_deletes_a_group_deletes_also_those_who_had_cancelled(client):
    contact, here, gone = make_group(make_city_session(), size=3)
    actions.cancel(registration=gone)
    page = client.get(f"/ky/r/{contact.code}/delete/").content.decode()
    assert (here.full_name in page, gone.full_name in page) == (True, True)
    client.post(f"/ky/r/{contact.code}/delete/", {"group": "1"})
    assert set(Registration.objects.values_list("full_name", flat=True)) == {""}
