"""Addresses without a language: what posters print and QR codes hold. They only lead on, never show."""

from django.http import Http404
from django.shortcuts import redirect

from consultations.models import CitySession, Consultation, Document

from .lookup import find_city_session, follows_former_addresses


def root(request):
    """Home in the language of the cookie, which the middleware has made the present one."""
    return redirect("home")


def city(request, city):
    """`/osh`, `/Ош`: the session there of a current consultation, else a consultation, else the latest session."""
    published = Consultation.objects.published()
    current = list(published.current())
    city_session = find_city_session(city, current) if current else None
    if city_session is None and (consultation := published.filter(slug=city.lower()).first()):
        return redirect(consultation)
    city_session = city_session or find_city_session(city)
    if city_session is None:
        raise Http404
    return redirect(with_query(request, city_session.get_absolute_url()))


def with_query(request, path):
    """Keeps `?mode=online` and the like."""
    query = request.META.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


@follows_former_addresses
def zoom(request, consultation, slug):
    """Zoom's public registration page; where there is none, our page of that session, which says how to take part."""
    found = CitySession.objects.published().select_related("consultation")
    city_session = found.filter(consultation__slug=consultation, slug=slug).first()
    if city_session is None:
        raise Http404
    return redirect(city_session.public_zoom_url or city_session.get_absolute_url())


@follows_former_addresses
def document(request, consultation, document):
    """The document's own page, which serves the file or leads to where it lies."""
    found = Document.objects.filter(consultation__slug=consultation, consultation__is_published=True, slug=document)
    if not found.exists():
        raise Http404
    return redirect("document-detail", consultation=consultation, document=document)


@follows_former_addresses
def comment_form(request, consultation):
    """The form for comments; where there is none, the consultation's page."""
    found = Consultation.objects.published().filter(slug=consultation).first()
    if found is None:
        raise Http404
    return redirect(found.comment_form_url or found.get_absolute_url())
