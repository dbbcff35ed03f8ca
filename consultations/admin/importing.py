"""People brought as a file: chosen, looked through, registered all at once; a page of the session."""

import io

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from consultations import actions, lists
from consultations.forms.importing import ImportForm, ListFileForm
from consultations.models import Need, Registration, UploadedList
from consultations.views.lists import CONTENT_TYPES, Format

from .base import PRIMARY_KEY

MOST_SHOWN = 20  # people, and lines with errors are told as many at a time as one can mend
MOST_ERRORS = 100


class ImportsPeople:
    """For the ModelAdmin of sessions."""

    def get_urls(self):
        pages = {"import": self.import_page, "import-template": self.import_template}
        own = [
            path(
                f"<path:object_id>/{name}/", self.admin_site.admin_view(page), name=f"consultations_citysession_{name}"
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def import_page(self, request, object_id):
        """The file; then, with `?list=`, who is in it, to be registered. Nobody is stored before that."""
        city_session = self.session_to_fill(request, object_id)
        chosen = request.GET.get("list", "")
        if chosen:
            return self.import_preview(request, city_session, chosen)
        form = ListFileForm(
            request.POST or None,
            request.FILES or None,
            initial={"language": get_language()},
            questions=city_session.own_questions,
        )
        errors = []
        if form.is_bound and form.is_valid():
            looked = form.looked()
            errors = looked.errors
            if not errors:
                kept = actions.keep_list(
                    city_session=city_session, people=looked.people, by=request.user.get_username()
                )
                if form.left_out:
                    words = _("Nothing is taken from these columns: %(columns)s")
                    self.message_user(
                        request,
                        words % {"columns": ", ".join(name[:60] for name in form.left_out[:10])},
                        messages.WARNING,
                    )
                return HttpResponseRedirect(f"{request.path}?list={kept.pk}")
        context = {
            "title": _("Register a list of people"),
            "form": form,
            "errors": [
                {"line": line, "column": column, "words": words} for line, column, words in errors[:MOST_ERRORS]
            ],
            "lines_with_errors": len({line for line, _column, _words in errors}),
            "more_errors": max(0, len(errors) - MOST_ERRORS),
        }
        return self.import_answer(request, city_session, context, is_wrong=bool(form.errors or errors))

    def import_preview(self, request, city_session, chosen):
        kept = UploadedList.objects.filter(pk=chosen, city_session=city_session) if is_key(chosen) else None
        uploaded = kept.first() if kept is not None else None
        if uploaded is None:
            self.message_user(request, actions.RegistrationRefused("no-list").message, messages.WARNING)
            return HttpResponseRedirect(request.path)
        found = actions.sort_people(city_session, uploaded.people)
        in_hall, online = actions.places_lacking(city_session, found.new)
        form = ImportForm(request.POST or None, short=bool(in_hall or online), nobody_new=not found.new)
        if form.is_bound and form.is_valid():
            return self.register_list(request, city_session, uploaded, form)
        consent = city_session.consultation.current_consent
        context = {
            "title": _("Register a list of people"),
            "form": form,
            "found": found,
            "first": [(person, also_says(person, city_session)) for person in found.new[:MOST_SHOWN]],
            "more": max(0, len(found.new) - MOST_SHOWN),
            "in_hall": sum(person["mode"] == "hall" for person in found.new),
            "online": sum(person["mode"] == "online" for person in found.new),
            "lacking_in_hall": in_hall,
            "lacking_online": online,
            "known": found.known[:MOST_SHOWN],
            "twice": found.twice[:MOST_SHOWN],
            "same_phone": of_one_phone(found.new)[:MOST_SHOWN],
            "consent": consent,
        }
        return self.import_answer(request, city_session, context, is_wrong=bool(form.errors))

    def register_list(self, request, city_session, uploaded, form):
        typed = form.cleaned_data
        try:
            imported = actions.import_list(
                uploaded=uploaded,
                source=typed["source"],
                consent_text=city_session.consultation.current_consent,
                consent_channel=typed["consent_channel"],
                by=request.user.get_username(),
                placing=typed.get("placing", ""),
                tell=typed["tell"],
            )
        except actions.RegistrationRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        registered = len(imported.registrations)
        waiting = sum(one.is_waiting for one in imported.registrations)
        words = ngettext("%(count)d person was registered.", "%(count)d people were registered.", registered)
        self.message_user(request, words % {"count": registered}, messages.SUCCESS)
        if imported.recorded:
            words = ngettext(
                "%(count)d person was registered before: it is recorded that they came.",
                "%(count)d people were registered before: it is recorded that they came.",
                imported.recorded,
            )
            self.message_user(request, words % {"count": imported.recorded}, messages.SUCCESS)
        unwritten = sum(not one.email for one in imported.registrations) if typed["tell"] else 0
        if unwritten and typed["source"] == Registration.Source.IMPORT:
            words = ngettext(
                "%(count)d of them has no e-mail and gets no letter: tell that person by telephone.",
                "%(count)d of them have no e-mail and get no letter: tell them by telephone.",
                unwritten,
            )
            self.message_user(request, words % {"count": unwritten}, messages.WARNING)
        if waiting:
            words = ngettext("%(count)d of them waits.", "%(count)d of them wait.", waiting)
            self.message_user(request, words % {"count": waiting}, messages.WARNING)
        listed = reverse("admin:consultations_registration_changelist")
        return HttpResponseRedirect(f"{listed}?city_session__id__exact={city_session.pk}")

    def import_template(self, request, object_id):
        """An empty list with the headings that are recognised."""
        city_session = self.session_to_fill(request, object_id)
        file = io.BytesIO()
        lists.template_xlsx(file, get_language(), questions=city_session.own_questions)
        headers = {
            "Content-Disposition": f'attachment; filename="list-{city_session.slug}.xlsx"',
            "Content-Encoding": "identity",
        }
        return HttpResponse(file.getvalue(), content_type=CONTENT_TYPES[Format.XLSX], headers=headers)

    # What they have in common

    def session_to_fill(self, request, object_id):
        city_session = self.get_object(request, object_id)
        if city_session is None:
            raise Http404
        if not request.user.has_perm("consultations.add_registration"):
            raise PermissionDenied
        return city_session

    def import_answer(self, request, city_session, context, *, is_wrong):
        common = self.admin_site.each_context(request) | {"opts": self.opts, "row": city_session}
        template = "admin/consultations/citysession/import.html"
        return TemplateResponse(request, template, common | context, status=422 if is_wrong else 200)


def is_key(text):
    return PRIMARY_KEY.fullmatch(text) is not None


def of_one_phone(people):
    """Names that stand beside the same phone: a family, or one person written in two ways."""
    names = {}
    for person in people:
        if person["phone"]:
            names.setdefault(person["phone"], []).append(person["full_name"])
    return [(phone, together) for phone, together in names.items() if len(together) > 1]


def also_says(person, city_session):
    """What the list says of this person's needs and answers, as it was understood."""
    kinds = dict(Need.Kind.choices)
    needs = [need["text"] or str(kinds[need["kind"]]) for need in person.get("needs", [])]
    questions = {question.pk: question for question in city_session.own_questions}
    answers = [
        f"{question.words} {answer.get('text') or question.answers_in_words[answer['choice']]}"
        for answer in actions.still_asked(person, city_session)
        for question in [questions[answer["question_id"]]]
    ]
    return [*needs, *answers]
