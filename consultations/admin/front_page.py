"""The organisers' front page: the one next thing, what else waits, and the sessions to come."""

import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations import actions
from consultations.models import CitySession, Consultation, DataRequest, Message, Need, Registration
from consultations.models.fields import local_date

from .attention import days_left, waiting_to_hear, warnings_of
from .counting import hall_places, online_places, queues, with_numbers

# What people ask on the telephone as long as it is not announced.
TO_ANNOUNCE = ["date", "start_time", "hall_capacity"]
TO_ANNOUNCE_IN_BOTH_LANGUAGES = ["venue", "address", "access", "moderator"]
DECIDED_BEFORE = datetime.timedelta(days=30)
LETTERS_LEAVE_WITHIN = datetime.timedelta(minutes=15)


def front_page(request):
    """The context of the page: only what this user may see."""
    user = request.user
    context, waiting = {}, []
    if user.has_perm("consultations.view_citysession"):
        context["city_sessions"] = [described(city_session) for city_session in sessions_ahead()]
    if user.has_perm("consultations.change_citysession"):
        waiting += announcements_waiting()
        waiting += [task for city_session in context.get("city_sessions", []) for task in to_mend(city_session)]
    if user.has_perm("consultations.change_message"):
        waiting += calls_waiting()
    if user.has_perm("consultations.view_message"):
        waiting += messages_held() + letters_waiting()
        context["letter_queue"] = letter_queue()
    if user.has_perm("consultations.change_need"):
        waiting += answers_waiting()
    if user.has_perm("consultations.view_datarequest"):
        waiting += requests_waiting()
    if user.has_perm("consultations.change_consultation"):
        waiting += erasures_to_decide()
    if user.has_perm("consultations.change_registration"):
        waiting += unreachable_people()
    waiting = sorted((task for task in waiting if task["count"]), key=lambda task: not task.get("is_urgent"))
    return context | {"waiting": waiting, "next_thing": waiting[0] if waiting else None}


def sessions_ahead():
    """Today's and later ones, and those without a date; the published and the hidden."""
    not_closed = Q(consultation__closed_on=None) | Q(consultation__closed_on__gte=local_date())
    ahead = Q(date__gte=local_date()) | (Q(date=None) & not_closed)
    found = with_numbers(CitySession.objects.exclude(state=CitySession.State.CANCELLED))
    return found.filter(ahead).select_related("consultation").in_order()


def described(city_session):
    city_session.hall_places = hall_places(city_session)
    city_session.online_places = online_places(city_session)
    city_session.queues = queues(city_session)
    city_session.to_announce = to_announce(city_session)
    city_session.warnings = warnings_of(city_session)
    city_session.days_left = days_left(city_session)
    return city_session


def to_mend(city_session):
    """The warnings about a session as things to do: «Ош: venue still open»."""
    return [
        one | {"count": 1, "words": f"{city_session.city}: {one['words']}", "city_session": city_session}
        for one in city_session.warnings
    ]


def to_announce(city_session):
    """The names of what is not known yet, and of what one of the languages still lacks: «venue», «access [ru]»."""
    names = [label(name) for name in TO_ANNOUNCE if getattr(city_session, name) is None]
    for name in TO_ANNOUNCE_IN_BOTH_LANGUAGES:
        missing = [language for language in ("ky", "ru") if not getattr(city_session, f"{name}_{language}")]
        if missing:
            names.append(label(f"{name}_ky") + (f" [{missing[0]}]" if len(missing) == 1 else ""))
    return names if city_session.zoom_url else [*names, _("link to Zoom")]


def label(name):
    return str(CitySession._meta.get_field(name).verbose_name)


def announcements_waiting():
    """Sessions of which people have not been told something yet, those cancelled among them."""
    told_before = CitySession.objects.exclude(told_facts=None).exclude(date__lt=local_date())
    return [
        {
            "count": uninformed(city_session),
            "words": _("%(city)s: participants do not know yet what has changed") % {"city": city_session.city},
            "details": [days_left(city_session), waiting_to_hear(uninformed(city_session))],
            "address": reverse("admin:consultations_citysession_announce", args=[city_session.pk]),
            "is_urgent": city_session.is_alarming,
        }
        for city_session in with_numbers(told_before).in_order()
        if city_session.untold_changes
    ]


def uninformed(city_session):
    """How many people its untold changes concern."""
    only_online = actions.concerns_only_online(city_session)
    return city_session.registered_online if only_online else city_session.registered


def calls_waiting():
    """People who can only be told by telephone."""
    count = Message.objects.to_call().count()
    words = ngettext("%(count)d call to make", "%(count)d calls to make", count)
    return [{"count": count, "words": words % {"count": count}, "address": reverse("call-list")}]


def messages_held():
    """What waits since a backup was restored: told before, or not? Only people can know."""
    count = Message.objects.held().count()
    words = ngettext(
        "%(count)d message is held back since a backup was restored: let it go or drop it",
        "%(count)d messages are held back since a backup was restored: let them go or drop them",
        count,
    )
    return [entry(count, words, "message", status__exact="held") | {"is_urgent": True}]


def letters_waiting():
    """Letters that did not go out."""
    now = timezone.now()
    overdue = Q(created_at__lt=now - LETTERS_LEAVE_WITHIN) & ~Q(send_after__gt=now - LETTERS_LEAVE_WITHIN)
    counts = Message.objects.letters().aggregate(
        failed=Count("pk", filter=Q(status=Message.Status.FAILED)),
        late=Count("pk", filter=Q(status=Message.Status.QUEUED) & overdue),
    )
    failed, late = counts["failed"], counts["late"]
    return [
        entry(
            failed,
            ngettext("%(count)d letter could not be delivered", "%(count)d letters could not be delivered", failed),
            "message",
            channel__exact="email",
            status__exact="failed",
        ),
        entry(
            late,
            ngettext(
                "%(count)d letter has been waiting to be sent for more than 15 minutes",
                "%(count)d letters have been waiting to be sent for more than 15 minutes",
                late,
            ),
            "message",
            channel__exact="email",
            status__exact="queued",
        ),
    ]


def letter_queue():
    """How many letters wait to leave, and since when the oldest does; nothing for an empty queue."""
    age, count = actions.queue_age()
    if not count:
        return ""
    since = localtime(timezone.now() - age)
    return _("Letters waiting to leave: %(count)d, the oldest since %(since)s") % {
        "count": count,
        "since": f"{since:%d.%m. %H:%M}",
    }


def answers_waiting():
    """Needs that can still be met and questions, both without an answer."""
    ahead = Q(city_session__date=None) | Q(city_session__date__gte=local_date())
    found = Registration.objects.with_something_to_answer().aggregate(
        needs=Count("needs", filter=ahead & Q(needs__state=Need.State.ASKED), distinct=True),
        questions=Count("pk", filter=~Q(question="") & Q(question_reply=""), distinct=True),
    )
    asked, questions = found["needs"], found["questions"]
    words = [
        (asked, ngettext("%(count)d need to be answered", "%(count)d needs to be answered", asked)),
        (questions, ngettext("%(count)d question to be answered", "%(count)d questions to be answered", questions)),
    ]
    address = reverse("need-list")
    return [{"count": count, "words": text % {"count": count}, "address": address} for count, text in words]


def requests_waiting():
    """What people asked about their data and nobody has answered; the overdue apart, for the law gives a week."""
    overdue, in_time = DataRequest.objects.overdue().count(), DataRequest.objects.in_time().count()
    late = ngettext(
        "%(count)d request about personal data is overdue",
        "%(count)d requests about personal data are overdue",
        overdue,
    )
    words = ngettext(
        "%(count)d request about personal data to be answered",
        "%(count)d requests about personal data to be answered",
        in_time,
    )
    return [
        entry(overdue, late, "datarequest", state="overdue") | {"is_urgent": True},
        entry(in_time, words, "datarequest", state="in-time"),
    ]


def erasures_to_decide():
    """Consultations whose day of erasure nears while a session has no date, or which have no such day at all."""
    found = []
    for consultation in actions.with_erasure_days(Consultation.objects.all()).order_by("pk"):
        day = actions.erased_on(consultation)
        given = {"title": consultation.short_title, "count": consultation.undated_people or consultation.people}
        if day is None and consultation.people:
            words = _(
                "%(title)s: nothing says yet when the data of %(count)d people is erased. Give a date, or the day on "
                "which the consultation is closed"
            )
        elif day and consultation.undated_people and day <= local_date() + DECIDED_BEFORE:
            given["date"] = formats.date_format(day)
            words = _(
                "%(title)s: day of erasure %(date)s, and %(count)d people are registered for a session without a date. "
                "Give it a date, or close the consultation"
            )
        else:
            continue
        address = reverse("admin:consultations_consultation_change", args=[consultation.pk])
        found.append({"count": given["count"], "words": words % given, "address": address})
    return found


def unreachable_people():
    """Members of groups whose contact had their data deleted: nobody can tell them anything any more."""
    people = list(actions.unreachable().values_list("pk", flat=True)[:2])
    count = actions.unreachable().count()
    words = ngettext(
        "%(count)d person can be told nothing: whoever registered them had their data deleted",
        "%(count)d people can be told nothing: whoever registered them had their data deleted",
        count,
    )
    if len(people) == 1:
        address = reverse("admin:consultations_registration_change", args=people)
        return [{"count": count, "words": words % {"count": count}, "address": address}]
    return [entry(count, words, "registration", told="unreachable")]


def entry(count, words, model, **filters):
    """One line of the list, leading to the rows it counts."""
    address = reverse(f"admin:consultations_{model}_changelist")
    return {"count": count, "words": words % {"count": count}, "address": f"{address}?{urlencode(filters)}"}
