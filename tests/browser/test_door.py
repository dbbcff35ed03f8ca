"""The door in a browser: a network that dies and comes back, phones that are killed, two doors, a camera."""

import datetime
import io
import json

import pytest
from django.conf import settings
from PIL import Image

from consultations import actions, qr
from consultations.models import CitySession, DoorEntry, DoorPass, ExportRecord, Registration
from tests.browser.phones import Network, Phone
from tests.factories import make_city_session, make_consent_text, make_need, make_registration, make_session_now
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(site):
    network = Network(site)
    yield network
    network.close()


@pytest.fixture
def phone(browser, network, tmp_path):
    """A function that makes phones, each with a browser of its own."""
    phones = []

    def phone(**options):
        phones.append(Phone(browser, tmp_path / f"phone-{len(phones)}", network.site, **options))
        return phones[-1]

    yield phone
    for one in phones:
        one.stop()
    assert [line for one in phones for line in one.noise] == []


@pytest.fixture
def city_session(transactional_db):
    city_session = make_session_now(hall_capacity=120)
    make_consent_text(city_session.consultation)
    return city_session


def records_without_network(volunteer, network, city_session, registration):
    """Has the list on the phone, loses the network, and lets this person in."""
    volunteer.opens(city_session)
    volunteer.prepares()
    network.off()
    assert volunteer.records(registration.pass_number) == ["welcome"]


def in_the_hall():
    return Registration.objects.came_to_the_hall().count()


def test_hundred_arrivals_without_network_are_neither_lost_nor_doubled(phone, network, city_session):
    numbers = [make_registration(city_session, email=f"{n}@example.org").pass_number for n in range(100)]
    volunteer = phone()
    volunteer.opens(city_session)
    assert "100" in volunteer.prepares()
    assert list(ExportRecord.objects.values_list("preset", "rows", "format")) == [("door", 100, "json")]
    volunteer.stop()  # at home, the evening before
    volunteer.start()
    network.off()
    volunteer.goes(f"/door/{city_session.pk}/")
    volunteer.is_ready()
    assert volunteer.records(*numbers[:60]) == ["welcome"] * 60
    volunteer.page.reload()
    volunteer.is_ready()
    assert volunteer.waiting() == 60
    assert volunteer.records(*numbers[60:]) == ["welcome"] * 40
    volunteer.kill()
    volunteer.start()
    volunteer.goes("/door/")
    volunteer.is_ready()
    assert (volunteer.waiting(), in_the_hall()) == (100, 0)
    network.on()
    volunteer.has_delivered()
    assert (in_the_hall(), DoorEntry.objects.filter(was_offline=True, outcome="welcome").count()) == (100, 100)
    assert volunteer.kept("queue") == []
    assert volunteer.page.locator("#count").inner_text().endswith("100 из 120")


def test_phone_with_a_list_finds_people_and_keeps_nothing_but_what_it_needs(phone, network, city_session):
    registration = make_registration(
        city_session, full_name="Өмүралиева Үмүт", phone="+996555234567", email="guest@example.org", organisation="БИОМ"
    )
    make_need(registration, text="Пандус")
    make_registration(city_session, full_name="Асанов Бакыт", status="waiting")
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.prepares()
    kept = json.dumps(volunteer.kept("lists"), ensure_ascii=False)
    assert "Өмүралиева" in kept
    hidden = ["234567", "guest@", "БИОМ", "Пандус", registration.code, registration.join_code]
    assert [word for word in hidden if word in kept] == []
    network.off()
    found = {}
    for asked in ["омуралиева", "4567", registration.pass_number, "бакыт"]:
        volunteer.page.locator("[name=asked]").fill(asked)
        volunteer.page.locator("form.ask button").click()
        found[asked] = volunteer.page.locator("#answers .person .who").all_inner_texts()
    assert found.pop("бакыт") == ["Асанов Бакыт"]
    assert list(found.values()) == [["Өмүралиева Үмүт"]] * 3
    volunteer.page.locator("#answers .tap-let-in:visible").click()
    assert volunteer.answer()[0] == "welcome"
    assert volunteer.waiting() == 1
    network.on()
    volunteer.has_delivered()
    assert in_the_hall() == 1


def test_two_doors_and_one_person_at_once_and_later(phone, network, city_session):
    """Both without network let her in; the second to deliver is told that she was in, by whom and when."""
    registration = make_registration(city_session)
    doors = [phone(), phone()]
    for door in doors:
        door.opens(city_session)
        door.prepares()
    network.off()
    for door in doors:
        assert door.records(registration.pass_number) == ["welcome"]
    network.on()
    for door in doors:
        door.has_delivered()
    assert in_the_hall() == 1
    outcomes = DoorEntry.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["welcome", "already"]
    assert doors[0].page.locator("#troubles").is_hidden()
    assert registration.full_name in doors[1].page.locator("#troubles").inner_text()
    doors[1].page.locator("#troubles button").click()
    doors[1].page.wait_for_selector("#troubles", state="hidden")
    other = make_registration(city_session)
    doors[0].goes(f"/p/{other.pass_number}")
    doors[0].is_ready()
    doors[0].page.locator(".one-tap button:visible").first.click()
    assert doors[0].answer()[0] == "welcome"
    doors[1].goes(f"/p/{registration.pass_number}")
    assert "Уже в зале" in doors[1].page.locator(".person").inner_text()


def test_ticket_is_opened_and_a_walk_in_written_down_without_network(phone, network, city_session):
    """The hall has one place: before somebody comes in past it, the phone asks once."""
    CitySession.objects.update(hall_capacity=1)
    registration = make_registration(city_session)
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.prepares()
    volunteer.goes(f"/p/{registration.pass_number}")  # from here on the worker stands over tickets too
    volunteer.is_ready()
    network.off()
    volunteer.goes(f"/p/{registration.pass_number}")
    volunteer.is_ready()
    volunteer.page.locator("#answers .tap-in:visible").click()
    assert volunteer.answer()[0] == "welcome"
    volunteer.page.locator(".door-walk-in a").click()
    form = volunteer.page.locator("#walk-in-here")
    form.locator("button.btn-primary").click()
    assert form.locator(".problem").is_visible()
    form.locator("[name=full_name]").fill("Асанова Айгүл")
    form.locator("[name=contact]").fill("0555 123 456")
    form.locator("label[for=id_consent_text]").click()
    form.locator("button.btn-primary").click()
    form.locator(".problem", has_text="В зале больше нет мест").wait_for()
    form.locator("button.btn-primary").click()
    volunteer.page.wait_for_selector("#answers .answer-walk-in")
    assert volunteer.waiting() == 2
    network.on()
    volunteer.has_delivered()
    walk_in = Registration.objects.get(source="desk")
    assert (walk_in.full_name, walk_in.phone.as_e164, in_the_hall()) == ("Асанова Айгүл", "+996555123456", 2)


def test_pass_that_is_revoked_takes_the_list_and_leaves_the_queue(phone, network, city_session):
    """What was recorded waits on the phone, and goes out with a new pass."""
    registration = make_registration(city_session)
    volunteer = phone()
    records_without_network(volunteer, network, city_session, registration)
    actions.revoke_door_pass(door_pass=DoorPass.objects.get(), by="organiser")
    network.on()
    volunteer.page.evaluate("window.dispatchEvent(new Event('online'))")
    volunteer.page.wait_for_selector("#ready", state="hidden")
    assert (volunteer.kept("lists"), len(volunteer.kept("queue")), in_the_hall()) == ([], 1, 0)
    assert volunteer.goes(f"/door/{city_session.pk}/").status == 403
    volunteer.opens(city_session)
    volunteer.has_delivered()
    assert in_the_hall() == 1


def test_list_goes_when_the_door_closes_and_what_was_recorded_stays(phone, network, city_session):
    registration = make_registration(city_session)
    volunteer = phone()
    records_without_network(volunteer, network, city_session, registration)
    volunteer.page.clock.set_fixed_time(city_session.door_closes_at)
    volunteer.page.reload()
    volunteer.is_ready()
    assert volunteer.kept("lists") == []
    assert [act["number"] for act in volunteer.kept("queue")] == [registration.pass_number]


def video_of(tmp_path, *numbers):
    """A film as a camera would see these tickets, two seconds each."""
    width, height = 640, 480
    frames = []
    for number in numbers:
        code = Image.open(io.BytesIO(qr.png(f"https://talkuu.example.kg/p/{number}", scale=8))).convert("L")
        picture = Image.new("L", (width, height), 200)
        picture.paste(code.rotate(8, expand=True, fillcolor=255), (140, 60))
        colourless = bytes([128]) * (width * height // 2)
        frames += [b"FRAME\n" + picture.tobytes() + colourless] * 20
    path = tmp_path / "tickets.y4m"
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + b"".join(frames))
    return path


def test_camera_in_the_page_reads_one_ticket_after_another(phone, city_session, tmp_path):
    registrations = [make_registration(city_session) for _ in range(3)]
    numbers = [registration.pass_number for registration in registrations]
    volunteer = phone(video=video_of(tmp_path, *numbers))
    volunteer.opens(city_session)
    volunteer.page.locator("#scan button").click()
    volunteer.page.locator("#count", has_text="3 из 120").wait_for()
    assert in_the_hall() == 3
    assert set(Registration.objects.values_list("checked_in_how", flat=True)) == {"ticket"}
    volunteer.page.locator("#scan button").click()
    assert volunteer.page.locator("#scan video").is_hidden()


def test_camera_that_does_not_open_is_no_answer_about_a_ticket(phone, city_session):
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.page.evaluate("() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException() } }")
    volunteer.page.locator("#scan button").click()
    notice = volunteer.page.locator("#no-camera")
    notice.wait_for()
    assert notice.locator("h2").inner_text() == volunteer.words("The camera does not open")
    assert volunteer.page.locator("main .answer").count() == 0
    assert volunteer.page.locator("#scan video").is_hidden()


def test_mistyped_number_without_network_is_a_number_that_no_ticket_has(phone, network, city_session):
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.prepares()
    network.off()
    volunteer.page.evaluate("window.dispatchEvent(new Event('offline'))")
    for asked, said in [("00000001", "No ticket has this number"), ("Жок адам", "Nobody is found")]:
        volunteer.page.locator("[name=asked]").fill(asked)
        volunteer.page.locator("form.ask button").click()
        assert volunteer.answer() == ("unknown", volunteer.words(said))


def test_list_that_may_not_leave_yet_says_when_and_is_no_lack_of_network(client, phone, transactional_db):
    """With an account, whom the door's page opens for on every day; it says that this is not the day."""
    city_session = make_city_session()
    make_consent_text(city_session.consultation)
    client.force_login(make_organiser())
    volunteer = phone()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    volunteer.context.add_cookies([cookie | {"url": volunteer.site}])
    volunteer.goes(f"/door/{city_session.pk}/")
    volunteer.is_ready()
    assert "13:30" in volunteer.prepares()
    assert volunteer.page.locator("#ready").get_attribute("class") == "notice notice-warning"
    assert volunteer.page.locator("#network").is_hidden()
    assert ExportRecord.objects.count() == 0
    assert volunteer.page.locator("#other-day").is_visible()
    volunteer.goes("/door/")
    assert volunteer.page.locator(".links a").first.bounding_box()["height"] >= 44


def test_pass_that_was_revoked_is_not_told_to_check_the_network(phone, city_session):
    volunteer = phone()
    volunteer.opens(city_session)
    actions.revoke_door_pass(door_pass=DoorPass.objects.get(), by="organiser")
    said = volunteer.words("This pass was revoked.")
    assert volunteer.prepares() == said
    assert volunteer.page.locator("#network").inner_text() == said


def test_page_kept_the_evening_before_knows_the_day(phone, network, city_session):
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.prepares()
    assert volunteer.page.locator("#other-day").is_hidden()
    network.off()
    volunteer.page.clock.set_fixed_time(city_session.starts_at - datetime.timedelta(hours=2))
    volunteer.goes(f"/door/{city_session.pk}/")
    volunteer.is_ready()
    assert volunteer.page.locator("#other-day").is_visible()


def test_worker_stands_over_door_and_tickets_and_never_over_the_public_site(phone, city_session):
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.prepares()
    scopes = volunteer.page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations()).map((one) => new URL(one.scope).pathname)"
    )
    assert sorted(scopes) == ["/door/", "/p/"]
    volunteer.goes("/ru/")
    assert volunteer.page.evaluate("navigator.serviceWorker.controller") is None


def until(volunteer, holds):
    """Have the phone deliver again and again until this holds; a quarter of a minute at most."""
    for _ in range(30):
        if holds():
            return True
        volunteer.page.evaluate("window.dispatchEvent(new Event('online'))")
        volunteer.page.wait_for_timeout(500)
    return False


def test_what_one_session_refuses_keeps_the_next_waiting_for_nothing(phone, network, city_session):
    """The pass of the first is not on the phone any more, and something recorded there had not been delivered."""
    yesterdays = make_registration(city_session)
    today = make_session_now(hall_capacity=120)
    make_consent_text(today.consultation)
    todays = make_registration(today)
    volunteer = phone()
    records_without_network(volunteer, network, city_session, yesterdays)
    network.on()
    volunteer.page.goto("about:blank")
    volunteer.opens(today)
    volunteer.prepares()
    assert volunteer.records(todays.pass_number) == ["welcome"]
    assert until(volunteer, lambda: Registration.objects.get(pk=todays.pk).checked_in_at is not None)
    assert [act["number"] for act in volunteer.kept("queue")] == [yesterdays.pass_number]


def test_arrival_that_found_the_server_busy_is_delivered_again(phone, network, city_session, monkeypatch):
    registration = make_registration(city_session)
    volunteer = phone()
    records_without_network(volunteer, network, city_session, registration)
    arrive, tries = actions.arrive, []

    def busy_at_first(**details):
        tries.append(details["number"])
        if len(tries) == 1:
            raise actions.RegistrationRefused("busy")
        return arrive(**details)

    monkeypatch.setattr(actions, "arrive", busy_at_first)
    network.on()
    assert until(volunteer, lambda: in_the_hall() == 1)
    assert (len(tries), volunteer.kept("queue"), volunteer.kept("troubles")) == (2, [], [])


def test_beyond_the_seats_each_walk_in_is_asked_about(phone, city_session):
    CitySession.objects.update(hall_capacity=1)
    registration = make_registration(city_session)
    volunteer = phone()
    volunteer.opens(city_session)
    volunteer.prepares()
    assert volunteer.records(registration.pass_number) == ["welcome"]
    full = "В зале больше нет мест"
    for name in ["Асанова Айгүл", "Бакытов Азамат"]:
        volunteer.page.locator(".door-walk-in a").click()
        form = volunteer.page.locator("#walk-in-here")
        form.locator("[name=full_name]").fill(name)
        form.locator("[name=contact]").fill("0555 123 456")
        form.locator("label[for=id_consent_text]").click()
        form.locator("button.btn-primary").click()
        form.locator(".problem", has_text=full).wait_for()
        form.locator(".close").click()
    assert in_the_hall() == 1
