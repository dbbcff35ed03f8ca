"""Requests about personal data: written down, found by name or phone, answered within the week the law gives."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import formats, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations import actions, own_data
from consultations.forms.cleaning import LinesField
from consultations.models import CitySession, Consultation, DataRequest, Registration

from .base import OrganisersAdmin, in_short

MOST_FOUND = 50


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("in-time", _("to be answered")), ("overdue", _("overdue")), ("answered", _("answered"))]

    def queryset(self, request, queryset):
        chosen = {
            "in-time": queryset.in_time,
            "overdue": queryset.overdue,
            "answered": lambda: queryset.exclude(handled_at=None),
        }
        return chosen[self.value()]() if self.value() in chosen else queryset


class AnswerForm(forms.Form):
    remark = LinesField(label=gettext_lazy("What was answered"), required=False, max_length=2000)


@admin.register(DataRequest)
class DataRequestAdmin(OrganisersAdmin):
    list_display = ["who", "kind", "channel", "received_on", "due", "answered"]
    list_filter = [StateFilter, "kind"]
    search_fields = ["full_name"]
    search_help_text = gettext_lazy("Name, phone or e-mail")
    fieldsets = [
        (None, {"fields": [("kind", "channel"), "received_on", "consultation"]}),
        (gettext_lazy("Who asks"), {"fields": ["full_name", ("phone", "email"), "words"]}),
    ]

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()[:150]
        by_name = Q(full_name__icontains=term) | Q(email__icontains=term)
        digits = "".join(character for character in term if character.isdigit())
        return queryset.filter(by_name | Q(phone__contains=digits) if digits else by_name), False

    def get_changeform_initial_data(self, request):
        current = Consultation.objects.current().first() or Consultation.objects.latest_first().first()
        return {"consultation": current and current.pk}

    def has_change_permission(self, request, obj=None):
        """Of who asked nothing is left to correct once it is erased."""
        return super().has_change_permission(request, obj) and not (obj and obj.anonymised_at)

    def response_add(self, request, obj, post_url_continue=None):
        """Straight on to whom it may be about."""
        return HttpResponseRedirect(answer_address(obj))

    # Answering

    def get_urls(self):
        view = self.admin_site.admin_view
        name = "consultations_datarequest"
        return [
            path("<path:object_id>/answer/", view(self.answer_page), name=f"{name}_answer"),
            path("<path:object_id>/copy/<int:registration>/", view(self.copy_page), name=f"{name}_copy"),
            path(
                "<path:object_id>/delete-data/<int:registration>/", view(self.delete_page), name=f"{name}_delete_data"
            ),
            *super().get_urls(),
        ]

    def answer_page(self, request, object_id):
        """Whose data it may be about, what can be done with each, and that it was answered."""
        data_request = self.request_to_answer(request, object_id)
        form = AnswerForm(request.POST or None, initial={"remark": data_request.remark})
        if request.method == "POST" and form.is_valid():
            by = request.user.get_username()
            actions.answer_request(data_request=data_request, by=by, remark=form.cleaned_data["remark"])
            self.log_change(request, data_request, [{"changed": {"fields": ["answered"]}}])
            self.message_user(request, _("It is noted that the request was answered."), messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:consultations_datarequest_changelist"))
        found = actions.registrations_meant(data_request)
        context = self.page_context(request, data_request) | {
            "title": str(data_request),
            "found": found[:MOST_FOUND],
            "more": max(0, found.count() - MOST_FOUND),
            "form": form,
            "may_delete": request.user.has_perm("consultations.change_registration"),
        }
        return TemplateResponse(request, "admin/consultations/datarequest/answer.html", context)

    def copy_page(self, request, object_id, registration):
        """All that is kept of one person, in that person's language, to be printed or read out."""
        self.request_to_answer(request, object_id)
        found = self.registration_meant(request, registration, "view_registration")
        with translation.override(found.language):
            context = {
                "registration": found,
                "city_session": found.city_session,
                "consultation": found.city_session.consultation,
                "sections": own_data.as_sections(found),
                "erased_on": actions.erasure_day(found),
            }
            return render(request, "staff/data_copy.html", context)

    def delete_page(self, request, object_id, registration):
        """GET asks, POST deletes the data of this one person, as their own page would."""
        data_request = self.request_to_answer(request, object_id)
        found = self.registration_meant(request, registration, "change_registration")
        if request.method == "POST":
            try:
                actions.anonymise(registration=found, by=Registration.CancelledBy.PARTICIPANT)
            except actions.RegistrationRefused as refusal:
                self.message_user(request, refusal.message, messages.ERROR)
            else:
                self.log_change(request, data_request, [{"changed": {"fields": [f"№ {found.pk}"]}}])
                self.message_user(request, _("The data is deleted"), messages.SUCCESS)
            return HttpResponseRedirect(answer_address(data_request))
        context = self.page_context(request, data_request) | {
            "title": _("Delete the data of this person?"),
            "registration": found,
            "members": actions.reached_through(found),
        }
        return TemplateResponse(request, "admin/consultations/datarequest/delete_data.html", context)

    def request_to_answer(self, request, object_id):
        data_request = self.get_object(request, object_id)
        if data_request is None:
            raise Http404
        if not request.user.has_perm("consultations.change_datarequest"):
            raise PermissionDenied
        return data_request

    def registration_meant(self, request, pk, permission):
        """The registration with this key, for whoever may also see (or change) it elsewhere."""
        if not request.user.has_perm(f"consultations.{permission}"):
            raise PermissionDenied
        found = Registration.objects.identified().select_related("consent_text", "group")
        registration = found.filter(pk=pk).first()
        if registration is None:
            raise Http404
        counted = CitySession.objects.with_places().select_related("consultation")
        registration.city_session = counted.get(pk=registration.city_session_id)
        return registration

    def page_context(self, request, data_request):
        return {**self.admin_site.each_context(request), "opts": self.opts, "data_request": data_request}

    # Columns

    @admin.display(description=gettext_lazy("full name"), ordering="full_name")
    def who(self, data_request):
        return data_request.full_name or data_request.phone or data_request.email or f"№ {data_request.pk}"

    @admin.display(description=gettext_lazy("to be answered by"), ordering="received_on")
    def due(self, data_request):
        """The day, marked when it has passed."""
        if data_request.handled_at:
            return ""
        day = formats.date_format(data_request.due_on, "d.m.Y")
        words = f"{day} – {_('overdue')}" if data_request.is_overdue else day
        look = "not-told" if data_request.is_overdue else ""
        return format_html('<a class="{}" href="{}">{}</a>', look, answer_address(data_request), words)

    @admin.display(description=gettext_lazy("answered"), ordering="handled_at")
    def answered(self, data_request):
        return f"{in_short(data_request.handled_at)} {data_request.handled_by}".strip()


def answer_address(data_request):
    return reverse("admin:consultations_datarequest_answer", args=[data_request.pk])
