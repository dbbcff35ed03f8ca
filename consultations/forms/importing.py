"""A list of people brought as a file: the file itself, each of its rows, and how they are to be registered."""

import re
from dataclasses import dataclass, field

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from consultations import lists
from consultations.lists.heading import folded
from consultations.models import Need, OwnQuestion, Registration
from consultations.models.own_question import NO, YES

from .cleaning import EmailField, LinesField, NameField, PhoneField, TextField
from .own_questions import OwnQuestions, field_name

Mode, Source, Channel = Registration.Mode, Registration.Source, Registration.Channel

MODES = [(Mode.HALL, _("in the hall")), (Mode.ONLINE, _("online"))]
LANGUAGES = [("ky", "Кыргызча"), ("ru", "Русский")]

# What people write into a column instead of the words we offer.
WRITTEN_INSTEAD = {
    "mode": {
        Mode.HALL: "зал, залда, в зале, очно, офлайн, оффлайн, бетме бет, hall, offline, in person",
        Mode.ONLINE: "онлайн, online, zoom, зум, дистанционно, аралыктан",
    },
    "language": {"ky": "кырг, кыргызча, кыргызский, кыргыз тили, kyrgyz", "ru": "рус, орусча, русский, russian"},
    "gender": {
        Registration.Gender.FEMALE: "ж, жен, женщина, аял, а, f",
        Registration.Gender.MALE: "м, муж, мужчина, эркек, э, m",
    },
    "yes-no": {YES: "ооба, бар, керек, да, нужно, yes, y, 1", NO: "жок, кереги жок, нет, не нужно, no, n, 0"},
    "needs": {
        Need.Kind.STEP_FREE: "пандус, коляска, кресло коляска, арабача, доступная среда, wheelchair",
        Need.Kind.SIGN_LANGUAGE: "сурдоперевод, жаңсоо тили, жестовый язык, sign language",
        Need.Kind.INTERPRETATION: "перевод, котормо, переводчик, котормочу, interpretation",
        Need.Kind.LARGE_PRINT: "крупный шрифт, чоң тамга, ири тамга, large print",
    },
}
NO_NEEDS = {folded(words) for words in "нет, жок, не нужно, керек эмес, no, none".split(",")}
LOST_LETTERS = _("Letters have become question marks: save the file as XLSX or as CSV (UTF-8).")


class WordsField(forms.Field):
    """One of a few answers, in whatever language and form it was written; cleaned to its value.

    Written just so, it is that answer. Written otherwise it is the one that has the same letters and digits, unless
    several have: «< 100 га» and «> 100 га». `by_value` takes the value itself too, where its words are not numbers.
    """

    def __init__(self, column, choices, *, by_value=True, **options):
        super().__init__(required=False, **options)
        self.choices = list(choices)
        self.written, meant = {}, {}
        for language in [None, *(code for code, _name in settings.LANGUAGES)]:
            with override(language):
                labels = [(str(label), value) for value, label in choices]
            self.written |= {plain(label): value for label, value in labels}
            for label, value in labels:
                meant.setdefault(folded(label), set()).add(value)
        for value, words in WRITTEN_INSTEAD.get(column, {}).items():
            for word in words.split(","):
                meant.setdefault(folded(word), set()).add(value)
        if by_value:
            for value, _label in choices:
                meant.setdefault(folded(str(value)), {value})
        self.values = {words: values.pop() for words, values in meant.items() if words and len(values) == 1}

    def clean(self, value):
        if not value:
            return ""
        found = self.written.get(plain(value), self.values.get(folded(value)))
        if found is None:
            raise ValidationError(
                _("No such answer: %(value)s. Possible are: %(answers)s"),
                code="choice",
                params={"value": value[:40], "answers": "; ".join(str(label) for _value, label in self.choices)},
            )
        return str(found)


def plain(words):
    return " ".join(words.casefold().split())


class NeedsField(TextField):
    """What somebody needs, several parted by comma or semicolon: those we know by name, the rest as they stand."""

    def __init__(self):
        super().__init__(required=False, max_length=500)
        self.known = WordsField("needs", Need.Kind.choices).values

    def clean(self, value):
        needs, others = {}, []
        for words in re.split(r"[,;]", super().clean(value)):
            kind = self.known.get(folded(words))
            if kind and kind != Need.Kind.OTHER:
                needs[str(kind)] = ""
            elif folded(words) and folded(words) not in NO_NEEDS:
                others.append(words.strip())
        if others:
            needs[str(Need.Kind.OTHER)] = ", ".join(others)
        return [{"kind": kind, "text": text} for kind, text in needs.items()]


def field_of_answer(question):
    """The answer to one own question, in the words of either language; nobody in a list has to give one."""
    if question.kind == OwnQuestion.Kind.TEXT:
        return LinesField(required=False, max_length=1000)
    numbers = question.answers_in_words
    column = "yes-no" if question.kind == OwnQuestion.Kind.YES_NO else ""
    in_words = lazy(lambda number: question.answers_in_words[number], str)  # each language in its turn
    return WordsField(column, [(number, in_words(number)) for number in numbers], by_value=False)


def fields_of_a_row():
    """A field for each column of a list; made anew for each file, since choices are worded in the present languages."""
    texts = [Registration._meta.get_field(name) for name in ("organisation", "position", "home_place")]
    return {
        "full_name": NameField(),
        "phone": PhoneField(required=False),
        "email": EmailField(required=False),
        "mode": WordsField("mode", MODES),
        "language": WordsField("language", LANGUAGES),
        **{text.name: TextField(required=False, max_length=text.max_length) for text in texts},
        "organisation_type": WordsField("organisation_type", Registration.OrganisationType.choices),
        "gender": WordsField("gender", Registration.Gender.choices),
        "age_group": WordsField("age_group", Registration.AgeGroup.choices),
        "question": LinesField(required=False, max_length=2000),
        "needs": NeedsField(),
    }


@dataclass
class Looked:
    """A list that was looked through: the people whose rows are in order, and what is wrong with the others."""

    people: list = field(default_factory=list)
    errors: list = field(default_factory=list)  # (line, name of the column, words)


def looked_through(rows, *, mode, language, questions=()):
    """Clean `rows`, the pairs that `lists.people_of` gives. Whoever's row says nothing of it takes part in `mode` and
    is written to in `language`. What rows say to own `questions` is in each person's `answers`.
    """
    fields, looked = fields_of_a_row(), Looked()
    own = OwnQuestions(questions)
    by_pk = {question.pk: question for question in questions}
    answering = {field_name(question): (question, field_of_answer(question)) for question in questions}
    for line, cells in rows:
        person, wrong, given = {}, [], {}
        for column, one in fields.items():
            try:
                person[column] = one.clean(cells.get(column, ""))
            except ValidationError as error:
                wrong += [(line, name_of(column), message) for message in error.messages]
        for column, (question, one) in answering.items():
            try:
                given[column] = one.clean(cells.get(column, ""))
            except ValidationError as error:
                wrong += [(line, question.words, message) for message in error.messages]
        person["answers"] = [answer | said_as(answer, by_pk) for answer in own.answers(given)]
        person["mode"] = person.get("mode") or mode
        person["language"] = person.get("language") or language
        if not wrong and not (person["phone"] or person["email"]):
            wrong.append((line, name_of("phone"), _("Give a phone number or an e-mail address.")))
        if has_lost_letters(person.get("full_name", "")):
            wrong.append((line, name_of("full_name"), LOST_LETTERS))
        looked.errors += wrong
        if not wrong:
            looked.people.append(person)
    return looked


def said_as(answer, questions):
    """With the number of a choice its words: by the time it is imported the same number may say something else."""
    return {"words": questions[answer["question_id"]].words_of(answer["choice"])} if "choice" in answer else {}


def has_lost_letters(name):
    """«?м?рбек»: what ң, ө and ү become in an encoding that lacks them."""
    return "?" in name or "\N{REPLACEMENT CHARACTER}" in name


def name_of(column):
    return capfirst(lists.name_of(column))


class ListFileForm(forms.Form):
    """The file, and what holds for whoever's row says nothing else. Cleaned, `looked` is the list looked through."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("XLSX, ODS or CSV, at most 5,000 people."),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"required": _("Choose the file."), "empty": lists.reading.EMPTY},
    )
    mode = forms.ChoiceField(label=_("Where the list does not say it, people take part"), choices=MODES)
    language = forms.ChoiceField(label=_("and get messages in"), choices=LANGUAGES)

    def __init__(self, *args, questions=(), **options):
        super().__init__(*args, **options)
        self.questions = questions

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > lists.reading.LARGEST:
            raise ValidationError(lists.reading.TOO_LARGE, code="large")
        try:
            sheets = lists.rows_of(file.read())
            self.rows = lists.people_of(sheets, questions=self.questions)
            self.left_out = lists.columns_left_out(sheets, questions=self.questions)
        except lists.NotAList as refusal:
            raise ValidationError(refusal.message, code="no-list") from None
        return file

    def looked(self):
        typed = self.cleaned_data
        return looked_through(self.rows, mode=typed["mode"], language=typed["language"], questions=self.questions)


class ImportForm(forms.Form):
    """How the people of a list are registered: `short` says that places are lacking, and asks what to do. Where there
    is `nobody_new`, a list from paper is all it can be.
    """

    source = forms.ChoiceField(
        label=_("What kind of list it is"),
        choices=[
            (Source.IMPORT, _("People want to come: they take places")),
            (Source.PAPER, _("From paper: they were there, outside the count of places, and get no letter")),
        ],
        initial=Source.IMPORT,
        widget=forms.RadioSelect,
    )
    placing = forms.ChoiceField(
        label=_("For whom there is no place"),
        choices=[
            ("queue", _("They wait in the queue")),
            ("online", _("They take part online")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    consent_channel = forms.ChoiceField(
        label=_("How people agreed to their data being kept"),
        choices=[(Channel.PAPER, _("on paper")), (Channel.TELEPHONE, _("by telephone"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how people agreed.")},
    )
    consented = forms.BooleanField(
        label=_("Everybody in the list has agreed to the text below"),
        error_messages={"required": _("Without the person’s consent nothing may be stored.")},
    )
    tell = forms.BooleanField(label=_("Send each of them a letter with the ticket"), required=False, initial=True)

    def __init__(self, *args, short=False, nobody_new=False, **options):
        super().__init__(*args, **options)
        if nobody_new:
            self.fields["source"].choices = [one for one in self.fields["source"].choices if one[0] == Source.PAPER]
            self.fields["source"].initial = Source.PAPER
        if not short:
            del self.fields["placing"]

    def clean(self):
        cleaned = super().clean()
        asked = "placing" in self.fields and cleaned.get("source") == Source.IMPORT
        if asked and not cleaned.get("placing") and "placing" not in self.errors:
            self.add_error("placing", ValidationError(_("Choose what becomes of them."), code="required"))
        return cleaned
