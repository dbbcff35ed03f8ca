"""From the admin's list of registrations to the page for lists: the people chosen, or the filter, go along."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.forms.listing import MOST_CHOSEN
from consultations.models import CitySession

from .registration_filters import NOT_IN_LISTS

# The parameters of the admin's filters, by the fields of the form for lists.
FILTERS = {
    "city_session__id__exact": "city_sessions",
    "mode": "mode",
    "status__exact": "status",
    "queue": "queue",
    "needs": "needs",
    "source__exact": "source",
    "came": "came",
    "organisation_type": "organisation_type",
    "language": "message_language",
}
CONSULTATION = "consultation"  # stands for all of its sessions
SAYS_NOTHING = {ORDER_VAR, PAGE_VAR}


class TakesLists:
    """Adds the action to an admin of registrations."""

    def has_export_permission(self, request):
        return request.user.has_perm("consultations.export_registrations")

    @admin.action(description=gettext_lazy("Take a list of them"), permissions=["export"])
    def take_list(self, request, queryset):
        """A filter is handed on as a filter; whoever was ticked or searched for, as numbers: no name travels."""
        if NOT_IN_LISTS & request.GET.keys():
            words = _("Gender and age group leave the site only as totals: take the list without this filter.")
            self.message_user(request, words, messages.ERROR)
            return None
        known = FILTERS.keys() | SAYS_NOTHING | {CONSULTATION}
        if request.POST.get("select_across") == "1" and request.GET.keys() <= known:
            asked = {FILTERS[name]: value for name, value in request.GET.items() if name in FILTERS}
            return to_the_form(asked, of_consultation=request.GET.get(CONSULTATION))
        chosen = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_CHOSEN + 1])
        if len(chosen) > MOST_CHOSEN:
            words = _("More than %(most)d people were found by a search. Use the filters instead, or search narrower.")
            self.message_user(request, words % {"most": MOST_CHOSEN}, messages.ERROR)
            return None
        sessions = queryset.order_by().values_list("city_session", flat=True).distinct()
        return to_the_form({"city_sessions": list(sessions), "chosen": ",".join(map(str, chosen))})


def to_the_form(asked, *, of_consultation=None):
    """Without a session asked for, all of them; without a status, everybody whatever it is."""
    sessions = CitySession.objects.all()
    if of_consultation:
        sessions = sessions.filter(consultation=of_consultation)
    everywhere = {"city_sessions": list(sessions.values_list("pk", flat=True)), "status": ""}
    return HttpResponseRedirect(f"{reverse('list-export')}?{urlencode(everywhere | asked, doseq=True)}")
