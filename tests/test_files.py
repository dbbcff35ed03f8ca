"""Files to take away: what the views add to what the builders made."""

import datetime
import gzip
import io

import pytest
import zxingcpp
from django.core.files.base import ContentFile
from django.urls import reverse
from icalendar import Calendar
from PIL import Image

from consultations import qr
from consultations.models import CitySession, Registration
from tests.factories import (
    in_days,
    make_city_session,
    make_consultation,
    make_document,
    make_group,
    make_registration,
)

pytestmark = pytest.mark.django_db

TICKET_FILES = ["ticket-calendar", "ticket-picture", "ticket-qr-svg"]
SESSION_FILES = ["session-calendar", "session-card", "session-qr-svg", "session-qr-png"]


@pytest.fixture(autouse=True)
def site(settings, tmp_path):
    settings.SITE_URL = "https://talkuu.example.kg"
    settings.MEDIA_ROOT = tmp_path


def address(name, city_session):
    return reverse(name, args=[city_session.consultation.slug, city_session.slug])


def headers(response, *names):
    return [response.headers.get(name) for name in names]


# One's own


@pytest.mark.parametrize("name", TICKET_FILES)
def test_own_file_stays_out_of_caches_and_search_engines(client, name):
    response = client.get(reverse(name, args=[make_registration().code]))
    assert headers(response, "Cache-Control", "X-Robots-Tag", "X-Content-Type-Options") == [
        "no-store",
        "noindex",
        "nosniff",
    ]
    assert response.status_code == 200


@pytest.mark.parametrize("name", TICKET_FILES)
def test_code_that_opens_nothing_is_one_same_404(client, name):
    registration = make_registration()
    wrong = ["x" * 22, "wrong-code", registration.code[:-1], registration.code + "x", registration.join_code]
    wrong += [registration.pass_number, make_registration(anonymised_at=registration.created_at).code]
    responses = {code: client.get(reverse(name, args=[code])) for code in wrong}
    # The page links to itself in the other language; else it is the same to the letter.
    assert {response.text.replace(code, "") for code, response in responses.items()} == {
        responses["wrong-code"].text.replace("wrong-code", "")
    }
    assert {response.status_code for response in responses.values()} == {404}


def test_own_calendar_is_an_attachment_in_ones_own_language(client):
    registration = make_registration(make_city_session(slug="osh", city_ru="Ош", city_ky="Ош шаары"), language="ru")
    response = client.get(f"/ky/r/{registration.code}/calendar.ics")
    assert headers(response, "Content-Type", "Content-Disposition") == [
        "text/calendar; charset=utf-8",
        'attachment; filename="osh.ics"',
    ]
    calendar = Calendar.from_ical(response.content)
    assert (calendar["METHOD"], calendar.events[0]["SUMMARY"][:4]) == ("PUBLISH", "Ош —")


@pytest.mark.parametrize(
    ("session", "registration"),
    [({}, {"status": "cancelled"}), ({"state": "cancelled"}, {}), ({"state": "postponed"}, {})],
)
def test_own_calendar_takes_back_what_no_longer_holds(client, session, registration):
    code = make_registration(make_city_session(**session), **registration).code
    calendar = Calendar.from_ical(client.get(reverse("ticket-calendar", args=[code])).content)
    assert (calendar["METHOD"], calendar.events[0]["STATUS"]) == ("CANCEL", "CANCELLED")


def test_calendar_without_a_date_is_a_page_that_says_so(client):
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    registration = make_registration(city_session)
    for path, back in [
        (reverse("ticket-calendar", args=[registration.code]), registration.get_absolute_url()),
        (address("session-calendar", city_session), city_session.get_absolute_url()),
    ]:
        response = client.get(path)
        assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert response.templates[0].name == "public/no_calendar.html"
        assert f'href="{back}"' in response.text


def test_own_picture_is_a_png_under_an_ascii_name(client):
    registration = make_registration(make_city_session(slug="osh"))
    response = client.get(reverse("ticket-picture", args=[registration.code]))
    assert headers(response, "Content-Type", "Content-Disposition", "Content-Encoding") == [
        "image/png",
        f'inline; filename="osh-{registration.pass_number}.png"',
        "identity",
    ]
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(response.content)))
    assert code.text == f"https://talkuu.example.kg/p/{registration.pass_number}"


def test_own_code_holds_the_number_and_no_secret(client):
    registration = make_registration()
    response = client.get(reverse("ticket-qr-svg", args=[registration.code]))
    address = f"https://talkuu.example.kg/p/{registration.pass_number}"
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.text.partition("<path")[2] == qr.svg(address).partition("<path")[2]


def test_group_member_has_own_files(client):
    _contact, member = make_group(size=2)
    assert [client.get(reverse(name, args=[member.code])).status_code for name in TICKET_FILES] == [200] * 3


# Everybody's


@pytest.mark.parametrize(
    ("name", "content_type", "disposition", "encoding"),
    [
        ("session-calendar", "text/calendar; charset=utf-8", 'attachment; filename="osh.ics"', None),
        ("session-card", "image/png", 'inline; filename="osh.png"', "identity"),
        ("session-qr-svg", "image/svg+xml", 'inline; filename="osh.svg"', None),
        ("session-qr-png", "image/png", 'inline; filename="osh.png"', "identity"),
    ],
)
def test_public_file_says_what_it_is_and_may_be_kept(client, name, content_type, disposition, encoding):
    response = client.get(address(name, make_city_session(slug="osh")))
    assert headers(response, "Content-Type", "Content-Disposition", "Content-Encoding") == [
        content_type,
        disposition,
        encoding,
    ]
    assert headers(response, "Cache-Control", "X-Content-Type-Options") == ["public, max-age=600", "nosniff"]


@pytest.mark.parametrize("name", SESSION_FILES)
def test_public_file_is_not_sent_twice(client, name, time_machine):
    path = address(name, make_city_session())
    etag = client.get(path).headers["ETag"]
    time_machine.move_to(datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1))
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["session-calendar", "session-card"])
def test_public_file_is_sent_anew_when_it_says_something_else(client, name):
    city_session = make_city_session()
    path = address(name, city_session)
    etag = client.get(path).headers["ETag"]
    CitySession.objects.filter(pk=city_session.pk).update(date=in_days(40))
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.headers["ETag"] == etag) == (200, False)


@pytest.mark.parametrize("name", SESSION_FILES)
def test_public_file_is_there_only_for_what_is_published(client, name):
    hidden = [make_city_session(is_published=False), make_city_session(make_consultation(is_published=False))]
    assert [client.get(address(name, city_session)).status_code for city_session in hidden] == [404, 404]


@pytest.mark.parametrize("name", [*SESSION_FILES, "consultation-calendar"])
def test_public_file_is_only_read(client, name):
    city_session = make_city_session()
    args = [city_session.consultation.slug, city_session.slug][: 1 if name == "consultation-calendar" else 2]
    path = reverse(name, args=args)
    assert (client.post(path).status_code, client.head(path).status_code) == (405, 200)


def test_public_file_moves_with_its_address(client):
    city_session = make_city_session(slug="jalal-abad")
    CitySession.objects.filter(pk=city_session.pk).update(slug="manas")
    response = client.get(address("session-card", city_session))
    moved = CitySession.objects.get(pk=city_session.pk)
    assert (response.status_code // 100, response.headers["Location"]) == (3, address("session-card", moved))


def test_session_code_holds_the_address_that_posters_print(client):
    city_session = make_city_session(slug="osh")
    png = client.get(address("session-qr-png", city_session)).content
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    assert (code.text, code.ec_level) == ("https://talkuu.example.kg/osh", "Q")
    svg = client.get(address("session-qr-svg", city_session)).text
    assert svg.partition("<path")[2] == qr.svg("https://talkuu.example.kg/osh", level="Q").partition("<path")[2]


def test_texts_travel_compressed_and_pictures_as_they_are(client):
    city_session = make_city_session()
    wanted = {"Accept-Encoding": "gzip"}
    calendar = client.get(address("session-calendar", city_session), headers=wanted)
    card = client.get(address("session-card", city_session), headers=wanted)
    assert headers(calendar, "Content-Encoding") == ["gzip"]
    assert gzip.decompress(calendar.content).startswith(b"BEGIN:VCALENDAR\r\n")
    assert headers(card, "Content-Encoding") == ["identity"]
    assert card.content.startswith(b"\x89PNG")


def test_feed_holds_the_published_sessions_of_one_consultation(client, django_assert_num_queries):
    consultation = make_consultation()
    dated = [make_city_session(consultation, date=in_days(days)) for days in (9, 10)]
    make_city_session(consultation, date=None, start_time=None, end_time=None)
    make_city_session(consultation, is_published=False)
    make_city_session()
    with django_assert_num_queries(2):
        response = client.get(reverse("consultation-calendar", args=[consultation.slug]))
    assert headers(response, "Content-Type", "Content-Disposition") == [
        "text/calendar; charset=utf-8",
        f'attachment; filename="{consultation.slug}.ics"',
    ]
    uids = [event["UID"] for event in Calendar.from_ical(response.content).events]
    assert uids == [f"{city_session.calendar_uid}@talkuu.example.kg" for city_session in dated]


def test_private_zoom_link_is_in_no_public_file(client):
    city_session = make_city_session(
        zoom_join_url="https://zoom.example/private",
        zoom_register_url="https://zoom.example/register",
        zoom_link_public=False,
    )
    make_registration(city_session, mode=Registration.Mode.ONLINE)
    feed = reverse("consultation-calendar", args=[city_session.consultation.slug])
    for path in [feed, address("session-calendar", city_session)]:
        assert b"zoom.example" not in client.get(path).content.replace(b"\r\n ", b"")


# Documents


def test_document_kept_here_is_a_download(client):
    document = make_document(slug="draft-ky", url="", file=ContentFile(b"%PDF-1.7 draft", "Долбоор ң.PDF"))
    response = client.get(document.get_absolute_url(), headers={"Accept-Encoding": "gzip"})
    assert b"".join(response.streaming_content) == b"%PDF-1.7 draft"
    assert headers(response, "Content-Type", "Content-Disposition", "Content-Encoding") == [
        "application/pdf",
        'attachment; filename="draft-ky.pdf"',
        "identity",
    ]
    assert headers(response, "X-Content-Type-Options", "Cache-Control") == ["nosniff", "public, max-age=600"]


def test_uploaded_page_is_never_shown_as_ours(client):
    """A script inside an uploaded page or drawing must not run on our address."""
    document = make_document(url="", file=ContentFile(b"<svg onload='alert(1)'/>", "evil.svg"))
    response = client.get(document.get_absolute_url())
    assert headers(response, "X-Content-Type-Options", "Content-Disposition") == [
        "nosniff",
        f'attachment; filename="{document.slug}.svg"',
    ]
    response.close()


def test_document_elsewhere_is_led_to(client):
    document = make_document(url="https://drive.example/folder")
    response = client.get(document.get_absolute_url())
    assert (response.status_code, response.headers["Location"]) == (302, "https://drive.example/folder")


def test_document_whose_file_is_lost_leads_to_its_link_or_nowhere(client):
    lost = [make_document(url=url, file="documents/gone.pdf") for url in ("https://drive.example/folder", "")]
    assert [client.get(document.get_absolute_url()).status_code for document in lost] == [302, 404]


@pytest.mark.parametrize("hidden", ["consultation", "session"])
def test_document_of_something_unpublished_is_not_there(client, hidden):
    consultation = make_consultation(is_published=hidden != "consultation")
    city_session = make_city_session(consultation, is_published=False) if hidden == "session" else None
    document = make_document(consultation, city_session=city_session)
    assert client.get(document.get_absolute_url()).status_code == 404
