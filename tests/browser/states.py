"""Every page for visitors in every state, with the way there: for what must hold on all of them."""

import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from consultations import actions, emails
from consultations.models import CitySession, Consultation, Document, Message
from consultations.views import public
from consultations.views.desks import COOKIE
from tests.browser.announced import announce
from tests.factories import (
    in_days,
    make_city_session,
    make_consultation,
    make_door_pass,
    make_group,
    make_need,
    make_registration,
)

NAME = "Өмүралиева Үмүт Ыдырыс кызы"


class States:
    """The site with a session in each stage and a registration in each state; a method a page that takes more steps."""

    def __init__(self, visitor, monkeypatch):
        self.visitor, self.monkeypatch = visitor, monkeypatch
        self.language = visitor.language
        announce()
        self.consultation = Consultation.objects.get()
        self.sessions = {
            "open": self.announced("jalal-abad"),
            "few": self.announced("osh", hall_capacity=3),
            "full": self.announced("naryn", hall_capacity=1),
            "undated": self.announced("bishkek"),
            "not-yet-open": self.another("not-yet-open", registration_opens_at=timezone.now() + datetime.timedelta(3)),
            "closed": self.another("closed", registration_closes_at=timezone.now() - datetime.timedelta(1)),
            "postponed": self.another("postponed", state="postponed", date=in_days(3)),
            "cancelled": self.another("cancelled", state="cancelled", date=in_days(3)),
            "held": self.another("held", date=in_days(-3)),
            "now": self.announced(
                "balykchy", date=in_days(0), start_time=datetime.time(0), end_time=datetime.time(23, 59, 59)
            ),
        }
        Document.objects.create(
            consultation=self.consultation,
            city_session=self.sessions["held"],
            slug="minutes",
            title_ky="Талкуунун протоколу",
            title_ru="Протокол обсуждения",
            language="ru",
            kind="minutes",
            url="https://example.org/minutes",
        )
        waiting = {"status": "waiting", "hall_wanted_at": timezone.now()}
        self.tickets = {
            "hall": self.ticket("open", email="guest@example.org"),
            "waiting": self.ticket("full", **waiting),
            "online": self.ticket("open", mode="online"),
            "online and queue": self.ticket("full", mode="online", hall_wanted_at=timezone.now()),
            "zoom form filled in": self.ticket("open", mode="online", zoom_form_done_at=timezone.now()),
            "cancelled": self.ticket("open", status="cancelled"),
            "cancelled by organiser": self.ticket("open", status="cancelled", cancelled_by="organiser"),
            "session undated": self.ticket("undated"),
            "session postponed": self.ticket("postponed"),
            "session cancelled": self.ticket("cancelled"),
            "session held": self.ticket("held"),
            "arrived": self.ticket("now", checked_in_at=timezone.now()),
            "online now": self.ticket("now", mode="online"),
        }
        self.ticket("full")
        self.ticket("few")
        for number in range(6):
            self.ticket("held", full_name=f"Катышуучу Номер-{number}", checked_in_at=timezone.now())
        make_need(self.tickets["hall"])
        letter = {"kind": Message.Kind.CONFIRMED, "channel": "email", "language": self.language, "dedupe_key": "hall"}
        Message.objects.create(registration=self.tickets["hall"], status="failed", done_at=timezone.now(), **letter)
        self.group = make_group(self.sessions["open"])[0]

    def announced(self, slug, **fields):
        CitySession.objects.filter(slug=slug).update(**fields)
        return CitySession.objects.get(slug=slug)

    def another(self, slug, **fields):
        more = {"venue_ky": "Облустук китепкана", "venue_ru": "Областная библиотека", "hall_capacity": 40}
        return make_city_session(self.consultation, slug=slug, **more | fields)

    def ticket(self, stage, **fields):
        fields = {"full_name": NAME, "language": self.language} | fields
        return make_registration(self.sessions[stage], **fields)

    # Addresses

    def page(self, path=""):
        return f"/{self.language}/{path}"

    def session(self, stage, path=""):
        return self.page(f"{self.consultation.slug}/{self.sessions[stage].slug}/{path}")

    def own(self, ticket, path=""):
        return self.page(f"r/{self.tickets[ticket].code}/{path}")

    def __iter__(self):
        """Pairs of a state's name and a function that brings the visitor there."""
        for name, path in self.paths():
            yield name, lambda path=path: self.visitor.goes(path)
        for name in dir(self):
            if name.startswith("reach_"):
                yield name.removeprefix("reach_").replace("_", " "), getattr(self, name)

    def paths(self):
        yield "home", self.page()
        yield "consultation", self.page(f"{self.consultation.slug}/")
        yield "numbers", self.page(f"{self.consultation.slug}/numbers/")
        for stage in self.sessions:
            yield f"session: {stage}", self.session(stage)
        for stage in ["open", "full", "closed"]:
            yield f"form: {stage}", self.session(stage, "register/")
        for stage in ["not-yet-open", "postponed", "cancelled", "held"]:
            yield f"no form: {stage}", self.session(stage, "register/")
        yield "known", self.session("open", "register/known/")
        yield "no calendar yet", self.session("undated", "calendar.ics")
        for ticket in self.tickets:
            yield f"ticket: {ticket}", self.own(ticket)
        for part in ["change/", "city/", "replace/", "cancel/", "new-link/", "group/add/", "data/", "delete/"]:
            yield part, self.own("hall", part)
        yield "answer", self.own("hall", "answer/")
        yield "group", self.page(f"r/{self.group.code}/group/")
        yield "contact of a group", self.page(f"r/{self.group.code}/")
        for ticket in ["hall", "online", "online now", "session postponed", "session held", "cancelled"]:
            yield f"join: {ticket}", f"/j/{self.tickets[ticket].join_code}"
        yield "number", f"/p/{self.tickets['hall'].pass_number}"
        yield "unsubscribe", f"/unsubscribe/{emails.unsubscribe_token(self.tickets['hall'])}"
        for part in ["find/", "my/", "privacy/", "access/", "questions/"]:
            yield part, self.page(part)
        yield "not found", self.page("no/such/page/")
        yield "bad request", self.page("?q=%00")

    # Pages that one does not come to by an address alone

    def reach_form_with_errors(self):
        self.visitor.goes(self.session("open", "register/"))
        self.visitor.types(full_name="А", phone="12", email="a@")
        self.visitor.presses("Register")

    def reach_form_of_a_group(self):
        self.fill_in("open")
        self.visitor.presses("Register one more person")

    def reach_form_of_a_group_with_errors(self):
        self.reach_form_of_a_group()
        self.visitor.types(person__1__phone="12")
        self.visitor.presses("Register")

    def reach_form_with_too_few_places(self):
        self.fill_in("few")
        for number in [1, 2]:
            self.visitor.presses("Register one more person")
            self.visitor.types(**{f"person__{number}__full_name": f"Катышуучу Саны-{'аб'[number - 1]}"})
        self.visitor.ticks("agreed_for_others")
        self.visitor.presses("Register")
        assert self.visitor.page.locator("[name=placing]").count() == 2

    def reach_form_that_warns_of_zooms_own(self):
        self.fill_in("open", mode="online")
        self.visitor.presses("Register")
        assert self.visitor.page.locator("[name=without_email]").count() == 1

    def reach_closed_while_typing(self):
        self.fill_in("few")
        CitySession.objects.filter(slug="osh").update(state="postponed")
        self.visitor.presses("Register")
        CitySession.objects.filter(slug="osh").update(state="planned")
        assert self.visitor.page.locator("[name=carry]").count()

    def fill_in(self, stage, mode="hall"):
        self.visitor.goes(self.session(stage, "register/"))
        self.visitor.chooses("mode", mode)
        self.visitor.types(full_name="Турдубеков Нурсултан", phone="0555 123 456")
        self.visitor.ticks("consent_text")

    def reach_form_after_a_day(self):
        """The token has expired: the cookie it goes with is gone."""
        self.fill_in("open")
        self.visitor.context.clear_cookies(name="csrftoken")
        self.visitor.presses("Register")
        assert self.visitor.page.locator(".error-summary").count() == 1

    def reach_find_with_errors(self):
        self.visitor.goes(self.page("find/"))
        self.visitor.types(pass_number="1234")
        self.visitor.presses("Open my ticket")

    def reach_find_after_a_letter(self):
        self.visitor.goes(self.page("find/"))
        self.visitor.types(email="stranger@example.org")
        self.visitor.presses("Send me my links")

    def reach_my_tickets(self):
        self.visitor.goes(self.page("find/"))
        ticket = self.tickets["hall"]
        self.visitor.types(pass_number=ticket.pass_number, phone=ticket.phone.as_e164)
        self.visitor.presses("Open my ticket")
        self.visitor.goes(self.page("my/"))
        assert self.visitor.page.locator(".ticket").count() == 1

    def reach_unsubscribed(self):
        self.visitor.goes(f"/unsubscribe/{emails.unsubscribe_token(self.tickets['online'])}")
        self.visitor.presses("No more reminders and notices")

    def reach_going_on_to_zoom(self):
        """Held there: what leads on is taken out of the page."""

        def hold(route):
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace('http-equiv="refresh"', 'name="held"'))

        address = f"/j/{self.tickets['online now'].join_code}"
        self.visitor.goes(address)
        self.visitor.page.route(f"**{address}", hold)
        self.visitor.presses("Go on to Zoom")
        self.visitor.page.unroute_all()
        assert self.visitor.page.locator("meta[name=held]").count() == 1

    def reach_form_out_of_date(self):
        """What no form of ours sends: the page for a token that fits nothing."""
        self.visitor.goes(self.page())
        self.visitor.page.evaluate(
            "const form = document.createElement('form'); form.method = 'post'; form.id = 'odd';"
            "form.append(document.createElement('button')); document.body.append(form);"
        )
        self.visitor.page.locator("#odd button").click()
        self.visitor.page.wait_for_load_state()

    def reach_no_access(self):
        self.break_with(PermissionDenied())

    def reach_arrival_at_the_desk(self):
        self.recorded_at_the_desk(self.tickets["hall"])

    def reach_arrival_of_somebody_cancelled(self):
        self.recorded_at_the_desk(self.tickets["cancelled"])

    def recorded_at_the_desk(self, ticket):
        user = get_user_model().objects.create_user(f"desk-{ticket.pk}")
        user.user_permissions.add(Permission.objects.get(codename="check_in"))
        desk = Client()
        desk.force_login(user)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": desk.session.session_key, "url": self.visitor.site}
        self.visitor.context.add_cookies([cookie])
        self.visitor.goes(f"/p/{ticket.pass_number}")
        self.visitor.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        assert self.visitor.page.locator(".person .who").inner_text() == ticket.full_name

    # The door, with a pass for the session under way

    def at_the_door(self, path=""):
        made = make_door_pass(self.sessions["now"])
        self.visitor.goes(f"/door/pass/{made.secret}")
        self.visitor.presses("Work with this phone")
        self.visitor.goes(f"/door/{self.sessions['now'].pk}/{path}")

    def reach_door_pass(self):
        self.visitor.goes(f"/door/pass/{make_door_pass(self.sessions['now']).secret}")

    def reach_door(self):
        self.at_the_door()

    def reach_door_found_several(self):
        self.at_the_door()
        self.visitor.types(asked="өмүралиева")
        self.visitor.presses("Find")
        assert self.visitor.page.locator(".person").count() == 2

    def reach_door_found_nobody(self):
        self.at_the_door()
        self.visitor.types(asked="00000000")
        self.visitor.presses("Find")

    def reach_door_asked_nothing(self):
        self.at_the_door()
        self.visitor.presses("Find")

    def reach_door_walk_in_with_errors(self):
        self.at_the_door("walk-in/")
        self.visitor.presses("Write down and let in")

    def reach_door_practice(self):
        self.at_the_door("practise/")

    def reach_door_answers(self):
        """The longest answer; the others differ in their colours, which the practice shows too."""
        self.at_the_door("practise/")
        self.visitor.page.locator(".person button").nth(3).click()
        self.visitor.page.wait_for_load_state()

    def reach_door_closed(self):
        revoked = make_door_pass(self.sessions["now"])
        self.visitor.goes(f"/door/pass/{revoked.secret}")
        self.visitor.presses("Work with this phone")
        actions.revoke_door_pass(door_pass=revoked, by="organiser")
        self.visitor.goes("/door/")
        self.visitor.context.clear_cookies(name=COOKIE)

    def reach_server_error(self):
        self.break_with(RuntimeError("broken on purpose"))

    def reach_database_away(self):
        self.break_with(OperationalError("away on purpose"))

    def break_with(self, error):
        def fail(*arguments, **options):
            raise error

        with self.monkeypatch.context() as broken:
            broken.setattr(public, "get_city_sessions", fail)
            self.visitor.goes(self.page())

    def reach_several_consultations(self):
        other = make_consultation()
        make_city_session(other, hall_capacity=10)
        self.visitor.goes(self.page())
        assert self.visitor.page.locator(".under-way").count() == 2
        Consultation.objects.filter(pk=other.pk).update(is_published=False)

    def reach_consultation_that_is_over(self):
        sessions = CitySession.objects.filter(consultation=self.consultation)
        dates = dict(sessions.values_list("pk", "date"))
        sessions.update(date=in_days(-30), start_time=None, end_time=None)
        self.visitor.goes(self.page())
        for pk, date in dates.items():
            sessions.filter(pk=pk).update(date=date)
