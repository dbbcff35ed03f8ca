"""What is not published yet, for those who approve it: by a signed link that ends, marked as a draft on every page.

Who has the link sees the pages as they will be, hidden sessions among them, and can do nothing there.
"""

from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consultations.models import CitySession, Consultation, Document
from consultations.preview_links import ends_at, read

from .files import answer_with_document
from .lookup import in_page_order
from .public import about_session, arranged


def shown_before_publishing(preview):
    """The consultation of the link with everything its pages show, and its sessions, the hidden ones too.

    Http404 for a link that is none, that has ended or was withdrawn, or whose consultation is gone.
    """
    try:
        pk, preview_round = read(preview)
    except signing.BadSignature:
        raise Http404 from None
    consultation = get_object_or_404(Consultation.objects.for_public_page(), pk=pk, preview_round=preview_round)
    return consultation, in_page_order(CitySession.objects.all(), {consultation.pk: consultation})


@require_safe
def preview_consultation(request, preview):
    consultation, city_sessions = shown_before_publishing(preview)
    context = {"consultation": consultation, **arranged(city_sessions)}
    return render(request, "public/consultation.html", context | mark(preview))


@require_safe
def preview_session(request, preview, slug):
    consultation, city_sessions = shown_before_publishing(preview)
    return render(request, "public/session.html", about_session(consultation, city_sessions, slug) | mark(preview))


@require_safe
def preview_document(request, preview, document):
    consultation, _city_sessions = shown_before_publishing(preview)
    return answer_with_document(get_object_or_404(Document, consultation=consultation, slug=document))


def mark(preview):
    """What makes a page say that it is a draft, and until when it can be seen."""
    return {"preview": preview, "preview_ends_at": ends_at(preview)}
