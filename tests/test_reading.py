"""The reads of a registration, which the database does in one statement: they give what the ORM would."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from consultations.models import CitySession, Consultation, Registration
from consultations.models.reading import city_session_at, locked_city_sessions, sent_before_or_known
from tests.factories import make_city_session, make_consent_text, make_registration

pytestmark = pytest.mark.django_db


def everything(instance):
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}


@pytest.fixture
def city_session():
    city_session = make_city_session(hall_capacity=5, online_capacity=7, registration_opens_at="2026-01-05T03:04:05Z")
    make_registration(city_session)
    make_registration(city_session, mode="online")
    CitySession.objects.update(told_facts=city_session.facts)
    return CitySession.objects.with_places().select_related("consultation").get()


def assert_same(found, expected):
    assert everything(found) == everything(expected)
    assert everything(found.consultation) == everything(expected.consultation)
    counts = (expected.hall_held, expected.online_held, expected.hall_queue)
    assert (found.hall_held, found.online_held, found.hall_queue) == counts == (1, 1, 0)


def test_session_at_an_address_is_what_the_orm_gives(city_session):
    newest = make_consent_text(city_session.consultation, version="newest")
    with CaptureQueriesContext(connection) as queries:
        found = city_session_at(city_session.consultation.slug, city_session.slug)
        assert_same(found, city_session)
        assert everything(found.consultation.current_consent) == everything(newest)
    assert len(queries) == 1


def test_without_a_consent_text_there_is_none(city_session):
    Registration.objects.update(consent_text=None, consented_at=None, consent_channel="")
    city_session.consultation.consent_texts.all().delete()
    assert city_session_at(city_session.consultation.slug, city_session.slug).consultation.current_consent is None


@pytest.mark.parametrize("model", [CitySession, Consultation])
def test_what_is_not_published_is_not_there(city_session, model):
    model.objects.update(is_published=False)
    assert city_session_at(city_session.consultation.slug, city_session.slug) is None


def test_locked_sessions_are_what_the_orm_gives(city_session):
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        found = locked_city_sessions([city_session.pk, 0])
    assert found.keys() == {city_session.pk}
    assert_same(found[city_session.pk], city_session)
    assert len(queries) == 1


def test_object_that_was_read_is_saved_as_any_other(city_session):
    with transaction.atomic():
        found = locked_city_sessions([city_session.pk])[city_session.pk]
    found.venue_ky = "Маданият үйү"
    with CaptureQueriesContext(connection) as queries:
        found.save()
    assert [query["sql"].split()[0] for query in queries] == ["UPDATE"]
    assert CitySession.objects.get().venue_ky == "Маданият үйү"


def known(city_session, **person):
    return sent_before_or_known(city_session, "", [person])


def test_person_is_found_by_name_with_phone_or_email(city_session):
    somebody = make_registration(city_session, full_name="Турдубеков Нурсултан", phone="+996555000111", email="a@b.kg")
    assert known(city_session, full_name="нурсултан  ТУРДУБЕКОВ", phone="+996555000111", email="") == [somebody]
    assert known(city_session, full_name="Нурсултан Турдубеков", phone=somebody.phone) == [somebody]
    assert known(city_session, full_name="Турдубеков Нурсултан", email="A@B.kg") == [somebody]
    assert known(city_session, full_name="Турдубеков Нурсултан") == []
    assert known(city_session, full_name="Турдубеков Нурлан", phone="+996555000111", email="a@b.kg") == []
    assert known(make_city_session(), full_name="Турдубеков Нурсултан", email="a@b.kg") == []


def test_form_is_found_in_its_order_and_with_whoever_is_known(city_session):
    last = make_registration(city_session, submission_key="k", submission_index=1)
    first = make_registration(city_session, submission_key="k")
    other = make_registration(city_session, submission_key="other", submission_index=2, email="c@b.kg")
    person = {"full_name": other.full_name, "email": other.email}
    assert sent_before_or_known(city_session, "k", [person, person]) == [first, last, other]
    assert sent_before_or_known(city_session, "", []) == []
