"""What the organisers answer: about a need, arranged or not possible, and to a question; each answer is told."""

from consultations.models import Message, Need

from .places import lock_with_session
from .refusals import all_or_nothing
from .telling import take_back_answer, tell_answer


@all_or_nothing
def answer_need(*, need, state, reply=""):
    """Say what came of a need; the person is told. «Asked» puts it back: nothing is told any more. Returns the need."""
    current, _city_session = lock_with_session(need.registration)
    need = Need.objects.get(pk=need.pk)
    if (need.state, need.reply) == (state, reply):
        return need
    need.state, need.reply = state, reply
    need.save(update_fields=["state", "reply"])
    _count_up(current)
    if current.needs.exclude(state=Need.State.ASKED).exists():
        tell_answer(current, Message.Kind.NEEDS_ANSWERED)
    else:
        take_back_answer(current, Message.Kind.NEEDS_ANSWERED)
    return need


@all_or_nothing
def answer_question(*, registration, reply):
    """Answer the person's question; an empty reply takes the answer back. Returns the registration."""
    current, _city_session = lock_with_session(registration)
    if current.question_reply == reply:
        return current
    current.question_reply = reply
    current.save(update_fields=["question_reply"])
    _count_up(current)
    if reply:
        tell_answer(current, Message.Kind.QUESTION_ANSWERED)
    else:
        take_back_answer(current, Message.Kind.QUESTION_ANSWERED)
    return current


def _count_up(registration):
    """What is told is told once a version."""
    registration.version += 1
    registration.save(update_fields=["version"])
