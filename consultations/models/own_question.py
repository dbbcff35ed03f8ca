"""What a consultation, or one session of it, wants to ask besides the form's own questions, and what people answer.

A question is a row, so that asking one more needs nobody who writes code. At most five of a consultation and five of a
session are asked at a time: each has one of five places, and no two the same.
"""

from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .registration import Registration
from .translated import translated

MOST_QUESTIONS = 5
FEWEST_CHOICES, MOST_CHOICES = 2, 12
YES, NO = 1, 2  # the numbers of the two answers, like those of choices


def lines_in(name):
    """How many lines a text column has, for the database; none in an empty one."""
    lines = Func(F(name), Func(Value(10), function="chr"), function="string_to_array")
    return Func(lines, function="cardinality", output_field=models.IntegerField())


class OwnQuestionQuerySet(models.QuerySet):
    def asked(self):
        """Those on the form now; the others are retired and only keep their answers."""
        return self.filter(place__isnull=False)

    def of_session(self, city_session):
        """The consultation's, then the session's own, retired ones included."""
        return self.filter(Q(city_session=city_session) | Q(consultation=city_session.consultation_id)).in_order()

    def of_sessions(self, city_sessions):
        """Everything that is or was asked in any of these sessions."""
        consultations = {one.consultation_id for one in city_sessions}
        return self.filter(Q(city_session__in=list(city_sessions)) | Q(consultation__in=consultations)).in_order()

    def in_lists(self):
        """Those whose answers may leave the site in lists of participants."""
        return self.filter(seen_by=OwnQuestion.SeenBy.LISTS)

    def counted(self):
        """Those whose answers can be counted: yes or no, and choices."""
        return self.exclude(kind=OwnQuestion.Kind.TEXT)

    def in_order(self):
        """The consultation's before a session's, each by place, the retired last."""
        return self.order_by(F("consultation").asc(nulls_last=True), F("place").asc(nulls_last=True), "pk")


class OwnQuestion(models.Model):
    """One question in both languages. Answers keep the number of the choice, so its words may still be corrected."""

    class Kind(models.TextChoices):
        YES_NO = "yes-no", _("yes or no")
        CHOICE = "choice", _("one of several answers")
        TEXT = "text", _("in one’s own words")

    class SeenBy(models.TextChoices):
        ORGANISERS = "organisers", _("the organisers alone")
        LISTS = "lists", _("the organisers, and whoever takes lists of participants")

    consultation = models.ForeignKey(
        "Consultation",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="own_questions",
        verbose_name=_("consultation"),
    )
    city_session = models.ForeignKey(
        "CitySession",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="questions_of_its_own",
        verbose_name=_("city session"),
    )
    place = models.PositiveSmallIntegerField(_("place on the form"), null=True, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=6, choices=Kind.choices, default=Kind.YES_NO)
    words = translated(models.CharField(_("question"), max_length=200))
    hint = translated(models.CharField(_("hint"), max_length=200, blank=True))
    choices = translated(
        models.TextField(
            _("answers to choose from"),
            blank=True,
            help_text=_("A line each, in the same order in both languages; only where one of several is chosen."),
        )
    )
    is_required = models.BooleanField(_("must be answered"), default=False)
    is_personal = models.BooleanField(
        _("says something about the person"),
        default=True,
        help_text=_("The answers are then erased together with the person’s data; else their numbers stay."),
    )
    seen_by = models.CharField(
        _("who sees the answers"), max_length=10, choices=SeenBy.choices, default=SeenBy.ORGANISERS
    )

    objects = OwnQuestionQuerySet.as_manager()

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset(
        "id consultation city_session place kind words_ky words_ru hint_ky hint_ru choices_ky choices_ru is_required "
        "is_personal seen_by".split()
    )

    class Meta:
        verbose_name = _("own question")
        verbose_name_plural = _("own questions")
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consultation__isnull=True, city_session__isnull=False)
                | Q(consultation__isnull=False, city_session__isnull=True),
                name="own_question_of_a_consultation_or_a_session",
            ),
            models.CheckConstraint(
                condition=Q(place=None) | Q(place__gte=1, place__lte=MOST_QUESTIONS), name="own_question_at_most_five"
            ),
            # Deferred, so that two questions can change places in one transaction.
            models.UniqueConstraint(
                fields=["consultation", "place"],
                deferrable=Deferrable.DEFERRED,
                name="own_question_once_per_place_of_consultation",
            ),
            models.UniqueConstraint(
                fields=["city_session", "place"],
                deferrable=Deferrable.DEFERRED,
                name="own_question_once_per_place_of_session",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["yes-no", "choice", "text"]), name="own_question_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(seen_by__in=["organisers", "lists"]), name="own_question_seen_by_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(words_ky="") & ~Q(words_ru=""), name="own_question_is_in_both_languages"
            ),
            models.CheckConstraint(
                condition=~Q(kind="choice") & Q(choices_ky="", choices_ru="")
                | Q(
                    Exact(lines_in("choices_ky"), lines_in("choices_ru")),
                    GreaterThanOrEqual(lines_in("choices_ky"), FEWEST_CHOICES),
                    LessThanOrEqual(lines_in("choices_ky"), MOST_CHOICES),
                    kind="choice",
                ),
                name="own_question_choices_fit_its_kind",
            ),
            # What people write may say anything about anybody.
            models.CheckConstraint(
                condition=~Q(kind="text") | Q(is_personal=True), name="own_question_in_own_words_is_personal"
            ),
        ]

    def __str__(self):
        return self.words

    @property
    def is_retired(self):
        return self.place is None

    @property
    def answers_in_words(self):
        """The answers that can be chosen, by number, in the present language; none of a question of words."""
        if self.kind == self.Kind.YES_NO:
            return {YES: gettext("Yes"), NO: gettext("No")}
        return dict(enumerate(self.choices.splitlines(), start=1))

    def words_of(self, number):
        """What the answer of this number says in both languages, for comparing; no words to be read."""
        return [self.kind, *(lines.splitlines()[number - 1 : number] for lines in (self.choices_ky, self.choices_ru))]


class OwnAnswer(models.Model):
    """What one person answered to one question: the number of what was chosen, or the person's own words."""

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="own_answers", verbose_name=_("registration")
    )
    question = models.ForeignKey(OwnQuestion, models.PROTECT, related_name="answers", verbose_name=_("question"))
    choice = models.PositiveSmallIntegerField(_("answer chosen"), null=True, blank=True)
    text = models.TextField(_("in the person’s words"), max_length=1000, blank=True)

    # What was chosen is personal where its question is; see `actions.erasing`.
    PERSONAL = frozenset({"choice", "text"})
    NOT_PERSONAL = frozenset({"id", "registration", "question"})

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers to own questions")
        ordering = ["question__consultation_id", "question__place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "question"], name="own_answer_once_per_question"),
            models.CheckConstraint(condition=Q(choice=None) | Q(text=""), name="own_answer_is_a_choice_or_words"),
        ]

    def __str__(self):
        return self.in_words

    @staticmethod
    def still_owed_by(registration):
        """The questions that this person would have to answer if they registered now, and has not: asked since, or by
        the city they have moved to.
        """
        required = [question for question in registration.city_session.own_questions if question.is_required]
        if not required:
            return []
        answered = set(registration.own_answers.values_list("question", flat=True))
        return [question for question in required if question.pk not in answered]

    @property
    def in_words(self):
        """The answer for a reader, in the present language."""
        return self.question.answers_in_words.get(self.choice, "") if self.choice else self.text
