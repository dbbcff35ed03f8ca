"""What the list of registrations is narrowed by."""

import datetime

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from consultations import actions
from consultations.exports.filters import FILTER, NOT_STATED, said
from consultations.models import Consultation, Message, Need, Registration

from .registration_forms import MODES


class ModeFilter(admin.SimpleListFilter):
    """In the hall or online, in the organisers' words: the model has the participant's."""

    title = _("form of participation")
    parameter_name = "mode"

    def lookups(self, request, model_admin):
        return MODES

    def queryset(self, request, queryset):
        return queryset.filter(mode=self.value()) if self.value() in Registration.Mode.values else queryset


class QueueFilter(admin.SimpleListFilter):
    """Everybody who waits for a place, also those who take part online meanwhile."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request, model_admin):
        return [("hall", _("for the hall")), ("online", _("for a place online"))]

    def queryset(self, request, queryset):
        waiting = {"hall": queryset.wanting_the_hall, "online": queryset.wanting_online}
        return waiting[self.value()]() if self.value() in waiting else queryset


class NeedsFilter(admin.SimpleListFilter):
    """People who need something in order to take part."""

    title = _("needs")
    parameter_name = "needs"

    def lookups(self, request, model_admin):
        return [("any", _("any need")), *Need.Kind.choices]

    def queryset(self, request, queryset):
        needs = Need.objects.filter(registration=OuterRef("pk"))
        if self.value() in Need.Kind.values:
            needs = needs.filter(kind=self.value())
        elif self.value() != "any":
            return queryset
        return queryset.filter(Exists(needs))


# Where numbers lead to


class CameFilter(admin.SimpleListFilter):
    """Who was there, in the hall or online."""

    title = FILTER["came"].label
    parameter_name = "came"

    def lookups(self, request, model_admin):
        return FILTER["came"].choices

    def queryset(self, request, queryset):
        asked = self.value() in dict(self.lookup_choices)
        return FILTER["came"].narrow(queryset, self.value()) if asked else queryset


class FilterOfNumbers(admin.SimpleListFilter):
    """Shown only where a number of the page for numbers led here: the list has filters enough for daily work."""

    choices_of_it = ()
    column = None

    def lookups(self, request, model_admin):
        return self.choices_of_it

    def has_output(self):
        """Django applies a filter only where it is shown."""
        return self.value() is not None

    def queryset(self, request, queryset):
        if self.value() not in {str(value) for value, _label in self.choices_of_it}:
            raise BadRequest("A filter with a value that is none of its choices")
        return queryset.filter(**{self.column: "" if self.value() == NOT_STATED else self.value()})


class OrganisationTypeFilter(FilterOfNumbers):
    title, parameter_name, column = _("type of organisation"), "organisation_type", "organisation_type"
    choices_of_it = FILTER["organisation_type"].choices


class LanguageFilter(FilterOfNumbers):
    title, parameter_name, column = _("language of messages"), "language", "language"
    choices_of_it = FILTER["message_language"].choices


class GenderFilter(FilterOfNumbers):
    """Not taken along into lists: gender and age group leave the site as totals alone."""

    title, parameter_name, column = _("gender"), "gender", "gender"
    choices_of_it = said(Registration.Gender.choices)


class AgeGroupFilter(FilterOfNumbers):
    title, parameter_name, column = _("age group"), "age_group", "age_group"
    choices_of_it = said(Registration.AgeGroup.choices)


class PlaceFilter(FilterOfNumbers):
    """A place of living, folded as the numbers fold it."""

    title, parameter_name = _("place of living"), "place"

    def lookups(self, request, model_admin):
        asked = request.GET.get("place", "")
        return [(asked, _("not stated") if asked == NOT_STATED else asked)]

    def queryset(self, request, queryset):
        place = Func(F("home_place"), function="consultations_name_key")
        return queryset.alias(place=place).filter(place="" if self.value() == NOT_STATED else self.value())


class DayFilter(FilterOfNumbers):
    """From a day to a day, both included: `2025-06-09..2025-06-15`."""

    title, parameter_name = _("registered"), "registered_on"

    def lookups(self, request, model_admin):
        asked = request.GET.get("registered_on", "")
        return [(asked, asked)]

    def queryset(self, request, queryset):
        try:
            days = [datetime.date.fromisoformat(day) for day in self.value().split("..")]
            first, last = days
        except ValueError:
            raise BadRequest("No pair of days") from None
        return queryset.filter(created_at__date__range=(first, last))


class ConsultationFilter(FilterOfNumbers):
    title, parameter_name, column = _("consultation"), "consultation", "city_session__consultation"

    def lookups(self, request, model_admin):
        self.choices_of_it = [(one.pk, one.short_title) for one in Consultation.objects.all()]
        return self.choices_of_it


NOT_IN_LISTS = {GenderFilter.parameter_name, AgeGroupFilter.parameter_name}


def with_untold(registrations):
    """Adds `is_not_told`: there is something this person ought to know and may not, by a message of their own or, where
    neither phone nor e-mail is theirs, by a notice to their group's contact.
    """
    own = Message.objects.not_told().filter(registration=OuterRef("pk"))
    of_that_session = {"registration": OuterRef("group"), "notice__city_session": OuterRef("city_session")}
    through_contact = Message.objects.not_told().filter(**of_that_session)
    not_told = Q(Exists(own)) | (Q(phone="", email="") & Q(Exists(through_contact)))
    return registrations.annotate(is_not_told=ExpressionWrapper(not_told, output_field=BooleanField()))


def untold_messages(registration):
    """The messages that `with_untold` speaks of."""
    mine = Q(registration=registration)
    if registration.group_id and not (registration.phone or registration.email):
        mine |= Q(registration=registration.group_id, notice__city_session=registration.city_session_id)
    return Message.objects.not_told().filter(mine).order_by("pk")


class NotToldFilter(admin.SimpleListFilter):
    """People who may not know yet what they ought to: the letter waits or failed, nobody has called or was reached."""

    title = _("told")
    parameter_name = "told"

    def lookups(self, request, model_admin):
        return [("not-yet", _("not told yet")), ("unreachable", _("can be told nothing"))]

    def queryset(self, request, queryset):
        if self.value() == "unreachable":
            return queryset.filter(pk__in=actions.unreachable().values("pk"))
        return queryset.filter(is_not_told=True) if self.value() == "not-yet" else queryset
