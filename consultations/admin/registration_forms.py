"""The two forms of a registration: correcting somebody's details, and registering somebody who telephones."""

import secrets

from django import forms
from django.contrib.admin.widgets import AdminRadioSelect
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultations.forms.cleaning import NameField
from consultations.models import CitySession, ConsentText, Registration
from consultations.models.fields import local_date

from .base import OrganisersForm

HALL, ONLINE = _("in the hall"), _("online")
MODES = [(Registration.Mode.HALL, HALL), (Registration.Mode.ONLINE, ONLINE)]
PLACING = [
    ("", _("ask me")),
    ("queue", _("wait in the queue")),
    ("online-meanwhile", _("take part online meanwhile, and wait in the queue for the hall")),
]


class RegistrationForm(OrganisersForm):
    DETAILS = (
        "full_name phone email organisation organisation_type position home_place gender age_group question "
        "listed_publicly photo_consent language"
    ).split()

    class Meta:
        model = Registration
        fields = "__all__"  # the admin names them in its fieldsets
        field_classes = {"full_name": NameField}

    def clean(self):
        cleaned = super().clean()
        reached = cleaned.get("phone") or cleaned.get("email") or self.instance.group_id
        if not reached and not {"phone", "email"} & self.errors.keys():
            self.add_error("phone", _("Give a phone number or an e-mail address."))
        return cleaned


def new_key():
    """Names one form, so that sending it twice registers once (P 7)."""
    return secrets.token_hex(16)


class NewRegistrationForm(RegistrationForm):
    DETAILS = [name for name in RegistrationForm.DETAILS if name != "language"]

    mode = forms.ChoiceField(
        label=capfirst(_("form of participation")),
        choices=MODES,
        initial=Registration.Mode.HALL,
        widget=AdminRadioSelect,
    )
    placing = forms.ChoiceField(label=_("If no place is free"), choices=PLACING, required=False)
    consented = forms.BooleanField(
        label=_("The person heard this text and agreed"),
        error_messages={"required": _("Without the person’s consent nothing may be stored.")},
    )
    form_key = forms.CharField(label="", max_length=32, widget=forms.HiddenInput, initial=new_key)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        ahead = CitySession.objects.published().filter(Q(date=None) | Q(date__gte=local_date()))
        city_session = self.fields["city_session"]
        city_session.queryset = ahead.in_order()
        for link in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            setattr(city_session.widget, link, False)
        self.fields["language"].initial = "ky"
        self.fields["consented"].help_text = to_read_out(ahead)

    def clean(self):
        """What must be answered is asked on the telephone page, whose form follows the session."""
        cleaned = super().clean()
        city_session = cleaned.get("city_session")
        if city_session and any(question.is_required for question in city_session.own_questions):
            address = reverse("telephone-register", args=[city_session.pk])
            words = gettext("This session asks questions that must be answered.")
            link = format_html('{} <a href="{}">{}</a>', words, address, gettext("Register by telephone"))
            self.add_error("city_session", ValidationError(link, code="asks"))
        return cleaned


def to_read_out(city_sessions):
    """The consent texts now in force, in both languages, to be read out before the box is ticked."""
    texts = ConsentText.objects.filter(consultation__in=city_sessions.values("consultation"))
    newest = texts.order_by("consultation_id", "-pk").distinct("consultation_id")
    halves = [(language, getattr(text, f"text_{language}")) for text in newest for language in ("ky", "ru")]
    return format_html("<div>{}</div>", format_html_join("", '<p lang="{}">{}</p>', halves)) if halves else ""
