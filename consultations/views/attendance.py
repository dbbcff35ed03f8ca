"""The evening after a session: who was there, from signed paper and Zoom's report, corrected, and what is next."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import actions
from consultations.forms.attendance import MatchForm, PaperForm, ReportForm, carried, carried_back, choice_of
from consultations.models import CitySession, Registration
from consultations.models.counting import counted
from consultations.models.fields import local_date

from .calling import PRIMARY_KEY, for_staff
from .posting import EXPIRED, asks_again, has_expired, see_other, typed

GET_AND_POST = ["GET", "HEAD", "POST"]
MAY_SEE = "consultations.view_registration"
MAY_RECORD = (MAY_SEE, "consultations.check_in")
ON_A_PAGE = 200

PARTS = {
    "came": gettext_lazy("came to the hall"),
    "joined": gettext_lazy("joined online"),
    "both": gettext_lazy("both"),
    "walk-in": gettext_lazy("without registration"),
    "missed": gettext_lazy("registered and were not there"),
}


def parts_of(city_session):
    """What the overview counts: nobody has missed what has not begun, or was called off."""
    return {part: words for part, words in PARTS.items() if part != "missed" or city_session.is_held}


def part_of(people, part):
    """Those of `people` whom a number of the overview counts."""
    return {
        "came": people.came_to_the_hall,
        "joined": people.joined_online,
        "both": people.came_to_the_hall().joined_online,
        "walk-in": people.walk_ins,
        "missed": people.missing,
    }[part]()


@never_cache
@for_staff(MAY_SEE)
@require_safe
def attendance_index(request):
    """Sessions that have begun, the latest first, with how many were there."""
    begun = CitySession.objects.select_related("consultation").filter(date__lte=local_date())
    people = Registration.objects
    begun = begun.annotate(came=counted(people.came_to_the_hall()), joined=counted(people.joined_online()))
    return render(request, "staff/attendance_index.html", {"city_sessions": begun.order_by("-date", "-pk")})


@never_cache
@for_staff(MAY_SEE)
@require_http_methods(GET_AND_POST)
def attendance(request, city_session):
    """One view of a session: numbers, the people behind each, corrections, and what is to be done next."""
    city_session = get_city_session(city_session)
    may_record = request.user.has_perms(MAY_RECORD)
    if request.method == "POST":
        return for_staff(*MAY_RECORD)(correct)(request, city_session=city_session)
    everybody = Registration.objects.filter(city_session=city_session)
    parts = parts_of(city_session)
    part = request.GET.get("part") if request.GET.get("part") in parts else "came"
    people = part_of(everybody.identified(), part).select_related("group").in_alphabetical_order()
    context = about(city_session) | {
        "registered": everybody.live().inside_the_count().count(),
        "parts": [(key, words, part_of(everybody, key).count()) for key, words in parts.items()],
        "part": part,
        "page": Paginator(people, ON_A_PAGE).get_page(request.GET.get("page")),
        "may_record": may_record,
    }
    return render(request, "staff/attendance.html", context)


CORRECTIONS = {
    "came": {"came": True},
    "not-came": {"came": False},
    "joined": {"joined": True},
    "not-joined": {"joined": False},
}


def correct(request, city_session):
    """One person's record, put right."""
    chosen = request.POST.get("registration", "")
    pk = int(chosen) if PRIMARY_KEY.fullmatch(chosen) else None
    registration = get_object_or_404(Registration.objects.identified(), city_session=city_session, pk=pk)
    correction = CORRECTIONS.get(request.POST.get("correct"))
    if correction is None:
        raise Http404
    try:
        actions.correct_attendance(registration=registration, by=request.user.get_username(), **correction)
    except actions.RegistrationRefused as refusal:
        messages.error(request, f"{registration.full_name}: {refusal.message}")
    else:
        messages.success(request, f"{registration.full_name}: {_('corrected')}")
    return see_other(request.get_full_path())


@asks_again
@never_cache
@for_staff(*MAY_RECORD)
@require_http_methods(GET_AND_POST)
def attendance_paper(request, city_session):
    """The list in the sheet's order to be ticked, and lines for those who wrote themselves in."""
    city_session = get_city_session(city_session)
    everybody = Registration.objects.live().identified().filter(city_session=city_session)
    page = Paginator(everybody.on_the_sheet(), ON_A_PAGE).get_page(request.GET.get("page"))
    form = PaperForm(typed(request), people=page)
    if request.method == "POST" and form.is_valid():
        recorded = actions.record_from_paper(
            city_session=city_session,
            came=form.ids(),
            walk_ins=form.walk_ins(),
            by=request.user.get_username(),
            language=get_language(),
        )
        messages.success(request, in_words(recorded))
        return see_other(request.get_full_path())
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    context = about(city_session) | {"form": form, "page": page, "ticked": form.ticked(), "first": page.start_index()}
    return render(request, "staff/attendance_paper.html", context, status=422 if form.summary() else 200)


@never_cache
@for_staff(*MAY_RECORD)
@require_http_methods(GET_AND_POST)
def attendance_zoom(request, city_session):
    """Zoom's report: chosen, looked through, recorded; any number of times."""
    city_session = get_city_session(city_session)
    upload = ReportForm(
        request.POST if "upload" in request.POST else None,
        request.FILES if "upload" in request.POST else None,
        date=city_session.date or local_date(),
    )
    people = None
    if upload.is_bound:  # where no file is chosen, browsers send `report` as an empty text
        people = upload.cleaned_data["report"] if upload.is_valid() else None
    elif "report" in request.POST:
        people = carried_back(request.POST["report"])
        if people is None:
            messages.error(request, EXPIRED)
    if people is None:
        context = about(city_session) | {"form": upload}
        return render(request, "staff/attendance_zoom.html", context, status=422 if upload.errors else 200)
    return look_through(request, city_session, people)


def look_through(request, city_session, people):
    """Whose registrations they are, to be confirmed; confirmed, recorded."""
    matches = actions.match_attendees(city_session=city_session, people=people)
    live = list(Registration.objects.live().identified().filter(city_session=city_session).in_alphabetical_order())
    form = MatchForm(request.POST if "record" in request.POST else None, matches=matches, live=live)
    if form.is_bound and form.is_valid():
        recorded = actions.record_zoom_attendance(city_session=city_session, joined=form.joined())
        messages.success(request, in_words(recorded))
        return see_other("attendance", city_session.pk)
    context = about(city_session) | {
        "form": form,
        "report": carried(people),
        "by_email": sum(match.how == "email" for match in matches),
        "by_name": sum(match.how == "name" for match in matches),
        "unsure": [row for row in form.rows() if not row[0].is_sure],
        "sure": [row for row in form.rows() if row[0].is_sure],
        "recorded": sum(match.is_recorded for match in matches),
        "suggestions": [choice_of(registration) for registration in live],
    }
    return render(request, "staff/attendance_matches.html", context, status=422 if form.errors else 200)


def in_words(recorded):
    """What a recording has changed."""
    words = _("Newly recorded: %(new)d. Recorded before: %(known)d. New in the list: %(added)d.")
    return words % {"new": recorded.new, "known": recorded.known, "added": recorded.added}


def get_city_session(pk):
    return get_object_or_404(CitySession.objects.select_related("consultation"), pk=pk)


def about(city_session):
    return {"city_session": city_session, "consultation": city_session.consultation}
