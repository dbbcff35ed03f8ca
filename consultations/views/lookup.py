"""From an address to the published thing it names: consultations and city sessions, by present and former slugs."""

from functools import wraps

from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from consultations.models import CitySession, Consultation, FormerSlug
from consultations.models.reading import city_session_at

# The organisers' phones as last shown by this process, for the error pages that can ask nothing of the database.
known_phones = {}

PLAIN_LETTERS = str.maketrans("ёңөү", "еноу")


def get_consultation(slug):
    """The published consultation at this slug with everything its pages show, in one query; Http404 without one."""
    consultation = Consultation.objects.published().for_public_page().filter(slug=slug).first()
    if consultation is None:
        raise Http404
    return consultation


def get_city_session(consultation, slug):
    """The published session at these two slugs with its counts and consultation, in one query; Http404 without one."""
    city_session = city_session_at(consultation, slug)
    if city_session is None:
        raise Http404
    return city_session


def get_city_sessions(*consultations):
    """The published sessions of these consultations in order of date, each knowing its consultation, in one query."""
    by_pk = {consultation.pk: consultation for consultation in consultations}
    city_sessions = in_page_order(CitySession.objects.published(), by_pk)
    known_phones.update({pk: consultation.contact_phone for pk, consultation in by_pk.items()})
    return city_sessions


def in_page_order(city_sessions, consultations):
    """Of `city_sessions` (a QuerySet) those of these consultations, a dict by pk, as a page lists them."""
    found = list(city_sessions.with_places().in_order().filter(consultation__in=consultations))
    for city_session in found:
        city_session.consultation = consultations[city_session.consultation_id]
    return found


def current_consultation():
    """The nearest current consultation, else the latest, else None: whose phone stands on a page about none of them."""
    published = Consultation.objects.published()
    return published.current().first() or published.latest_first().first()


def follows_former_addresses(view):
    """For views of a `consultation` and perhaps a `slug`: an address that used to be leads to the page's present one.

    Nothing is asked of the database unless the view itself answers 404.
    """

    @wraps(view)
    def follow(request, **segments):
        try:
            return view(request, **segments)
        except Http404:
            present = present_segments(**segments)
            if present == segments:
                raise
            name = request.resolver_match.view_name
            if present.keys() - segments.keys():
                name = "session-detail"
            address = reverse(name, kwargs=present)
            query = f"?{urlencode(request.GET, doseq=True)}" if request.GET else ""
            return redirect(address + query, preserve_request=request.method == "POST")

    return follow


def present_segments(*, consultation, slug=None, **rest):
    """The same segments of an address with former slugs replaced by those of today; unknown ones stay as they are."""
    given = {"consultation": consultation, **({"slug": slug} if slug else {}), **rest}
    published = Consultation.objects.published()
    if not published.filter(slug=consultation).exists():
        former = FormerSlug.objects.filter(slug=consultation, consultation__is_published=True).first()
        if former:
            given["consultation"] = former.consultation.slug
        elif not slug and not rest and (city_session := find_city_session(consultation)):
            return {"consultation": city_session.consultation.slug, "slug": city_session.slug}
    if slug:
        here = CitySession.objects.published().filter(consultation__slug=given["consultation"])
        if not here.filter(slug=slug).exists():
            moved = here.filter(former_slugs__slug=slug).first()
            given["slug"] = moved.slug if moved else slug
    return given


def find_city_session(name, consultations=None):
    """The session in the place called `name`, in any letter case, by slug or by name in either language.

    Of several consultations (all published ones if none are given) the nearest current one is taken, then the latest.
    """
    wanted = folded(name)
    published = Consultation.objects.published()
    ranked = list(consultations or dict.fromkeys([*published.current(), *published.latest_first()]))
    rank = {consultation.pk: number for number, consultation in enumerate(ranked)}
    candidates = []
    for city_session in CitySession.objects.published().filter(consultation__in=rank).select_related("consultation"):
        names = [city_session.slug, city_session.city_ky, city_session.city_ru]
        if wanted and wanted in map(folded, names):
            candidates.append((rank[city_session.consultation_id], names[0] != wanted, city_session.pk, city_session))
    former = FormerSlug.objects.filter(slug=name.lower(), city_session__is_published=True)
    for moved in former.filter(city_session__consultation__in=rank).select_related("city_session__consultation"):
        city_session = moved.city_session
        candidates.append((rank[city_session.consultation_id], 2, city_session.pk, city_session))
    return min(candidates, key=lambda candidate: candidate[:3], default=[None])[-1]


def folded(name):
    """«Жалал Абад» and «ЖАЛАЛ-АБАД» alike; ң ө ү as н о у, which is how many phones type them."""
    return "".join(letter for letter in name.casefold().translate(PLAIN_LETTERS) if letter.isalnum())
