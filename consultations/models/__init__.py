"""The records the site is made of, one noun a module."""

from .account import Account
from .address import RESERVED_SEGMENTS, FormerSlug
from .agenda import AgendaItem
from .change_record import ChangeRecord
from .city_session import CitySession
from .consultation import ConsentText, Consultation, Party
from .data_request import DataRequest
from .document import Document
from .door import DoorEntry, DoorPass
from .export import ExportRecord
from .message import Message
from .need import Need
from .notice import LetterParagraph, Notice
from .own_question import OwnAnswer, OwnQuestion
from .place_count import PlaceCount
from .rate import RateCount
from .registration import Registration
from .uploaded_list import UploadedList

__all__ = [
    "RESERVED_SEGMENTS",
    "Account",
    "AgendaItem",
    "ChangeRecord",
    "CitySession",
    "ConsentText",
    "Consultation",
    "DataRequest",
    "Document",
    "DoorEntry",
    "DoorPass",
    "ExportRecord",
    "FormerSlug",
    "LetterParagraph",
    "Message",
    "Need",
    "Notice",
    "OwnAnswer",
    "OwnQuestion",
    "Party",
    "PlaceCount",
    "RateCount",
    "Registration",
    "UploadedList",
]
