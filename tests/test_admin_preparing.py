"""Before the public sees it: publishing and what is empty, the preview's link, the paper to sign, copies."""

import re
import subprocess

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation

from consultations import actions, preview_links
from consultations.documents import approval
from consultations.models import AgendaItem, CitySession, Consultation
from tests.factories import (
    in_days,
    make_agenda_item,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_document,
    make_letter_paragraph,
    make_party,
    make_registration,
    sign_up,
)
from tests.markup import parse
from tests.programs import needed
from tests.staff import admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

ZOOM = "https://us02web.zoom.us/meeting/register/abc"


@pytest.fixture
def organiser(client):
    client.force_login(make_organiser())
    return client


def page_for(row, name):
    return reverse(f"admin:consultations_{row._meta.model_name}_{name}", args=[row.pk])


def said(response):
    return [message.level_tag for message in response.context["messages"]]


# Halves that are empty


def test_one_half_is_enough_to_begin_with(organiser):
    city_session = make_city_session()

    response = organiser.post(
        admin_page(city_session), typed(organiser.get(admin_page(city_session))) | {"city_ru": ""}
    )

    assert response.status_code == 302
    assert CitySession.objects.get().city_ru == ""


def test_both_halves_empty_are_an_error(organiser):
    city_session = make_city_session()

    filled = typed(organiser.get(admin_page(city_session))) | {"city_ru": "", "city_ky": ""}
    response = organiser.post(admin_page(city_session), filled)

    assert list(response.context["adminform"].form.errors) == ["city_ky"]


def test_consent_is_written_in_both_languages(organiser):
    consultation = make_consultation()
    make_consent_text(consultation)

    filled = typed(organiser.get(admin_page(consultation))) | {"consent_texts-0-text_ru": ""}
    response = organiser.post(admin_page(consultation), filled)

    assert response.status_code == 200


def test_publishing_lists_what_is_said_in_one_language_only(organiser):
    consultation = make_consultation(title_ru="", is_published=False)
    make_agenda_item(consultation, title_ky="")
    city_session = make_city_session(consultation, venue_ky="Китепкана")

    found = organiser.get(page_for(consultation, "publish")).context["halves"]

    assert [(half["field"], str(half["missing"]), half["address"]) for half in found] == [
        ("аталышы", "орусча жок", admin_page(consultation)),
        ("аталышы", "кыргызча жок", admin_page(consultation)),
        ("өтүүчү жери", "орусча жок", admin_page(city_session)),
    ]


@pytest.mark.parametrize(
    ("language", "half", "words"), [("ru", "ky", "перевод будет позже"), ("ky", "ru", "котормосу кийин берилет")]
)
def test_missing_half_shows_the_other_and_says_so(client, language, half, words):
    consultation = make_consultation(**{f"title_{language}": "", f"intro_{language}": ""})
    city_session = make_city_session(consultation, **{f"venue_{half}": "Зал"})

    with translation.override(language):
        page = parse(client.get(consultation.get_absolute_url()))
        session_page = parse(client.get(city_session.get_absolute_url()))

    title = page.all("p", cls="official")[0]
    assert title["lang"] == half
    assert title.text == f"{getattr(consultation, f'title_{half}')} ({words})"
    assert [note["lang"] for note in page.all("small", lang=None) if words in note.text] == [language] * 3
    assert f"Зал ({words})" in session_page.text


def test_page_in_both_languages_speaks_of_no_translation(client):
    city_session = make_city_session(venue_ky="Зал", venue_ru="Зал")

    assert "котормосу" not in client.get(city_session.get_absolute_url()).content.decode()


# Publishing


def test_publishing_and_hiding(organiser, client):
    consultation = make_consultation(is_published=False)
    make_consent_text(consultation)
    address = page_for(consultation, "publish")

    assert said(organiser.post(address, {"publish": "1"}, follow=True)) == ["success"]
    assert client.get(consultation.get_absolute_url()).status_code == 200
    organiser.post(address, {"hide": "1"})
    assert client.get(consultation.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("of_the_session", [True, False])
def test_what_people_are_registered_for_is_not_hidden_by_a_slip(organiser, of_the_session):
    registration = sign_up(make_city_session()).contact
    row = registration.city_session if of_the_session else registration.city_session.consultation
    address = page_for(row, "publish")

    assert "1 катталган адам бар." in organiser.get(address).content.decode()
    assert said(organiser.post(address, {"hide": "1"}, follow=True)) == ["error"]
    row.refresh_from_db()
    assert row.is_published
    assert said(organiser.post(address, {"hide": "1", "sure": "1"}, follow=True)) == ["success"]
    row.refresh_from_db()
    assert not row.is_published

    # Somebody who has cancelled waits for nothing.
    actions.publish(row=row)
    actions.cancel(registration=registration)
    assert said(organiser.post(address, {"hide": "1"}, follow=True)) == ["success"]


@pytest.mark.parametrize(("fields", "has_consent"), [({"retention_days": None}, True), ({}, False)])
def test_consultation_without_its_promises_is_not_published(organiser, fields, has_consent):
    consultation = make_consultation(is_published=False, **fields)
    if has_consent:
        make_consent_text(consultation)

    response = organiser.post(page_for(consultation, "publish"), {"publish": "1"}, follow=True)

    assert said(response) == ["error"]
    assert not Consultation.objects.get().is_published


def test_looking_at_the_page_publishes_nothing(organiser):
    city_session = make_city_session(is_published=False)

    organiser.get(page_for(city_session, "publish"))

    assert not CitySession.objects.get().is_published


def test_form_does_not_publish(organiser):
    city_session = make_city_session(is_published=False)

    organiser.post(admin_page(city_session), typed(organiser.get(admin_page(city_session))) | {"is_published": "on"})

    assert not CitySession.objects.get().is_published


# The preview


@pytest.fixture
def draft():
    """A consultation nobody sees, with a session nobody sees."""
    consultation = make_consultation(is_published=False)
    make_consent_text(consultation)
    return make_city_session(consultation, is_published=False, hall_capacity=10, zoom_register_url=ZOOM)


def preview(row, *segments, name="session", language="ky"):
    token = preview_links.new_token(row.consultation)
    with translation.override(language):
        return reverse(f"preview-{name}", args=[token, *segments])


@pytest.mark.parametrize(("language", "mark"), [("ky", "ДОЛБООР"), ("ru", "ПРОЕКТ")])
def test_draft_is_read_by_its_link_and_marked(client, draft, language, mark):
    for address in [
        preview(draft, draft.slug, language=language),
        preview(draft, name="consultation", language=language),
    ]:
        response = client.get(address)
        page = parse(response)

        assert page.one("p", **{"class": "draft"}).text == mark
        assert getattr(draft, f"city_{language}") in page.text
        assert page.one("meta", name="robots")["content"] == "noindex"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Cache-Control"] == "no-store"
        assert page.all("link", rel="canonical") == []


def test_preview_offers_nothing_to_do(client, draft):
    """No registering, no calendar, nothing to pass on; and every link stays inside the preview."""
    page = parse(client.get(preview(draft, draft.slug)))

    assert page.one("main").all("form") == []
    inside = [link["href"] for link in page.one("main").all("a") if link["href"].startswith("/")]
    assert {re.match(r"/ky/preview/", address) is not None for address in inside} == {True}
    assert "register" not in " ".join(inside)


def test_links_inside_a_preview_open(client, draft):
    other = make_city_session(draft.consultation, is_published=False)
    document = make_document(draft.consultation)

    assert client.get(preview(draft, other.slug)).status_code == 200
    assert client.get(preview(draft, document.slug, name="document"))["Location"] == document.url


def test_preview_ends_after_a_week(client, draft):
    address = preview(draft, draft.slug)
    now = timezone.now()

    with time_machine.travel(now + preview_links.LASTS * 0.99, tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(now + preview_links.LASTS * 1.01, tick=False):
        assert client.get(address).status_code == 404


def test_withdrawn_links_open_nothing_and_those_of_others_still_do(organiser, client, draft):
    other = make_city_session(is_published=False)
    address, elsewhere = preview(draft, draft.slug), preview(other, other.slug)
    page = reverse("admin:consultations_citysession_publish", args=[draft.pk])

    shown = parse(organiser.post(page, {"withdraw": "1"}, follow=True))

    assert "Мурда берилген бардык шилтемелер жарабай калды." in shown.text
    assert client.get(address).status_code == 404
    assert client.get(elsewhere).status_code == 200
    new = [link["href"] for link in shown.one("ul", cls="previews-to-send").all("a")]
    assert [client.get(one.removeprefix(settings.SITE_URL)).status_code for one in new] == [200, 200]
    draft.refresh_from_db()
    assert not draft.is_published


def test_consultation_read_before_and_saved_after_does_not_give_withdrawn_links_back(client, draft):
    address = preview(draft, draft.slug)
    read_before = Consultation.objects.get()
    actions.withdraw_previews(consultation=read_before)

    read_before.contact_name = "Башка Адам"
    read_before.save()

    assert client.get(address).status_code == 404
    assert Consultation.objects.get().contact_name == "Башка Адам"


def test_forged_link_opens_nothing(client, draft):
    good = preview_links.new_token(draft.consultation)
    of_another_kind = signing.TimestampSigner(salt="other").sign(str(draft.consultation.pk))
    for token in [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        of_another_kind,
        str(draft.consultation.pk),
        "x",
        "::",
    ]:
        assert client.get(f"/ky/preview/{token}/").status_code == 404, token


def test_preview_shows_nothing_of_another_consultation(client, draft):
    other = make_city_session(is_published=False)

    assert client.get(preview(draft, other.slug)).status_code == 404
    assert client.get(preview(draft, make_document().slug, name="document")).status_code == 404


def test_draft_stays_hidden_from_everybody_else(client, draft):
    assert client.get(draft.get_absolute_url()).status_code == 404


# The paper to sign


def words_of(paper):
    reader = needed("poppler-utils", "pdftotext")
    text = subprocess.run([reader, "-layout", "-", "-"], input=paper, capture_output=True, check=True).stdout
    return text.decode().replace("\u200b", "")  # where a long word may break


def test_paper_has_every_word_in_both_languages_and_the_mark(organiser, draft):
    CitySession.objects.update(venue_ky="Китепкана", venue_ru="")
    make_party(draft.consultation)
    make_agenda_item(draft.consultation, speakers_ky="Асанов", speakers_ru="Асанов А.")

    response = organiser.get(page_for(draft.consultation, "approval"))

    text = words_of(response.content)
    assert response.headers["Content-Type"] == "application/pdf"
    for words in [
        draft.city_ky,
        draft.city_ru,
        "Китепкана",
        "Ачылыш сөздөр",
        "Приветственные слова",
        "Асанов А.",
        ZOOM,
    ]:
        assert words in " ".join(text.split()), words
    assert "ДОЛБООР" in text
    assert "ПРОЕКТ" in text


def test_paper_takes_hostile_words():
    city_session = make_city_session(venue_ky="#x $y$ @z <b> *a*", venue_ru="\\ [", practical_ky="ө" * 300)

    assert "#x $y$ @z <b> *a*" in " ".join(words_of(approval.paper(city_session.consultation, [city_session])).split())


# Copies


def test_copy_of_a_session_begins_with_what_stays_true(organiser):
    original = make_city_session(
        venue_ky="Китепкана", hall_capacity=120, zoom_join_url="https://zoom.us/j/1", told_facts={"date": "x"}
    )
    make_agenda_item(original.consultation, city_session=original)
    make_registration(original)

    response = organiser.post(
        page_for(original, "copy"), {"city_ky": original.city_ky, "city_ru": original.city_ru, "slug": "again"}
    )

    copy = CitySession.objects.get(slug="again")
    assert response["Location"] == admin_page(copy)
    assert (copy.consultation, copy.venue_ky, copy.hall_capacity) == (original.consultation, "Китепкана", 120)
    assert (copy.start_time, copy.end_time) == (original.start_time, original.end_time)
    assert (copy.date, copy.is_published, copy.zoom_join_url, copy.told_facts) == (None, False, "", None)
    assert copy.calendar_uid != original.calendar_uid
    assert [item.title_ky for item in copy.own_agenda_items.all()] == ["Ачылыш сөздөр"]
    assert copy.registrations.count() == 0


def test_copy_for_another_city_leaves_out_the_place(organiser):
    original = make_city_session(venue_ky="Китепкана", access_ky="Лифт бар", moderator_ky="Асанова", hall_capacity=120)

    organiser.post(page_for(original, "copy"), {"city_ky": "Талас", "city_ru": "Талас", "slug": "talas"})

    copy = CitySession.objects.get(slug="talas")
    assert (copy.venue_ky, copy.access_ky, copy.moderator_ky, copy.hall_capacity) == ("", "", "", None)


@pytest.mark.parametrize("slug", ["", "osh", "zoom", "Талас", "a/b", "taken-consultation"])
def test_copy_wants_an_address_of_its_own(organiser, slug):
    original = make_city_session(slug="osh")
    make_consultation(slug="taken-consultation")

    response = organiser.post(page_for(original, "copy"), {"city_ky": "Талас", "city_ru": "Талас", "slug": slug})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["slug"]
    assert CitySession.objects.count() == 1


def test_copy_of_a_consultation_has_everything_but_dates_and_people(organiser):
    consultation = make_consultation(notice_date=in_days(-3), closed_on=in_days(3))
    make_consent_text(consultation, version="1")
    make_consent_text(consultation, version="2")
    make_party(consultation)
    make_letter_paragraph(consultation)
    make_agenda_item(consultation)
    make_document(consultation)
    osh, naryn = (make_city_session(consultation, slug=slug, venue_ky="Зал") for slug in ("osh", "naryn"))
    make_agenda_item(consultation, city_session=osh)
    make_registration(osh)
    asked = {"short_title_ky": "Жаңы", "short_title_ru": "Новая", "slug": "new", "city_sessions": [osh.pk]}

    organiser.post(page_for(consultation, "copy"), asked)

    copy = Consultation.objects.get(slug="new")
    assert (copy.title_ky, copy.short_title_ky, copy.retention_days) == (consultation.title_ky, "Жаңы", 180)
    assert (copy.is_published, copy.notice_date, copy.closed_on) == (False, None, None)
    assert [text.version for text in copy.consent_texts.all()] == ["2"]
    assert (copy.parties.count(), copy.letter_paragraphs.count(), copy.documents.count()) == (1, 1, 0)
    (session,) = copy.city_sessions.all()
    assert (session.slug, session.venue_ky, session.date, session.is_published) == ("osh", "Зал", None, False)
    assert sorted(copy.agenda_items.values_list("city_session", flat=True), key=bool) == [None, session.pk]
    assert AgendaItem.objects.filter(consultation=consultation).count() == 2
    assert naryn.consultation == consultation


@pytest.mark.parametrize("name", ["publish", "approval", "copy"])
def test_pages_need_the_permission_to_change(client, name):
    row = make_city_session()
    client.force_login(make_staff("view_citysession", "view_consultation"))

    assert client.get(page_for(row, name)).status_code == 403
    assert client.post(page_for(row.consultation, name), {"publish": "1"}).status_code == 403


def test_copy_needs_the_permission_to_add(client):
    row = make_city_session()
    client.force_login(make_staff("view_citysession", "change_citysession"))

    assert client.get(page_for(row, "copy")).status_code == 403


# Links to Zoom


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        (ZOOM, True),
        ("https://zoom.us/j/123", True),
        ("us02web.zoom.us/j/1", True),
        ("http://zoom.us/j/123", False),
        ("https://zoom.us.example.org/j/1", False),
        ("https://notzoom.us/j/1", False),
        ("https://zoom.us@example.org/j/1", False),
        ("https://example.org/zoom.us/", False),
        ("https://zооm.us/j/1", False),
    ],
)
def test_links_to_zoom_lead_to_zoom(organiser, address, is_taken):
    city_session = make_city_session()

    filled = typed(organiser.get(admin_page(city_session))) | {"zoom_join_url": address}
    response = organiser.post(admin_page(city_session), filled)

    assert (response.status_code == 302) is is_taken
    assert bool(CitySession.objects.get().zoom_join_url) is is_taken


def test_refused_link_names_the_hosts(organiser, settings):
    settings.ZOOM_HOSTS = ["zoom.us", "meet.example.kg"]
    city_session = make_city_session()

    filled = typed(organiser.get(admin_page(city_session))) | {"zoom_join_url": "https://example.org/"}
    error = organiser.post(admin_page(city_session), filled).context["adminform"].form.errors["zoom_join_url"]

    assert "zoom.us, meet.example.kg" in error[0]


def test_links_of_the_announcement_are_accepted():
    actions_before = CitySession.objects.count()
    from consultations.announcement import load

    load()
    for city_session in CitySession.objects.all()[actions_before:]:
        city_session.full_clean()


# The agenda's moderator


def test_late_moderator_stands_at_the_items_that_have_one_in_a_language_that_is_named(client):
    """No copy of the agenda for one name; an item's own moderator goes before the session's."""
    city_session = make_city_session(moderator_ky="Асанова Айгүл")
    for has_moderator, own in [(False, ""), (True, ""), (True, "Үсөнов Үсөн")]:
        make_agenda_item(city_session.consultation, has_moderator=has_moderator, moderator_ru=own)

    with translation.override("ru"):
        page = parse(client.get(city_session.get_absolute_url()))

    items = page.one("ol", **{"class": "agenda"}).all("li")
    shown = [[(name.get("lang"), name.text) for name in item.all("span")] for item in items]
    assert shown == [[], [("ky", "Асанова Айгүл")], [(None, "Үсөнов Үсөн")]]
