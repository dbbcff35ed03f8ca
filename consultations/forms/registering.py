"""The registration form: one person, or up to twenty with one contact, on one page without a script.

Names of fields are the names of the model's fields. What the consultation or the session itself wants to ask stands
after `question`, once for each person.
"""

from django import forms
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from consultations.actions import MOST_PEOPLE
from consultations.actions.refusals import MESSAGES
from consultations.models import Need, Registration

from .base import Folded, PageForm, Section, first_input, helper_for
from .cleaning import ChoiceField, EmailField, LinesField, NameField, PhoneField, TextField, blank_first
from .own_questions import OwnQuestions
from .sending import SendingFields

HALL, ONLINE = Registration.Mode.HALL, Registration.Mode.ONLINE
ONLINE_MEANWHILE = "online-meanwhile"  # wants the hall, takes part online until a seat is free

PHONE_OR_EMAIL = _("Give a phone number or an e-mail address.")


class PersonFields(PageForm):
    """Who comes, how to reach them, and what they need."""

    full_name = NameField(
        label=_("Full name"),
        help_text=_("Surname, given name and patronymic, if you have one"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField(label=_("Phone number"), help_text=_("To tell you if something changes"), required=False)
    email = EmailField(
        label=_("E-mail"), help_text=_("For the confirmation, the calendar and news of changes"), required=False
    )
    needs = forms.MultipleChoiceField(
        label=_("What do you need to take part?"),
        help_text=_("Seen only by the organisers and at the entrance"),
        choices=[(kind.value, kind.label) for kind in Need.Kind if kind != Need.Kind.OTHER],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    needs_text = TextField(
        label=_("Something else, in your own words"),
        help_text=_("For example: a place near the entrance, a companion"),
        max_length=500,
        required=False,
    )

    def __init__(self, *args, own_questions=(), **options):
        self.own_questions = OwnQuestions(own_questions)
        super().__init__(*args, **options)
        for name in ("phone", "email"):
            self.fields[name].is_unmarked = True

    def further_fields(self):
        return self.own_questions.fields()

    def person(self):
        """The person as `actions` take one: the model's fields, the needs, and the answers to own questions."""
        details = {name: value for name, value in self.cleaned_data.items() if name in PERSON_COLUMNS}
        answers = self.own_questions.answers(self.cleaned_data)
        return details | {"needs": self.needs_list(), "answers": answers}

    def needs_list(self):
        needs = [{"kind": kind, "text": ""} for kind in self.cleaned_data["needs"]]
        if self.cleaned_data["needs_text"]:
            needs.append({"kind": Need.Kind.OTHER, "text": self.cleaned_data["needs_text"]})
        return needs


class DetailsFields(PageForm):
    """What the ministry's report counts, and the question a person brings; none of it is needed to take part."""

    organisation = TextField(
        label=_("Organisation"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    organisation_type = forms.ChoiceField(
        label=_("Type of organisation"),
        choices=lambda: blank_first(Registration.OrganisationType.choices),
        required=False,
    )
    position = TextField(
        label=_("Position"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    home_place = TextField(
        label=_("Where do you live?"), help_text=_("City, or village and district"), max_length=150, required=False
    )
    gender = forms.ChoiceField(
        label=_("Gender"), choices=Registration.Gender.choices, required=False, widget=forms.RadioSelect
    )
    age_group = forms.ChoiceField(
        label=_("Age group"), choices=lambda: blank_first(Registration.AgeGroup.choices), required=False
    )
    question = LinesField(label=_("Your question to the organisers"), max_length=2000, required=False)


class LanguageField(PageForm):
    language = ChoiceField(
        label=_("Language of messages"),
        choices=[
            (code, format_html('<span lang="{}">{}</span>', code, name))
            for code, name in Registration._meta.get_field("language").choices
        ],
        widget=forms.RadioSelect,
    )

    def get_initial_for_field(self, field, field_name):
        """The language of the page, until the person says otherwise."""
        return super().get_initial_for_field(field, field_name) or (
            get_language() if field_name == "language" else None
        )


class ConsentBox(forms.CheckboxInput):
    """A tick that carries which text was agreed to; never ticked beforehand."""

    def __init__(self, text):
        super().__init__()
        self.shown = str(text.pk) if text else "0"

    def value_from_datadict(self, data, files, name):
        return data.get(name, "")

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value == self.shown, attrs)
        context["widget"]["value"] = self.shown
        return context


class ConsentField(forms.Field):
    """The consent text that was read and agreed to. A newer text than the one on the page has to be read first."""

    default_error_messages = {
        "required": _("To register, your consent to the processing of personal data is needed."),
        "changed": _("The text of the consent has changed. Please read it and tick the box again."),
    }

    def __init__(self, text, **options):
        super().__init__(
            label=_("I agree to the collection and processing of my personal data"),
            widget=ConsentBox(text),
            **options,
        )
        self.text = text

    def clean(self, value):
        value = super().clean(value)
        if value != self.widget.shown:
            raise forms.ValidationError(self.error_messages["changed"], code="changed")
        return self.text


class PermissionFields(PageForm):
    """What a person allows beyond taking part; each a box of its own, unticked (UX 59)."""

    listed_publicly = forms.BooleanField(
        label=_("My name and organisation may stand in the public list of participants"), required=False
    )
    photo_consent = forms.BooleanField(
        label=_("I agree to be photographed and recorded during the session"), required=False
    )


class ConsentFields(PermissionFields):
    """The permissions, and the consent without which nobody can be registered."""

    def __init__(self, *args, consent_text, **options):
        super().__init__(*args, **options)
        self.fields["consent_text"] = ConsentField(consent_text)


PERSON_COLUMNS = frozenset([*PersonFields.base_fields, *DetailsFields.base_fields, *ConsentFields.base_fields]) - {
    "needs",
    "needs_text",
}


class OtherPerson(PersonFields):
    """Somebody else whom the contact registers too: reached through the contact unless they give their own."""

    remove = forms.BooleanField(label=_("Do not register this person"), required=False)

    def __init__(self, *args, number, **options):
        super().__init__(*args, **options)
        self.number = number
        self.fields["full_name"].help_text = ""
        self.fields["full_name"].widget.attrs["autocomplete"] = "off"
        self.fields["needs"].label = _("What does this person need to take part?")
        self.fields["needs_text"].label = _("Something else, in a few words")
        self.fields["needs_text"].help_text = ""
        for name in ("phone", "email"):
            self.fields[name].is_unmarked = False
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def arrangement(self):
        return [
            "full_name",
            "phone",
            "email",
            Folded(_("Access and help"), "needs", "needs_text"),
            *self.own_questions.names(),
            "remove",
        ]

    @property
    def is_left_empty(self):
        """Added and then not needed: nothing is typed, so nothing is asked."""
        return not any(self[name].value() for name in self.fields)


class OtherPeople:
    """The forms of the other people, read from the hidden field `person`, which names each by a number of its own."""

    def __init__(self, data=None, initial_count=0, own_questions=()):
        self.own_questions = own_questions
        numbers = data.getlist("person") if data is not None else [str(n + 1) for n in range(initial_count)]
        numbers = [number for number in dict.fromkeys(numbers) if number.isascii() and number.isdigit()]
        self.forms = [self.person(number, data) for number in numbers if len(number) <= 3][: MOST_PEOPLE - 1]
        if data is not None:
            self.forms = [form for form in self.forms if not form["remove"].value()]

    def person(self, number, data=None):
        return OtherPerson(data, number=number, prefix=f"person-{number}", own_questions=self.own_questions)

    def __iter__(self):
        return iter(self.forms)

    def __len__(self):
        return len(self.forms)

    def add(self):
        """One more, empty, with the focus in it."""
        if self.may_add:
            number = max((int(form.number) for form in self.forms), default=0) + 1
            form = self.person(str(number))
            form.fields["full_name"].widget.attrs["autofocus"] = True
            self.forms.append(form)

    @property
    def may_add(self):
        return len(self.forms) < MOST_PEOPLE - 1

    def named(self):
        return [form for form in self.forms if not form.is_left_empty]

    def are_valid(self):
        self.forms = self.named()
        valid = [form.is_valid() for form in self.forms]  # each is asked, so that all errors show at once
        return all(valid)

    def summary(self):
        return [line for form in self.forms for line in form.summary()]

    def people(self):
        return [form.person() for form in self.forms]


class GroupFields(PageForm):
    """The other people of a form, how all of it takes part, and how places are divided where they are too few."""

    mode = ChoiceField(
        label=_("How will you take part?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how you will take part."),
            "invalid_choice": _("Choose how you will take part."),
        },
    )
    placing = forms.ChoiceField(label=_("How shall the places be given?"), required=False, widget=forms.RadioSelect)

    def __init__(self, data=None, *, city_session, initial_count=0, **options):
        super().__init__(data, **options)
        self.city_session = city_session
        self.others = OtherPeople(data, initial_count, city_session.own_questions)
        self.asks_for_placing = False
        self.fields["placing"].choices = [("queue", ""), ("online", "")]
        self.fields["placing"].is_unmarked = True
        modes = mode_choices(city_session)
        self.fields["mode"].choices = modes
        if len(modes) == 1:
            self.initial.setdefault("mode", modes[0][0])
        if not city_session.hall_registration_is_open:
            self.fields["mode"].error_messages["invalid_choice"] = MESSAGES["hall-closed"]

    @property
    def placing_helper(self):
        return helper_for("placing")

    @property
    def mode_and_placing(self):
        """The two answers as the action takes them."""
        if self.cleaned_data["mode"] == ONLINE_MEANWHILE:
            return HALL, self.cleaned_data["placing"] or ONLINE_MEANWHILE
        return self.cleaned_data["mode"], self.cleaned_data["placing"] or None

    def people(self):
        """Everybody in the form as the action takes them."""
        return self.others.people()

    def asked(self):
        """What was asked for, as the action takes it."""
        mode, placing = self.mode_and_placing
        return {
            "people": self.people(),
            "mode": mode,
            "placing": placing,
            "submission_key": self.token.key,
            "consent_text": self.cleaned_data["consent_text"],
        }

    def is_valid(self):
        """The form and every person in it."""
        return all([super().is_valid(), self.others.are_valid()])

    def without_errors(self):
        for form in self.others:
            if form.is_bound:
                form.without_errors()
        return super().without_errors()

    def summary(self):
        return super().summary() + self.others.summary()

    def offer_places(self, *, free):
        """Too few places for all: say so, and offer the ways to divide them (design: "Groups")."""
        mode, total = self.mode_and_placing[0], len(self.people())
        online_is_open = self.city_session.online_registration_is_open and not self.city_session.online_is_full
        numbers = {"free": free, "rest": total - free, "total": total}
        if mode == ONLINE:
            self.fields["placing"].choices = [("queue", gettext("%(free)d online and %(rest)d in the queue") % numbers)]
            message = gettext("Free places online: %(free)d, people in your list: %(total)d. Nobody is registered yet.")
        else:
            choices = [("queue", gettext("%(free)d in the hall and %(rest)d in the queue") % numbers)]
            if online_is_open:
                choices.append(("online", gettext("%(free)d in the hall and %(rest)d online") % numbers))
            self.fields["placing"].choices = choices
            message = gettext(
                "Free places in the hall: %(free)d, people in your list: %(total)d. Nobody is registered yet."
            )
        self.asks_for_placing = True
        self.add_error("placing", message % numbers)


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

    @property
    def zoom_helper(self):
        return helper_for("without_email")

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


ZOOM_ASKS_FOR_EMAIL = _(
    "Zoom will ask for an e-mail address. Give one here, choose the hall, or tick “Go on without an e-mail”."
)


def mode_choices(city_session):
    """The ways to take part that are open now, each with what one should know before choosing it."""
    choices = []
    if city_session.hall_registration_is_open:
        if city_session.hall_is_full:
            queue = gettext("The hall is full. You will be in the queue and told when a place becomes free.")
            choices.append((HALL, with_hint(HALL.label, queue)))
        else:
            choices.append((HALL, with_hint(HALL.label, places(city_session.hall_free))))
    online_is_open = city_session.online_registration_is_open
    if online_is_open and choices and city_session.hall_is_full and not city_session.online_is_full:
        meanwhile = gettext("You keep your place in the queue for the hall.")
        choices.append(
            (ONLINE_MEANWHILE, with_hint(gettext("Queue for the hall, take part online meanwhile"), meanwhile))
        )
    if online_is_open:
        choices.append((ONLINE, with_hint(ONLINE.label, about_online(city_session))))
    return choices


def about_online(city_session):
    if city_session.online_is_full:
        return gettext("There are no free places online. You will be in the queue and told when one becomes free.")
    if city_session.needs_zoom_form:
        return gettext("Zoom’s own form will ask for an e-mail address.")
    return ""


def places(free):
    return "" if free is None else gettext("Free places: %(n)s") % {"n": free}


def with_hint(label, hint):
    return format_html('{}<span class="form-text">{}</span>', label, hint) if hint else label
