"""One's own page, the ticket, and everything one can change one's mind about there.

Whoever knows the code may do all of it. Nothing is done on GET: letter scanners and previews open every link.
"""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from consultations import actions, ics, qr
from consultations.forms.own import ChangeForm, GroupAddForm, MoveForm, ReplaceForm
from consultations.models import Need, OwnAnswer, Registration

from .posting import EXPIRED, asks_again, has_expired, see_other, typed
from .registering import SOMEBODY_IS_KNOWN, other_open_sessions, prefill_for
from .remembered import remember, remembered_codes
from .tickets import about, get_contact, get_registration, in_their_sessions, whatsapp_url

GET_AND_POST = ["GET", "HEAD", "POST"]


@require_safe
def ticket_detail(request, code):
    """The ticket: status, what, where and when, number and code, and what one can do now."""
    return own_page(request, get_registration(code=code))


def own_page(request, registration, *, status=200):
    city_session = registration.city_session
    others = other_open_sessions(city_session)
    context = about(registration) | {
        "tickets": [ticket(registration)],
        "members": members_of(registration) if registration.group_id is None else [],
        "letter": actions.letter_status(registration),
        "offers": offers(registration, others),
        "answered_needs": list(registration.needs.exclude(state=Need.State.ASKED)),
        "owed_answers": owed_answers(registration),
        "other_sessions": others,
        "prefill": prefill_for(registration),
        "google_calendar_url": ics.google_calendar_url(city_session) if registration.is_live else None,
        "whatsapp_url": whatsapp_url([registration]),
        "join_url": settings.SITE_URL + reverse("join", args=[registration.join_code]),
        "joining_opens_at": actions.joining_opens_at(city_session),
        "may_join": actions.may_join(city_session),
        "has_certificate": registration.has_certificate,
    }
    return render(request, "tickets/detail.html", context, status=status)


def owed_answers(registration):
    """What the organisers still want to know of somebody who can still tell them."""
    city_session = registration.city_session
    if registration.is_cancelled or city_session.is_over or city_session.state == city_session.State.CANCELLED:
        return []
    return OwnAnswer.still_owed_by(registration)


def members_of(contact):
    """Those whom this person registered and who have neither left nor had their data deleted, with their session."""
    return list(contact.members.identified().live().select_related("city_session").order_by("pk"))


def ticket(registration):
    """A registration with what its ticket draws: the code for the door, and the place in the queue."""
    at_the_door = registration.is_live and (registration.in_hall or registration.wants_the_hall)
    number_url = settings.SITE_URL + reverse("ticket-number", args=[registration.pass_number])
    return {
        "registration": registration,
        "qr": qr.svg(number_url, title=str(_("QR code of your ticket"))) if at_the_door else "",
        "queue_place": registration.queue_place() if registration.is_live else None,
    }


def offers(registration, others):
    """What can be done now, as words the page asks for: the buttons shown are those that the actions would accept."""
    city_session = registration.city_session
    if city_session.is_over:
        # Of one that was cancelled its letter offers another city, also when its day has passed.
        may_still_move = registration.is_live and not city_session.is_standing
        return {"move"} if others and may_still_move else set()
    if registration.is_cancelled:
        open_again = (
            city_session.hall_registration_is_open if registration.in_hall else city_session.online_registration_is_open
        )
        return {"return"} if open_again else set()
    offered = {"change", "cancel"}
    if registration.checked_in_at or registration.joined_online_at:
        offered = {"change"}
    else:
        offered.add("replace")
    if others:
        offered.add("move")
    if city_session.is_standing:
        offered |= switches(registration, city_session)
    if registration.group_id is None and city_session.registration_is_open:
        offered.add("add")
    return offered


def switches(registration, city_session):
    """Between hall and online. Hall to online stays possible to the end of the session."""
    found = set()
    has_seat = registration.in_hall and registration.is_confirmed
    if city_session.hall_registration_is_open and not has_seat and not registration.wants_the_hall:
        found.add("queue" if city_session.hall_is_full else "hall")
    if not (registration.is_online and registration.is_confirmed) and not city_session.online_is_full:
        if registration.is_waiting and registration.wants_the_hall:
            found.add("online-meanwhile")
        if registration.in_hall:
            found.add("online")
    if registration.is_online and registration.wants_the_hall:
        found.add("leave-queue")
    return found


def act(request, registration, action, *, done, **details):
    """Do it and show the own page again: what was done, or why not."""
    try:
        changed = action(registration=registration, **details)
    except actions.RegistrationRefused as refusal:
        messages.error(request, refusal.message)
        if refusal.code == "busy":
            return own_page(request, registration, status=503)
        return see_other(registration)
    messages.success(request, done)
    return see_other(changed)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_change(request, code):
    """One's own details, filled in."""
    registration = get_registration(code=code)
    sent = typed(request)
    form = ChangeForm(sent, registration=registration)
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif sent is not None and form.is_valid():
        try:
            actions.change(registration=registration, **form.details())
        except actions.RegistrationRefused as refusal:
            form.add_error(None, refusal.message)
            return form_page(request, "tickets/change.html", form, registration, refusal=refusal)
        messages.success(request, _("Saved"))
        return see_other(registration)
    return form_page(request, "tickets/change.html", form, registration)


def form_page(request, template, form, registration, *, refusal=None, **context):
    """A form of the own page; 422 when something in it is wrong, 503 when the database is busy."""
    status = 422 if form.is_bound and (form.errors or form.summary()) else 200
    if refusal is not None and refusal.code == "busy":
        status = 503
    return render(request, template, about(registration) | {"form": form} | context, status=status)


SWITCHES = {
    "hall": (actions.switch, {"mode": Registration.Mode.HALL}),
    "queue": (actions.switch, {"mode": Registration.Mode.HALL}),
    "online": (actions.switch, {"mode": Registration.Mode.ONLINE}),
    "online-meanwhile": (actions.take_part_online_meanwhile, {}),
    "leave-queue": (actions.leave_queue, {}),
}


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_switch(request, code):
    """Hall to online, online to hall, online meanwhile, out of the queue."""
    registration = get_registration(code=code)
    to = request.POST.get("to")
    if request.method != "POST" or to not in SWITCHES:
        return back_to(registration, request)
    action, details = SWITCHES[to]
    return act(request, registration, action, done=_("Saved"), **details)


def back_to(registration, request):
    """To the own page, from an address that only takes a button's POST; an expired token is said there."""
    if has_expired(request):
        messages.error(request, EXPIRED)
    return redirect(registration)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_move(request, code):
    """Another city instead; the old place is kept until the new one is had."""
    registration = get_registration(code=code)
    sent = typed(request)
    form = MoveForm(sent, registration=registration, city_sessions=other_open_sessions(registration.city_session))
    members = members_of(registration)
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif sent is not None and form.is_valid():
        try:
            actions.move(registration=registration, **form.target())
        except actions.RegistrationRefused as refusal:
            form.add_error("city_session", refusal.message)
            return form_page(request, "tickets/move.html", form, registration, refusal=refusal, members=members)
        messages.success(request, _("Saved"))
        return see_other(registration)
    return form_page(request, "tickets/move.html", form, registration, members=members)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_replace(request, code):
    """Somebody else comes instead: a new ticket on the same seat; this one opens nothing any more."""
    registration = get_registration(code=code)
    sent = typed(request)
    consent_text = registration.city_session.consultation.current_consent
    form = ReplaceForm(sent, registration=registration, consent_text=consent_text)
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif sent is not None and form.is_valid():
        try:
            replaced = actions.replace_person(registration=registration, **form.details())
        except actions.RegistrationRefused as refusal:
            form.add_error(None, refusal.message)
            return form_page(request, "tickets/replace.html", form, registration, refusal=refusal)
        messages.success(request, _("This is the new person’s ticket. Give them this page’s address or the picture."))
        response = see_other(replaced)
        if code in remembered_codes(request):
            remember(request, response, replaced, instead_of=code)
        return response
    return form_page(request, "tickets/replace.html", form, registration)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_cancel(request, code):
    """GET asks, POST does (P 43)."""
    registration = get_registration(code=code)
    if request.method == "POST":
        return act(request, registration, actions.cancel, done=_("Your registration is cancelled"))
    if registration.is_cancelled:
        return redirect(registration)
    context = about(registration) | {"members": members_of(registration), "expired": has_expired(request) and EXPIRED}
    return render(request, "tickets/cancel.html", context)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_return(request, code):
    """Come back after cancelling."""
    registration = get_registration(code=code)
    if request.method != "POST":
        return back_to(registration, request)
    return act(request, registration, actions.come_back, done=_("You are registered again"))


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_new_link(request, code):
    """GET says what changes and asks, POST does it (P 44): this address then opens nothing any more."""
    registration = get_registration(code=code)
    refusal, status = EXPIRED if has_expired(request) else None, 200
    if request.method == "POST":
        try:
            renewed = actions.renew_link(registration=registration)
        except actions.RegistrationRefused as refused:
            refusal, status = refused.message, 503
        else:
            messages.success(request, _("This page has a new address. The old one opens nothing any more."))
            response = see_other(renewed)
            if code in remembered_codes(request):
                remember(request, response, renewed, instead_of=code)
            return response
    context = about(registration) | {"members": registration.members.identified().exists(), "refusal": refusal}
    return render(request, "tickets/new_link.html", context, status=status)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_zoom_form(request, code):
    """Tick that Zoom's own form is filled in, or take that back."""
    registration = get_registration(code=code)
    if request.method != "POST":
        return back_to(registration, request)
    mark = partial(actions.mark_zoom_form_done, done=request.POST.get("done") == "1")
    return act(request, registration, mark, done=_("Saved"))


@require_safe
def ticket_group(request, code):
    """Everybody the contact registered, each with their ticket: to print, to share, to change one by one."""
    contact = get_contact(code)
    registrations = in_their_sessions([contact, *members_of(contact)])
    context = about(contact) | {
        "tickets": [ticket(registration) for registration in registrations],
        "whatsapp_url": whatsapp_url([one for one in registrations if one.is_live]),
        "may_add": "add" in offers(contact, []),
    }
    return render(request, "tickets/group.html", context)


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_group_add(request, code):
    """Register one more person, or several, under this contact."""
    contact = get_contact(code)
    if "add" not in offers(contact, []):
        if contact.is_cancelled:
            messages.error(request, actions.RegistrationRefused("contact-cancelled").message)
        return redirect(contact)
    consultation = contact.city_session.consultation
    sent = typed(request)
    form = GroupAddForm(sent, city_session=contact.city_session, consent_text=consultation.current_consent)
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif sent is not None and "add_person" in sent:
        form.without_errors().others.add()
    elif sent is not None and form.is_valid():
        return add_people(request, contact, form)
    return form_page(request, "tickets/group_add.html", form, contact)


def add_people(request, contact, form):
    try:
        actions.add_to_group(contact=contact, **form.asked())
    except actions.RegistrationRefused as refusal:
        if refusal.code == "too-few":
            form.offer_places(free=refusal.free)
        else:
            form.add_error(None, SOMEBODY_IS_KNOWN if refusal.code == "known" else refusal.message)
        return form_page(request, "tickets/group_add.html", form, contact, refusal=refusal)
    messages.success(request, _("Registered"))
    return see_other("ticket-group", contact.code)
