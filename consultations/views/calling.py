"""The call list: everybody whom no letter can reach, what to tell them, and what came of the call."""

import re
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, F, Min, Prefetch, Window
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultations import actions, calls
from consultations.actions.calling import NO_ANSWER, TOLD, WRONG_NUMBER
from consultations.models import CitySession, Message, Registration

from .answering import ANSWERS, take_answer
from .lookup import current_consultation
from .posting import see_other

PRIMARY_KEY = re.compile(r"[0-9]{1,18}")
ON_A_PAGE = 100
DONE_SHOWN = 20

OUTCOMES = {TOLD: _("Told"), NO_ANSWER: _("No answer"), WRONG_NUMBER: _("Wrong number")}
HALL_ANSWERS = list(
    zip(ANSWERS, [_("comes to the hall"), _("takes part online"), _("will not come")], strict=True),
)


@dataclass
class Call:
    """One row of the list."""

    message: Message
    words: str
    links: dict
    people: list

    @property
    def contact(self):
        return self.message.registration.contact

    @property
    def others(self):
        """Those besides the person called whom the call is for."""
        return [person for person in self.people if person != self.contact]


def for_staff(*permissions):
    """Let those in who have all these permissions; lead whoever has not logged in to where one does."""

    def decorate(view):
        @wraps(view)
        def guarded(request, **segments):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            return view(request, **segments)

        return guarded

    return decorate


@never_cache
@for_staff("consultations.change_message")
@require_http_methods(["GET", "HEAD", "POST"])
def call_list(request):
    """Whom to call now, the urgent first, then by session; below, the calls done last."""
    if request.method == "POST":
        record(request)
        return see_other(request.get_full_path())
    chosen = request.GET.get("session", "")
    chosen = int(chosen) if PRIMARY_KEY.fullmatch(chosen) else None
    waiting = Message.objects.to_call()
    page = Paginator(rows(waiting, chosen), ON_A_PAGE).get_page(request.GET.get("page"))
    with_calls = CitySession.objects.filter(registrations__messages__in=waiting).in_order()
    city_sessions = list(with_calls.annotate(calls=Count("registrations__messages")))
    context = {
        "calls": [described(message) for message in page],
        "page": page,
        "city_sessions": city_sessions,
        "chosen": chosen,
        "total": sum(city_session.calls for city_session in city_sessions),
        "done": done(chosen),
        "outcomes": OUTCOMES.items(),
        "hall_answers": HALL_ANSWERS,
        "consultation": current_consultation(),
    }
    return render(request, "staff/calls.html", context)


def rows(waiting, chosen):
    """In the order in which they are called: people have to set out for the nearest session first."""
    people = Registration.objects.with_queue_places().select_related("group", "city_session__consultation")
    found = waiting.select_related("notice").prefetch_related(
        Prefetch("registration", people.prefetch_related("members"))
    )
    if chosen is not None:
        found = found.filter(registration__city_session=chosen)
    travel = "registration__city_session"
    return found.alias(first=Window(Min("created_at"), partition_by=["is_urgent", "registration"])).order_by(
        "-is_urgent",
        F(f"{travel}__date").asc(nulls_last=True),
        F(f"{travel}__start_time").asc(nulls_last=True),
        travel,
        "first",  # several calls to one person stand together
        "registration",
        "pk",
    )


def described(message):
    words = calls.words_for(message)
    return Call(message, words, calls.links(message, words), calls.people_of(message))


def done(chosen):
    """The calls done last: a slip of the hand is seen, and put back on the list."""
    found = Message.objects.calls().filter(status__in=[Message.Status.TOLD, Message.Status.UNREACHABLE])
    if chosen is not None:
        found = found.filter(registration__city_session=chosen)
    return found.select_related("registration__group", "registration__city_session").order_by("-done_at")[:DONE_SHOWN]


def record(request):
    """What came of a call, and, of the question about the hall, what each person answered."""
    chosen, outcome = request.POST.get("message", ""), request.POST.get("outcome")
    pk = int(chosen) if PRIMARY_KEY.fullmatch(chosen) else None
    message = get_object_or_404(Message.objects.calls().select_related("registration__group"), pk=pk)
    if outcome not in OUTCOMES:
        return
    name = message.registration.contact.full_name
    try:
        if outcome == TOLD and message.kind == Message.Kind.HALL_CHOICE:
            take_answers(request, message)
        actions.record_call(message=message, outcome=outcome, by=request.user.get_username())
    except actions.RegistrationRefused as refusal:
        messages.error(request, f"{name}: {refusal.message}")
    else:
        messages.success(request, f"{name}: {OUTCOMES[outcome]}")


def take_answers(request, message):
    """Those answers that were given on the telephone, of whoever may change registrations."""
    if not request.user.has_perm("consultations.change_registration"):
        return
    for person in calls.people_of(message):
        answer = request.POST.get(f"answer-{person.pk}")
        if answer in ANSWERS:
            take_answer(person, answer)
