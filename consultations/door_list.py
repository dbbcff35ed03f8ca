"""What a phone at the door carries when the network is gone: name, state, a mark and four digits; no contact (P 73).

Builder: rows in, plain lists and texts out, to be sent as JSON. A person is a short list, since a thousand of them
have to arrive over a bad network; `COLUMNS` says what stands where.
"""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.models import DoorEntry, Need

COLUMNS = ["pass_number", "full_name", "status", "checked_in_at", "needs", "last_digits"]

Outcome = DoorEntry.Outcome


def people(registrations, *, not_told):
    """A list per person of these registrations of one session. `not_told` are the ids of those who missed a change."""
    marked = registrations.annotate(has_needs=Exists(Need.objects.filter(registration=OuterRef("pk"))))
    found = marked.select_related("group").in_alphabetical_order()
    return [
        [
            one.pass_number,
            one.full_name,
            standing(one, not_told=one.pk in not_told),
            clock(one.checked_in_at),
            int(one.has_needs),
            one.contact.phone.as_e164[-4:] if one.contact.phone else "",
        ]
        for one in found
    ]


def standing(registration, *, not_told):
    """What the door would say of somebody of this session who is not in yet."""
    if registration.is_cancelled:
        return Outcome.CANCELLED.value
    if registration.is_waiting or registration.wants_the_hall:
        return Outcome.QUEUE.value
    if registration.is_online:
        return Outcome.ONLINE.value
    return (Outcome.NOT_TOLD if not_told else Outcome.WELCOME).value


def clock(moment):
    """«13:42» in Asia/Bishkek; nothing for no moment."""
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


def words():
    """Everything the script says, in the reader's language."""
    return {
        "outcomes": {outcome.value: str(outcome.label) for outcome in Outcome},
        "already_at": _("Already in at %(time)s"),
        "place": _("A place in the hall"),
        "not_told": _("A place in the hall; not told of the change yet"),
        "unlisted": _("Not on the list of this phone"),
        "in_hall": _("In the hall: %(in_hall)s"),
        "in_hall_of": _("In the hall: %(in_hall)s of %(capacity)s"),
        "ready": _("Ready for work without network: %(people)s people, %(time)s, camera: %(camera)s"),
        "camera_yes": _("yes"),
        "camera_no": _("no"),
        "not_ready": _("Not ready. The list could not be loaded: check the network and try again."),
        "insecure": _("Camera and work without network need an https address."),
        "waiting": _("No network, waiting to be sent: %(n)s"),
        "sending": _("Waiting to be sent: %(n)s"),
        "locked_out": _("This phone may not send any more: %(n)s arrivals wait. Ask the organiser for a new pass."),
        "unsent": _("Written down on this phone; it is sent when there is network again."),
        "no_ticket": _("This code is no ticket."),
        "refused": _("Could not be recorded"),
    }
