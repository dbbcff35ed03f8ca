"""Ways back to one's own page that tell a stranger nothing."""

from django.db.models import Q
from django.utils import timezone

from consultations.models import Message, Registration

from .refusals import all_or_nothing
from .telling import tell, tell_nobody


def find_by_number(*, pass_number, phone):
    """The registration with this number, if `phone` (E.164) is the person's own or the group contact's; else None."""
    found = Registration.objects.filter(
        Q(phone=phone) | Q(phone="", group__phone=phone), pass_number=pass_number, anonymised_at=None
    )
    return found.first() if phone else None


@all_or_nothing
def send_links(*, address):
    """One letter with the links of everybody registered under `address`, once a day (P 65). Silent for strangers.

    Where there is no letter to send, as much is done for none: the time it takes tells nothing either (P 61).
    """
    asked_at = timezone.now()
    registrations = Registration.objects.written_to_at(address).select_related("city_session").order_by("-pk")
    asked = next((one for one in registrations if not one.city_session.is_over), None)
    told = asked and tell(asked, Message.Kind.LINK, once_as=timezone.localdate().isoformat())
    if not told or told.created_at < asked_at:
        tell_nobody(address)
