"""What the two forwardable secrets open: the ticket's number at the door, the join link on the way to Zoom."""

from django.http import Http404
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from consultations import actions
from consultations.models.credentials import clean_pass_number, is_pass_number

from .desks import desk_of
from .door import ticket_at_the_door
from .lookup import current_consultation
from .posting import EXPIRED, asks_again, has_expired
from .tickets import about, get_registration

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
    desk = desk_of(request)
    if desk is not None:
        return ticket_at_the_door(request, desk, number)
    return render(request, "tickets/number.html", {"number": number, "consultation": current_consultation()})


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
