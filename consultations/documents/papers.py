"""Which papers there are: one table for the page that offers them, the files, the kit and the tests."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.models import Consultation, ExportRecord

from . import announcement, certificate, facts, passes, people, poster
from .typesetting import pdf

Preset, Reason, Column = ExportRecord.Preset, ExportRecord.Reason, Consultation.SheetColumn
ALWAYS_ON_THE_SHEET = ["full_name"]
# Columns of the sheet that show something of a person, by the names that lists have for them.
SHOWN = {
    Column.ORGANISATION: ["organisation"],
    Column.POSITION: ["position"],
    Column.HOME_PLACE: ["home_place"],
    Column.CONTACT: ["phone", "email"],
    Column.PHOTO: ["photo_consent"],
}


@dataclass(frozen=True)
class Paper:
    """One paper of a session. `words` takes the session and the language; `preset` is there where it names people."""

    key: str
    title: Any
    about: Any
    words: Callable
    template: str
    size: str = "a4"
    preset: str = ""
    reason: str = Reason.HALL
    shows_needs: bool = False

    def columns(self, city_session):
        """What it shows of people, by the keys of the columns of lists."""
        if self.preset == Preset.SIGN_IN:
            chosen = city_session.consultation.sign_in_columns
            return [*ALWAYS_ON_THE_SHEET, *(key for column in chosen for key in SHOWN.get(column, []))]
        if self.preset == Preset.DOOR:
            return ["full_name", "organisation", "pass_number", "mode", "status"]
        return ["full_name", "took_part", "pass_number"] if self.preset == Preset.CERTIFICATES else []


@dataclass(frozen=True)
class Printed:
    """A PDF with what the record of it needs to say: how many people it names, and what of them."""

    pdf: bytes
    people: int
    columns: list


def _announcement(city_session, language):
    consultation = city_session.consultation
    return announcement.words(consultation, sessions_to_announce(consultation), language)


def _certificates(city_session, _language):
    return certificate.certificate_words(city_session, list(certificate.certificates(city_session)))


def _door(city_session, _language):
    return people.door_words(city_session)


MOST_NAMED = 2_000  # people on one paper; drawing the sign-in sheet of so many takes 630 MiB for three seconds

PAPERS = {
    paper.key: paper
    for paper in [
        Paper(
            "announcement",
            gettext_lazy("Announcement"),
            gettext_lazy("A4, two sheets printed on both sides. All sessions, links, documents and the programme."),
            _announcement,
            "announcement",
        ),
        Paper(
            "poster-a4",
            gettext_lazy("Poster, A4"),
            gettext_lazy("For doors and notice boards. Its code is read from one metre."),
            poster.words,
            "poster",
        ),
        Paper(
            "poster-a3",
            gettext_lazy("Poster, A3"),
            gettext_lazy("For the hall of the administration. City and day are read from three metres."),
            poster.words,
            "poster",
            size="a3",
        ),
        Paper(
            "sign-in",
            gettext_lazy("Sign-in sheet"),
            gettext_lazy("A4 across, in both languages, by name, with blank rows and the consent."),
            people.sign_in_words,
            "sign-in",
            preset=Preset.SIGN_IN,
        ),
        Paper(
            "door",
            gettext_lazy("Door list"),
            gettext_lazy("A4, for those who greet: names, ticket numbers, whom to help and whom to tell."),
            _door,
            "door",
            preset=Preset.DOOR,
            shows_needs=True,
        ),
        Paper(
            "certificates",
            gettext_lazy("Certificates of participation"),
            gettext_lazy("A4 across, one a page, for everybody who came or joined. After the session."),
            _certificates,
            "certificates",
            preset=Preset.CERTIFICATES,
            reason=Reason.CERTIFICATE,
        ),
    ]
}
# All that a session needs on paper, in the order in which it is printed; the large poster last, for its own paper.
KIT = ["announcement", "poster-a4", "sign-in", "door", "poster-a3"]


def printed(keys, city_session, language):
    """These papers of a session as one PDF, in the language wanted, which on papers in both comes first."""
    papers = [PAPERS[key] for key in keys]
    with translation.override(language):
        words = [_whole(paper, city_session, language) for paper in papers]
        title = papers[0].title if len(papers) == 1 else _("Kit of the session")
        title = f"{title} — {city_session.city}"
        made = pdf("paper.typ", {"language": language, "title": title, "papers": words})
    columns = dict.fromkeys(key for paper in papers for key in paper.columns(city_session))
    return Printed(made, max(one.get("people", 0) for one in words), list(columns))


def _whole(paper, city_session, language):
    words = paper.words(city_session, language)
    latest = words.get("latest", facts.short_address(city_session))
    return {
        **words,
        "language": language,
        "template": paper.template,
        "size": paper.size,
        "feet": facts.feet(latest, is_public=city_session.is_public),
    }


def sessions_to_announce(consultation):
    """Those that are published; of a consultation that is not yet, all: its announcement is a draft to be looked at."""
    found = consultation.city_sessions.in_order()
    city_sessions = list(found.filter(is_published=True) if consultation.is_published else found)
    for city_session in city_sessions:
        city_session.consultation = consultation
    return city_sessions


def announcement_of(consultation, city_sessions, language):
    """The announcement for everybody, as PDF."""
    with translation.override(language):
        words = announcement.words(consultation, city_sessions, language)
        return _kept(json.dumps(_alone("announcement", words, words["latest"], _("Announcement"))))


def poster_of(city_session, language):
    """The A4 poster for everybody, as PDF."""
    with translation.override(language):
        words = poster.words(city_session, language) | {"size": "a4"}
        return _kept(json.dumps(_alone("poster", words, facts.short_address(city_session), _("Poster"))))


@functools.lru_cache(maxsize=20)
def _kept(words):
    """Papers for everybody are asked for often and say the same for a minute, so the last ones made are kept."""
    return pdf("paper.typ", json.loads(words))


def group_passes(registrations, language):
    """The tickets of a group, six to a sheet, as PDF."""
    with translation.override(language):
        latest = facts.short_address(registrations[0].city_session)
        return pdf("paper.typ", _alone("passes", passes.pass_words(registrations), latest, _("Tickets of your group")))


def certificate_of(registration, language):
    """One person's own certificate as PDF; None where there is none: not held yet, or not there."""
    if not registration.has_certificate:
        return None
    city_session = registration.city_session
    with translation.override(language):
        words = certificate.certificate_words(city_session, [registration])
        return pdf("paper.typ", _alone("certificates", words, facts.short_address(city_session), _("Certificate")))


def _alone(template, words, latest, title):
    """What typst gets for one paper, in the present language."""
    language = translation.get_language()
    paper = words | {"template": template, "language": language, "feet": facts.feet(latest)}
    return {"language": language, "title": title, "papers": [paper]}
