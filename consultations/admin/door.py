"""The door of a session in the admin: passes for volunteers' phones, each with a QR code until one has it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consultations import actions, qr
from consultations.forms.cleaning import TextField
from consultations.models import DoorPass

from .base import PRIMARY_KEY


class PassForm(forms.Form):
    label = TextField(label=gettext_lazy("for whom"), max_length=60)


class HasADoor:
    """For the ModelAdmin of sessions: the page with its passes."""

    def get_urls(self):
        page = self.admin_site.admin_view(self.door_page)
        return [
            path("<path:object_id>/door/", page, name="consultations_citysession_door"),
            *super().get_urls(),
        ]

    def door_page(self, request, object_id):
        """Passes: made, shown, revoked."""
        city_session = self.session_to_tell(request, object_id)
        form = PassForm(request.POST if "make" in request.POST else None, label_suffix="")
        if "revoke" in request.POST:
            return self.revoke(request, city_session)
        if form.is_valid():
            try:
                actions.make_door_pass(
                    city_session=city_session, label=form.cleaned_data["label"], by=request.user.get_username()
                )
            except actions.RegistrationRefused as refusal:
                form.add_error(None, refusal.message)
            else:
                return back_to_door(city_session)
        passes = city_session.door_passes.select_related("city_session", "user")
        context = {
            "title": pgettext("place", "Door"),
            "form": form,
            "passes": [(one, code_of(one)) for one in passes],
            "in_hall": actions.in_the_hall(city_session),
        }
        return self.page(request, "door", city_session, context)

    def revoke(self, request, city_session):
        chosen = request.POST["revoke"]
        if not PRIMARY_KEY.fullmatch(chosen):
            raise Http404
        door_pass = get_object_or_404(DoorPass, pk=chosen, city_session=city_session)
        actions.revoke_door_pass(door_pass=door_pass, by=request.user.get_username())
        self.message_user(request, _("Revoked: %(pass)s") % {"pass": door_pass}, messages.SUCCESS)
        return back_to_door(city_session)


def code_of(door_pass):
    """The QR code, while it still opens something: address and drawing; else nothing."""
    if door_pass.state != DoorPass.State.NEW:
        return None
    address = settings.SITE_URL + reverse("door-pass", args=[door_pass.secret])
    return {"address": address, "svg": mark_safe(qr.svg(address, title=_("Door pass")))}  # noqa: S308 -- drawn by us


def back_to_door(city_session):
    return HttpResponseRedirect(reverse("admin:consultations_citysession_door", args=[city_session.pk]))
