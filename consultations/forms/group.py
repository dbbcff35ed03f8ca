"""The others in a form, each with fields of their own, and how all of them take part."""

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultations.actions import MOST_PEOPLE
from consultations.actions.refusals import MESSAGES
from consultations.models import Registration

from .base import Folded, PageForm, helper_for
from .cleaning import ChoiceField
from .person import PersonFields

HALL, ONLINE = Registration.Mode.HALL, Registration.Mode.ONLINE
FULL_NAME = _("Enter the person’s full name.")
ONLINE_MEANWHILE = "online-meanwhile"  # wants the hall, takes part online until a seat is free


class OtherPerson(PersonFields):
    """Somebody else whom the contact registers too: reached through the contact unless they give their own."""

    remove = forms.BooleanField(label=_("Do not register this person"), required=False)

    def __init__(self, *args, number, **options):
        super().__init__(*args, **options)
        self.number = number
        self.fields["remove"].is_unmarked = True
        self.fields["full_name"].help_text = ""
        self.fields["full_name"].error_messages |= dict.fromkeys(["required", "too_few_letters"], FULL_NAME)
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
        self.fields["placing"].help_text = gettext("Places are given in the order of your list.")


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
