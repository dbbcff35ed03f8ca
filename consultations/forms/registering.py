"""The registration form: one person, or up to twenty with one contact, on one page without a script."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .base import Asked, Folded, Section, first_input, helper_for
from .group import ONLINE, ONLINE_MEANWHILE, GroupFields
from .person import PHONE_OR_EMAIL, ConsentFields, DetailsFields, LanguageField, PersonFields
from .sending import SendingFields

ZOOM_ASKS_FOR_EMAIL = _(
    "Zoom will ask for an e-mail address. Give one here, choose the hall, or tick “Go on without an e-mail”."
)


class RegistrationForm(SendingFields, GroupFields, ConsentFields, LanguageField, DetailsFields, PersonFields):
    """The whole page: `{% crispy form %}` gives all up to the others, `form.last_helper` what stands after them."""

    without_email = forms.BooleanField(label=_("Go on without an e-mail"), required=False)
    agreed_for_others = forms.BooleanField(
        label=_("The people I register here have agreed to it and to the processing of their personal data"),
        error_messages={"required": _("Please confirm that the people you register have agreed.")},
        required=False,
    )

    def __init__(self, data=None, *, city_session, **options):
        own_questions = city_session.own_questions
        super().__init__(data, city_session=city_session, own_questions=own_questions, **options)
        self.fields["without_email"].is_unmarked = self.fields["agreed_for_others"].is_unmarked = True
        self.asks_about_zoom = data is not None and "without_email" in data

    def arrangement(self):
        return [
            "mode",
            "full_name",
            Section(
                _("How can we reach you?"), "phone", "email", hint=_("A phone number or an e-mail: one is enough.")
            ),
            Asked("without_email", raised="asks_about_zoom"),
            "organisation",
            "organisation_type",
            Folded(
                _("A little about you"),
                "position",
                "home_place",
                "gender",
                "age_group",
                hint=_("For the report on the consultation, where only totals appear."),
            ),
            Folded(_("Access and help"), "needs", "needs_text"),
            "question",
            *self.own_questions.names(),
            "language",
        ]

    @property
    def last_helper(self):
        """What stands after the other people: consents, for all of them."""
        return helper_for(*self.last_names())

    def last_names(self):
        agreed = ["agreed_for_others"] if len(self.others) else []
        return ["consent_text", *agreed, "listed_publicly", "photo_consent"]

    def summary(self):
        """In the order of the page: the other people stand before the consents."""
        last = [first_input(self[name]) for name in self.last_names()]
        return sorted(super().summary(), key=lambda line: last.index(line[0]) if line[0] in last else -1)

    def clean(self):
        super().clean()
        if self.others.named() and not self.cleaned_data.get("agreed_for_others"):
            field = self.fields["agreed_for_others"]
            self.add_error(
                "agreed_for_others", forms.ValidationError(field.error_messages["required"], code="required")
            )
        if not self.errors.keys() & {"phone", "email"}:
            if not (self.cleaned_data["phone"] or self.cleaned_data["email"]):
                self.add_error("phone", forms.ValidationError(PHONE_OR_EMAIL, code="no-contact"))
            elif self.lacks_email_for_zoom:
                self.asks_about_zoom = True
                self.add_error("email", forms.ValidationError(ZOOM_ASKS_FOR_EMAIL, code="zoom-asks"))

    @property
    def lacks_email_for_zoom(self):
        return (
            self.cleaned_data.get("mode") in {ONLINE, ONLINE_MEANWHILE}
            and self.city_session.needs_zoom_form
            and not self.cleaned_data["email"]
            and not self.cleaned_data["without_email"]
        )

    def people(self):
        """The contact first."""
        shared = {"photo_consent": False, "listed_publicly": False}
        return [self.person(), *(person | shared for person in super().people())]

    def asked(self):
        return super().asked() | {"city_session": self.city_session, "language": self.cleaned_data["language"]}
