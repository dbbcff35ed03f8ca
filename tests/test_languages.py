"""Every page and letter speaks one language: what is in another one is marked with `lang` (WCAG 3.1.2).

Names, addresses and what people typed are of no language; the samples here hold none that look like one.
"""

import datetime
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from consultations import emails
from consultations.models import CitySession, Consultation, Message, Notice
from tests.factories import in_days, make_group, make_need, make_registration
from tests.markup import Tree, parse
from tests.staff import admin_list, admin_page, make_organiser

pytestmark = pytest.mark.django_db

LANGUAGES = ["ky", "ru"]

# Words of every page that the other language has not, and letters that it has not.
RUSSIAN = re.compile(r"\b(?:и|в|во|с|на|для|или|при|что|это|как|вы|ваш\w*|не|из|от|до|за|к|о|об|по)\b|щ", re.IGNORECASE)
KYRGYZ = re.compile(r"[ңөү]|\b(?:жана|менен|бул|сиз|болот|катталуу|шаар|орун)\b", re.IGNORECASE)
ENGLISH = re.compile(r"[a-z]{3,}", re.IGNORECASE)
# What both languages write in Latin letters: names, addresses, and three words that Django's admin has in English.
LATIN = re.compile(
    r"\S*[./@:_]\S*|Zoom|WhatsApp|Telegram|Google|koomtalkuu|cookie|Web Content Accessibility Guidelines"
    r"|Control|Command|Mac|Single Sign-On|LDAP|organiser-\d+|nbsap-2040|balykchy|naryn|osh|jalal-abad|bishkek"
    r"|docs|draft-\w\w|comment|Excel|XLSX|CSV|PDF|English|\b(?:Search|True|False)\b",
    re.IGNORECASE,
)
SHOWN_ATTRIBUTES = ["alt", "title", "aria-label", "placeholder"]


def texts_of_the_page(element, language, spoken=None):
    """Each text in the page's own language: that of elements not marked as another, and of their attributes."""
    spoken = element.get("lang") or spoken
    if element.tag in {"script", "style", "svg"}:
        return
    if spoken in {None, language}:
        yield from filter(None, map(element.get, SHOWN_ATTRIBUTES))
        if element.tag == "input" and element.get("type") == "submit":
            yield element["value"]
    for child in element.children:
        if not isinstance(child, str):
            yield from texts_of_the_page(child, language, spoken)
        elif spoken in {None, language} and element.tag != "textarea":
            yield child


def foreign_texts(page, language):
    """What stands on this page in another language than the page says it is in."""
    other = {"ky": RUSSIAN, "ru": KYRGYZ}[language]
    texts = [" ".join(text.split()) for text in texts_of_the_page(page, language)]
    return sorted({text for text in texts if other.search(text) or ENGLISH.search(LATIN.sub(" ", text))})


def spoken_wrongly(language, **responses):
    """The texts in another language, by the name of the answer they stand in; empty where all is well."""
    found = {}
    for name, response in responses.items():
        page = parse(response)
        assert page.one("html")["lang"] == language, name
        found[name] = foreign_texts(page, language)
    return {name: texts for name, texts in found.items() if texts}


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Катталуу ачык", "ky", []),
        ("Катталуу ачык", "ru", ["Катталуу ачык"]),
        ("Место и время", "ru", []),
        ("Место и время", "ky", ["Место и время"]),
        ("Registration is open", "ky", ["Registration is open"]),
        ("Zoom: https://zoom.us/j/1", "ru", []),
        ('<b lang="ru">Место и время</b>', "ky", []),
        ('<img alt="Place">', "ky", ["Place"]),
    ],
)
def test_foreign_texts_are_recognised(text, language, found):
    tree = Tree()
    tree.feed(f'<html lang="{language}"><p>{text}</p></html>')
    assert foreign_texts(tree.root, language) == found


@pytest.fixture
def announcement():
    """The true announcement, moved to come."""
    call_command("load_announcement", verbosity=0)
    for city_session in CitySession.objects.exclude(date=None):
        city_session.date = in_days(20 + city_session.pk % 7)
        city_session.save()
    return Consultation.objects.get()


PAGES = ["", "nbsap-2040/", "nbsap-2040/balykchy/", "nbsap-2040/bishkek/", "privacy/", "access/", "questions/"]
PAGES += ["my/", "find/", "nbsap-2040/osh/register/", "nbsap-2040/osh/register/known/", "no/such/page/"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages_speak_their_language(client, announcement, language):
    answers = {path: client.get(f"/{language}/{path}") for path in PAGES}
    assert spoken_wrongly(language, **answers) == {}


STAGES = {
    "few": {"hall_capacity": 3},
    "full": {"hall_capacity": 0},
    "not yet open": {"registration_opens_at": timezone.now() + datetime.timedelta(days=1)},
    "hall closed": {"registration_closes_at": timezone.now() - datetime.timedelta(days=1)},
    "postponed": {"state": "postponed"},
    "cancelled": {"state": "cancelled"},
    "held": {"date": in_days(-1)},
    "without times": {"start_time": None, "end_time": None},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_of_a_session_speaks_its_language(client, announcement, language):
    osh = CitySession.objects.filter(slug="osh")
    [as_announced] = osh.values()
    answers = {}
    for stage, fields in STAGES.items():
        osh.update(**as_announced | fields)
        answers[stage] = client.get(f"/{language}/nbsap-2040/osh/")
        answers[f"{stage}, form"] = client.get(f"/{language}/nbsap-2040/osh/register/")
    assert spoken_wrongly(language, **answers) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_of_forms_speak_their_language(client, announcement, language):
    form = f"/{language}/nbsap-2040/osh/register/"
    answers = {
        "nothing": client.post(form, {}),
        "wrong": client.post(form, {"phone": "12", "email": "x@", "mode": "nowhere", "full_name": "x" * 200}),
        "one more person": client.post(form, {"add_person": "1"}),
        "find": client.post(f"/{language}/find/", {"pass_number": "1", "phone": "12"}),
    }
    assert spoken_wrongly(language, **answers) == {}


STATES = {
    "confirmed": {},
    "waiting": {"status": "waiting"},
    "online": {"mode": "online", "email": "a@example.org"},
    "online, waiting for the hall": {"mode": "online", "hall_wanted_at": timezone.now()},
    "cancelled": {"status": "cancelled"},
    "arrived": {"checked_in_at": timezone.now()},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_tickets_speak_their_language(client, announcement, language):
    osh = CitySession.objects.get(slug="osh")
    answers = {}
    for state, fields in STATES.items():
        registration = make_need(make_registration(osh, language=language, **fields)).registration
        answers[state] = client.get(f"/{language}/r/{registration.code}/")
        answers[f"{state}, number"] = client.get(f"/p/{registration.pass_number}")
        answers[f"{state}, join"] = client.get(f"/j/{registration.join_code}")
    assert spoken_wrongly(language, **answers) == {}


PARTS = ["", "change/", "cancel/", "city/?to=naryn", "replace/", "new-link/", "answer/", "group/", "group/add/"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_ticket_speak_their_language(client, announcement, language):
    contact, *_members = make_group(CitySession.objects.get(slug="osh"), language=language)
    answers = {part: client.get(f"/{language}/r/{contact.code}/{part}") for part in PARTS}
    assert spoken_wrongly(language, **answers) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_speak_their_language(announcement, language):
    osh = CitySession.objects.get(slug="osh")
    registration = make_registration(osh, email="a@example.org", language=language, status="waiting")
    notice = Notice.objects.create(
        city_session=osh,
        kind=Notice.Kind.CHANGED,
        changes=["date", "start_time", "venue", "zoom_join_url"],
        answer_by=timezone.now(),
        created_by="organiser-1",
    )
    wrong = {}
    for kind in Message.Kind.values:
        message = Message(
            registration=registration, kind=kind, channel=Message.Channel.EMAIL, language=language, notice=notice
        )
        letter = emails.letter(message)
        html, text = Tree(), Tree()
        html.feed(letter.alternatives[0].content)
        text.feed(f"<p>{letter.subject}</p><pre>{letter.body}</pre>")
        assert html.root.one("html")["lang"] == language
        wrong[kind] = foreign_texts(html.root, language) + foreign_texts(text.root, language)
    assert {kind: texts for kind, texts in wrong.items() if texts} == {}


@pytest.fixture
def organiser(client):
    client.force_login(make_organiser())
    return client


@pytest.mark.parametrize("language", LANGUAGES)
def test_admin_speaks_its_language(organiser, announcement, language):
    organiser.cookies["language"] = language
    registration = make_registration(CitySession.objects.get(slug="osh"))
    make_need(registration)
    lists = [
        admin_list(model) for model in ["consultation", "citysession", "registration", "need", "message", "notice"]
    ]
    rows = [admin_page(row) for row in [announcement, registration.city_session, registration]]
    others = [reverse(f"admin:{name}") for name in ["index", "auth_user_add", "password_change"]]
    others += [reverse("admin:consultations_registration_add")]
    others += [reverse("admin:consultations_registration_history", args=[registration.pk])]
    others += [reverse(name) for name in ["call-list", "list-index", "list-export", "export-list"]]
    answers = {path: organiser.get(path) for path in [*lists, *rows, *others]}
    assert spoken_wrongly(language, **answers) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_logging_in_speaks_its_language(client, language):
    client.cookies["language"] = language
    address = reverse("admin:login")
    answers = {
        "asked": client.get(address),
        "wrong": client.post(address, {"username": "organiser-1", "password": "x"}),
    }
    assert spoken_wrongly(language, **answers) == {}
