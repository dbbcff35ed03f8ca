"""Ways back to one's own page that tell a stranger nothing."""

from django.db.models import Q
from django.utils import timezone

from consultations.models import Message, Registration

from .refusals import all_or_nothing
from .telling import registrations_by_email, tell


def find_by_number(*, pass_number, phone):
    """The registration with this number, if `phone` (E.164) is the person's own or the group contact's; else None."""
    found = Registration.objects.filter(
        Q(phone=phone) | Q(phone="", group__phone=phone), pass_number=pass_number, anonymised_at=None
    )
    return found.first() if phone else None


@all_or_nothing
def send_links(*, address):
    """A letter for each live registration under `address`, with its link, once a day (P 65). Silent for strangers."""
    today = timezone.localdate().isoformat()
    for registration in registrations_by_email(address).exclude(city_session__consultation__is_published=False):
        if not registration.city_session.is_over:
            tell(registration, Message.Kind.LINK, once_as=today)
