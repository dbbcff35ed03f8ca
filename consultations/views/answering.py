"""Answers to letters: hall, online or not coming; and no more reminders. GET shows a button, POST does it."""

from django.http import Http404
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consultations import actions
from consultations.models import Registration

from .own import about
from .posting import asks_again, see_other
from .tickets import get_registration


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_answer(request, code):
    """The question of a hall that is too small: three buttons, one tap each; the answer can be changed any time."""
    registration = get_registration(code=code)
    refusal = None
    if request.method == "POST":
        try:
            take_answer(registration, request.POST.get("answer"))
        except actions.RegistrationRefused as refused:
            refusal = refused.message
        else:
            return see_other(registration)
    context = about(registration) | {"refusal": refusal}
    return render(request, "tickets/answer.html", context, status=409 if refusal else 200)


def take_answer(registration, answer):
    """Do what the answer says; anything that is no answer leaves all as it is."""
    if answer == "hall":
        actions.note_hall_answer(registration=registration)
    elif answer == "online":
        actions.switch(registration=registration, mode=Registration.Mode.ONLINE)
    elif answer == "no":
        actions.cancel(registration=registration)


@csrf_exempt  # RFC 8058: the mail program posts by itself, without a page of ours and without cookies
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """No more reminders and notices for this registration; confirmations and cancellations still come."""
    registration = actions.registration_to_unsubscribe(token)
    if registration is None:
        raise Http404
    with translation.override(registration.language):
        if request.method == "POST":
            registration = actions.unsubscribe(registration=registration)
        context = {"registration": registration, "consultation": registration.city_session.consultation}
        return render(request, "tickets/unsubscribe.html", context)
