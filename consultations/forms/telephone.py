"""The same forms as on the pages, filled in by an organiser for somebody who telephones."""

from django.utils.translation import gettext_lazy as _

from .group import FULL_NAME
from .own import GroupAddForm, ReplaceForm
from .registering import RegistrationForm

HEARD = _("The person heard this text and agreed")


class ByTelephone:
    """Read out and answered: what the form asks of the reader is asked of the person on the telephone."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        consent = self.fields["consent_text"]
        consent.label = HEARD
        consent.error_messages["required"] = _("Without the person’s consent nothing may be stored.")
        if "full_name" in self.fields:
            self.fields["full_name"].error_messages |= dict.fromkeys(["required", "too_few_letters"], FULL_NAME)
        for name in ("full_name", "phone", "email", "organisation", "position"):
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = "off"  # not the organiser's own


class TelephoneForm(ByTelephone, RegistrationForm):
    pass


class TelephoneReplaceForm(ByTelephone, ReplaceForm):
    pass


class TelephoneAddForm(ByTelephone, GroupAddForm):
    pass
