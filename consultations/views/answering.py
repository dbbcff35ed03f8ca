"""Answers to letters: hall, online or not coming; and no more reminders. GET shows a button, POST does it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consultations import actions, emails
from consultations.models import Notice, Registration

from .posting import EXPIRED, asks_again, has_expired, see_other
from .tickets import about, get_registration

ANSWERS = ("hall", "online", "no")


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_answer(request, code):
    """The question of a hall that is too small: three buttons, one tap each; the answer can be changed any time."""
    registration = get_registration(code=code)
    refusal, status = EXPIRED if has_expired(request) else None, 200
    if request.method == "POST" and request.POST.get("answer") in ANSWERS:
        try:
            take_answer(registration, request.POST["answer"])
        except actions.RegistrationRefused as refused:
            refusal, status = refused.message, 503 if refused.code == "busy" else 422
        else:
            messages.success(request, _("Thank you, your answer is noted."))
            return see_other(registration)
    context = about(registration) | {
        "refusal": refusal,
        "question": question_asked(registration),
        "people": emails.people_told_through(registration, of_session=registration.city_session_id),
    }
    return render(request, "tickets/answer.html", context, status=status)


def question_asked(registration):
    """The notice that asked this person, which says until when; None where nobody asked."""
    asked = Notice.objects.filter(city_session=registration.city_session, kind=Notice.Kind.CHOICE, stopped_at=None)
    return asked.filter(created_at=registration.hall_answer_asked_at).first()


def take_answer(registration, answer):
    """Do what the answer says. Whoever has said "online" before, and now "hall", queues where the hall is full."""
    if answer == "online":
        actions.switch(registration=registration, mode=Registration.Mode.ONLINE)
    elif answer == "no":
        actions.cancel(registration=registration)
    elif registration.is_online:
        actions.switch(registration=registration, mode=Registration.Mode.HALL)
    else:
        actions.note_hall_answer(registration=registration)


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
