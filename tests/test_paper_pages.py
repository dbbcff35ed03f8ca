"""Who may take which paper, what is recorded of it, and what everybody may have."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from consultations import documents, exports
from consultations.documents import KIT, PAPERS, typesetting
from consultations.models import ExportRecord
from consultations.views.lists import TOO_LARGE
from tests.factories import in_days, make_city_session, make_consultation, make_group, make_registration
from tests.paper import picture_codes, sizes_of, words_of
from tests.staff import admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

WITHOUT_NAMES = {key for key, paper in PAPERS.items() if not paper.preset}
LOOK, EXPORT, NEEDS = "view_citysession", "export_registrations", "view_need"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://talkuu.example.kg"


def page(city_session):
    return reverse("paper-index", args=[city_session.pk])


def take(client, city_session, paper, language="ru"):
    """As the button of the page does it."""
    address = reverse("paper-detail", args=[city_session.pk, paper])
    send = client.get if paper in WITHOUT_NAMES else client.post
    return send(address, {"language": language})


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [
        ([EXPORT, NEEDS], set()),
        ([LOOK], WITHOUT_NAMES),
        ([LOOK, NEEDS], WITHOUT_NAMES),
        ([LOOK, EXPORT], WITHOUT_NAMES | {"sign-in", "certificates"}),
        ([LOOK, EXPORT, NEEDS], {*PAPERS, "kit"}),
    ],
)
def test_each_paper_goes_to_those_it_is_for_and_the_page_offers_no_other(client, permissions, allowed):
    """Who needs something is known to the organisers alone (UX 59); names leave with whoever may take lists."""
    city_session = make_city_session(date=in_days(-1))
    make_registration(city_session, checked_in_at=timezone.now())
    client.force_login(make_staff(*permissions))
    answers = {paper: take(client, city_session, paper).status_code for paper in [*PAPERS, "kit"]}
    assert answers == {paper: 200 if paper in allowed else 403 for paper in [*PAPERS, "kit"]}
    offered = client.get(page(city_session)).content.decode()
    places = {paper: reverse("paper-detail", args=[city_session.pk, paper]) for paper in [*PAPERS, "kit"]}
    assert {paper for paper, address in places.items() if f'"{address}' in offered} == allowed


def test_names_are_had_by_no_address_and_what_is_no_paper_is_not_there(client):
    city_session = make_registration().city_session
    client.force_login(make_organiser())
    for paper in [*PAPERS, "kit"]:
        address = reverse("paper-detail", args=[city_session.pk, paper])
        other = client.post(address) if paper in WITHOUT_NAMES else client.get(address)
        assert other.status_code == 405
    assert client.get(reverse("paper-detail", args=[city_session.pk, "nonsense"])).status_code == 404
    assert client.get(reverse("paper-index", args=[city_session.pk + 1000])).status_code == 404
    assert not ExportRecord.objects.exists()


@pytest.mark.parametrize(
    ("paper", "preset", "reason", "columns", "with_signature"),
    [
        ("sign-in", "sign-in", "hall", ["full_name", "organisation", "phone", "email"], True),
        ("door", "door", "hall", ["full_name", "organisation", "pass_number", "mode", "status"], False),
        (
            "kit",
            "kit",
            "hall",
            ["full_name", "organisation", "phone", "email", "pass_number", "mode", "status"],
            True,
        ),
        ("certificates", "certificates", "certificate", ["full_name", "took_part", "pass_number"], False),
    ],
)
def test_paper_with_names_is_on_record(client, paper, preset, reason, columns, with_signature):
    city_session = make_city_session(date=in_days(-1), slug="osh", city_ru="Ош")
    for _ in range(2):
        make_registration(city_session, checked_in_at=timezone.now())
    organiser = make_organiser()
    client.force_login(organiser)

    response = take(client, city_session, paper)

    record = ExportRecord.objects.get()
    assert (record.made_by, record.rows, record.city_sessions) == (organiser.username, 2, [city_session.pk])
    assert (record.preset, record.reason, record.columns) == (preset, reason, columns)
    assert (record.format, record.language, record.with_signature) == ("pdf", "ru", with_signature)
    assert set(columns) <= set(exports.COLUMN)
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith(f'attachment; filename="osh-{paper}-ru.pdf"; filename*=UTF-8')
    shown = client.get(reverse("export-list")).content.decode()
    assert record.get_preset_display() in shown


def test_paper_without_names_and_empty_paper_leave_no_record(client):
    city_session = make_city_session()
    client.force_login(make_organiser())
    for paper in [*PAPERS.keys() - {"certificates"}, "kit"]:
        response = take(client, city_session, paper, "ky")
        assert response.content.startswith(b"%PDF-")
    assert take(client, city_session, "certificates")["Location"] == page(city_session)
    assert not ExportRecord.objects.exists()


def test_paper_taken_changes_nothing_of_what_the_form_for_lists_begins_with(client):
    city_session = make_registration().city_session
    client.force_login(make_organiser())
    take(client, city_session, "sign-in")
    form = client.get(reverse("list-export")).context["form"]
    assert form["format"].value() == "xlsx"
    assert {value for value, _label in form.fields["preset"].choices} == set(exports.PRESETS) | {"own"}


def test_more_people_than_paper_takes_are_refused_with_a_word(client, monkeypatch):
    city_session = make_registration().city_session
    make_registration(city_session)
    monkeypatch.setattr(documents, "MOST_NAMED", 1)
    client.force_login(make_organiser())
    response = client.post(reverse("paper-detail", args=[city_session.pk, "kit"]), follow=True)
    assert response.redirect_chain == [(page(city_session), 302)]
    assert "Анын ордуна тизме алыңыз" in response.content.decode()
    assert not ExportRecord.objects.exists()


def test_paper_that_is_too_much_for_the_server_says_so_and_is_not_on_record(client, monkeypatch):
    city_session = make_registration().city_session
    monkeypatch.setattr(typesetting, "PATIENCE", 0.01)
    client.force_login(make_organiser())
    response = client.post(reverse("paper-detail", args=[city_session.pk, "kit"]), follow=True)
    assert response.redirect_chain == [(page(city_session), 302)]
    assert escape(str(TOO_LARGE)) in response.content.decode()
    assert not ExportRecord.objects.exists()


def test_organiser_comes_to_the_page_from_wherever_work_begins(client):
    city_session = make_city_session()
    client.force_login(make_organiser())
    for start in ["/admin/", "/staff/lists/", admin_page(city_session)]:
        assert f'href="{page(city_session)}"' in client.get(start).content.decode()


def test_page_has_pictures_and_words_to_paste_in_both_languages(client):
    city_session = make_city_session(slug="osh", city_ky="Ош", city_ru="Ош")
    client.force_login(make_organiser())
    shown = client.get(page(city_session)).content.decode()
    assert "*Коомдук талкуу — Ош*" in shown
    assert "*Общественное обсуждение — Ош*" in shown
    for language in ("ky", "ru"):
        picture = client.get(reverse("paper-picture", args=[city_session.pk]), {"language": language})
        assert picture_codes(picture.content) == ["https://talkuu.example.kg/osh"]


def test_columns_of_the_sheet_are_chosen_in_the_admin(client):
    consultation = make_consultation()
    client.force_login(make_organiser())
    fields = typed(client.get(admin_page(consultation)))
    response = client.post(admin_page(consultation), fields | {"sign_in_columns": ["home_place", "gender"]})
    assert response.status_code == 302
    consultation.refresh_from_db()
    assert consultation.sign_in_columns == ["home_place", "gender"]


# For everybody


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_everybody_may_print_announcement_and_poster(client, language):
    city_session = make_city_session(slug="osh")
    consultation = city_session.consultation
    shown = client.get(f"/{language}/{consultation.slug}/osh/").content.decode()
    for name, content_type in [("session-poster-picture", "image/png"), ("session-poster", "application/pdf")]:
        address = f"/{language}" + reverse(name, args=[consultation.slug, "osh"])[3:]
        assert f'href="{address}"' in shown
        response = client.get(address)
        assert (response.status_code, response["Content-Type"]) == (200, content_type)
        assert response["Cache-Control"] == "public, max-age=600"
    announcement = client.get(f"/{language}/{consultation.slug}/announcement.pdf")
    assert consultation.title_ru in words_of(announcement.content)


def test_what_is_hidden_is_on_no_public_paper(client):
    consultation = make_consultation()
    make_city_session(consultation, city_ru="Видимый")
    hidden = make_city_session(consultation, city_ru="Скрытый", is_published=False)
    text = words_of(client.get(f"/ru/{consultation.slug}/announcement.pdf").content)
    assert ("Видимый" in text, "Скрытый" in text) == (True, False)
    for name in ["session-poster-picture", "session-poster"]:
        assert client.get(reverse(name, args=[consultation.slug, hidden.slug])).status_code == 404


def test_group_prints_its_tickets_and_a_member_alone_does_not(client):
    contact, member, gone = make_group(size=3)
    gone.status, gone.cancelled_at, gone.cancelled_by = "cancelled", timezone.now(), "participant"
    gone.save()
    address = reverse("ticket-group-passes", args=[contact.code])
    assert f'href="{address}"' in client.get(reverse("ticket-group", args=[contact.code])).content.decode()
    text = words_of(client.get(address).content)
    numbers = [one.pass_number_spaced.replace("\xa0", " ") for one in (contact, member, gone)]
    assert [number in text for number in numbers] == [True, True, False]
    assert client.get(reverse("ticket-group-passes", args=[member.code])).status_code == 404


def test_own_page_offers_the_certificate_once_one_was_there(client):
    held = make_city_session(date=in_days(-1))
    came = make_registration(held, checked_in_at=timezone.now(), full_name="Өмүралиева Үмүт")
    missed = make_registration(held)
    ahead = make_registration()
    for registration, given in [(came, True), (missed, False), (ahead, False)]:
        address = reverse("ticket-certificate", args=[registration.code])
        offered = f'href="{address}"' in client.get(registration.get_absolute_url()).content.decode()
        response = client.get(address)
        assert (offered, response.status_code) == ((True, 200) if given else (False, 404))
    response = client.get(reverse("ticket-certificate", args=[came.code]))
    assert (sizes_of(response.content), response["Cache-Control"]) == ([(297, 210)], "no-store")
    assert "Өмүралиева Үмүт" in words_of(response.content)


def test_kit_is_made_of_papers_there_are():
    assert set(KIT) <= set(PAPERS)
    assert "certificates" not in KIT
