"""Pages for everybody: what they say, in which language, at what cost."""

import datetime
import gzip
import itertools
import re

import brotli
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from consultations.models import CitySession, Consultation, Document
from consultations.views import kept
from tests.factories import (
    in_days,
    make_agenda_item,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_document,
    make_party,
    make_registration,
)
from tests.markup import parse

pytestmark = pytest.mark.django_db

LANGUAGES = ["ky", "ru"]
PAGES = ["", "nbsap-2040/", "nbsap-2040/balykchy/", "nbsap-2040/bishkek/", "privacy/", "access/", "questions/"]


@pytest.fixture
def announcement():
    """The true announcement, its dates moved to come, one session with everything that can be known of one."""
    call_command("load_announcement", verbosity=0)
    consultation = Consultation.objects.get()
    for city_session in consultation.city_sessions.exclude(date=None):
        city_session.date += datetime.timedelta(weeks=(in_days(14) - city_session.date).days // 7 + 1)
        city_session.hall_capacity = 120
        city_session.save()
    words = "Кире бериш короо тараптан, тепкичсиз\nПаспортуңузду ала келиңиз"
    consultation.city_sessions.filter(slug="balykchy").update(
        access_ky=words, access_ru=words, practical_ky=words, practical_ru=words, news_group_url="https://t.me/balykchy"
    )
    return consultation


def page(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    return parse(response)


# The frame


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_frame(client, announcement, path, language):
    found = page(client, f"/{language}/{path}")
    other = {"ky": "ru", "ru": "ky"}[language]

    assert found.one("html")["lang"] == language
    assert len(found.all("h1")) == len(found.all("main")) == len(found.all("header")) == len(found.all("footer")) == 1
    assert found.all("a")[0]["href"] == "#main"
    assert found.one("main")["id"] == "main"
    switch = found.one("header").one("a", hreflang=other)
    assert (switch["href"], switch["lang"], switch.text) == (f"/{other}/{path}", other, dict(settings.LANGUAGES)[other])
    phone = found.one("p", cls="help").one("a")
    assert (phone["href"], phone.text.replace("\xa0", " ")) == ("tel:+996227024002", "+996 227 024 002")
    levels = [int(heading.tag[1]) for heading in found.everything() if re.fullmatch(r"h\d", heading.tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


@pytest.mark.parametrize("path", PAGES)
def test_alternates_are_absolute_and_reciprocal(client, announcement, path):
    expected = {
        ("canonical", None, f"{settings.SITE_URL}/{{}}/{path}"),
        ("alternate", "ky", f"{settings.SITE_URL}/ky/{path}"),
        ("alternate", "ru", f"{settings.SITE_URL}/ru/{path}"),
        ("alternate", "x-default", f"{settings.SITE_URL}/ky/{path}"),
    }
    for language in LANGUAGES:
        links = page(client, f"/{language}/{path}").all("link", rel=None)
        found = {(link["rel"], link.get("hreflang"), link["href"]) for link in links}
        assert {(rel, lang, href.format(language)) for rel, lang, href in expected} <= found


def test_titles_are_unique_by_page_language_and_state(client, announcement):
    titles = [page(client, f"/{language}/{path}").one("title").text for language in LANGUAGES for path in PAGES]
    CitySession.objects.filter(slug="balykchy").update(state=CitySession.State.CANCELLED)
    titles.append(page(client, "/ky/nbsap-2040/balykchy/").one("title").text)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_page_and_stylesheet_are_light_and_our_own(client, announcement, path, language):
    response = client.get(f"/{language}/{path}", headers={"Accept-Encoding": "gzip, br"})
    headers = sum(len(name) + len(value) + 4 for name, value in response.items()) + 20
    css = (settings.BASE_DIR / "static" / "site.css").read_bytes()
    first_answer = len(response.content) + len(brotli.compress(css)) + headers + 500  # the stylesheet's own headers
    assert first_answer <= 14_000

    found = page(client, f"/{language}/{path}")
    fetched = [link["href"] for link in found.all("link") if link["rel"] in {"stylesheet", "icon"}]
    fetched += [element["src"] for element in found.all(src=None)]
    assert len(fetched) <= 3  # and the page itself, and the ornament that the stylesheet names: five
    assert all(address.startswith("/static/") for address in fetched)
    assert found.all("script") == found.all("style") == found.all(style=None) == []


def test_whole_page_is_served_compressed_and_again_as_304(client, announcement):
    first = client.get("/ky/", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/ky/")
    assert gzip.decompress(first.content) == plain.content
    again = client.get("/ky/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (first["Vary"], first["Cache-Control"]) == ("Accept-Encoding", kept.SHARED)


def test_page_is_kept_for_a_moment_and_then_new(client, settings, monkeypatch):
    settings.PAGES_KEPT_SECONDS = 1
    monkeypatch.setattr(kept, "_pages", {})
    now = 1000.0
    monkeypatch.setattr(kept.time, "monotonic", lambda: now)
    consultation = make_consultation(short_title_ky="Биринчи")
    make_city_session(consultation)
    assert page(client, "/ky/").one("h1").text == "Биринчи"
    Consultation.objects.update(short_title_ky="Экинчи")
    now += 0.9
    assert page(client, "/ky/").one("h1").text == "Биринчи"
    now += 0.2
    assert page(client, "/ky/").one("h1").text == "Экинчи"


# What it costs


@pytest.mark.parametrize("count", [1, 3])
def test_public_pages_cost_the_same_however_much_they_show(client, django_assert_num_queries, count):
    consultation = make_consultation(questions_and_answers_ky="Суроо?\nЖооп.")
    make_consultation()
    for _number in range(count):
        city_session = make_city_session(consultation, hall_capacity=5)
        make_registration(city_session)
        make_agenda_item(consultation)
        make_document(consultation)
        make_document(consultation, city_session=city_session)
        make_party(consultation)
        make_consent_text(consultation)
    for queries, path in [
        (3, reverse("home")),
        (2, consultation.get_absolute_url()),
        (2, city_session.get_absolute_url()),
        (3, reverse("privacy")),
        (2, reverse("access")),
        (1, reverse("questions")),
    ]:
        with django_assert_num_queries(queries):
            page(client, path)


def test_record_costs_no_more_than_a_current_consultation(client, django_assert_num_queries):
    make_city_session(make_consultation(), date=in_days(-10))
    make_city_session(make_consultation(), date=in_days(-90))
    with django_assert_num_queries(3):
        page(client, "/ky/")


# Home


def test_home_shows_the_current_consultation_and_leads_to_earlier_ones(client):
    current, earlier = make_consultation(), make_consultation()
    later = make_city_session(current, date=in_days(9))
    nearest = make_city_session(current, date=in_days(2), hall_capacity=10)
    make_city_session(earlier, date=in_days(-300))
    found = page(client, "/ky/")

    assert found.one("h1").text == current.short_title_ky
    cards = found.all("article", cls="ticket")
    assert [card.all("a")[0]["href"] for card in cards] == [nearest.get_absolute_url(), later.get_absolute_url()]
    buttons = [card.one("a", cls="btn") for card in cards]
    assert [("btn-primary" in button.classes) for button in buttons] == [True, False]
    assert buttons[0]["href"] == nearest.get_absolute_url() + "register/"
    assert _("Free places: %(n)s") % {"n": 10} in cards[0].text
    assert found.one("ul", cls="links").one("a")["href"] == earlier.get_absolute_url()


def test_home_prefers_a_session_with_free_places(client):
    consultation = make_consultation()
    full = make_city_session(consultation, date=in_days(2), hall_capacity=0)
    free = make_city_session(consultation, date=in_days(5))
    cards = page(client, "/ky/").all("article", cls="ticket")
    assert [card.all("a")[0]["href"] for card in cards] == [free.get_absolute_url(), full.get_absolute_url()]


def test_home_lists_several_current_consultations_by_next_date(client):
    second = make_city_session(date=in_days(9)).consultation
    first = make_city_session(date=in_days(2)).consultation
    found = page(client, "/ru/")
    with translation.override("ru"):
        assert [heading.one("a")["href"] for heading in found.all("h2")[:2]] == [
            first.get_absolute_url(),
            second.get_absolute_url(),
        ]
        assert found.one("h1").text == _("Consultations under way")


def test_home_shows_the_latest_as_a_record_when_none_is_current(client):
    make_city_session(date=in_days(-300))
    latest = make_city_session(date=in_days(-3))
    found = page(client, "/ky/")
    assert found.one("h1").text == latest.consultation.short_title_ky
    assert _("This consultation is over. The page stays as a record.") in found.text
    assert found.all("a", cls="btn-primary") == []


def test_home_without_any_consultation_says_so(client):
    make_consultation(is_published=False)
    found = page(client, "/ky/")
    assert found.one("h1").text == _("No consultation is announced now")


def test_demo_says_that_dates_are_moved(client):
    assert _("Demonstration: dates are moved") in page(client, "/ky/").text


def test_nothing_of_an_unpublished_session_is_shown(client):
    consultation = make_consultation()
    make_city_session(consultation)
    hidden = make_city_session(consultation, is_published=False)
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert hidden.slug not in client.get("/ky/").content.decode()


# The session page


def test_session_page_says_all_that_is_known(client, announcement):
    found = page(client, "/ru/nbsap-2040/balykchy/")
    city_session = CitySession.objects.get(slug="balykchy")
    with translation.override("ru"):
        words = found.one("main").text
        for fact in [
            city_session.venue_ru,
            "13:30–16:15",
            _("approximately"),
            announcement.programme_title_ru,
            *(item.title_ru for item in announcement.agenda_items.all()),
            *(party.name_ru for party in announcement.parties.all()),
        ]:
            assert fact in words
    assert found.one("h1").text == "Балыкчы"
    links = {link["href"] for link in found.one("main").all("a")}
    assert {
        "/ru/nbsap-2040/balykchy/register/",
        "/ru/nbsap-2040/balykchy/calendar.ics",
        "/ru/nbsap-2040/naryn/",
        city_session.zoom_register_url,
        announcement.comment_form_url,
        "https://t.me/balykchy",
        f"{settings.SITE_URL}/balykchy",
        *(document.url for document in announcement.documents.all()),
    } <= links
    outside = [link for link in found.all("a") if link["href"].startswith("https:") and not ours(link["href"])]
    assert {link.get("rel") for link in outside} == {"noopener noreferrer"}


def ours(address):
    return address.startswith(settings.SITE_URL)


def test_full_date_stands_as_people_write_it(client):
    city_session = make_city_session(date=datetime.date(2025, 6, 9))
    for language, words in [("ky", "2025-жылдын 9-июну, дүйшөмбү"), ("ru", "9 июня 2025 г., понедельник")]:
        with translation.override(language):
            assert page(client, city_session.get_absolute_url()).one("p", cls="lead").text == words


def test_unknown_things_are_said_never_blank(client):
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    words = page(client, city_session.get_absolute_url()).one("main").text
    for unknown in [_("Date to be announced"), _("Time to be announced"), _("Venue to be announced")]:
        assert unknown in words
    assert "None" not in words


def test_zoom_link_that_is_not_public_is_nowhere(client):
    private = "https://us02web.zoom.us/j/123456"
    public = "https://us02web.zoom.us/meeting/register/abc"
    city_session = make_city_session(zoom_join_url=private, zoom_register_url=public, zoom_link_public=False)
    for path in ["/ky/", city_session.get_absolute_url(), city_session.consultation.get_absolute_url()]:
        html = client.get(path).content.decode()
        assert "zoom.us" not in html
    CitySession.objects.update(zoom_link_public=True)
    html = client.get(city_session.get_absolute_url()).content.decode()
    assert (public in html, private in html) == (True, False)


def test_qr_codes_have_purpose_and_short_address_in_words(client, announcement):
    codes = page(client, "/ky/nbsap-2040/balykchy/").one("section", cls="codes").all("li")
    assert [(code.one("b").text, code.one("a")["href"].removeprefix(settings.SITE_URL)) for code in codes] == [
        (_("This session and registration"), "/balykchy"),
        (_("Registration at Zoom"), "/nbsap-2040/balykchy/zoom"),
        *((d.title_ky, f"/nbsap-2040/docs/{d.slug}") for d in announcement.document_list),
        (_("Leave a comment"), "/nbsap-2040/comment"),
    ]
    for code in codes:
        assert code.one("a").text == code.one("a")["href"].partition("://")[2]
        assert len(gzip.compress(re.search(r' d="(M[^"]{99,})"', str(svg_of(code))).group().encode())) < 900


def svg_of(code):
    return " ".join(f' d="{path["d"]}"' for path in code.one("svg").all("path"))


def test_sharing_leads_to_the_public_page_with_its_card(client):
    city_session = make_city_session(city_ru="Ош & Ноокат")
    with translation.override("ru"):
        path = city_session.get_absolute_url()
    found = page(client, path)
    head = {meta["property"]: meta["content"] for meta in found.all("meta", property=None)}
    assert head["og:url"] == settings.SITE_URL + path
    assert head["og:image"] == f"{settings.SITE_URL}{path}card.png"
    assert head["og:title"].endswith("Ош & Ноокат")
    share = [link["href"] for link in found.one("ul", cls="share").all("a")]
    encoded = (settings.SITE_URL + path).replace(":", "%3A").replace("/", "%2F")
    assert share[0].startswith("https://wa.me/?text=")
    assert encoded in share[0]
    assert share[1].startswith(f"https://t.me/share/url?url={encoded}&text=")
    assert "%D0%9E%D1%88%20%26%20" in share[1]


def test_session_with_an_agenda_of_its_own_shows_that_one_with_its_moderator(client):
    consultation = make_consultation()
    make_agenda_item(consultation, title_ky="Жалпы иш")
    common = make_city_session(consultation, moderator_ky="Асанов")
    own = make_city_session(consultation, moderator_ky="Үсөнова")
    make_agenda_item(consultation, title_ky="Өз иши", city_session=own, has_moderator=True)
    assert agenda(client, common) == [("14:00–14:20", "Жалпы иш")]
    assert agenda(client, own) == [("14:00–14:20", f"Өз иши {_('Moderator')}: Үсөнова")]


def agenda(client, city_session):
    items = page(client, city_session.get_absolute_url()).one("ol", cls="agenda").all("li")
    return [(item.one("time").text, item.one("div").text) for item in items]


def test_document_says_what_it_is_before_it_is_opened(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    consultation = make_consultation()
    city_session = make_city_session(consultation)
    document = make_document(
        consultation, language=Document.Language.KYRGYZ, version="2", date=datetime.date(2025, 6, 9)
    )
    document.file.save("program.pdf", ContentFile(b"x" * 1_234_567))
    row = page(client, city_session.get_absolute_url()).one("ul", cls="documents").one("li")
    link, elsewhere = row.all("a")
    assert (link["href"], link["hreflang"]) == (document.get_absolute_url(), "ky")
    assert (elsewhere["href"], elsewhere.text) == (document.url, "example.org")
    size = _("%(size)s MB") % {"size": "1,2"}
    version = _("version %(version)s") % {"version": "2"}
    assert row.one("small").text == f"PDF, {size}, {_('in Kyrgyz')}, {version}, 09.06.2025 · example.org"

    document.file.storage.delete(document.file.name)
    assert size not in page(client, city_session.get_absolute_url()).text


def test_text_missing_in_one_language_is_shown_in_the_other_and_marked(client):
    city_session = make_city_session(venue_ru="Зал", venue_ky="", practical_ru="Паспорт")
    with translation.override("ky"):
        found = page(client, city_session.get_absolute_url())
    assert [element.text for element in found.all(lang="ru") if element.tag != "a"] == ["Зал", "Паспорт"]
    with translation.override("ru"):
        found = page(client, city_session.get_absolute_url())
    assert [element.text for element in found.all(lang="ky")] == ["Кыргызча"]


def test_markup_in_texts_is_shown_as_typed(client):
    city_session = make_city_session(
        city_ky="<b>Ош</b>", venue_ky="{{ 7*7 }}", practical_ky="<script>alert(1)</script>", address_ky="&amp; %s"
    )
    found = page(client, city_session.get_absolute_url())
    assert found.all("script") == []
    assert found.one("h1").text == "<b>Ош</b>"
    for typed in ["{{ 7*7 }}", "<script>alert(1)</script>", "&amp; %s"]:
        assert typed in found.one("main").text


def test_session_of_another_year_says_which(client):
    city_session = make_city_session(date=datetime.date(2025, 6, 9))
    card = page(client, city_session.consultation.get_absolute_url()).one("article", cls="ticket")
    assert card.one("time").text == "9 июнь дүйшөмбү2025"


# Former addresses


def test_former_slugs_lead_to_the_present_page(client):
    consultation = make_consultation(slug="old-name")
    city_session = make_city_session(consultation, slug="jalal-abad")
    consultation.slug, city_session.slug = "new-name", "manas"
    consultation.save()
    city_session.save()
    for old, new in [
        ("/ky/old-name/", "/ky/new-name/"),
        ("/ru/old-name/jalal-abad/", "/ru/new-name/manas/"),
        ("/ru/new-name/jalal-abad/?mode=online", "/ru/new-name/manas/?mode=online"),
        ("/ru/old-name/manas/", "/ru/new-name/manas/"),
    ]:
        response = client.get(old)
        assert (response.status_code, response["Location"]) == (302, new)


def test_slug_that_is_in_use_again_is_not_led_away(client):
    consultation = make_consultation()
    moved = make_city_session(consultation, slug="osh")
    moved.slug = "osh-city"
    moved.save()
    make_city_session(consultation, slug="osh", city_ky="Башка Ош")
    assert page(client, f"/ky/{consultation.slug}/osh/").one("h1").text == "Башка Ош"


def test_address_of_a_city_without_its_consultation_leads_to_the_session(client):
    city_session = make_city_session(slug="osh")
    response = client.get("/ky/osh/")
    assert (response.status_code, response["Location"]) == (302, city_session.get_absolute_url())


@pytest.mark.parametrize("path", ["/ky/nowhere/", "/ky/nowhere/osh/", "/ky/here/nowhere/", "/ky/here/osh/nowhere/"])
def test_unknown_addresses_are_not_found(client, path):
    make_city_session(make_consultation(slug="here"), slug="osh")
    assert client.get(path).status_code == 404


# What the site says about itself


def test_privacy_page_speaks_from_the_consultations_own_settings(client):
    consultation = make_consultation(retention_days=91, contact_email="biom@example.org")
    make_city_session(consultation)
    make_party(consultation, name_ky="Кармоочу", is_data_holder=True)
    make_party(consultation, name_ky="Кармабайт")
    make_consent_text(consultation, version="2024", text_ky="Эски макулдук")
    make_consent_text(consultation, version="2025", text_ky="Жаңы макулдук")
    words = page(client, "/ky/privacy/").one("main").text
    for there in ["Кармоочу", "91", "Жаңы макулдук", "2025", "biom@example.org"]:
        assert there in words
    for absent in ["Кармабайт", "Эски макулдук", "2024"]:
        assert absent not in words


def test_access_page_names_what_is_known_of_each_hall(client):
    consultation = make_consultation()
    make_city_session(consultation, city_ky="Ош", venue_ky="Зал", access_ky="Лифт бар\nПандус бар")
    make_city_session(consultation, city_ky="Нарын", venue_ky="Зал")
    make_city_session(consultation, city_ky="Талас")
    rows = page(client, "/ky/access/").one("dl").all("div")
    assert [(row.one("dt").text, row.one("dd").text) for row in rows] == [
        ("Ош", "Лифт барПандус бар"),
        ("Нарын", _("Nothing is known yet about access to this hall; call before you set out.")),
        ("Талас", _("Venue to be announced")),
    ]


def test_questions_page_shows_the_consultations_own(client):
    consultation = make_consultation(
        questions_and_answers_ky="Биринчи?\r\nЖооп бир.\r\nДагы.\r\n\r\n\r\nЭкинчи?\r\nЖооп эки."
    )
    make_city_session(consultation)
    found = page(client, "/ky/questions/").one("div", cls="answers")
    assert [heading.text for heading in found.all("h2")] == ["Биринчи?", "Экинчи?"]
    assert [answer.text for answer in found.all("p")] == ["Жооп бир.Дагы.", "Жооп эки."]


def test_questions_page_has_answers_where_the_consultation_has_none(client):
    make_city_session()
    found = page(client, "/ky/questions/").one("div", cls="answers")
    assert _("What is the waiting list?") in [heading.text for heading in found.all("h2")]


@pytest.mark.parametrize("path", ["/ky/privacy/", "/ky/access/", "/ky/questions/"])
def test_pages_about_the_site_need_no_consultation(client, path):
    found = page(client, path)
    assert len(found.all("h1")) == 1
