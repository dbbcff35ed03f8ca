"""Pictures and papers that leave the site: tickets and cards for phones, lists, and all that hangs and lies in a hall.

Every word is put together here, in the wanted language; the typst templates beside these files only lay out. Pictures
are in pictures.py, papers in the modules named for them; papers.py says which there are.
"""

from .papers import KIT, MOST_NAMED, PAPERS, Printed, announcement_of, certificate_of, group_passes, poster_of, printed
from .pictures import (
    attendee_list,
    card_words,
    session_card,
    ticket_picture,
    ticket_words,
)
from .poster import poster_picture, poster_text
from .typesetting import TooLarge

__all__ = [
    "KIT",
    "MOST_NAMED",
    "PAPERS",
    "Printed",
    "TooLarge",
    "announcement_of",
    "attendee_list",
    "card_words",
    "certificate_of",
    "group_passes",
    "poster_of",
    "poster_picture",
    "poster_text",
    "printed",
    "session_card",
    "ticket_picture",
    "ticket_words",
]
