"""Files to take away: calendar entries, pictures, QR codes, documents. Builders make them, headers are added here.

Public ones may be kept for some minutes by anybody and are asked for again by their ETag; personal ones are `no-store`
like every page below `/r/` (middleware `PersonalPages`).
"""

import hashlib
import re
from pathlib import PurePath

from django.conf import settings
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultations import documents, ics, qr
from consultations.models import Document

from .lookup import follows_former_addresses, get_city_session, get_city_sessions, get_consultation
from .tickets import get_contact, get_registration, in_their_sessions

ICS = "text/calendar; charset=utf-8"
SVG = "image/svg+xml"
PNG = "image/png"
PDF = "application/pdf"
KEPT = "public, max-age=600"  # ten minutes: a changed venue must be everywhere soon
AS_IT_IS = "identity"  # so that GZipMiddleware leaves the bytes alone
POSTER_SCALE = 24  # pixels a module: about 1,000 in all

# Of each request its own, so not a part of what the file says.
STAMP = re.compile(rb"DTSTAMP:\w+")


@require_safe
def ticket_calendar(request, code):
    registration = get_registration(code=code)
    city_session = registration.city_session
    holds = registration.is_live and city_session.is_standing
    entry = ics.for_registration(registration, method="PUBLISH" if holds else "CANCEL")
    if entry is None:
        return not_dated_yet(request, city_session, back=registration.get_absolute_url())
    return _file(entry, ICS, f"{city_session.slug}.ics", as_attachment=True)


@require_safe
def ticket_picture(request, code):
    registration = get_registration(code=code)
    name = f"{registration.city_session.slug}-{registration.pass_number}.png"
    return _file(documents.ticket_picture(registration), PNG, name)


@require_safe
def group_passes(request, code):
    """The tickets of everybody in the group, to be printed and cut apart."""
    contact = get_contact(code)
    people = [one for one in [contact, *contact.members.identified().live().order_by("pk")] if one.is_live]
    if not people:
        raise Http404
    made = documents.group_passes(in_their_sessions(people), get_language())
    return _file(made, PDF, f"{contact.city_session.slug}-tickets.pdf")


@require_safe
def ticket_certificate(request, code):
    """The certificate of participation; not there before the session was held, nor for whoever was not there."""
    registration = get_registration(code=code)
    made = documents.certificate_of(registration, get_language())
    if made is None:
        raise Http404
    return _file(made, PDF, f"{registration.city_session.slug}-certificate.pdf")


@require_safe
def ticket_qr_svg(request, code):
    registration = get_registration(code=code)
    address = settings.SITE_URL + reverse("ticket-number", args=[registration.pass_number])
    title = _("QR code of your ticket")
    return _file(qr.svg(address, title=title), SVG, f"{registration.pass_number}.svg")


@require_safe
@follows_former_addresses
def session_calendar(request, consultation, slug):
    city_session = get_city_session(consultation, slug)
    entry = ics.for_session(city_session, language=get_language())
    if entry is None:
        return not_dated_yet(request, city_session, back=city_session.get_absolute_url())
    return _public(request, _file(entry, ICS, f"{slug}.ics", as_attachment=True))


@require_safe
@follows_former_addresses
def session_card(request, consultation, slug):
    city_session = get_city_session(consultation, slug)
    return _public(request, _file(documents.session_card(city_session, get_language()), PNG, f"{slug}.png"))


@require_safe
@follows_former_addresses
def session_poster_picture(request, consultation, slug):
    """The poster as a picture for messengers."""
    picture = documents.poster_picture(get_city_session(consultation, slug), get_language())
    return _public(request, _file(picture, PNG, f"{slug}-poster.png"))


@require_safe
@follows_former_addresses
def session_poster(request, consultation, slug):
    """The poster on A4, for whoever wants to hang it up."""
    poster = documents.poster_of(get_city_session(consultation, slug), get_language())
    return _public(request, _file(poster, PDF, f"{slug}-poster.pdf"))


@require_safe
@follows_former_addresses
def consultation_announcement(request, consultation):
    """The whole announcement on paper, in both languages."""
    found = get_consultation(consultation)
    made = documents.announcement_of(found, get_city_sessions(found), get_language())
    return _public(request, _file(made, PDF, f"{consultation}-{get_language()}.pdf"))


@require_safe
@follows_former_addresses
def session_qr_svg(request, consultation, slug):
    city_session = get_city_session(consultation, slug)
    title = _("QR code of the session: %(city)s") % {"city": city_session.city}
    drawn = qr.svg(_short_address(city_session), level="Q", title=title)
    return _public(request, _file(drawn, SVG, f"{slug}.svg"))


@require_safe
@follows_former_addresses
def session_qr_png(request, consultation, slug):
    address = _short_address(get_city_session(consultation, slug))
    return _public(request, _file(qr.png(address, level="Q", scale=POSTER_SCALE), PNG, f"{slug}.png"))


@require_safe
@follows_former_addresses
def consultation_calendar(request, consultation):
    """All sessions, to subscribe to: dates that become known later appear in the calendar by themselves."""
    found = get_consultation(consultation)
    feed = ics.for_consultation(found, get_city_sessions(found), language=get_language())
    return _public(request, _file(feed, ICS, f"{consultation}.ics", as_attachment=True))


@require_safe
@follows_former_addresses
def document_detail(request, consultation, document):
    """The file we keep, as a download; else the place where the document lies."""
    of_something_public = Q(city_session=None) | Q(city_session__is_published=True)
    public = Document.objects.filter(of_something_public, consultation__is_published=True)
    found = public.filter(consultation__slug=consultation, slug=document).first()
    if found is None:
        raise Http404
    return answer_with_document(found)


def answer_with_document(found):
    """The file as a download, or a redirect to where the document lies."""
    if found.file and found.file.storage.exists(found.file.name):
        name = f"{found.slug}{PurePath(found.file.name).suffix.lower()}"
        response = FileResponse(found.file.open(), as_attachment=True, filename=name)
        response.headers["Content-Encoding"] = AS_IT_IS
        response.headers["Cache-Control"] = KEPT
        return response
    if not found.url:
        raise Http404
    return redirect(found.url)


def not_dated_yet(request, city_session, *, back):
    """There is no calendar file before there is a date; the page says so, and that it will come."""
    context = {"consultation": city_session.consultation, "city_session": city_session, "back": back}
    return render(request, "public/no_calendar.html", context, status=404)


def _file(content, content_type, name, *, as_attachment=False):
    """An answer that browsers save under an ASCII name; those that are compressed already are left as they are."""
    headers = {"Content-Disposition": content_disposition_header(as_attachment, name)}
    if content_type in {PNG, PDF}:
        headers["Content-Encoding"] = AS_IT_IS
    return HttpResponse(content, content_type=content_type, headers=headers)


def _public(request, response):
    """To be kept for a while by anybody; after that 304 as long as it says the same."""
    etag = quote_etag(hashlib.sha256(STAMP.sub(b"", response.content)).hexdigest()[:32])
    response.headers["Cache-Control"] = KEPT
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)


def _short_address(city_session):
    return f"{settings.SITE_URL}/{city_session.slug}"
