"""The door without network: the list a phone carries, what it recorded meanwhile, and the script that keeps its page.

JSON for static/door/door.js. Everything a phone hands in is answered by its nonce, so that it may ask again and again.
"""

import json
import math
import re
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consultations import actions
from consultations import door_list as carried
from consultations.forms.door import AskForm, WalkInForm
from consultations.models import CitySession, DoorEntry, ExportRecord, Registration
from consultations.models.credentials import clean_pass_number

from .desks import at_the_door, desk_delivering, pass_of
from .door import NONCE, door_context, with_camera

Kind, Outcome = DoorEntry.Kind, DoorEntry.Outcome

MOST_ENTRIES = 200  # in one delivery
STAMP = re.compile(r"[0-9]{1,13}")
OVERLAP = timedelta(seconds=30)  # what was still being written when the last answer left
LONGEST_AGO = 30 * 24 * 3600  # seconds


@require_safe
def door_worker(request):
    """The service worker, for the pages of the door and for tickets; never for the public site.

    Its scope is narrower than its header allows: static/door/door.js registers it for `/door/` and for `/p/`.
    """
    script = (settings.BASE_DIR / "static" / "door" / "worker.js").read_text()
    headers = {"Service-Worker-Allowed": "/"}
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)


@at_the_door
@require_safe
def door_shell(request, city_session):
    """The door's page with nobody's name on it, which the phone keeps for the time without network."""
    context = door_context(request, city_session) | {"form": AskForm(), "latest": [], "in_hall": 0, "is_shell": True}
    return with_camera(render(request, "door/door.html", context))


def only_for_desks(view):
    """For the script: 403, a word and the reason instead of a page for people to log in."""

    def guarded(request, city_session):
        found = CitySession.objects.select_related("consultation").filter(pk=city_session).first()
        request.desk = desk_delivering(request, found) if found else None
        if request.desk is None:
            held = pass_of(request)
            refused = str(held.state) if held else "login"
            return JsonResponse({"refused": refused, "message": why_no_desk(held)}, status=403)
        return view(request, found)

    return guarded


def why_no_desk(held):
    """Why a phone that holds this pass, or none, does not work at this door."""
    if held is None:
        return _("This phone is not logged in. Log in and try again.")
    if held.still_opens:
        return _("The pass on this phone is for another session.")
    return actions.RegistrationRefused(f"pass-{held.state}").message


@only_for_desks
@require_safe
def door_state(request, city_session):
    """The counter, and a token for the next POST: the one on a page that was kept may be old."""
    since = request.GET.get("since", "")
    return JsonResponse(state(request, city_session, int(since) if STAMP.fullmatch(since) else None))


def state(request, city_session, since):
    """What a phone learns with every answer; `since` is the stamp of its last one."""
    stamp = int(time.time() * 1000)
    return {
        "token": get_token(request),
        "stamp": stamp,
        "in_hall": actions.in_the_hall(city_session),
        "capacity": city_session.hall_capacity,
        "arrived": arrived(city_session, since) if since is not None else {},
    }


def arrived(city_session, since):
    """Ticket numbers with the hour at which they came in, of what was recorded since that moment in milliseconds: so
    one door knows of the other's. An empty hour is an arrival taken back.
    """
    moment = datetime.fromtimestamp(since / 1000, tz=UTC) - OVERLAP
    lately = city_session.registrations.identified().filter(door_entries__received_at__gte=moment).distinct()
    found = lately.order_by().values_list("pass_number", "checked_in_at")
    return {number: carried.clock(came_at) for number, came_at in found}


@only_for_desks
@require_POST
def door_list(request, city_session):
    """The list, on record before it leaves; only while the door is open, and to a pass only while it is good."""
    reason = why_no_list(request.desk, city_session)
    if reason:
        return JsonResponse({"refused": "closed", "message": reason}, status=403)
    registrations = city_session.registrations.identified()
    not_told = set(actions.not_told_of_changes(city_session).values_list("pk", flat=True))
    people = carried.people(registrations, not_told=not_told)
    ExportRecord.objects.create(
        made_by=request.desk.by,
        city_sessions=[city_session.pk],
        preset=ExportRecord.Preset.DOOR,
        columns=carried.COLUMNS,
        format=ExportRecord.Format.PHONE,
        language=get_language(),
        rows=len(people),
        reason=ExportRecord.Reason.HALL,
    )
    closes_at = int(city_session.door_closes_at.timestamp() * 1000)
    return JsonResponse({"people": people, "expires_at": closes_at} | state(request, city_session, None))


def why_no_list(desk, city_session):
    """Why the list may not leave now; nothing where it may. A pass that has ended still delivers, and gets no list."""
    if desk.door_pass and not desk.door_pass.still_opens:
        return actions.RegistrationRefused(f"pass-{desk.door_pass.state}").message
    if city_session.door_is_open:
        return ""
    if city_session.date is None:
        return actions.RegistrationRefused("undated").message
    if timezone.now() >= city_session.door_closes_at:
        return _("The session is over: its list can no longer be loaded.")
    opens_at = timezone.localtime(city_session.door_opens_at)
    moment = {"date": formats.date_format(opens_at), "time": carried.clock(opens_at)}
    return _("The list can be loaded from %(date)s, %(time)s.") % moment


@only_for_desks
@require_POST
def door_deliver(request, city_session):
    """Record what the phone has recorded; an answer for each nonce, in their order, up to one that found it busy."""
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):  # no JSON, JSON nested to no purpose, a form
        sent = None
    entries = sent.get("entries") if isinstance(sent, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        return JsonResponse({"refused": "malformed"}, status=400)
    since = sent.get("since")
    since = int(since) if isinstance(since, int) and STAMP.fullmatch(str(since)) else None
    answers = []
    for entry in [entry for entry in entries if isinstance(entry, dict)]:
        answer = recorded(request.desk, city_session, entry)
        if answer.get("code") == "busy":
            break  # it waits on the phone, and what came after it too: in the order in which it happened
        answers.append(answer)
    return JsonResponse({"answers": answers} | state(request, city_session, since))


def recorded(desk, city_session, given):
    """One act, and what the door says of it. What cannot be recorded is said too, and never an error of the server."""
    nonce = given.get("nonce")
    if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
        return {"nonce": str(nonce)[:36], "outcome": "refused", "message": ""}
    common = {
        "city_session": city_session,
        "nonce": nonce,
        "by": desk.by,
        "ago": timedelta(seconds=seconds(given.get("ago"))),
        "was_offline": given.get("was_offline") is True,
    }
    is_guessing = desk.is_guessing()
    try:
        entry = act(common, given, city_session, only_here=is_guessing)
    except actions.RegistrationRefused as refusal:
        return {"nonce": nonce, "outcome": "refused", "code": refusal.code, "message": str(refusal.message)}
    if isinstance(entry, dict):
        return {"nonce": nonce, "outcome": "refused", "code": "form"} | entry
    if entry.outcome == Outcome.UNKNOWN:
        desk.note_a_miss()
    return {"nonce": nonce} | said(entry, may_name_others=not is_guessing)


def act(common, given, city_session, *, only_here):
    """Do it; returns the entry, or, of a walk-in that cannot be read, what is wrong with it."""
    number = clean_pass_number(str(given.get("number", "")))[:8]
    if given.get("kind") == Kind.WALK_IN:
        person = given.get("person") if isinstance(given.get("person"), dict) else {}
        consent_text = city_session.consultation.current_consent
        form = WalkInForm({name: str(value) for name, value in person.items()}, consent_text=consent_text)
        if not form.is_valid():
            return {"message": " ".join(str(message) for _target, message in form.summary())}
        past_capacity = given.get("past_capacity") is True
        return actions.walk_in(
            **common,
            person=form.person(),
            language=get_language(),
            consent_text=consent_text,
            past_capacity=past_capacity,
        )
    if given.get("kind") == Kind.TAKEN_BACK:
        return actions.take_back(**common, number=number)
    how = given.get("how")
    ways = Registration.CheckInWay
    return actions.arrive(
        **common,
        number=number,
        how=ways.NAME if how == ways.NAME else ways.TICKET,
        let_in=given.get("let_in") is True,
        only_here=only_here,
    )


def seconds(value):
    """How long ago, as a phone says it: a number, not before the month began to be thought of."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_number = is_number and not (isinstance(value, float) and math.isnan(value))
    return min(max(value, 0), LONGEST_AGO) if is_number else 0


def said(entry, *, may_name_others=True):
    """What the page shows: an outcome, a name, a mark; of another session its place."""
    registration = entry.registration
    if entry.outcome == Outcome.ELSEWHERE and not may_name_others:
        return {"outcome": Outcome.UNKNOWN, "name": ""}
    found = {"outcome": entry.outcome, "name": registration.full_name if registration else ""}
    if registration is None:
        return found
    is_here = registration.city_session_id == entry.city_session_id
    return found | {
        "number": registration.pass_number,
        "city": "" if is_here else registration.city_session.city,
        "time": carried.clock(registration.checked_in_at) if is_here else "",
        "by": registration.checked_in_by if entry.outcome == Outcome.ALREADY else "",
        "needs": is_here and registration.needs.exists(),
    }
