"""Changes of mind on one's own page: details, another city, somebody else instead, one more person."""

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultations.templatetags.content import lang_of, with_weekday

from .base import Folded, PageForm, Section, helper_for
from .cleaning import ChoiceField
from .group import GroupFields, places, with_hint
from .own_questions import stored_answers
from .person import (
    PHONE_OR_EMAIL,
    ConsentField,
    ConsentFields,
    DetailsFields,
    LanguageField,
    PermissionFields,
    PersonFields,
)
from .sending import SendingFields


class ReachableFields(PersonFields):
    """A person who is on the site already, or takes such a person's place."""

    def __init__(self, *args, registration, **options):
        super().__init__(*args, **options)
        self.registration = registration

    def clean(self):
        """A member of a group is reached through its contact; everybody else needs a phone or an e-mail."""
        super().clean()
        nobody_else = self.registration.group_id is None
        unreachable = not (self.cleaned_data.get("phone") or self.cleaned_data.get("email"))
        if nobody_else and unreachable and not self.errors.keys() & {"phone", "email"}:
            self.add_error("phone", forms.ValidationError(PHONE_OR_EMAIL, code="no-contact"))


class ChangeForm(PermissionFields, LanguageField, DetailsFields, ReachableFields):
    """One's own details, filled in as they are stored."""

    def __init__(self, data=None, *, registration):
        own_questions = registration.city_session.own_questions
        initial = stored_details(registration) | stored_answers(registration)
        super().__init__(data, registration=registration, initial=initial, own_questions=own_questions)

    def arrangement(self):
        return [
            "full_name",
            Section(_("How can we reach you?"), "phone", "email"),
            "organisation",
            "organisation_type",
            Folded(_("A little about you"), "position", "home_place", "gender", "age_group"),
            Folded(_("Access and help"), "needs", "needs_text"),
            "question",
            *self.own_questions.names(),
            "language",
            "listed_publicly",
            "photo_consent",
        ]

    def details(self):
        """As `actions.change` takes them."""
        return self.person() | {"language": self.cleaned_data["language"]}


def stored_details(registration):
    """What the form of a change begins with."""
    needs = list(registration.needs.all())
    stored = {name: getattr(registration, name) for name in ChangeForm.base_fields if hasattr(registration, name)}
    return stored | {
        "needs": [need.kind for need in needs],
        "needs_text": next((need.text for need in needs if need.kind == need.Kind.OTHER), ""),
    }


class ReplaceForm(ConsentFields, LanguageField, ReachableFields):
    """Somebody else comes instead: their name, how to reach them, their consent."""

    def __init__(self, data=None, *, registration, **options):
        own_questions = registration.city_session.own_questions
        super().__init__(data, registration=registration, own_questions=own_questions, **options)

    def arrangement(self):
        return [
            "full_name",
            Section(_("How can we reach this person?"), "phone", "email"),
            Folded(_("Access and help"), "needs", "needs_text"),
            *self.own_questions.names(),
            "language",
        ]

    @property
    def consent_helper(self):
        return helper_for("consent_text", "listed_publicly", "photo_consent")

    def details(self):
        """As `actions.replace_person` takes them."""
        given = {name: self.cleaned_data[name] for name in ("language", "consent_text")}
        return self.person() | given


class MoveForm(PageForm):
    """Another city of the same consultation. Of a full hall the choice itself says that one would queue."""

    city_session = ChoiceField(
        label=_("Which city?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a city."), "invalid_choice": _("Choose a city.")},
    )

    def __init__(self, data=None, *, registration, city_sessions):
        super().__init__(data)
        self.by_choice = {}
        for city_session in city_sessions:
            queues = must_queue(registration, city_session)
            choice = f"{city_session.pk}-queue" if queues else str(city_session.pk)
            self.by_choice[choice] = (city_session, "queue" if queues else "refuse")
        self.fields["city_session"].choices = [
            (
                choice,
                session_label(
                    city_session, queues=if_full == "queue", gives_up=gives_up_a_place(registration, city_session)
                ),
            )
            for choice, (city_session, if_full) in self.by_choice.items()
        ]

    def target(self):
        """The session, and what to do if its hall is full, as `actions.move` takes them."""
        city_session, if_full = self.by_choice[self.cleaned_data["city_session"]]
        return {"city_session": city_session, "if_full": if_full}


def must_queue(registration, city_session):
    """Whether there is no place there for this person now."""
    if registration.in_hall or registration.wants_the_hall:
        return city_session.hall_is_full
    return city_session.online_is_full


def gives_up_a_place(registration, city_session):
    """Whether a place is given up to queue there. Whoever takes part online meanwhile does so there too."""
    goes_on_online = registration.is_online and registration.wants_the_hall and not city_session.online_is_full
    return registration.is_confirmed and not goes_on_online


def session_label(city_session, *, queues, gives_up):
    """City, weekday and date, venue, seats left: what a choice of sessions has to say (UX 9); and where one would
    queue, that the place one has is given up for it.
    """
    date = with_weekday(city_session.date) or gettext("Date to be announced")
    venue = in_its_language(city_session, "venue") or gettext("Venue to be announced")
    left = places(city_session.hall_free)
    if queues:
        left = gettext("There is no free place: you would be on the waiting list")
        if gives_up:
            left = gettext("There is no free place: you would be on the waiting list, and give up the place you have")
    hint = format_html("{}{}", venue, f". {left}" if left else "")
    return with_hint(format_html("{}, {}", in_its_language(city_session, "city"), date), hint)


def in_its_language(city_session, name):
    """A name, marked where it is shown in the other language (WCAG 3.1.2)."""
    shown = getattr(city_session, name)
    return format_html("<span{}>{}</span>", lang_of(city_session, name), shown) if shown else ""


class GroupAddForm(SendingFields, GroupFields):
    """More people under a contact who is registered already; the first is there to be filled in."""

    def __init__(self, data=None, *, consent_text, **options):
        super().__init__(data, initial_count=1, **options)
        self.fields["consent_text"] = ConsentField(consent_text)
        self.fields["consent_text"].label = _(
            "The people I register here have agreed to it and to the processing of their personal data"
        )
        self.fields["mode"].label = _("How will they take part?")

    def arrangement(self):
        return ["mode"]

    @property
    def consent_helper(self):
        return helper_for("consent_text")

    def clean(self):
        super().clean()
        if not self.others.named():
            self.add_error(None, forms.ValidationError(_("Enter the name of the person."), code="nobody"))
