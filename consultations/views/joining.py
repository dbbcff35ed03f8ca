"""What the two forwardable secrets open: the ticket's number at the door, the join link on the way to Zoom."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from consultations import actions
from consultations.models.credentials import clean_pass_number, is_pass_number

from .lookup import current_consultation
from .posting import EXPIRED, asks_again, has_expired, see_other
from .tickets import about, get_registration

MAY_CHECK_IN = "consultations.check_in"

GET_AND_POST = ["GET", "HEAD", "POST"]


@asks_again
@require_http_methods(GET_AND_POST)
def ticket_number(request, pass_number):
    """What a ticket's QR code holds. To the desk the person and the check-in; to anybody else the same page always,
    whether there is such a ticket or not (P 45).
    """
    number = clean_pass_number(pass_number)
    if not is_pass_number(number):
        raise Http404
    if not request.user.has_perm(MAY_CHECK_IN):
        return render(request, "tickets/number.html", {"number": number, "consultation": current_consultation()})
    registration = get_registration(pass_number=number)
    if request.method == "POST":
        return record_arrival(request, registration)
    if has_expired(request):
        messages.error(request, EXPIRED)
    return render(request, "tickets/check_in.html", about(registration))


def record_arrival(request, registration):
    """Checked in, once however often it is pressed; or the mistaken one taken back."""
    try:
        if "undo" in request.POST:
            actions.undo_check_in(registration=registration)
            messages.success(request, _("Taken back"))
        elif actions.check_in(registration=registration, by=request.user.get_username()):
            messages.success(request, _("Arrival recorded"))
        else:
            messages.warning(request, _("This arrival was recorded before."))
    except actions.RegistrationRefused as refusal:
        messages.error(request, refusal.message)
    return see_other("ticket-number", registration.pass_number)


@asks_again
@require_http_methods(GET_AND_POST)
def join(request, join_code):
    """The session, its time, and from half an hour before it a button; the button's POST records and goes on to Zoom.

    GET records nothing: messengers and mail scanners open every link. The page speaks the registration's language.
    """
    registration = get_registration(join_code=join_code)
    with translation.override(registration.language):
        request.LANGUAGE_CODE = registration.language
        response = join_page(request, registration)
        response.headers["Content-Language"] = registration.language
        return response


def join_page(request, registration):
    city_session = registration.city_session
    context = about(registration) | {
        "may_join": actions.may_join(city_session),
        "joining_opens_at": actions.joining_opens_at(city_session),
        "expired": EXPIRED if has_expired(request) else "",
    }
    if request.method != "POST":
        return render(request, "tickets/join.html", context)
    try:
        actions.join_online(registration=registration)
    except actions.RegistrationRefused as refusal:
        status = 503 if refusal.code == "busy" else 422
        return render(request, "tickets/join.html", context | {"refusal": refusal}, status=status)
    return render(request, "tickets/joining.html", context)
