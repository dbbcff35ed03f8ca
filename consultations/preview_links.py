"""Links under which something unpublished can be read for a week: signed, so nothing is stored and nothing guessed."""

import datetime

from django.core import signing

LASTS = datetime.timedelta(days=7)
SIGNER = signing.TimestampSigner(salt="consultations.preview")


def new_token(consultation):
    """Opens the drafts of this consultation and its sessions for `LASTS` from now."""
    return SIGNER.sign(str(consultation.pk))


def read(token):
    """The pk of the consultation that the token opens; `signing.BadSignature` where it opens nothing (any more)."""
    return int(SIGNER.unsign(token, max_age=LASTS))


def ends_at(token):
    """When a token that is good stops opening anything, as an aware time in UTC."""
    stamp = token.rsplit(signing.TimestampSigner().sep, 2)[1]
    signed_at = datetime.datetime.fromtimestamp(signing.b62_decode(stamp), tz=datetime.UTC)
    return signed_at + LASTS
