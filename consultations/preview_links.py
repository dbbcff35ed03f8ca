"""Links under which something unpublished can be read for a week: signed, so nothing is guessed.

Of the links nothing is stored but the round of their consultation: the next round ends those of the one before.
"""

import datetime

from django.core import signing

LASTS = datetime.timedelta(days=7)
SIGNER = signing.TimestampSigner(salt="consultations.preview_links")


def new_token(consultation):
    """Opens the drafts of this consultation and its sessions for `LASTS` from now, or until links are withdrawn."""
    return SIGNER.sign(f"{consultation.pk}.{consultation.preview_round}")


def read(token):
    """The pk of the consultation that the token opens, and the round in which it does; `signing.BadSignature` where it
    opens nothing (any more).
    """
    pk, preview_round = SIGNER.unsign(token, max_age=LASTS).split(".")
    return int(pk), int(preview_round)


def ends_at(token):
    """When a token that is good stops opening anything, as an aware time in UTC."""
    stamp = token.rsplit(signing.TimestampSigner().sep, 2)[1]
    signed_at = datetime.datetime.fromtimestamp(signing.b62_decode(stamp), tz=datetime.UTC)
    return signed_at + LASTS
