"""An organiser's day before the session: a question of their own, answers to give, somebody on the telephone."""

import re

import pytest

from consultations.forms import sending
from consultations.models import Consultation, Message, Registration
from tests.browser.announced import announce
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_staff_pages import log_in
from tests.factories import make_need, make_own_question, make_registration
from tests.staff import admin_page, make_organiser

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", ["ky", "ru"])
NAME = "Өмүралиева Үмүт"


@pytest.fixture
def whole_site(live_server, plain_static_files, settings, monkeypatch):
    """With the admin's files, which the site for visitors leaves out."""
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(sending, "FASTEST", 0)
    return live_server.url


@IN_EACH_LANGUAGE
@pytest.mark.django_db(transaction=True)
def test_a_question_is_written_seen_and_answered(browser, whole_site, language):
    announce()
    consultation = Consultation.objects.get()
    organiser = Visitor(browser, whole_site, language, viewport={"width": 1280, "height": 900})
    log_in(organiser, make_organiser())
    page = organiser.page

    # One question: opened, typed, saved
    organiser.goes(admin_page(consultation))
    questions = page.locator("#own_questions-group")
    questions.locator("summary").click()
    questions.locator(".add-row a").click()
    row = "own_questions-0"
    page.select_option(f"#id_{row}-kind", "choice")
    for half, words, choices in [("ky", "Кантип келесиз?", "Автобус\nЖөө"), ("ru", "Как приедете?", "Автобус\nПешком")]:
        page.fill(f"#id_{row}-words_{half}", words)
        page.fill(f"#id_{row}-choices_{half}", choices)
    page.check(f"#id_{row}-is_required")
    page.locator("[name=_continue]").click()
    page.wait_for_load_state()
    organiser.follows("The form as visitors see it")
    asked = {"ky": "Кантип келесиз?", "ru": "Как приедете?"}[language]
    assert page.get_by_text(asked).count() == 2  # of oneself, and of the person one registers

    # Somebody registers, is asked, and may change the answer
    visitor = Visitor(browser, whole_site, language)
    visitor.goes(f"/{language}/nbsap-2040/osh/register/")
    visitor.chooses("mode", "hall")
    visitor.types(full_name=NAME, phone="0555 123 456")
    visitor.ticks("consent_text")
    visitor.presses("Register")
    [question] = consultation.own_questions.all()
    links = visitor.page.locator(".error-summary a").all()
    assert [link.get_attribute("href") for link in links] == [f"#id_own_{question.pk}_0"]
    visitor.chooses(f"own_{question.pk}", "1")
    visitor.presses("Register")
    registration = Registration.objects.get()
    assert registration.own_answers.get().choice == 1
    visitor.goes(f"/{language}/r/{registration.code}/change/")
    visitor.chooses(f"own_{question.pk}", "2")
    visitor.presses("Save")
    assert registration.own_answers.get().choice == 2
    assert [*organiser.noise, *visitor.noise, *organiser.outside, *visitor.outside] == []
    organiser.context.close()
    visitor.context.close()


@IN_EACH_LANGUAGE
def test_needs_and_questions_are_answered_by_phone_without_a_script(visit, site, language):
    announce()
    city_session = Consultation.objects.get().city_sessions.get(slug="osh")
    person = make_registration(city_session, full_name=NAME, question="Отчёт качан чыгат?", language=language)
    need = make_need(person)
    organiser = visit(language, java_script_enabled=False)
    log_in(organiser, make_organiser())
    organiser.goes(f"/staff/needs/?session={city_session.pk}")
    organiser.presses("Not possible")
    assert organiser.focused() == f"id_need-{need.pk}-reply"  # it asks for a word
    organiser.types(**{f"need-{need.pk}-reply": "Лифт жок, жардам беребиз"})
    organiser.presses("Not possible")
    organiser.types(**{f"question-{person.pk}-reply": "Июлда"})
    organiser.presses("Send the answer")
    assert organiser.sees("Nobody waits for an answer.")
    organiser.goes("/staff/calls/")
    said = " ".join(organiser.page.locator(".call blockquote").all_inner_texts())
    assert ("Лифт жок, жардам беребиз" in said, "Июлда" in said) == (True, True)
    assert Message.objects.calls().count() == 2


@IN_EACH_LANGUAGE
def test_a_call_takes_three_taps_on_a_small_phone_without_a_script(visit, site, language):
    announce()
    city_session = Consultation.objects.get().city_sessions.get(slug="osh")
    question = make_own_question(city_session, is_required=True)
    person = make_registration(city_session, full_name=NAME, phone="+996555123456", language=language)
    organiser = visit(language, viewport=PHONE, java_script_enabled=False)
    log_in(organiser, make_organiser())
    page = organiser.page

    # Found by the last four digits, then the name, then the button
    organiser.goes("/staff/telephone/")
    organiser.types(q="3456")
    organiser.presses("Find")
    organiser.follows(NAME, exact=False)
    organiser.presses("Switch to online")
    person.refresh_from_db()
    assert (person.mode, organiser.path) == ("online", f"/staff/telephone/{person.pk}/")
    address = organiser.link("Send the ticket by WhatsApp").get_attribute("href")
    assert address.startswith("https://wa.me/996555123456?text=")

    # Cancelled after one question, and back again
    page.locator("summary").first.click()
    organiser.presses("Yes, cancel")
    person.refresh_from_db()
    assert person.is_cancelled
    organiser.presses("Register again")

    # Somebody new, whose name was searched for in vain
    organiser.follows("Next caller")
    organiser.types(q="Бейтааныш Бек")
    organiser.presses("Find")
    assert organiser.sees("Nobody was found")
    page.locator(f"a[href^='/staff/telephone/register/{city_session.pk}/']").click()
    page.wait_for_load_state()
    assert organiser.typed("full_name") == "Бейтааныш Бек"
    organiser.chooses("mode", "hall")
    organiser.types(phone="0700 111 222")
    organiser.ticks("consent_text")
    organiser.chooses(f"own_{question.pk}", "1")
    organiser.presses("Register the person")
    new = Registration.objects.get(full_name="Бейтааныш Бек")
    assert (new.source, new.consent_channel, new.own_answers.get().choice) == ("telephone", "telephone", 1)
    assert re.sub(r"\s", "", page.locator(".caller-number").inner_text()) == new.pass_number
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
