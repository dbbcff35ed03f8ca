"""Practice for volunteers: five invented guests, the same words and colours, and nothing recorded anywhere.

What has been pressed so far travels in the address, so that a reload shows the same and "from the beginning" is a link.
"""

import datetime

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from consultations.models import CitySession, DoorEntry, Registration

from .desks import desk_of, pass_of, turned_away
from .posting import asks_again, see_other

Outcome = DoorEntry.Outcome

CAPACITY, ALREADY_IN = 120, 87

# Number, name, what the door says, with a mark for needs. The numbers have a wrong check digit: no ticket has them.
GUESTS = {
    "00000001": ("Жээнбекова Гүлнара", Outcome.WELCOME, True),
    "00000002": ("Калыков Нурлан", Outcome.ALREADY, False),
    "00000003": ("Өмүралиев Үсөн", Outcome.QUEUE, False),
    "00000004": ("Иванова Мария", Outcome.ELSEWHERE, False),
    "00000005": ("Асанов Бакыт", Outcome.CANCELLED, False),
}


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def door_practise(request, city_session):
    """The guests, each with the one tap that fits; also before the door opens."""
    held = pass_of(request)
    may_practise = held is not None and held.still_opens and held.city_session_id == city_session
    desk = desk_of(request)
    if not may_practise and (desk is None or desk.door_pass):
        return turned_away(request)
    real = CitySession.objects.select_related("consultation").filter(pk=city_session).first()
    if real is None:
        raise Http404
    arrived = [number for number in request.GET.getlist("in") if number in GUESTS]
    page = reverse("door-practise", args=[city_session])
    if request.method == "POST":
        return see_other(f"{page}?{urlencode(after(request.POST, arrived), doseq=True)}")
    number, answer = request.GET.get("guest", ""), request.GET.get("answer", "")
    shown = None
    if number in GUESTS and answer in Outcome.values:
        shown = {"entry": DoorEntry(outcome=answer), "registration": guest(number, arrived), "nonce": ""}
        shown["has_needs"] = GUESTS[number][2]
    context = {
        "real": real,
        "consultation": real.consultation,
        "city_session": CitySession(hall_capacity=CAPACITY),
        "in_hall": ALREADY_IN + len(arrived),
        "people": [{"registration": guest(number, arrived)} for number in GUESTS],
        "entry": shown,
        "arrival_url": f"{page}?{urlencode({'in': arrived}, doseq=True)}" if arrived else page,
    }
    return render(request, "door/practise.html", context)


def after(sent, arrived):
    """The query of the page after a tap: who is in by now, and the answer to show."""
    number = sent.get("number", "")
    if number not in GUESTS:
        return {"in": arrived}
    others = [one for one in arrived if one != number]
    if "undo" in sent:
        return {"in": others, "guest": number, "answer": Outcome.TAKEN_BACK.value}
    expected = said_of(number, arrived)
    if expected == Outcome.WELCOME or (expected == Outcome.QUEUE and "let_in" in sent):
        return {"in": [*others, number], "guest": number, "answer": Outcome.WELCOME.value}
    return {"in": arrived, "guest": number, "answer": expected.value}


def said_of(number, arrived):
    return Outcome.ALREADY if number in arrived else GUESTS[number][1]


def guest(number, arrived):
    """An invented registration, which is never stored."""
    name, outcome, _has_needs = GUESTS[number]
    here = CitySession(city_ky="Кочкор", city_ru="Кочкор")
    came_at = None
    if number in arrived or outcome == Outcome.ALREADY:
        came_at = timezone.localtime() - datetime.timedelta(minutes=1)
    return Registration(pass_number=number, full_name=name, city_session=here, checked_in_at=came_at)
