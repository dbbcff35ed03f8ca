"""What people need and ask, session by session, and what the organisers answer: told by letter, or by a call."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultations import actions
from consultations.forms.replying import NeedReplyForm, QuestionReplyForm
from consultations.models import CitySession, Need, Registration

from .calling import PRIMARY_KEY, for_staff
from .lookup import current_consultation
from .posting import see_other

ON_A_PAGE = 20  # people; more on one page would be a list of them, which is on record


@never_cache
@for_staff("consultations.change_need")
@require_http_methods(["GET", "HEAD", "POST"])
def need_list(request):
    """Whoever waits for an answer, or (`?show=all`) everybody who needs or asks something; of one session or of all."""
    refused = record(request) if request.method == "POST" else None
    if request.method == "POST" and refused is None:
        return see_other(request.get_full_path())
    chosen = int(asked) if PRIMARY_KEY.fullmatch(asked := request.GET.get("session", "")) else None
    shows_all = request.GET.get("show") == "all"
    people = Registration.objects.with_needs_or_question() if shows_all else waiting()
    here = people if chosen is None else people.filter(city_session=chosen)
    page = Paginator(in_order(here), ON_A_PAGE).get_page(request.GET.get("page"))
    for person in page:
        add_forms(person, refused)
    context = {
        "page": page,
        "chosen": chosen,
        "shows_all": shows_all,
        "city_sessions": sessions_of(people),
        "total": people.count(),
        "totals": totals(chosen),
        "states": Need.State,
        "consultation": current_consultation(),
    }
    return render(request, "staff/needs.html", context, status=422 if refused else 200)


def waiting():
    return Registration.objects.with_something_to_answer()


def in_order(people):
    """The nearest session first, in it the first who asked; with all that the page shows of them."""
    found = people.select_related("city_session", "group").prefetch_related("needs")
    return found.order_by(F("city_session__date").asc(nulls_last=True), "city_session", "pk")


def sessions_of(people):
    """The sessions of these people, each with how many they are."""
    found = CitySession.objects.filter(registrations__in=people).annotate(people=Count("registrations"))
    return found.in_order()


def totals(chosen):
    """Of each kind of need, the numbers asked, arranged and not possible, among live registrations."""
    needs = Need.objects.filter(registration__in=Registration.objects.identified().live())
    if chosen is not None:
        needs = needs.filter(registration__city_session=chosen)
    counted = {
        (kind, state): people
        for kind, state, people in needs.order_by().values_list("kind", "state").annotate(people=Count("pk"))
    }
    rows = [(kind.label, [counted.get((kind, state), 0) for state in Need.State]) for kind in Need.Kind]
    return [(label, numbers) for label, numbers in rows if any(numbers)]


def add_forms(person, refused):
    """A form for each need and for the question, filled with what was answered, or with what was just typed."""
    person.answers = [(need, form_of("need", need, refused)) for need in person.needs.all()]
    person.question_form = form_of("question", person, refused) if person.question else None


def form_of(kind, row, refused):
    if refused and refused[:2] == (kind, row.pk):
        return refused[2]
    return form_for(kind, row, initial={"reply": row.reply if kind == "need" else row.question_reply})


def form_for(kind, row, data=None, **options):
    """The form that answers this row: typed in, or with what was answered."""
    options["prefix"] = f"{kind}-{row.pk}"
    if kind == "need":
        return NeedReplyForm(data, **options)
    return QuestionReplyForm(data, answered=row.question_reply, **options)


def record(request):
    """Store one answer. What cannot be stored comes back as its kind, row and form; None where all is well."""
    kind = "need" if "need" in request.POST else "question"
    pk = request.POST.get(kind, "")
    pk = int(pk) if PRIMARY_KEY.fullmatch(pk) else None
    rows = Need.objects.select_related("registration") if kind == "need" else Registration.objects.identified()
    row = get_object_or_404(rows, pk=pk)
    form = form_for(kind, row, request.POST)
    if not form.is_valid():
        return kind, pk, form
    try:
        if kind == "need":
            actions.answer_need(need=row, **form.cleaned_data)
        else:
            actions.answer_question(registration=row, **form.cleaned_data)
    except actions.RegistrationRefused as refusal:
        messages.error(request, refusal.message)
    else:
        person = row.registration if kind == "need" else row
        messages.success(request, _("%(name)s: saved.") % {"name": person.full_name})
    return None
