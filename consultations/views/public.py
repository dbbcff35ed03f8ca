"""Pages for everybody: the consultation and its sessions, and what the site says about itself."""

import re
from operator import attrgetter

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consultations import ics, numbers
from consultations.models import CitySession, Consultation
from consultations.models.fields import local_date

from .kept import kept_ready
from .lookup import follows_former_addresses, get_city_sessions, get_consultation

Stage = CitySession.Stage


@kept_ready
def home(request):
    """The current consultation; of several, a list by next date; of none, the latest as a record."""
    published = Consultation.objects.published()
    shown = list(published.current().for_public_page())
    if shown:
        earlier = list(published.latest_first().exclude(pk__in=[consultation.pk for consultation in shown]))
    else:
        shown, earlier = split_after_first(published.latest_first().for_public_page())
    city_sessions = get_city_sessions(*shown)
    if len(shown) > 1:
        for consultation in shown:
            own = [one for one in city_sessions if one.consultation is consultation]
            consultation.arranged = arranged(own)
        context = {"consultation": shown[0], "consultations": shown, "earlier": earlier}
        return render(request, "public/several.html", context)
    consultation = shown[0] if shown else None
    context = {"consultation": consultation, "earlier": earlier, **arranged(city_sessions)}
    return render(request, "public/home.html", context)


def split_after_first(rows):
    rows = list(rows)
    return rows[:1], rows[1:]


@follows_former_addresses
@kept_ready
def consultation_detail(request, consultation):
    consultation = get_consultation(consultation)
    context = {"consultation": consultation, **arranged(get_city_sessions(consultation))}
    return render(request, "public/consultation.html", context)


@follows_former_addresses
@kept_ready
def consultation_numbers(request, consultation):
    """Who took part in the sessions held, without small groups; by kind once no session is still to come."""
    consultation = get_consultation(consultation)
    arrangement = arranged(get_city_sessions(consultation))
    to_come = [one for one in arrangement["city_sessions"] if one.stage not in {Stage.HELD, Stage.CANCELLED}]
    is_closed = consultation.closed_on is not None and consultation.closed_on < local_date()
    found = numbers.public_numbers(arrangement["past"], is_final=is_closed or not to_come)
    tables = [
        (table, [(label, count, numbers.plain_bar(count, table.most)) for label, count in table.rows])
        for table in found.tables
    ]
    context = {"consultation": consultation, "numbers": found, "tables": tables, **arrangement}
    return render(request, "public/numbers.html", context)


@follows_former_addresses
@kept_ready
def session_detail(request, consultation, slug):
    consultation = get_consultation(consultation)
    city_sessions = get_city_sessions(consultation)
    return render(request, "public/session.html", about_session(consultation, city_sessions, slug))


def about_session(consultation, city_sessions, slug):
    """What the page of one of these sessions shows; Http404 where none has this slug."""
    city_session = pick(city_sessions, slug)
    others = [other for other in city_sessions if other is not city_session]
    return {
        "consultation": consultation,
        "city_session": city_session,
        "others": others,
        "nearest": nearest_open(others),
        "agenda": consultation.agenda_of(city_session),
        "documents": consultation.documents_of(city_session),
        "google_calendar": ics.google_calendar_url(city_session, language=get_language()),
        "codes": codes(city_session),
    }


def arranged(city_sessions):
    """The sessions as a page lists them: the next one to go to, the others to come, and those that were."""
    past = [one for one in city_sessions if one.stage == Stage.HELD]
    coming = [one for one in city_sessions if one.stage != Stage.HELD]
    upcoming = nearest_open(coming)
    return {
        "city_sessions": city_sessions,
        "upcoming": upcoming,
        "coming": [one for one in coming if one is not upcoming],
        "past": past,
    }


def codes(city_session):
    """What the announcement's table had a QR code for: each purpose with its short address, which paper can carry."""
    consultation = city_session.consultation
    found = [(_("This session and registration"), f"/{city_session.slug}")]
    if city_session.public_zoom_url:
        found.append((_("Registration at Zoom"), reverse("short-zoom", args=[consultation.slug, city_session.slug])))
    found += [
        (document.title, reverse("short-document", args=[consultation.slug, document.slug]))
        for document in consultation.document_list
    ]
    if consultation.comment_form_url:
        found.append((_("Leave a comment"), reverse("short-comment", args=[consultation.slug])))
    return [{"purpose": purpose, "address": settings.SITE_URL + path} for purpose, path in found]


def nearest_open(city_sessions):
    """Of sessions in order of date the first that takes registrations; one with free seats in the hall is preferred."""
    taking = [one for one in city_sessions if one.registration_is_open]
    with_seats = [one for one in taking if one.hall_registration_is_open and not one.hall_is_full]
    return next(iter(with_seats or taking), None)


def pick(city_sessions, slug):
    found = [one for one in city_sessions if one.slug == slug]
    if not found:
        raise Http404
    return found[0]


@kept_ready
def privacy(request):
    """What is kept, why, how long and by whom, from the consultation's own settings."""
    consultations = consultations_in_view(Consultation.objects.prefetch_related("parties", "consent_texts"))
    for consultation in consultations:
        consultation.consent = max(consultation.consent_texts.all(), key=attrgetter("pk"), default=None)
    context = in_view(consultations) | {"backup_days": settings.BACKUP_DAYS}
    return render(request, "public/privacy.html", context)


@kept_ready
def access(request):
    """What is done so that everybody can take part, and what is known of each hall."""
    consultations = consultations_in_view(Consultation.objects.all())
    city_sessions = [one for one in get_city_sessions(*consultations) if one.stage != Stage.HELD]
    return render(request, "public/access.html", in_view(consultations) | {"city_sessions": city_sessions})


@kept_ready
def questions(request):
    """The consultations' own questions; what people ask anywhere, where they have none."""
    consultations = consultations_in_view(Consultation.objects.all())
    answers = [(question, answer, one) for one in consultations for question, answer in asked_and_answered(one)]
    return render(request, "public/questions.html", in_view(consultations) | {"answers": answers})


def asked_and_answered(consultation):
    """Pairs of question and answer: the first line of each block, and the rest of it."""
    blocks = re.split(r"\n\s*\n", "\n".join(consultation.questions_and_answers.splitlines()).strip())
    return [(question, answer) for question, _line, answer in (block.partition("\n") for block in blocks) if question]


def consultations_in_view(rows):
    """The current consultations, else the latest alone, else none."""
    return list(rows.published().current()) or list(rows.published().latest_first()[:1])


def in_view(consultations):
    return {"consultations": consultations, "consultation": next(iter(consultations), None)}
