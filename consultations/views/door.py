"""The door: a ticket's number, a name or four digits; one tap; the answer in one word and one colour (P 13, 73).

Everything here works without a script. After each act the page is reached by a redirect that carries the act's nonce:
reloaded, it shows the same answer and records nothing again.
"""

import re
import secrets

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Right
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consultations import actions, door_list
from consultations.forms.cleaning import letters_in
from consultations.forms.door import AskForm, WalkInForm
from consultations.models import CitySession, DoorEntry, DoorPass, Need, Registration
from consultations.models.counting import counted
from consultations.models.credentials import clean_pass_number, is_pass_number

from .desks import MAY_CHECK_IN, at_the_door, desk_of, hold, let_go, pass_of, turned_away
from .lookup import current_consultation
from .posting import asks_again, has_expired, see_other, typed

GET_AND_POST = ["GET", "HEAD", "POST"]
Way = Registration.CheckInWay
NONCE = re.compile(r"[\w-]{8,36}", re.ASCII)
MOST_FOUND = 20
LATEST_SHOWN = 5


def new_nonce():
    return secrets.token_urlsafe(12)


# Coming to the door


@require_safe
def door_index(request):
    """The sessions whose door one may work at: of a pass its own; of an account all not over yet, today's first."""
    desk = desk_of(request)
    if desk is None:
        return turned_away(request)
    if desk.door_pass:
        return see_other("door", desk.door_pass.city_session_id)
    found = CitySession.objects.select_related("consultation").in_order()
    found = found.annotate(arrived=counted(Registration.objects.came_to_the_hall()))
    city_sessions = [one for one in found if not (one.door_closes_at and one.is_over and not one.door_is_open)]
    today = timezone.localdate()
    city_sessions.sort(key=lambda one: one.date != today)  # yesterday's doors may be open still
    context = {"city_sessions": city_sessions, "today": today, "consultation": current_consultation()}
    return render(request, "door/index.html", context)


@asks_again
@require_http_methods(GET_AND_POST)
def door_pass(request, secret):
    """What the QR code of a pass opens: a question; the answer's POST binds the pass to this phone."""
    found = get_object_or_404(DoorPass.objects.select_related("city_session__consultation"), secret=secret)
    if found == pass_of(request) and found.still_opens:
        return see_other("door", found.city_session_id)
    refusal = None
    if request.method == "POST":
        try:
            found = actions.open_door_pass(door_pass=found)
        except actions.RegistrationRefused as refused:
            refusal = refused
        else:
            response = see_other("door", found.city_session_id)
            hold(response, found)
            return response
    elif found.device:
        refusal = actions.RegistrationRefused("pass-used")
    elif not found.still_opens:
        refusal = actions.RegistrationRefused(f"pass-{found.state}")
    context = {
        "door_pass": found,
        "city_session": found.city_session,
        "consultation": found.city_session.consultation,
        "refusal": refusal,
    }
    return render(request, "door/pass.html", context, status=403 if refusal else 200)


@at_the_door
@require_POST
def door_own_phone(request, city_session):
    """Somebody with an account stays here with this phone: a pass of their own, which no idle limit logs out."""
    if request.user.has_perm(MAY_CHECK_IN) and request.desk.door_pass is None:
        name = request.user.get_username()
        try:
            made = actions.make_door_pass(city_session=city_session, label=name[:60], by=name, user=request.user)
        except actions.RegistrationRefused:
            return see_other("door", city_session.pk)
        response = see_other("door", city_session.pk)
        hold(response, actions.open_door_pass(door_pass=made))
        return response
    return see_other("door", city_session.pk)


@require_POST
def door_leave(request):
    """Done for today: this phone holds no pass any more."""
    held = pass_of(request)
    if held is None:
        return turned_away(request)
    actions.revoke_door_pass(door_pass=held, by=held.signature)
    response = see_other("home")
    let_go(response)
    return response


# Working there


@asks_again
@at_the_door
@require_http_methods(GET_AND_POST)
def door(request, city_session):
    """The page one stands with: the last answer, the counter, one field. POST asks, and changes nothing."""
    sent = typed(request)
    form = AskForm(sent)
    people = None
    if request.method == "POST" and form.is_valid():
        people = find(request.desk, city_session, form.cleaned_data["asked"], form)
    shown = entry_shown(request, city_session)
    context = door_context(request, city_session) | {
        "form": form,
        "people": people,
        "is_number": is_like_a_number(form.data.get("asked", "")),
        "found_by_name": not is_pass_number(clean_pass_number(form.data.get("asked", ""))),
        "entry": shown,
        "is_asked_again": has_expired(request),
    }
    status = 422 if form.errors and not has_expired(request) else 200
    return with_camera(render(request, "door/door.html", context, status=status))


def door_context(request, city_session):
    """What each page of the door shows."""
    arrived = city_session.registrations.came_to_the_hall().identified().order_by("-checked_in_at", "-pk")
    return {
        "city_session": city_session,
        "consultation": city_session.consultation,
        "desk": request.desk,
        "is_today": city_session.date == timezone.localdate(),
        "in_hall": actions.in_the_hall(city_session),
        "words": door_list.words(),
        "walk_in_form": WalkInForm(consent_text=city_session.consultation.current_consent),
        "arrival_url": reverse("door-arrival", args=[city_session.pk]),
        "walk_in_url": reverse("door-walk-in", args=[city_session.pk]),
        "latest": [(registration, new_nonce()) for registration in arrived[:LATEST_SHOWN]],
    }


def entry_shown(request, city_session):
    """The act whose answer the page begins with, and a nonce for what may be done about it."""
    nonce = request.GET.get("seen", "")
    if not NONCE.fullmatch(nonce):
        return None
    found = DoorEntry.objects.select_related("registration__city_session")
    entry = found.filter(nonce=nonce, city_session=city_session).first()
    return described_entry(entry) if entry else None


def described_entry(entry):
    """An answer as its template shows it."""
    registration = entry.registration
    has_needs = bool(registration) and registration.city_session_id == entry.city_session_id
    return {
        "entry": entry,
        "registration": registration,
        "has_needs": has_needs and Need.objects.filter(registration=registration).exists(),
        "nonce": new_nonce(),
    }


def is_like_a_number(asked):
    """Whether a ticket's number is meant, though perhaps mistyped: eight digits and no letter."""
    return len(clean_pass_number(asked)) == 8 and not letters_in(asked)


def find(desk, city_session, asked, form):
    """Whom the words may mean, each with what the door would say of them; nobody where it looks like guessing."""
    people = Registration.objects.identified().select_related("city_session", "group")
    number = clean_pass_number(asked)
    here = people.filter(city_session=city_session)
    if is_like_a_number(asked):
        found = (here if desk.is_guessing() else people).filter(pass_number=number)
    elif len(number) == 4 and not letters_in(asked):
        last = {"own": Right("phone", 4, output_field=TextField())}
        last["contacts"] = Right("group__phone", 4, output_field=TextField())
        found = here.alias(**last).filter(Q(own=number) | Q(phone="", contacts=number))
    elif letters_in(asked) >= 2:
        found = here.named_like(asked)
    else:
        form.add_error("asked", _("Type the eight digits of the ticket, a name, or the last four digits of the phone."))
        return None
    found = found.annotate(has_needs=Exists(Need.objects.filter(registration=OuterRef("pk"))))
    people = [described(city_session, one) for one in found.in_alphabetical_order()[:MOST_FOUND]]
    if not people and is_pass_number(number):
        desk.note_a_miss()
    return people


def described(city_session, registration):
    """A person as the door sees one: a name, a status, a mark; no phone and no e-mail (P 73)."""
    return {
        "registration": registration,
        "expected": DoorEntry.Outcome(actions.expected_outcome(city_session, registration)),
        "has_needs": registration.has_needs and registration.city_session_id == city_session.pk,
        "nonce": new_nonce(),
    }


def ticket_at_the_door(request, desk, number):
    """What a ticket's QR code opens on a phone that works at the door: the person, and the one tap.

    Of a phone with a pass at its own session; of an account at the ticket's.
    """
    registration = Registration.objects.identified().select_related("city_session").filter(pass_number=number).first()
    if registration is None:
        desk.note_a_miss()
        raise Http404
    if desk.door_pass and not desk.works_at(registration.city_session) and desk.is_guessing():
        return render(request, "door/too_many.html", {"consultation": current_consultation()}, status=429)
    city_session = desk.door_pass.city_session if desk.door_pass else registration.city_session
    request.desk = desk
    if request.method == "POST":
        return record_arrival(request, city_session, number)
    registration.has_needs = Need.objects.filter(registration=registration).exists()
    context = door_context(request, city_session) | {
        "form": AskForm(),
        "people": [described(city_session, registration)],
        "is_asked_again": has_expired(request),
    }
    return with_camera(render(request, "door/door.html", context))


def with_camera(response):
    """This page may use the camera; no other may (middleware.PermissionsPolicy)."""
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=()"
    return response


@at_the_door
@require_POST
def door_arrival(request, city_session):
    """One tap: arrived, let in, or taken back."""
    return record_arrival(request, city_session, clean_pass_number(request.POST.get("number", "")))


def record_arrival(request, city_session, number):
    """Do what was pressed, once for its nonce, and lead to the answer."""
    nonce = request.POST.get("nonce", "")
    details = {
        "city_session": city_session,
        "number": number,
        "nonce": nonce if NONCE.fullmatch(nonce) else new_nonce(),
        "by": request.desk.by,
    }
    try:
        if "undo" in request.POST:
            entry = actions.take_back(**details)
        else:
            how = Way.NAME if request.POST.get("how") == Way.NAME else Way.TICKET
            guessing = request.desk.is_guessing()
            entry = actions.arrive(**details, how=how, let_in="let_in" in request.POST, only_here=guessing)
            if entry.outcome == DoorEntry.Outcome.UNKNOWN:
                request.desk.note_a_miss()
    except actions.RegistrationRefused as refusal:
        context = door_context(request, city_session) | {"form": AskForm(), "refusal": refusal}
        return render(request, "door/door.html", context, status=503 if refusal.code == "busy" else 422)
    return see_other(f"{reverse('door', args=[city_session.pk])}?seen={entry.nonce}")


@asks_again
@at_the_door
@require_http_methods(GET_AND_POST)
def door_walk_in(request, city_session):
    """Three fields and the consent. However full or closed the session is; past the hall's places it asks once."""
    sent = typed(request)
    consent_text = city_session.consultation.current_consent
    begins = sent is not None and "begin" in sent  # a cancelled person, whose name need not be typed again
    initial = {"full_name": sent.get("full_name", "")} if begins else None
    form = WalkInForm(None if begins else sent, consent_text=consent_text, initial=initial)
    nonce = sent.get("nonce", "") if sent else ""
    nonce = nonce if NONCE.fullmatch(nonce) else new_nonce()
    asks_about_capacity = False
    if request.method == "POST" and not begins and form.is_valid():
        try:
            entry = actions.walk_in(
                city_session=city_session,
                person=form.person(),
                nonce=nonce,
                by=request.desk.by,
                language=get_language(),
                consent_text=consent_text,
                past_capacity="past_capacity" in request.POST,
            )
        except actions.RegistrationRefused as refusal:
            asks_about_capacity = refusal.code == "hall-reached"
            if not asks_about_capacity:
                form.add_error(None, refusal.message)
        else:
            return see_other(f"{reverse('door', args=[city_session.pk])}?seen={entry.nonce}")
    context = door_context(request, city_session) | {
        "form": form,
        "nonce": nonce,
        "asks_about_capacity": asks_about_capacity,
        "is_asked_again": has_expired(request),
    }
    return render(request, "door/walk_in.html", context, status=422 if form.errors or asks_about_capacity else 200)
