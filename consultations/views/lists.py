"""Lists of participants for staff: one button a session, a form for everything else, and who took what.

A list goes to the request that asked for it and nowhere else: no file is kept and nothing between us and the browser
may keep it. It is on record before its first byte leaves.
"""

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import documents, exports
from consultations.forms.listing import ListForm, asked_by_address, remembered
from consultations.models import CitySession, Consultation, ExportRecord, Registration
from consultations.models.counting import counted

from .calling import PRIMARY_KEY, for_staff
from .lookup import current_consultation
from .posting import asks_again, has_expired, typed

Format = ExportRecord.Format

MAY_EXPORT = "consultations.export_registrations"
MAY_SEE_NEEDS = "consultations.view_need"
LONG = 5_000  # people; beyond that the page says how long a file takes
PEOPLE_A_SECOND = 8_000
ON_A_PAGE = 100
CONTENT_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PDF: "application/pdf",
}

STREAMS = {Format.XLSX: exports.attendees_xlsx, Format.CSV: exports.attendees_csv}


TOO_LARGE = gettext_lazy(
    "This was too much for the server to draw. Choose fewer people, or take the list as XLSX or CSV."
)


@never_cache
@for_staff(MAY_EXPORT)
@require_safe
def list_index(request):
    """Every session with its official list."""
    context = {
        "city_sessions": city_sessions().annotate(people=counted(Registration.objects.confirmed().identified())),
        "list_language": get_language(),
        "consultation": current_consultation(),
    }
    return render(request, "staff/lists.html", context)


def city_sessions():
    """The newest consultation first, in it the sessions by date."""
    found = CitySession.objects.select_related("consultation")
    by_date = (F("date").asc(nulls_last=True), F("start_time").asc(nulls_last=True))
    return found.order_by("-consultation", *by_date, "pk")


@asks_again
@never_cache
@for_staff(MAY_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def list_export(request):
    """The form; posted, how many people the list has, or the list itself."""
    sessions = list(city_sessions())
    by_this_person = ExportRecord.objects.filter(made_by=request.user.get_username())
    initial = {"language": get_language()} | remembered(by_this_person) | asked_by_address(request.GET, sessions)
    may_see_needs = request.user.has_perm(MAY_SEE_NEEDS)
    form = ListForm(typed(request), city_sessions=sessions, may_see_needs=may_see_needs, initial=initial)
    rows = None
    if request.method == "POST" and form.is_valid():
        rows = form.registrations().count()
        form.refuse(rows)
        if form.is_valid() and "count" not in request.POST:
            try:
                return answer_with(form.order(made_by=request.user.get_username()), rows)
            except documents.TooLarge:
                form.add_error("format", TOO_LARGE)
    context = {
        "form": form,
        "rows": rows,
        "seconds": rows // PEOPLE_A_SECOND + 1 if rows and rows > LONG else None,
        "is_asked_again": has_expired(request),
        "consultation": current_consultation(),
    }
    return render(request, "staff/list_export.html", context, status=422 if form.errors else 200)


def answer_with(order, rows):
    """The file, on record before it leaves."""
    headers = {
        "Content-Disposition": order.content_disposition(),
        "Cache-Control": "no-store",
        "Content-Encoding": "identity",  # so that GZipMiddleware leaves it alone: a stream stays a stream
        "X-Robots-Tag": "noindex",
    }
    content_type = CONTENT_TYPES[order.format]
    if order.format == Format.PDF:
        paper = exports.attendees_pdf(order)
        order.record(rows).save()
        return HttpResponse(paper, content_type=content_type, headers=headers)
    order.record(rows).save()
    return StreamingHttpResponse(STREAMS[order.format](order), content_type=content_type, headers=headers)


@never_cache
@for_staff("consultations.view_exportrecord")
@require_safe
def export_list(request):
    """Who took data, of one consultation or of all; to be printed."""
    chosen = request.GET.get("consultation", "")
    chosen = Consultation.objects.filter(pk=chosen).first() if PRIMARY_KEY.fullmatch(chosen) else None
    records = ExportRecord.objects.of_consultation(chosen) if chosen else ExportRecord.objects.all()
    page = Paginator(records, ON_A_PAGE).get_page(request.GET.get("page"))
    known = CitySession.objects.in_bulk({pk for record in page for pk in record.city_sessions})
    questions = exports.questions_behind({key for record in page for key in record.columns})
    for record in page:
        record.sessions = [known.get(pk, f"№ {pk}") for pk in record.city_sessions]
        record.filter_words = exports.filter_words(record.filters)
        record.column_words = exports.column_words(record.columns, questions)
    context = {
        "page": page,
        "chosen": chosen,
        "consultations": Consultation.objects.all(),
        "consultation": chosen or current_consultation(),
    }
    return render(request, "staff/exports.html", context)
