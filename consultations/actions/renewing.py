"""A new link for whoever's own page has got into other hands: the old one opens nothing any more (P 44)."""

from consultations.models import Message, Registration
from consultations.models.credentials import new_secret

from .refusals import RegistrationRefused, all_or_nothing
from .telling import tell


def renew_link(*, registration):
    """Draw new secrets for the own page and the join page, and write to whoever can get letters.

    Also for everybody this person registered: their links stood on the page that others have seen. One by one, since
    they may be in several cities by now, the contact last; repeatable. The ticket's number stays: it is printed, and
    opens nothing. Returns the registration as it is now.
    """
    for member in registration.members.identified().order_by("pk"):
        _renew_one(registration=member)
    return _renew_one(registration=registration)


@all_or_nothing
def _renew_one(*, registration):
    current = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if current.anonymised_at is not None:
        raise RegistrationRefused("erased")
    current.code, current.join_code = new_secret(), new_secret()
    current.submission_key = ""  # the form that was sent leads to this page as well
    current.version += 1
    current.save(update_fields=["code", "join_code", "submission_key", "version"])
    if current.email:  # the contact's letter lists those who have none of their own
        tell(current, Message.Kind.NEW_LINK)
    return current
