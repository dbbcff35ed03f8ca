"""The organisers' pages from which many people are told something: previewed, counted, once, and stopped in time."""

import datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations import actions
from consultations.admin.telling_forms import AskForm
from consultations.models import CitySession, Message, Notice, Registration
from tests.factories import (
    change_facts,
    in_days,
    make_call,
    make_city_session,
    make_consultation,
    make_group,
    make_letter_paragraph,
    make_message,
    make_need,
    make_registration,
    make_told_session,
)
from tests.hostile import KEPT_AS_TYPED
from tests.markup import parse
from tests.staff import admin_list, admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

PAGES = ["announce", "write", "hall", "thank", "stop"]
BOTH = {"words_ky": "Кош келиңиз.", "words_ru": "Ждём вас."}


@pytest.fixture
def organiser(client):
    user = make_organiser()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def changed():
    """The venue is known now; one person can get a letter, another is to be called, and neither has heard."""
    city_session = make_told_session(city_ky="Ош", city_ru="Ош", venue_ky="Эски зал", venue_ru="Старый зал")
    make_registration(city_session, email="a@example.org")
    make_registration(city_session, full_name="Телефону Гана")
    return change_facts(city_session, venue_ky="Элдик үй", venue_ru="Дом народов")


def page(name, city_session):
    return reverse(f"admin:consultations_citysession_{name}", args=[city_session.pk])


def shown(client, address):
    return parse(client.get(address)).one("main")


def send(client, name, city_session, form="form", **fields):
    """Press a button of a page just opened: what it shows, and what is typed. Returns the page one is led to."""
    opened = client.get(page(name, city_session))
    bound = opened.context[form]
    filled = {field.html_name: field.value() or "" for field in bound}
    return client.post(page(name, city_session), filled | fields, follow=True)


def said(response):
    """The messages of the page one is led to, and their kinds."""
    return [(message.level_tag, str(message)) for message in response.context["messages"]]


def left(letters, calls, notice):
    words = _("Letters: %(letters)d, calls: %(calls)d. They leave at %(time)s; until then you can stop them.")
    leaves_at = timezone.localtime(notice.send_after)
    return ("success", words % {"letters": letters, "calls": calls, "time": f"{leaves_at:%H:%M:%S}"})


ONCE = ("warning", "This was done already. Nothing was sent twice.")


# Who may


@pytest.mark.parametrize("name", PAGES)
def test_stranger_is_led_to_the_login(client, changed, name):
    response = client.get(page(name, changed))
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("permissions", "status"),
    [((), 403), (("view_citysession",), 403), (("change_registration",), 403), (("change_citysession",), 200)],
)
def test_telling_people_needs_the_permission_to_change_the_session(client, changed, name, permissions, status):
    client.force_login(make_staff(*permissions))
    expected = 405 if (name, status) == ("stop", 200) else status
    assert client.get(page(name, changed)).status_code == expected
    if status == 403:
        client.post(page(name, changed), BOTH | {"announce": "1", "send": "1", "quiet": "1", "notice": "1"})
        assert Notice.objects.count() == 0


def test_whoever_may_only_look_sees_no_bar(client, changed):
    client.force_login(make_staff("view_citysession"))
    assert shown(client, admin_page(changed)).all(cls="tell-bar") == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("key", ["0", "x", "99999999999999999999", "1/2", "%C3%A9"])
def test_page_of_no_session_is_not_found(organiser, name, key):
    address = f"/admin/consultations/citysession/{key}/{name}/"
    assert {organiser.get(address).status_code, organiser.post(address, BOTH).status_code} == {404}


# The bar


def test_bar_says_who_does_not_know_and_leads_to_announcing(organiser, changed):
    (bar,) = shown(organiser, admin_page(changed)).all("div", cls="tell-bar")
    who = f"{_('Participants do not know yet.')} {_('Letters: %(letters)s, calls: %(calls)s.')}"
    assert bar.all("p")[0].text == who % {"letters": 1, "calls": 1}
    links = [(link.text, link["href"]) for link in bar.all("a")]
    announce = page("announce", changed)
    assert links == [(_("Announce"), announce), (_("Quiet correction"), f"{announce}#quiet")]


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_bar_speaks_the_organisers_language(organiser, changed, language):
    organiser.cookies["language"] = language
    (bar,) = shown(organiser, admin_page(changed)).all("div", cls="tell-bar")
    with override(language):
        assert bar.one("strong").text == _("Participants do not know yet.")


def test_no_bar_while_nothing_changed_or_nobody_is_registered(organiser):
    told = make_told_session()
    make_registration(told)
    deserted = make_told_session()
    make_registration(deserted, status="cancelled")
    change_facts(deserted, date=in_days(40))
    for city_session in (told, deserted):
        assert shown(organiser, admin_page(city_session)).all("div", cls="tell-bar") == []


def test_session_list_marks_who_does_not_know_and_counts_the_calls(organiser, changed):
    make_call(make_registration(make_told_session(date=in_days(60))))
    make_call(make_registration(changed), send_after=timezone.now() + datetime.timedelta(minutes=1))
    rows = shown(organiser, admin_list("citysession")).one("tbody").all("tr")
    found = [
        ([link["href"] for link in row.one(cls="field-told").all("a")], row.one(cls="field-calls").text) for row in rows
    ]
    assert found == [([page("announce", changed)], "-"), ([], "1")]


def test_front_page_leads_to_what_is_to_be_announced_the_cancelled_too(organiser, changed):
    near = timezone.localtime() + datetime.timedelta(hours=20)
    off = make_told_session(city_ky="Нарын", date=near.date(), start_time=near.time(), end_time=None)
    make_registration(off)
    change_facts(off, state=CitySession.State.CANCELLED)
    over = make_told_session(date=in_days(-3))
    make_registration(over)
    change_facts(over, venue_ru="После всего")
    front = shown(organiser, reverse("admin:index"))
    first = front.one("section", cls="next-thing")
    entries = [entry for entry in front.one("div", id="waiting").all("li") if "announce" in entry.one("a")["href"]]
    words = _("%(city)s: participants do not know yet what has changed")
    assert (first.one("a").text, first.one("a")["href"]) == (words % {"city": "Нарын"}, page("announce", off))
    assert "is-urgent" in first.classes
    assert [(entry.one("a").text, entry.one("a")["href"], entry.classes) for entry in entries] == [
        (words % {"city": "Ош"}, page("announce", changed), [])
    ]


def test_front_page_counts_calls_and_the_letters_that_wait(organiser):
    make_call()
    make_call()
    since = timezone.now() - datetime.timedelta(minutes=5)
    make_message(created_at=since)
    waiting = shown(organiser, reverse("admin:index")).one("div", id="waiting")
    assert reverse("call-list") in [link["href"] for link in waiting.all("a")]
    assert waiting.one("li", cls="quiet").text == _(
        "Letters waiting to leave: %(count)d, the oldest since %(since)s"
    ) % {
        "count": 1,
        "since": f"{timezone.localtime(since):%d.%m. %H:%M}",
    }


# Announcing


def test_page_shows_what_changed_against_what_people_heard(organiser, changed):
    change_facts(changed, date=datetime.date(2031, 6, 9), start_time=None, end_time=None, state="postponed")
    changed.told_facts |= {"date": "", "state": "planned"}
    changed.save()
    organiser.cookies["language"] = "ru"
    table = shown(organiser, page("announce", changed)).one("table", cls="changes")
    rows = [[cell.text for cell in row.children if not isinstance(cell, str)] for row in table.one("tbody").all("tr")]
    with override("ru"):
        unknown = _("to be announced")
        labels = {name: str(CitySession._meta.get_field(name).verbose_name).capitalize() for name in CitySession.FACTS}
    assert rows == [
        [labels["state"], "запланировано", "перенесено"],
        [labels["date"], unknown, "9 июня 2031 г., понедельник"],
        [labels["start_time"], "13:30", unknown],
        [labels["end_time"], "16:15", "—"],
        [f"{labels['venue_ky']} [ky]", "Эски зал", "Элдик үй"],
        [f"{labels['venue_ru']} [ru]", "Старый зал", "Дом народов"],
    ]
    languages = [cell.get("lang") for cell in table.all("td")]
    assert languages == [None] * 8 + ["ky"] * 2 + ["ru"] * 2


def test_page_counts_people_letters_and_calls(organiser, changed):
    make_registration(changed, mode="online", email="b@example.org")
    make_registration(changed, status="waiting")
    make_group(changed, size=3)
    cells = shown(organiser, page("announce", changed)).one("dl", cls="audience").all("dd")
    assert [cell.text for cell in cells] == ["5", "1", "1", "2", "3"]


def test_page_previews_the_letter_and_the_call_in_both_languages(organiser, changed):
    make_letter_paragraph(changed.consultation, text_ky="Түшкү тамак болбойт.", text_ru="Обеда не будет.")
    letters = shown(organiser, page("announce", changed)).all("div", cls="letter")
    assert [letter["lang"] for letter in letters] == ["ky", "ru"]
    for letter, words in zip(
        letters, [("Элдик үй", "Түшкү тамак болбойт."), ("Дом народов", "Обеда не будет.")], strict=True
    ):
        assert [text for text in words if text in letter.text] == list(words)
    calls = shown(organiser, page("announce", changed)).one("div", cls="previews").all("details")
    assert ["Элдик үй" in calls[0].text, "Дом народов" in calls[1].text] == [True, True]


def test_preview_shows_the_words_and_sends_nothing(organiser, changed):
    response = organiser.post(page("announce", changed), BOTH | {"form_key": "k", "preview": "1"})
    letters = parse(response).one("main").all("div", cls="letter")
    assert ["Кош келиңиз." in letters[0].text, "Ждём вас." in letters[1].text] == [True, True]
    assert (Notice.objects.count(), Message.objects.count()) == (0, 0)


@pytest.mark.parametrize("words", KEPT_AS_TYPED)
def test_words_are_text_on_the_page(organiser, changed, words):
    response = organiser.post(page("announce", changed), {"words_ky": words, "words_ru": words, "preview": "1"})
    main = parse(response).one("main")
    assert main.all("script") == main.all("svg") == main.all("img") == []
    assert [words in letter.one("pre").text for letter in main.all("div", cls="letter")] == [True, True]


def test_announcing_tells_once_and_says_when_the_letters_leave(organiser, changed):
    response = send(organiser, "announce", changed, announce="1", **BOTH)
    notice = Notice.objects.get()
    assert response.redirect_chain == [(admin_page(changed), 302)]
    assert said(response) == [left(1, 1, notice)]
    assert (notice.created_by, notice.words_ky, notice.words_ru) == (organiser.user.username, *BOTH.values())
    again = organiser.post(page("announce", changed), BOTH | {"form_key": "k", "announce": "1"}, follow=True)
    assert said(again) == [(ONCE[0], _(ONCE[1]))]
    assert (Notice.objects.count(), Message.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    "words",
    [{"words_ky": "Кыргызча гана."}, {"words_ru": "Только по-русски."}, {"words_ky": "я" * 1001} | {"words_ru": "я"}],
)
def test_words_in_one_language_or_too_many_are_an_error(organiser, changed, words):
    response = organiser.post(page("announce", changed), {"form_key": "k", "announce": "1"} | words)
    assert response.status_code == 422
    assert len(parse(response).one("main").all("ul", cls="errorlist")) == 1
    assert Notice.objects.count() == 0
    for text in words.values():
        assert text in parse(response).one("main").text


def test_quiet_correction_tells_nobody(organiser, changed):
    response = organiser.post(page("announce", changed), {"quiet": "1"}, follow=True)
    assert said(response) == [("success", _("Corrected without telling anybody."))]
    assert (Notice.objects.get().kind, Message.objects.count()) == ("quiet", 0)
    again = organiser.post(page("announce", changed), {"quiet": "1"}, follow=True)
    assert said(again) == [(ONCE[0], _(ONCE[1]))]


def test_page_with_nothing_to_announce_has_no_buttons(organiser):
    city_session = make_told_session()
    make_registration(city_session)
    main = shown(organiser, page("announce", city_session))
    assert main.all("form") == []
    assert _("People know everything there is to know.") in main.text


def test_busy_session_is_said_and_nothing_is_sent(organiser, changed, monkeypatch):
    def busy(**details):
        raise actions.RegistrationRefused("busy")

    monkeypatch.setattr(actions, "announce", busy)
    response = send(organiser, "announce", changed, announce="1")
    assert response.redirect_chain == [(page("announce", changed), 302)]
    assert [level for level, _words in said(response)] == ["error"]


def test_change_on_the_sessions_page_brings_the_bar_and_for_nobody_none(organiser):
    for people in (1, 0):
        city_session = make_told_session()
        for _number in range(people):
            make_registration(city_session)
        data = typed(organiser.get(admin_page(city_session))) | {"venue_ru": "Дом народов"}
        organiser.post(admin_page(city_session), data)
        city_session.refresh_from_db()
        assert city_session.venue_ru == "Дом народов"
        assert city_session.untold_changes == ["venue_ru"] * people


# Stop


def test_stop_is_offered_for_two_minutes_and_takes_all_back(organiser, changed):
    send(organiser, "announce", changed, announce="1")
    (bar,) = shown(organiser, admin_page(changed)).all("form", cls="stop-bar")
    button = bar.one("button")
    response = organiser.post(bar["action"], {button["name"]: button["value"]}, follow=True)
    assert said(response) == [("success", _("Stopped: nobody is told."))]
    assert set(Message.objects.values_list("status", flat=True)) == {"withdrawn"}
    (bar,) = parse(response).one("main").all(cls="tell-bar")
    assert bar.one("strong").text == _("Participants do not know yet.")


def test_stop_that_comes_too_late_says_so(organiser, changed):
    notice = actions.announce(city_session=changed, by="aigul")
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=3)):
        organiser.force_login(organiser.user)
        assert shown(organiser, admin_page(changed)).all(cls="tell-bar") == []
        response = organiser.post(page("stop", changed), {"notice": notice.pk}, follow=True)
        assert said(response) == [("error", _("The letters have left already; they can no longer be taken back."))]


@pytest.mark.parametrize("chosen", ["", "0", "x", "99999999999999999999", "-1", "1\x00"])
def test_stopping_nothing_is_not_found(organiser, changed, chosen):
    assert organiser.post(page("stop", changed), {"notice": chosen}).status_code == 404


def test_notice_of_another_session_is_not_stopped_from_here(organiser, changed):
    notice = actions.announce(city_session=changed, by="aigul")
    assert organiser.post(page("stop", make_told_session()), {"notice": notice.pk}).status_code == 404
    notice.refresh_from_db()
    assert notice.stopped_at is None


# A free message


def test_free_message_is_counted_previewed_and_sent_once(organiser, changed):
    make_registration(changed, mode="online", email="b@example.org")
    fields = BOTH | {"form_key": "one", "mode": "online", "status": ""}
    preview = parse(organiser.post(page("write", changed), fields | {"preview": "1"})).one("main")
    assert [cell.text for cell in preview.one("dl", cls="audience").all("dd")] == ["0", "1", "0", "1", "0"]
    assert Notice.objects.count() == 0
    response = organiser.post(page("write", changed), fields | {"send": "1"}, follow=True)
    assert said(response) == [left(1, 0, Notice.objects.get())]
    again = organiser.post(page("write", changed), fields | {"send": "1"}, follow=True)
    assert said(again) == [(ONCE[0], _(ONCE[1]))]
    assert [message.registration.email for message in Message.objects.all()] == ["b@example.org"]


@pytest.mark.parametrize(
    "fields",
    [
        {"words_ky": "Салам."},
        {"words_ru": "Привет."},
        {},
        BOTH | {"mode": "nowhere"},
        BOTH | {"status": "cancelled"},
        BOTH | {"form_key": ""},
        BOTH | {"form_key": "k" * 33},
        BOTH | {"mode": "online", "status": "waiting"},
        {"words_ky": "\x00", "words_ru": "\u200b"},
    ],
)
def test_free_message_that_is_not_in_order_reaches_nobody(organiser, changed, fields):
    response = organiser.post(page("write", changed), {"form_key": "k", "send": "1"} | fields)
    assert (response.status_code, Notice.objects.count()) == (422, 0)


# The hall is too small


@pytest.fixture
def too_small():
    """Four people on two seats; of the last three, one needs a ramp."""
    city_session = make_told_session(hall_capacity=9)
    now = timezone.now()
    names = ["Биринчи Адам", "Экинчи Адам", "Үчүнчү Адам", "Төртүнчү Адам"]
    people = [
        make_registration(city_session, full_name=name, created_at=now - datetime.timedelta(hours=9 - number))
        for number, name in enumerate(names)
    ]
    make_need(people[2])
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=3, hall_reserved=1)
    city_session.refresh_from_db()
    return city_session


def test_hall_page_says_how_many_are_too_many(organiser, too_small):
    words = [
        _("Confirmed for the hall: %(confirmed)s. Places: %(places)s.") % {"confirmed": 4, "places": 2},
        _("Too many: %(over)s.") % {"over": 2},
    ]
    main = shown(organiser, page("hall", too_small))
    assert main.one("p", cls="numbers").text == " ".join(words)
    assert main.one("input", name="move-count")["value"] == "2"


@pytest.mark.parametrize(
    ("capacity", "msgid"),
    [(None, "Confirmed for the hall: %(confirmed)s. No number of places is set."), (9, "There is room for everybody.")],
)
def test_hall_page_without_a_shortage(organiser, too_small, capacity, msgid):
    CitySession.objects.update(hall_capacity=capacity)
    numbers = shown(organiser, page("hall", too_small)).one("p", cls="numbers")
    assert _(msgid).replace("%(confirmed)s", "4") in numbers.text


def test_nobody_is_asked_while_there_are_places_for_everybody(organiser, too_small):
    CitySession.objects.update(hall_capacity=5)  # one kept back, four confirmed
    section = shown(organiser, page("hall", too_small)).all("section", cls="way")[0]
    assert section.all("form") == []
    assert str(AskForm.ROOM_FOR_ALL) in section.text
    fields = {"what": "ask", "do": "1", "ask-form_key": "k", "ask-answer_by": f"{in_days(3)}T18:00"}
    response = organiser.post(page("hall", too_small), fields)
    assert (response.status_code, Notice.objects.count()) == (422, 0)
    assert parse(response).one("p", cls="errornote").text == str(AskForm.ROOM_FOR_ALL)


def test_everybody_may_be_asked_while_somebody_waits_for_the_hall(organiser, too_small):
    CitySession.objects.update(hall_capacity=5)
    make_registration(too_small, status="waiting")
    main = shown(organiser, page("hall", too_small))
    assert _("There is room for everybody.") not in main.one("p", cls="numbers").text
    send(organiser, "hall", too_small, form="ask", what="ask", do="1")
    assert Notice.objects.get().kind == "choice"


def test_everybody_is_asked_until_a_deadline_and_the_answers_are_counted(organiser, too_small):
    response = send(organiser, "hall", too_small, form="ask", what="ask", do="1")
    notice = Notice.objects.get()
    assert said(response) == [left(0, 4, notice)]
    deadline = timezone.localtime(notice.answer_by)
    assert (deadline.date(), deadline.hour) == (in_days(3), 18)
    Registration.objects.get(full_name="Биринчи Адам")
    actions.switch(registration=Registration.objects.get(full_name="Биринчи Адам"), mode="online")
    actions.cancel(registration=Registration.objects.get(full_name="Экинчи Адам"))
    actions.note_hall_answer(registration=Registration.objects.get(full_name="Үчүнчү Адам"))
    progress = shown(organiser, page("hall", too_small)).one("dl", cls="answers")
    assert [cell.text for cell in progress.all("dd")] == ["4", "1", "1", "1", "1"]


@pytest.mark.parametrize(
    "answer_by", ["", "tomorrow", "2020-01-01T10:00", "0001-01-01T00:00", "9999-12-31T23:59", "2031-13-45T99:99"]
)
def test_deadline_that_is_none_is_an_error(organiser, too_small, answer_by):
    fields = {"what": "ask", "do": "1", "ask-form_key": "k", "ask-answer_by": answer_by}
    response = organiser.post(page("hall", too_small), fields)
    assert (response.status_code, Notice.objects.count()) == (422, 0)


def test_usual_deadline_is_before_the_session(organiser):
    soon = make_told_session(date=in_days(2))
    make_registration(soon)
    send(organiser, "hall", soon, form="ask", what="ask", do="1")
    assert timezone.localdate(Notice.objects.get().answer_by) == in_days(1)


def test_last_to_register_are_shown_by_name_before_they_are_moved(organiser, too_small):
    fields = {"what": "move", "move-form_key": "k", "move-count": "2"}
    preview = parse(organiser.post(page("hall", too_small), fields | {"preview": "1"})).one("main")
    assert [row.text.partition(",")[0] for row in preview.one("ol").all("li")] == ["Төртүнчү Адам", "Экинчи Адам"]
    assert preview.one("input", name="seen")["value"] == "2"
    assert Registration.objects.filter(status="waiting").count() == 0


def test_moving_is_done_once_and_stopped_gives_the_seats_back(organiser, too_small):
    fields = {"what": "move", "move-form_key": "k", "move-count": "1", "seen": "1", "do": "1"}
    response = organiser.post(page("hall", too_small), fields, follow=True)
    assert said(response) == [left(0, 1, Notice.objects.get())]
    again = organiser.post(page("hall", too_small), fields, follow=True)
    assert said(again) == [(ONCE[0], _(ONCE[1]))]
    assert [one.full_name for one in Registration.objects.filter(status="waiting")] == ["Төртүнчү Адам"]
    organiser.post(page("stop", too_small), {"notice": Notice.objects.get().pk})
    assert Registration.objects.filter(status="waiting").count() == 0


@pytest.mark.parametrize("seen", ["", "1", "x"])
def test_number_changed_after_the_preview_is_shown_first(organiser, too_small, seen):
    fields = {"what": "move", "move-form_key": "k", "move-count": "2", "seen": seen, "do": "1"}
    response = organiser.post(page("hall", too_small), fields)
    assert (response.status_code, Notice.objects.count()) == (200, 0)
    assert len(parse(response).one("main").one("ol").all("li")) == 2


@pytest.mark.parametrize("count", ["0", "-1", "4", "99999999999999999999", "x", ""])
def test_number_of_people_that_is_none_is_an_error(organiser, too_small, count):
    fields = {"what": "move", "move-form_key": "k", "move-count": count, "seen": count, "do": "1"}
    response = organiser.post(page("hall", too_small), fields)
    assert (response.status_code, Notice.objects.count()) == (422, 0)


def test_hall_page_without_anybody_offers_nothing(organiser):
    main = shown(organiser, page("hall", make_city_session()))
    assert main.all("form") == []


# After the session


@pytest.fixture
def over():
    city_session = make_told_session(date=in_days(-1))
    make_registration(city_session, email="a@example.org", checked_in_at=timezone.now())
    make_registration(city_session)
    return city_session


def test_thanks_are_sent_by_one_press_once(organiser, over):
    response = send(organiser, "thank", over, send="1")
    assert said(response) == [left(1, 1, Notice.objects.get())]
    assert set(Message.objects.values_list("kind", flat=True)) == {"after-came", "after-missed"}
    again = organiser.post(page("thank", over), {"form_key": "k", "send": "1"}, follow=True)
    assert said(again) == [(ONCE[0], _(ONCE[1]))]
    assert shown(organiser, page("thank", over)).all("form") == []


def test_thanks_preview_both_letters(organiser, over):
    main = shown(organiser, page("thank", over))
    assert len(main.all("div", cls="letter")) == 4
    assert _("Came: %(came)s. Did not come: %(missed)s.") % {"came": 1, "missed": 1} in main.text


def test_session_that_is_not_over_thanks_nobody(organiser, changed):
    assert shown(organiser, page("thank", changed)).all("form") == []
    response = organiser.post(page("thank", changed), {"form_key": "k", "send": "1"}, follow=True)
    assert said(response) == [("error", _("This session is not over yet."))]


@pytest.mark.parametrize(("date", "name"), [(3, "hall"), (-1, "thank")])
def test_sessions_page_leads_to_what_makes_sense_now(organiser, date, name):
    city_session = make_told_session(date=in_days(date))
    tools = shown(organiser, admin_page(city_session)).one("ul", cls="object-tools").all("a")
    found = {link["href"] for link in tools} & {page(other, city_session) for other in PAGES}
    assert found == {page("write", city_session), page(name, city_session)}


# What was told, and who has not been


def test_notices_say_what_changed_and_what_people_had_heard(organiser, changed):
    notice = actions.announce(city_session=changed, by="aigul", **BOTH)
    organiser.cookies["language"] = "ru"
    row = shown(organiser, admin_list("notice")).one("tbody").one("tr")
    assert row.one(cls="field-changed").text == "место проведения"
    detail = shown(organiser, admin_page(notice))
    assert detail.one(cls="field-had_heard").one(cls="readonly").text == (
        "Место проведения [ky]: Эски залМесто проведения [ru]: Старый зал"
    )
    assert "Ждём вас." in detail.text
    assert detail.all("input", type="submit") == []


def test_paragraph_of_letters_is_written_with_the_consultation(organiser):
    consultation = make_consultation()
    data = typed(organiser.get(admin_page(consultation)))
    data |= {
        "letter_paragraphs-TOTAL_FORMS": "1",
        "letter_paragraphs-0-kind": "reminder-evening",
        "letter_paragraphs-0-text_ky": "Суу ала келиңиз.",
        "letter_paragraphs-0-text_ru": "Возьмите воду.",
    }
    assert organiser.post(admin_page(consultation), data).status_code == 302
    paragraph = consultation.letter_paragraphs.get()
    assert (paragraph.kind, paragraph.text_ru) == ("reminder-evening", "Возьмите воду.")


def test_registrations_show_who_has_not_been_told(organiser):
    city_session = make_told_session()
    contact, member = make_group(city_session, size=2, full_name="Байланыш Адам")
    Registration.objects.filter(pk=member.pk).update(full_name="Топтун Мүчөсү")
    make_registration(city_session, full_name="Кат Алган", email="a@example.org")
    change_facts(city_session, date=in_days(40))
    actions.announce(city_session=city_session, by="aigul")
    Message.objects.letters().update(status="sent", done_at=timezone.now())

    def not_told():
        rows = shown(organiser, f"{admin_list('registration')}?told=not-yet").one("table", id="result_list")
        return sorted(row.one(cls="field-name").text for row in rows.one("tbody").all("tr"))

    assert not_told() == ["Байланыш Адам", "Топтун Мүчөсү"]
    call = Message.objects.calls().get()
    words = f"{call.get_kind_display()}: {call.get_channel_display()}, {call.get_status_display()}"
    for person in (contact, member):
        told = shown(organiser, admin_page(person)).one(cls="field-not_told")
        assert told.one(cls="readonly").text == words
    actions.record_call(message=call, outcome="told", by="aigul")
    assert shown(organiser, f"{admin_list('registration')}?told=not-yet").all("table", id="result_list") == []


# In a browser


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "ky", "light"), (1280, "ru", "dark")])
@pytest.mark.django_db(transaction=True)
def test_pages_keep_the_content_security_policy_and_the_width(client, browser, live_server, width, language, scheme):
    client.force_login(make_organiser())
    city_session = make_told_session(city_ky="Жалал-Абад", venue_ru="Областная библиотека имени Токтогула Сатылганова")
    make_group(city_session, size=2)
    make_registration(city_session, email="a@example.org")
    actions.write_to_people(city_session=city_session, by="aigul", **BOTH)
    Message.objects.update(send_after=None)
    change_facts(city_session, date=in_days(40), venue_ky="Жергиликтүү өз алдынча башкаруу органынын жыйындар залы")
    addresses = [page(name, city_session) for name in ("announce", "write", "hall", "thank")]
    addresses += [admin_page(city_session), reverse("call-list")]
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    session, site = client.cookies["sessionid"].value, live_server.url
    context.add_cookies(
        [{"name": "sessionid", "value": session, "url": site}, {"name": "language", "value": language, "url": site}]
    )
    tab, problems = context.new_page(), []
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    for address in addresses:
        assert tab.goto(site + address).status == 200
        if tab.evaluate("document.documentElement.scrollWidth") > width:
            problems.append(f"{address} is wider than {width}")
    context.close()
    assert problems == []
