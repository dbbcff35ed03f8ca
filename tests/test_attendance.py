"""The evening after: signed paper and Zoom's report become the record of who was there."""

import datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from consultations import actions
from consultations.models import CitySession, Message, Registration
from consultations.zoom_report import Attendee
from tests.factories import make_city_session, make_consent_text, make_registration
from tests.markup import parse
from tests.staff import make_organiser, make_staff

pytestmark = pytest.mark.django_db

INDEX = "/staff/attendance/"
REPORT = (
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
    "U. O.,umut@example.kg,{day} 01:31:00 PM,{day} 04:00:00 PM,149,Yes\n"
    "Асанов Бакыт,,{day} 01:32:00 PM,{day} 04:00:00 PM,148,Yes\n"
    "Кимдир Бирөө,,{day} 01:33:00 PM,{day} 04:00:00 PM,147,Yes\n"
)


@pytest.fixture
def organiser(client):
    user = make_organiser()
    client.force_login(user)
    return user


@pytest.fixture
def held():
    """A session that was yesterday."""
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    city_session = make_city_session(date=yesterday)
    make_consent_text(city_session.consultation)
    return city_session


def page(city_session, name=""):
    return f"{INDEX}{city_session.pk}/{name}"


def lines(*people, **fields):
    """What the page of the signed sheets sends: its ten lines, the first of them written."""
    written = {f"row-{n}-{name}": "" for n in range(10) for name in ("full_name", "contact", "organisation")}
    for n, person in enumerate(people):
        written |= {f"row-{n}-{name}": value for name, value in person.items()}
    return written | fields


def came():
    found = Registration.objects.came_to_the_hall()
    return sorted(found.values_list("full_name", "checked_in_how", "checked_in_by", "source"))


# Paper


def test_ticked_people_came_by_the_paper_at_the_sessions_beginning(client, organiser, held):
    first, second = make_registration(held, full_name="Асанов Бакыт"), make_registration(held, status="waiting")
    make_registration(held, full_name="Келбеген Киши", mode="online")

    response = client.post(page(held, "paper/"), lines(came=[first.pk, second.pk]))

    assert (response.status_code, response["Location"]) == (303, page(held, "paper/"))
    by = organiser.get_username()
    assert came() == sorted([("Асанов Бакыт", "paper", by, "web"), (second.full_name, "paper", by, "web")])
    first.refresh_from_db()
    assert first.checked_in_at == held.starts_at
    second.refresh_from_db()
    assert second.status == "waiting"


def test_an_arrival_recorded_at_the_door_stays_as_it_was(client, organiser, held):
    at_the_door = held.starts_at + datetime.timedelta(minutes=12)
    person = make_registration(held, checked_in_at=at_the_door, checked_in_by="door", checked_in_how="ticket")
    client.post(page(held, "paper/"), lines(came=[person.pk]))
    person.refresh_from_db()
    assert (person.checked_in_at, person.checked_in_by, person.checked_in_how) == (at_the_door, "door", "ticket")


def test_whoever_wrote_themselves_in_is_stored_with_the_consent_they_signed_and_gets_no_letter(client, organiser, held):
    make_registration(held)
    CitySession.objects.filter(pk=held.pk).update(hall_capacity=1)  # full, and over
    written = {"full_name": " Өмүралиева  Үмүт ", "contact": "0555 123 456", "organisation": "Жайыт комитети"}

    response = client.post(page(held, "paper/"), lines(written, consent_signed="on"))

    assert response.status_code == 303
    person = Registration.objects.get(full_name="Өмүралиева Үмүт")
    consent = (person.consent_text, person.consent_channel)
    assert consent == (held.consultation.current_consent, Registration.Channel.PAPER)
    stored = (person.phone, person.organisation, person.source, person.status, person.mode, person.checked_in_how)
    assert stored == ("+996555123456", "Жайыт комитети", "paper", "confirmed", "hall", "paper")
    assert not Message.objects.exists()
    assert Registration.objects.holding_hall_seats().count() == 1


def test_a_line_of_somebody_registered_already_is_that_registration(client, organiser, held):
    person = make_registration(held, full_name="Асанов Бакыт", email="bakyt@example.kg")
    written = {"full_name": "Бакыт Асанов", "contact": "Bakyt@Example.kg", "organisation": ""}
    for _time in range(2):
        client.post(page(held, "paper/"), lines(written, consent_signed="on"))
    assert Registration.objects.get() == person
    assert len(came()) == 1


@pytest.mark.parametrize(
    ("written", "fields", "target"),
    [
        ({"full_name": "Асанов Бакыт"}, {"consent_signed": "on"}, "id_row-0-contact"),
        ({"contact": "0555123456"}, {"consent_signed": "on"}, "id_row-0-full_name"),
        ({"full_name": "Асанов Бакыт", "contact": "055"}, {"consent_signed": "on"}, "id_row-0-contact"),
        ({"full_name": "Асанов Бакыт", "contact": "a@b"}, {"consent_signed": "on"}, "id_row-0-contact"),
        ({"full_name": "Асанов Бакыт", "contact": "0555123456"}, {}, "id_consent_signed"),
    ],
)
def test_a_wrong_line_stores_nothing_and_keeps_what_was_typed(client, organiser, held, written, fields, target):
    person = make_registration(held)

    response = client.post(page(held, "paper/"), lines(written, came=[person.pk], **fields))

    shown = response.content.decode()
    assert response.status_code == 422
    assert f'href="#{target}"' in shown
    assert f'value="{person.pk}" id="came-{person.pk}" checked' in shown
    assert all(f'value="{value}"' in shown for value in written.values())
    assert (came(), Registration.objects.count()) == ([], 1)


def test_nobody_of_another_session_can_be_ticked(client, organiser, held):
    other = make_registration()
    assert client.post(page(held, "paper/"), lines(came=[other.pk])).status_code == 422
    assert actions.record_from_paper(city_session=held, came=[other.pk], walk_ins=[], by="a", language="ky").new == 0
    assert came() == []


def test_long_lists_have_pages_and_the_numbers_go_on(client, organiser, held):
    for _person in range(201):
        make_registration(held, consent_text=None)
    shown = client.get(page(held, "paper/") + "?page=2").content.decode()
    assert '<li value="201">' in shown
    assert shown.count('name="came"') == 1


# Zoom's report


def upload(client, city_session, content=None):
    day = f"{city_session.date:%m/%d/%Y}"
    content = REPORT.format(day=day).encode() if content is None else content
    file = SimpleUploadedFile("participants_81234567890.csv", content, content_type="text/csv")
    return client.post(page(city_session, "zoom/"), {"upload": "1", "report": file})


def carried(response):
    return response.context["report"]


def joined():
    return dict(Registration.objects.joined_online().values_list("full_name", "joined_online_at"))


def test_report_is_looked_through_then_recorded_and_again_without_doubling(client, organiser, held):
    by_email = make_registration(held, full_name="Өмүралиева Үмүт", email="umut@example.kg", mode="online")
    make_registration(held, full_name="Бакыт Асанов")  # came to the hall as well
    by_hand = make_registration(held, full_name="Сыдыкова Айгүл", mode="online")
    begun = held.starts_at

    response = upload(client, held)
    assert joined() == {}
    counted = {name: response.context[name] for name in ("by_email", "by_name", "recorded")}
    assert counted == {"by_email": 1, "by_name": 1, "recorded": 0}
    fields = {"record": "1", "report": carried(response), "person-2": f"Сыдыкова · {by_hand.pass_number_spaced}"}
    assert client.post(page(held, "zoom/"), fields)["Location"] == page(held)
    wanted = {
        by_email.full_name: begun + datetime.timedelta(minutes=1),
        "Бакыт Асанов": begun + datetime.timedelta(minutes=2),
        by_hand.full_name: begun + datetime.timedelta(minutes=3),
    }
    assert joined() == wanted

    again = upload(client, held)
    assert again.context["recorded"] == 2
    client.post(page(held, "zoom/"), {"record": "1", "report": carried(again)})
    assert joined() == wanted


def test_what_seemed_sure_can_be_struck_out_and_an_empty_line_is_nobody(client, organiser, held):
    make_registration(held, full_name="Бакыт Асанов")
    response = upload(client, held)
    client.post(page(held, "zoom/"), {"record": "1", "report": carried(response), "wrong-1": "on", "person-0": ""})
    assert joined() == {}


@pytest.mark.parametrize("typed", ["12345678", "Айгүл", "<b>", "9" * 240])
def test_a_number_of_nobody_is_said_and_nothing_recorded(client, organiser, held, typed):
    make_registration(held, full_name="Бакыт Асанов")
    response = upload(client, held)
    fields = {"record": "1", "report": carried(response), "person-2": typed}
    again = client.post(page(held, "zoom/"), fields)
    assert again.status_code == 422
    assert 'id="id_person-2_error"' in again.content.decode()
    assert joined() == {}


@pytest.mark.parametrize("report", ["", "forged", "a:b:c"])
def test_a_forged_report_is_not_taken(client, organiser, held, report):
    make_registration(held, full_name="Бакыт Асанов")
    response = client.post(page(held, "zoom/"), {"record": "1", "report": report})
    assert response.status_code == 200
    assert joined() == {}


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a;b\n1;2\n", b"x" * 2_000_001])
def test_another_file_is_refused_with_a_word(client, organiser, held, content):
    response = upload(client, held, content)
    assert response.status_code == 422
    assert 'href="#id_report"' in response.content.decode()


def test_form_without_a_file_says_only_that_one_is_to_be_chosen(client, organiser, held):
    response = client.post(page(held, "zoom/"), {"upload": "1", "report": ""})
    assert response.status_code == 422
    assert list(response.context["messages"]) == []
    assert [target for target, _words in response.context["form"].summary()] == ["id_report"]


def test_shared_addresses_and_namesakes_are_left_to_a_person(held):
    office = "office@example.kg"
    one = make_registration(held, full_name="Асанов Бакыт", email=office)
    other = make_registration(held, full_name="Асанова Айгүл", email=office)
    for phone in ("+996555000001", "+996555000002"):
        make_registration(held, full_name="Турдубеков Нурсултан", phone=phone)
    patronymic = make_registration(held, full_name="Өмүралиева Үмүт Ыдырыс кызы")
    make_registration(held, full_name="Айтбаев Эрлан", status="cancelled")

    def found(*names, email=""):
        [match] = actions.match_attendees(city_session=held, people=[Attendee(names=list(names), email=email)])
        return match.registration, match.how

    assert found("Айгул Асанова", email=office) == (other, "email")
    assert found("Office", email=office) == (None, "")
    assert found("iPhone", "Бакыт Асанов") == (one, "name")
    assert found("Нурсултан Турдубеков") == (None, "")
    assert found("Умут Омуралиева") == (patronymic, "likely")
    assert found("Умут") == (None, "")
    assert found("Эрлан Айтбаев") == (None, "")


# One view


def test_overview_counts_and_lists_the_same_people(client, organiser, held):
    now = timezone.now()
    make_registration(held, full_name="Залда Гана", checked_in_at=now)
    make_registration(held, full_name="Онлайн Гана", mode="online", joined_online_at=now)
    make_registration(held, full_name="Экөөндө Тең", checked_in_at=now, joined_online_at=now)
    make_registration(held, full_name="Өзү Келген", source="desk", checked_in_at=now)
    make_registration(held, full_name="Келбеген Киши")
    make_registration(held, full_name="Кезекте Калган", status="waiting")
    make_registration(held, full_name="Жокко Чыгарган", status="cancelled")
    make_registration(full_name="Башка Шаардан", checked_in_at=now)

    def listed(part):
        response = client.get(page(held), {"part": part})
        counts = {key: count for key, _words, count in response.context["parts"]}
        names = [person.full_name for person in response.context["page"]]
        assert counts[part] == len(names)
        return names

    assert listed("came") == ["Залда Гана", "Өзү Келген", "Экөөндө Тең"]
    assert listed("joined") == ["Онлайн Гана", "Экөөндө Тең"]
    assert listed("both") == ["Экөөндө Тең"]
    assert listed("walk-in") == ["Өзү Келген"]
    assert listed("missed") == ["Келбеген Киши"]
    assert client.get(page(held)).context["registered"] == 5
    index = client.get(INDEX).context["city_sessions"]
    assert [(one.pk, one.came, one.joined) for one in index] == [(held.pk, 3, 2)]


@pytest.fixture
def ahead():
    """A session on a Monday, and one who is registered."""
    city_session = make_city_session(date=datetime.date(2031, 6, 9))
    make_registration(city_session, full_name="Келе Турган")
    return city_session


def at(clock):
    return time_machine.travel(f"2031-06-{clock}+06:00", tick=False)


def offers(client, city_session):
    """Whether the page says from when it is of use, counts who was missing, and leads to the letters of thanks."""
    response = client.get(page(city_session))
    thank = reverse("admin:consultations_citysession_thank", args=[city_session.pk])
    shown = parse(response)
    missed = [count for key, _words, count in response.context["parts"] if key == "missed"]
    return bool(shown.all(id="not-begun")), missed, bool(shown.all("a", href=thank))


def test_overview_speaks_of_what_has_begun_and_thanks_for_what_is_over(client, organiser, ahead):
    found = {}
    for clock in ["08T12:00", "09T13:29", "09T13:30", "09T16:14", "09T16:15"]:
        with at(clock):
            client.force_login(organiser)
            found[clock] = offers(client, ahead)
    assert found == {
        "08T12:00": (True, [], False),
        "09T13:29": (True, [], False),
        "09T13:30": (False, [1], False),
        "09T16:14": (False, [1], False),
        "09T16:15": (False, [1], True),
    }


@pytest.mark.parametrize(
    ("language", "fields", "when"),
    [
        ("ky", {}, "2031-жылдын 9-июну, дүйшөмбү, 13:30"),
        ("ru", {}, "9 июня 2031 г., понедельник, 13:30"),
        ("ru", {"start_time": None, "end_time": None}, "9 июня 2031 г., понедельник"),
        ("ru", {"state": "postponed"}, None),
        ("ru", {"date": None}, None),
    ],
)
def test_overview_says_from_when_it_is_of_use(client, organiser, ahead, language, fields, when):
    CitySession.objects.update(**fields)
    client.cookies["language"] = language
    with at("08T12:00"):
        client.force_login(organiser)
        note = parse(client.get(page(ahead))).one(id="not-begun").text
    assert note.endswith(f": {when}") if when else ":" not in note


def test_nobody_is_listed_as_missing_before_the_beginning(client, organiser, ahead):
    with at("08T12:00"):
        client.force_login(organiser)
        response = client.get(page(ahead), {"part": "missed"})
    assert (response.context["part"], list(response.context["page"])) == ("came", [])


def test_a_mistake_is_put_right_both_ways(client, organiser, held):
    person = make_registration(held)

    def correct(what):
        assert client.post(page(held), {"registration": person.pk, "correct": what}).status_code == 303
        person.refresh_from_db()
        return bool(person.checked_in_at), bool(person.joined_online_at)

    assert correct("came") == (True, False)
    assert correct("joined") == (True, True)
    assert correct("not-came") == (False, True)
    assert correct("not-joined") == (False, False)


@pytest.mark.parametrize("fields", [{}, {"registration": "x"}, {"registration": "9" * 30, "correct": "came"}])
def test_nonsense_is_not_found(client, organiser, held, fields):
    make_registration(held)
    assert client.post(page(held), fields).status_code == 404


def test_whoever_is_cancelled_or_erased_did_not_come(client, organiser, held):
    cancelled = make_registration(held, status="cancelled")
    erased = make_registration(held)
    actions.anonymise(registration=erased)
    client.post(page(held), {"registration": cancelled.pk, "correct": "came"})
    assert client.post(page(held), {"registration": erased.pk, "correct": "came"}).status_code == 404
    assert came() == []


def test_seeing_is_not_recording(client, held):
    person = make_registration(held)
    client.force_login(make_staff("view_registration"))
    assert client.get(page(held)).status_code == 200
    assert 'name="correct"' not in client.get(page(held)).content.decode()
    assert client.post(page(held), {"registration": person.pk, "correct": "came"}).status_code == 403
    assert [client.get(page(held, name)).status_code for name in ("paper/", "zoom/")] == [403, 403]
    client.force_login(make_staff("check_in"))
    assert client.get(page(held)).status_code == 403


def test_walk_in_corrected_to_nobody_is_in_no_number(client):
    city_session = make_city_session()
    walk_in = make_registration(city_session, source="desk")
    client.force_login(make_organiser())
    address = reverse("attendance", args=[city_session.pk])
    client.post(address, {"registration": walk_in.pk, "correct": "came"})

    def numbers():
        return {key: number for key, _words, number in client.get(address).context["parts"] if number}

    assert numbers() == {"came": 1, "walk-in": 1}
    client.post(address, {"registration": walk_in.pk, "correct": "not-came"})
    assert numbers() == {}


def test_report_of_a_thousand_strangers_is_recorded(client):
    city_session = make_city_session()
    known = make_registration(city_session, mode="online", full_name="Асанова Айгүл Бакытовна")
    lines = ["Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room"]
    lines += [f"Guest Person{number},p{number}@example.org,,,10,Yes,No" for number in range(1000)]
    lines += ["Айгүл Асанова,other@example.org,,,10,Yes,No"]
    client.force_login(make_organiser())
    address = reverse("attendance-zoom", args=[city_session.pk])
    report = SimpleUploadedFile("report.csv", "\n".join(lines).encode())
    page = client.post(address, {"upload": "1", "report": report})
    boxes = {name: "" for name in page.context["form"].fields if name.startswith("person-")}
    assert (len(boxes), page.context["form"].left_out) == (500, len(page.context["form"].matches) - 500)
    # The one whom a registration resembles has a line, however many strangers stood before.
    name = next(iter(name for name in boxes if name == "person-1000"), None)
    sent = boxes | ({name: known.pass_number} if name else {}) | {"report": page.context["report"], "record": "1"}
    assert client.post(address, sent).status_code == 303


def test_joining_put_down_by_hand_is_never_in_the_future(client):
    registration = make_registration(make_city_session(), mode="online")
    client.force_login(make_organiser())
    address = reverse("attendance", args=[registration.city_session_id])
    client.post(address, {"registration": registration.pk, "correct": "joined"})
    registration.refresh_from_db()
    assert registration.joined_online_at <= timezone.now()
