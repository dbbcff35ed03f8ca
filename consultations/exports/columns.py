"""What a list can show: columns and presets, the same tables for the form, the files, the records and the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from consultations.models import ExportRecord, OwnAnswer, OwnQuestion, Registration
from consultations.models.credentials import spaced_pass_number

Preset = ExportRecord.Preset
Mode = Registration.Mode

HALL, ONLINE = gettext_lazy("in the hall"), gettext_lazy("online")
MODES = [(Mode.HALL, HALL), (Mode.ONLINE, ONLINE)]
LANGUAGES = [("ky", "Кыргызча"), ("ru", "Русский")]
YES = gettext_lazy("yes")


def as_it_is(_order):
    return lambda value: value or ""


def one_of(choices):
    """Shows the words of a choice, in the language of the list."""

    def prepare(_order):
        words = {value: str(label) for value, label in choices}
        return lambda value: words.get(value, value) if value else ""

    return prepare


def moment(_order):
    return lambda value: f"{timezone.localtime(value):%d.%m.%Y %H:%M}" if value else ""


def yes(_order):
    word = str(YES)
    return lambda value: word if value else ""


def first_known(_order):
    """The person's own, else of whoever registered the person."""
    return lambda own, contacts: own or contacts or ""


def session_name(order):
    words = {city_session.pk: str(city_session) for city_session in order.city_sessions}
    return lambda pk: words.get(pk, "")


def took_part(_order):
    hall, online = str(HALL), str(ONLINE)
    return lambda came, joined: ", ".join(word for word, when in ((hall, came), (online, joined)) if when)


def queue_since(order):
    show = moment(order)
    return lambda hall, online: show(hall or online)


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what it reads, how wide it is (in characters), and what it shows."""

    key: str
    header: Any
    fields: tuple
    width: int
    prepare: Callable = as_it_is
    question: Any = None  # the own question whose answers it shows

    @property
    def title(self):
        return capfirst(str(self.header))

    @property
    def is_personal(self):
        """Whether it says who somebody is, or what somebody wrote."""
        if self.question:
            return self.question.is_personal
        return any(name.rpartition("__")[2] in Registration.PERSONAL for name in self.fields)


WAITING_SINCE = gettext_lazy("in the queue since")
TOOK_PART = gettext_lazy("took part")


def column(key, width, prepare=as_it_is, *, fields=(), header=None):
    """By default named as the registration's own field, and showing it."""
    header = header or Registration._meta.get_field(key).verbose_name
    return Column(key, header, fields or (key,), width, prepare)


# Not gender and age group: the privacy page promises that they leave the site as totals alone.
COLUMNS = [
    column("full_name", 34),
    column("city_session", 24, session_name),
    column("organisation", 34),
    column("organisation_type", 26, one_of(Registration.OrganisationType.choices)),
    column("position", 24),
    column("home_place", 20),
    column("phone", 16, first_known, fields=("phone", "group__phone")),
    column("email", 28, first_known, fields=("email", "group__email")),
    column("mode", 14, one_of(MODES)),
    column("status", 15, one_of(Registration.Status.choices)),
    column(
        "queue_since",
        17,
        queue_since,
        fields=("hall_wanted_at", "online_wanted_at"),
        header=WAITING_SINCE,
    ),
    column("took_part", 16, took_part, fields=("checked_in_at", "joined_online_at"), header=gettext_lazy("took part")),
    column("checked_in_at", 17, moment),
    column("joined_online_at", 17, moment),
    column("pass_number", 12, lambda _order: spaced_pass_number),
    column("language", 12, one_of(LANGUAGES)),
    column("group", 30, fields=("group__full_name",)),
    column("source", 18, one_of(Registration.Source.choices)),
    column("created_at", 17, moment),
    column("listed_publicly", 14, yes),
    column("photo_consent", 14, yes),
    column("question", 50),
]
COLUMN = {one.key: one for one in COLUMNS}
PRESETS = {
    Preset.OFFICIAL: ["full_name", "city_session", "organisation", "position", "mode", "took_part"],
    Preset.CONTACTS: ["full_name", "city_session", "phone", "email", "language", "mode", "status"],
    Preset.EVERYTHING: [one.key for one in COLUMNS],
}
ONE_SESSION_NEEDS_NO = "city_session"  # the title says it
# Names of files travel through systems that know ASCII alone.
ASCII_NAMES = {
    Preset.OFFICIAL: "official-list",
    Preset.CONTACTS: "contacts",
    Preset.EVERYTHING: "full-list",
    Preset.OWN: "list",
}
CONTENTS = {
    Preset.OFFICIAL: gettext_lazy("Official attendee list"),
    Preset.CONTACTS: gettext_lazy("Contacts of participants"),
    Preset.EVERYTHING: gettext_lazy("Full list of participants"),
    Preset.OWN: gettext_lazy("List of participants"),
}


# What a phone at the door carries besides; no file has these columns.
ONLY_AT_THE_DOOR = {
    "needs": gettext_lazy("mark of needs"),
    "last_digits": gettext_lazy("last four digits of the phone"),
}


def column_words(keys, questions=None):
    """The headers of these columns, in the present language. `questions` is what `questions_behind` found, if known."""
    questions = questions_behind(keys) if questions is None else questions
    known = COLUMN | {one.key: one for one in question_columns(questions)}
    titles = {key: one.title for key, one in known.items()} | ONLY_AT_THE_DOOR
    return [titles.get(key, key) for key in keys]


# What a consultation asked besides

OWN = "own_"


def question_columns(questions):
    """A column for each own question, named by its words in the language of the list."""
    return [
        Column(
            key=f"{OWN}{question.pk}",
            header=lazystr(question),
            fields=(f"{OWN}{question.pk}",),
            width=24,
            prepare=answer_to(question),
            question=question,
        )
        for question in questions
    ]


def questions_behind(keys):
    """The own questions among these keys of columns, in one query; none where no key is of one."""
    numbers = [key.removeprefix(OWN) for key in keys if key.startswith(OWN)]
    return list(OwnQuestion.objects.in_lists().filter(pk__in=numbers)) if numbers else []


def answer_to(question):
    """Shows the words of what was chosen, or the person's own."""

    def prepare(_order):
        words = {str(number): text for number, text in question.answers_in_words.items()}
        return lambda value: words.get(value, value) if value else ""

    return prepare


def stored_answer(question):
    """What a row of registrations answered, for the database: a number of `answers_in_words`, or words."""
    answers = OwnAnswer.objects.filter(registration=OuterRef("pk"), question=question)
    return Subquery(answers.values_list(Coalesce(Cast("choice", TextField()), "text"))[:1])
