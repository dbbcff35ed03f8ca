"""What a consultation asks besides, as fields of a person's form: yes or no, one of several answers, or words."""

from django import forms

from consultations.models import OwnQuestion

from .cleaning import ChoiceField, LinesField, blank_first

MOST_AS_RADIOS = 6  # answers that are shown at once; more go into a drop-down


def field_name(question):
    return f"own_{question.pk}"


def field_for(question):
    """The field of one question, labelled in the present language."""
    common = {"label": question.words, "help_text": question.hint, "required": question.is_required}
    if question.kind == OwnQuestion.Kind.TEXT:
        return LinesField(max_length=1000, **common)
    choices = [(str(number), words) for number, words in question.answers_in_words.items()]
    if len(choices) > MOST_AS_RADIOS:
        return ChoiceField(choices=blank_first(choices), **common)
    return ChoiceField(choices=choices, widget=forms.RadioSelect, **common)


class OwnQuestions:
    """The questions of one form: their fields, and what was answered as `actions` take it."""

    def __init__(self, questions):
        self.questions = list(questions)

    def fields(self):
        return {field_name(question): field_for(question) for question in self.questions}

    def names(self):
        return [field_name(question) for question in self.questions]

    def answers(self, cleaned):
        """Only what was answered: `question_id` with `choice`, the number of the answer, or `text`."""
        given = [(question, cleaned.get(field_name(question))) for question in self.questions]
        return [
            {"question_id": question.pk}
            | ({"text": value} if question.kind == OwnQuestion.Kind.TEXT else {"choice": int(value)})
            for question, value in given
            if value
        ]


def stored_answers(registration):
    """What somebody has answered, as the form of a change begins with it."""
    return {
        f"own_{answer.question_id}": answer.text if answer.choice is None else str(answer.choice)
        for answer in registration.own_answers.all()
    }
