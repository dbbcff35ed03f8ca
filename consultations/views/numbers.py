"""Numbers of participants: for staff exactly, each with the list behind it."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from consultations import annex, numbers
from consultations.models import CitySession, Consultation

from .calling import PRIMARY_KEY, for_staff
from .lookup import current_consultation

MAY_SEE = "consultations.view_numbers"
MAY_EXPORT = "consultations.export_registrations"  # names leave the site with an annex
LANGUAGES = dict(settings.LANGUAGES)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ANNEXES = {"pdf": (annex.pdf, "application/pdf"), "docx": (annex.docx, DOCX)}
BARS = {"sessions", *(kind.key for kind in numbers.KINDS)}


@never_cache
@for_staff(MAY_SEE)
@require_safe
def numbers_detail(request):
    """Everything counted of a consultation, or of one session."""
    consultation, city_session = asked(request)
    found = numbers.numbers_of(consultation, city_session) if consultation else None
    context = {
        "numbers": found,
        "tables": [described(table, request.user) for table in found.all_tables] if found else [],
        "sentences": numbers.sentences(found) if found else [],
        "terms": numbers.TERMS,
        "hatching": numbers.HATCHING,
        "swatches": numbers.SWATCHES,
        "consultation": consultation or current_consultation(),
        "consultations": Consultation.objects.all(),
        "city_sessions": consultation.city_sessions.in_order() if consultation else [],
        "city_session": city_session,
    }
    return render(request, "staff/numbers.html", context)


@never_cache
@for_staff(MAY_SEE)
@require_safe
def numbers_file(request):
    """The same for Excel, in the language of the page. It names nobody, so it is no list that is recorded."""
    consultation, city_session = asked(request)
    if consultation is None:
        raise Http404
    found = numbers.numbers_of(consultation, city_session)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=numbers.file_name(found)),
        "Content-Encoding": "identity",
    }
    return HttpResponse(numbers.numbers_xlsx(found), content_type=XLSX, headers=headers)


@never_cache
@for_staff(MAY_EXPORT)
@require_POST
def annex_file(request):
    """The annex to the protocol, in the language and form that the button names; on record where it names anybody."""
    consultation, city_session = asked(request)
    file_format, _hyphen, language = request.POST.get("file", "").partition("-")
    if consultation is None or language not in LANGUAGES or file_format not in ANNEXES:
        raise Http404
    build, content_type = ANNEXES[file_format]
    found = annex.annex_of(consultation, city_session, language=language)
    file = build(found)
    if found.named:
        found.record(made_by=request.user.get_username(), file_format=file_format).save()
    name = content_disposition_header(as_attachment=True, filename=found.file_name(file_format))
    headers = {"Content-Disposition": name, "Content-Encoding": "identity", "X-Robots-Tag": "noindex"}
    return HttpResponse(file, content_type=content_type, headers=headers)


def asked(request):
    """The consultation and the session that address or form name; without one the current consultation, or None."""
    session = number_in(request, "session")
    if session is not None:
        city_session = CitySession.objects.select_related("consultation").filter(pk=session).first()
        if city_session is None:
            raise Http404
        return city_session.consultation, city_session
    consultation = number_in(request, "consultation")
    if consultation is None:
        return current_consultation() or Consultation.objects.first(), None
    found = Consultation.objects.filter(pk=consultation).first()
    if found is None:
        raise Http404
    return found, None


def number_in(request, name):
    given = (request.POST if request.method == "POST" else request.GET).get(name, "")
    return int(given) if PRIMARY_KEY.fullmatch(given) else None


def described(table, user):
    """The table as the page shows it: bars beside the labels, and a link at each number that has a list."""
    registrations = reverse("admin:consultations_registration_changelist")
    may_open = user.has_perm("consultations.view_registration")
    has_bars = table.key in BARS or table.key.startswith("own-")

    def cell(number):
        leads = may_open and number.filters is not None
        return number.value, f"{registrations}?{urlencode(number.filters)}" if leads else ""

    def line(row):
        drawn = numbers.bar(row, table.most) if has_bars else numbers.plain_bar(row["registered"], table.most)
        return {
            "label": row.label,
            "bar": drawn,
            "cells": [cell(row.numbers[one.key]) for one in table.columns],
        }

    chart = numbers.columns([row["registered"] for row in table.rows]) if table.key == "time" else ""
    return {
        "table": table,
        "chart": chart,
        "has_bars": has_bars,
        "rows": [line(row) for row in table.rows],
        "total": line(table.total),
    }
