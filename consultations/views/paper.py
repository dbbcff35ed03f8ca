"""A session's papers for staff: each with a button a language, and all of them as one kit.

What names people goes out like a list does: by POST, to whoever may take lists, on record before it leaves, kept
nowhere. The rest is for everybody who sees the session.
"""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import documents, exports
from consultations.documents import KIT, PAPERS
from consultations.models import CitySession, ExportRecord, Registration
from consultations.models.counting import counted

from .calling import for_staff
from .lists import MAY_EXPORT, TOO_LARGE

MAY_LOOK, MAY_SEE_NEEDS = "consultations.view_citysession", "consultations.view_need"
LANGUAGES = dict(settings.LANGUAGES)
Preset, Format = ExportRecord.Preset, ExportRecord.Format


@never_cache
@for_staff(MAY_LOOK)
@require_safe
def paper_index(request, city_session):
    """Every paper of this session that this person may take."""
    city_session = get_city_session(city_session)
    papers = [paper for paper in PAPERS.values() if may_take(request.user, [paper])]
    context = {
        "city_session": city_session,
        "consultation": city_session.consultation,
        "public": [paper for paper in papers if not paper.preset],
        "personal": [paper for paper in papers if paper.preset],
        "not_yet": "" if city_session.is_over else "certificates",
        "has_kit": may_take(request.user, [PAPERS[key] for key in KIT]),
        "kit": [PAPERS[key].title for key in KIT],
        "languages": settings.LANGUAGES,
        "texts": [(code, documents.poster_text(city_session, code)) for code in LANGUAGES],
    }
    return render(request, "staff/paper.html", context)


@never_cache
@for_staff(MAY_LOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_detail(request, city_session, paper):
    """One paper, or the kit, as PDF. Only what names nobody can be had by an address."""
    keys = KIT if paper == "kit" else [paper]
    if not set(keys) <= set(PAPERS):
        raise Http404
    papers = [PAPERS[key] for key in keys]
    if not may_take(request.user, papers):
        raise PermissionDenied
    names_people = any(one.preset for one in papers)
    if names_people != (request.method == "POST"):
        return HttpResponseNotAllowed(["POST"] if names_people else ["GET", "HEAD"])
    city_session = get_city_session(city_session)
    if names_people and city_session.people > documents.MOST_NAMED:
        words = _("More than %(most)d people do not fit on paper. Take a list instead.")
        messages.error(request, words % {"most": documents.MOST_NAMED})
        return redirect("paper-index", city_session.pk)
    language = language_asked(request.POST if names_people else request.GET)
    try:
        printed = documents.printed(keys, city_session, language)
    except documents.TooLarge:
        messages.error(request, TOO_LARGE)
        return redirect("paper-index", city_session.pk)
    if not printed.people and paper == "certificates":
        messages.error(request, _("Nobody’s attendance is recorded yet, or the session is not over."))
        return redirect("paper-index", city_session.pk)
    if printed.people:
        record(request.user, city_session, paper, language, printed).save()
    return answer(printed.pdf, "application/pdf", city_session, paper, language, as_attachment=names_people)


@never_cache
@for_staff(MAY_LOOK)
@require_safe
def paper_picture(request, city_session):
    """The poster for messengers, of a session that is not published yet too."""
    city_session = get_city_session(city_session)
    language = language_asked(request.GET)
    picture = documents.poster_picture(city_session, language)
    return answer(picture, "image/png", city_session, "poster", language)


def get_city_session(pk):
    """With `people`: how many a paper may name."""
    people = counted(Registration.objects.live().identified())
    found = CitySession.objects.select_related("consultation").annotate(people=people)
    return get_object_or_404(found, pk=pk)


def may_take(user, papers):
    """Names leave the site by whoever may take lists; who needs something is for the organisers alone (UX 59)."""
    names_people = any(paper.preset for paper in papers)
    shows_needs = any(paper.shows_needs for paper in papers)
    return (not names_people or user.has_perm(MAY_EXPORT)) and (not shows_needs or user.has_perm(MAY_SEE_NEEDS))


def language_asked(fields):
    return fields["language"] if fields.get("language") in LANGUAGES else get_language()


def record(user, city_session, paper, language, printed):
    """The record of a paper that names people, unsaved. Its purpose is its reason: nobody has to write one."""
    return ExportRecord(
        made_by=user.get_username(),
        city_sessions=[city_session.pk],
        preset=Preset.KIT if paper == "kit" else PAPERS[paper].preset,
        columns=printed.columns,
        with_signature=paper in {"sign-in", "kit"},
        format=Format.PDF,
        language=language,
        rows=printed.people,
        reason=ExportRecord.Reason.HALL if paper == "kit" else PAPERS[paper].reason,
    )


def answer(content, content_type, city_session, paper, language, *, as_attachment=False):
    """A file that nobody between us and the browser keeps."""
    ending = content_type.partition("/")[2]
    with override(language):
        words = _("Kit of the session") if paper == "kit" else PAPERS[paper].title if paper in PAPERS else _("Poster")
        names = f"{city_session.slug}-{paper}-{language}.{ending}", f"{city_session.city}, {words}.{ending}"
    headers = {
        "Content-Disposition": exports.content_disposition(*names, as_attachment=as_attachment),
        "Cache-Control": "no-store",
        "Content-Encoding": "identity",
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
