"""The annex to the protocol of a consultation, or of one session: what was promised, what happened, who took part.

`contents.py` says it, once, as plain blocks; PDF and Word file lay the same blocks out. It is made to be published with
the protocol: it names only those who agreed to stand in the public list, and counts by kind as the public page does.
"""

from consultations.documents import typesetting

from .contents import Annex, annex_of
from .word import docx

__all__ = ["Annex", "annex_of", "docx", "pdf"]


def pdf(annex):
    """The annex as PDF, A4."""
    return typesetting.pdf("annex.typ", annex.as_data())
