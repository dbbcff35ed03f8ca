"""What people come for, from the first tap to the last, in a real browser on a small phone."""

import datetime
import re

import icalendar
import pytest
from django.utils import timezone

from consultations.models import CitySession, Registration
from tests.browser.announced import announce
from tests.factories import in_days, make_registration

IN_BOTH_WORLDS = pytest.mark.parametrize(
    ("language", "javascript"), [("ky", False), ("ru", True), ("ky", True), ("ru", False)]
)
IN_EACH_LANGUAGE = pytest.mark.parametrize(("language", "javascript"), [("ky", True), ("ru", False)])

NAME = "Турдубеков Нурсултан"
PHONE = "0555 123 456"


def open_form(visitor, city="osh"):
    visitor.goes(f"/{visitor.language}/nbsap-2040/{city}/register/")


def fill_in(visitor, name=NAME, phone=PHONE, mode="hall"):
    visitor.chooses("mode", mode)
    visitor.types(full_name=name, phone=phone)
    visitor.ticks("consent_text")


def register(visitor, name=NAME, phone=PHONE, mode="hall", city="osh"):
    """Straight to the ticket; returns the path of the own page."""
    open_form(visitor, city)
    fill_in(visitor, name, phone, mode)
    visitor.presses("Register")
    assert re.fullmatch(rf"/{visitor.language}/r/[\w-]+/", visitor.path)
    return visitor.path


def live():
    """Who is registered how, by name."""
    return sorted(Registration.objects.live().values_list("full_name", "mode", "status"))


@IN_BOTH_WORLDS
def test_one_person_comes_changes_their_mind_and_comes_after_all(visit, site, language, javascript):
    announce()
    visitor = visit(language, java_script_enabled=javascript)
    page = visitor.page

    # From the printed address to the form
    visitor.goes("/osh")
    if language != "ky":
        page.locator(f".language[lang={language}]").click()
    assert visitor.path == f"/{language}/nbsap-2040/osh/"
    visitor.follows("Register", exact=False)
    assert visitor.path == f"/{language}/nbsap-2040/osh/register/"

    # Nothing typed: all errors at once, the focus in the summary, each line leads to its field
    visitor.presses("Register")
    assert page.title().startswith(visitor.words("Error:"))
    assert visitor.focused() == "error-summary"
    links = page.locator(".error-summary a")
    targets = [link.get_attribute("href").removeprefix("#") for link in links.all()]
    assert targets == ["id_mode_0", "id_full_name", "id_phone", "id_consent_text"]
    for number, target in enumerate(targets):
        links.nth(number).click()
        assert visitor.focused() == target

    # One mistake: what was right is kept
    fill_in(visitor, phone="12")
    visitor.presses("Register")
    assert [link.get_attribute("href") for link in links.all()] == ["#id_phone"]
    assert page.locator("#id_phone").get_attribute("aria-invalid") == "true"
    assert (visitor.typed("full_name"), visitor.typed("phone")) == (NAME, "12")
    assert page.locator("#id_consent_text").is_checked()
    assert page.locator("[name=mode][value=hall]").is_checked()

    # Corrected: the ticket, whose code a reader finds on the screen
    visitor.types(phone=PHONE)
    visitor.presses("Register")
    own_page = visitor.path
    registration = Registration.objects.get()
    assert own_page == f"/{language}/r/{registration.code}/"
    assert visitor.status() == visitor.words("A place in the hall is yours")
    assert visitor.code_in_qr() == f"{site}/p/{registration.pass_number}"
    assert registration.phone.as_e164 == "+996555123456"
    page.reload()
    assert visitor.path == own_page

    # Into the calendar
    with page.expect_download() as download:
        visitor.follows("Add to calendar")
    (event,) = icalendar.Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    half_past_one = datetime.datetime.combine(registration.city_session.date, datetime.time(13, 30))
    assert event.start == half_past_one.replace(tzinfo=timezone.get_default_timezone())

    # A detail changed, the hall left and taken again
    visitor.follows("Change my details")
    assert visitor.typed("full_name") == NAME
    visitor.types(organisation="Ак-Суу айыл өкмөтү")
    visitor.presses("Save")
    assert visitor.path == own_page
    assert visitor.sees("Saved")
    visitor.presses("Take part through Zoom instead")
    assert visitor.status() == visitor.words("You take part through Zoom")
    visitor.presses("Come to the hall instead")
    assert visitor.status() == visitor.words("A place in the hall is yours")

    # Cancelled after being asked, and back again
    visitor.follows("Cancel my registration")
    assert visitor.path == f"{own_page}cancel/"
    visitor.presses("Cancel my registration")
    assert visitor.status() == visitor.words("Registration cancelled")
    assert live() == []
    visitor.presses("Register again with the same details")
    assert visitor.status() == visitor.words("A place in the hall is yours")
    assert live() == [(NAME, "hall", "confirmed")]
    registration.refresh_from_db()
    assert registration.organisation == "Ак-Суу айыл өкмөтү"


@IN_EACH_LANGUAGE
def test_three_people_where_two_places_are_left(visit, language, javascript):
    announce(hall_capacity=2)
    visitor = visit(language, java_script_enabled=javascript)
    open_form(visitor)
    fill_in(visitor)
    visitor.presses("Register one more person")
    visitor.types(person__1__full_name="Асанова Айгүл")
    visitor.presses("Register one more person")
    visitor.types(person__2__full_name="Өмүралиева Үмүт Ыдырыс кызы")
    visitor.ticks("agreed_for_others")
    visitor.presses("Register")

    # Nobody is registered before they have chosen
    assert live() == []
    assert visitor.focused() == "error-summary"
    visitor.page.locator(".error-summary a").first.click()
    assert visitor.focused() == "id_placing_0"
    visitor.chooses("placing", "queue")
    visitor.presses("Register")

    assert live() == [
        ("Асанова Айгүл", "hall", "confirmed"),
        (NAME, "hall", "confirmed"),
        ("Өмүралиева Үмүт Ыдырыс кызы", "hall", "waiting"),
    ]
    visitor.follows("All tickets: print or send")
    assert visitor.page.locator(".ticket-number").count() == 3
    assert visitor.page.locator(".ticket-city").all_inner_texts() == [
        NAME,
        "Асанова Айгүл",
        "Өмүралиева Үмүт Ыдырыс кызы",
    ]


@IN_EACH_LANGUAGE
def test_whoever_has_no_email_and_lost_the_link_finds_the_ticket(visit, language, javascript):
    announce()
    own_page = register(visit(language, java_script_enabled=javascript))
    number = Registration.objects.get().pass_number_spaced

    visitor = visit(language, java_script_enabled=javascript)  # another phone, which remembers nothing
    visitor.goes(f"/{language}/")
    visitor.follows("My ticket")
    assert visitor.sees(
        "This phone remembers no tickets. They are kept for 90 days on the phone with which you registered."
    )
    visitor.follows("Find a ticket by its number, or by a letter")
    visitor.types(pass_number=number, phone="0555 123 457")
    visitor.presses("Open my ticket")
    assert visitor.sees("There is no ticket with this number and this phone. Check both, or call the organisers.")
    assert visitor.focused() == "error-summary"
    assert visitor.typed("pass_number") == number
    visitor.types(phone="555123456")
    visitor.presses("Open my ticket")
    assert visitor.path == own_page

    # This phone remembers it now, until it is told to forget
    visitor.follows("My ticket")
    assert visitor.page.locator("h2 a").first.get_attribute("href") == own_page
    visitor.presses("Forget the tickets on this phone")
    assert visitor.path == f"/{language}/my/"
    assert visitor.page.locator(".ticket").count() == 0
    assert live() == [(NAME, "hall", "confirmed")]


@IN_EACH_LANGUAGE
def test_online_without_email_is_warned_and_may_go_on(visit, language, javascript):
    announce()
    visitor = visit(language, java_script_enabled=javascript)
    open_form(visitor)
    fill_in(visitor, mode="online")
    visitor.presses("Register")
    assert live() == []
    assert visitor.page.locator(".error-summary a").get_attribute("href") == "#id_email"
    visitor.ticks("without_email")
    visitor.presses("Register")
    assert visitor.status() == visitor.words("You take part through Zoom")
    assert visitor.sees("Step 2 of 2: Zoom’s form")
    assert visitor.link("Open Zoom’s form").get_attribute("href").startswith("https://us02web.zoom.us/")
    visitor.presses("I have filled in Zoom’s form")
    assert visitor.sees("You have filled in Zoom’s form.")
    assert live() == [(NAME, "online", "confirmed")]


@IN_EACH_LANGUAGE
def test_queue_and_online_meanwhile_until_somebody_cancels(visit, language, javascript):
    announce(hall_capacity=1)
    first = visit(language, java_script_enabled=javascript)
    register(first)
    second = visit(language, java_script_enabled=javascript)
    second.goes("/osh")
    second.goes(f"/{language}/nbsap-2040/osh/")
    second.follows("Join the waiting list", exact=False)
    fill_in(second, "Асанова Айгүл", "0700 111 222")
    second.presses("Register")
    assert second.status() == second.words("You are on the waiting list")
    assert second.sees("Your place in the queue for the hall: %(n)s", n=1)
    second.presses("Take part online meanwhile")
    assert second.status() == second.words("You take part through Zoom")
    assert second.sees("Your place in the queue for the hall: %(n)s", n=1)

    first.follows("Cancel my registration")
    first.presses("Cancel my registration")
    second.page.reload()
    assert second.status() == second.words("A place in the hall is yours")
    assert live() == [("Асанова Айгүл", "hall", "confirmed")]


@IN_EACH_LANGUAGE
def test_changing_the_language_in_mid_form_keeps_what_was_typed(visit, language, javascript):
    announce()
    other = {"ky": "ru", "ru": "ky"}[language]
    visitor = visit(language, java_script_enabled=javascript)
    open_form(visitor)
    visitor.types(full_name=NAME, phone="12")
    visitor.page.locator(f".language[lang={other}]").click()
    assert visitor.path == f"/{other}/nbsap-2040/osh/register/"
    assert (visitor.typed("full_name"), visitor.typed("phone")) == (NAME, "12")
    assert visitor.page.locator(".error-summary").count() == 0

    # Enter sends the form; it presses no button that stands before it on the page
    visitor.page.locator("[name=full_name]").press("Enter")
    assert visitor.path == f"/{other}/nbsap-2040/osh/register/"
    assert visitor.page.locator(".error-summary").count() == 1


@IN_EACH_LANGUAGE
def test_joining_opens_half_an_hour_before_and_tells_zoom_nothing(visit, language, javascript):
    announce(zoom_join_url="https://us02web.zoom.us/j/1234567890")
    visitor = visit(language, java_script_enabled=javascript)
    register(visitor, mode="online")
    registration = Registration.objects.get()
    visitor.goes(f"/j/{registration.join_code}")
    assert visitor.button("Go on to Zoom").count() == 0
    assert visitor.page.get_by_text(
        visitor.words("The button appears here: %(date)s, %(time)s").partition(":")[0]
    ).is_visible()

    begin_now(registration.city_session)
    visitor.goes(f"/{language}/r/{registration.code}/")
    visitor.follows("Join through Zoom")
    assert visitor.path == f"/j/{registration.join_code}"
    registration.refresh_from_db()
    assert registration.joined_online_at is None
    with visitor.page.expect_event("requestfailed"):
        visitor.button("Go on to Zoom").click()
    registration.refresh_from_db()
    assert registration.joined_online_at is not None
    assert went_outside_without_referer(visitor) == ["https://us02web.zoom.us/j/1234567890"]


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_no_link_to_another_site_says_where_one_comes_from(visit, language):
    """Every outside link of the ticket, which holds a secret in its address, pressed (P 49)."""
    announce()
    visitor = visit(language)
    registration = make_registration(CitySession.objects.get(slug="osh"), mode="online", language=language)
    visitor.goes(f"/{language}/r/{registration.code}/")
    links = [link.get_attribute("href") for link in visitor.page.locator("a[href^='https://']").all()]
    assert {re.match(r"https://([^/]+)", link)[1] for link in links} == {
        "wa.me",
        "calendar.google.com",
        "us02web.zoom.us",
    }
    visitor.context.route(
        re.compile("https://"), lambda route: route.fulfill(body="Elsewhere", content_type="text/html")
    )
    for link in links:
        with visitor.page.expect_navigation(url=re.compile("https://"), wait_until="commit"):
            visitor.page.locator(f'a[href="{link}"]').first.click()
        visitor.page.go_back()
    assert went_outside_without_referer(visitor) == links

    # That a Referer would have been seen: our own pages get one
    visitor.follows("Home")
    assert any("referer" in request.headers for request in visitor.asked)


def begin_now(city_session):
    """The session is on: since this day began, and until it ends."""
    CitySession.objects.filter(pk=city_session.pk).update(
        date=in_days(0), start_time=datetime.time(0), end_time=datetime.time(23, 59, 59)
    )


def went_outside_without_referer(visitor):
    """The addresses outside that were opened; then forgotten, since they were meant to be."""
    requests, visitor.outside = visitor.outside, []
    assert [request.url for request in requests if "referer" in request.headers] == []
    return [request.url for request in requests]
