"""The call list: what no letter could carry is told by telephone."""

from django.utils import timezone

from consultations.models import Message

from .refusals import all_or_nothing

TOLD, NO_ANSWER, WRONG_NUMBER = "told", "no-answer", "wrong-number"
OUTCOMES = (TOLD, NO_ANSWER, WRONG_NUMBER)


@all_or_nothing
def record_call(*, message, outcome, by):
    """What came of a call: told, no answer (stays on the list, counted), or a wrong number. The last word counts.

    A call that was taken back stays so, unless it turns out that the person was told.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"No outcome of a call: {outcome}")
    current = Message.objects.calls().select_for_update(no_key=True).get(pk=message.pk)
    if current.status == Message.Status.WITHDRAWN and outcome != TOLD:
        return current
    current.attempts += 1
    if outcome == NO_ANSWER:
        current.status, current.error = Message.Status.QUEUED, outcome
        current.done_at, current.done_by = None, ""
    else:
        told = outcome == TOLD
        current.status = Message.Status.TOLD if told else Message.Status.UNREACHABLE
        current.error = "" if told else outcome
        current.done_at, current.done_by = timezone.now(), by
    current.save(update_fields=["attempts", "done_by", "status", "done_at", "error"])
    return current
