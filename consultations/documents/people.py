"""The papers on the table at the entrance: the sheet to sign, and the list by which people are found.

On the sheet everybody sees everybody: it shows no number that somebody could copy, and what the law lets out as totals
alone (gender, age) is never filled in, only asked for.
"""

from itertools import groupby

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from consultations.models import Consultation, Message, Need, Registration
from consultations.templatetags.content import times_of

from . import facts

BLANK_AT_LEAST, BLANK_SHARE = 12, 8  # for those who come unregistered: twelve rows, or one for eight people
Column = Consultation.SheetColumn
# Relative widths; the name's and the signature's come before and after.
WIDTHS = {
    Column.ORGANISATION: 46,
    Column.POSITION: 34,
    Column.HOME_PLACE: 32,
    Column.CONTACT: 36,
    Column.GENDER: 17,
    Column.AGE_GROUP: 17,
    Column.PHOTO: 20,
}
ASKED_BY_HAND = {Column.GENDER, Column.AGE_GROUP}


def sign_in_words(city_session, language):
    """Everything the sheet says, in the order in which it is entered afterwards: hall, online, rows to write in."""
    columns = city_session.consultation.sign_in_columns
    halves = facts.in_both_languages(lambda: _half_of_sheet(city_session, columns), language)
    people = list(city_session.registrations.live().identified().on_the_sheet().select_related("group"))
    sections = [
        {
            "titles": [half["sections"][mode] for half in halves],
            "rows": [
                {"cells": [one.full_name, *(_cell(one, column) for column in columns)], "waiting": one.is_waiting}
                for one in group
            ],
        }
        for mode, group in groupby(people, key=lambda one: one.mode)
    ]
    return {
        "halves": halves,
        "widths": [52, *(WIDTHS[column] for column in columns), 34],
        "boxes": [column == Column.PHOTO for column in columns],
        "sections": sections,
        "blank": max(BLANK_AT_LEAST, len(people) // BLANK_SHARE),
        "people": len(people),
    }


def _half_of_sheet(city_session, columns):
    consultation = city_session.consultation
    consent = consultation.current_consent
    return {
        "title": _("Sign-in sheet"),
        "consultation": consultation.short_title,
        "facts": facts_line(city_session),
        "headers": [_("Full name"), *(str(Column(column).label) for column in columns), _("Signature")],
        "sections": {
            Registration.Mode.HALL: _("Registered for the hall"),
            Registration.Mode.ONLINE: _("Registered to take part online"),
        },
        "waiting": _("on the waiting list"),
        "unregistered": _("Not registered before"),
        "consent": _(
            "By signing I agree that my personal data is collected and processed. Text of the consent, version "
            "%(version)s: on the last page and at %(address)s"
        )
        % {"version": consent.version, "address": facts.site()}
        if consent
        else "",
        "photo": _(
            "The session is photographed and recorded. If you do not want to be seen, say so at the entrance desk."
        ),
        "consent-title": _("Consent to the processing of personal data, version %(version)s")
        % {"version": consent.version}
        if consent
        else "",
        "consent-text": consent.text if consent else "",
    }


def facts_line(city_session):
    """«Ош, 2025-жылдын 17-июну, шейшемби, 13:30–16:15, өтүүчү жери»."""
    known = [
        city_session.city,
        facts.date_in_words(city_session),
        times_of(city_session),
        facts.venue_of(city_session),
        city_session.address,
    ]
    return ", ".join(filter(None, known))


def _cell(person, column):
    if column in ASKED_BY_HAND:
        return ""
    if column == Column.CONTACT:
        return _last_of_contact(person.contact)
    if column == Column.PHOTO:
        return "yes" if person.photo_consent else "no"
    return getattr(person, column)


def _last_of_contact(person):
    """Enough for people to see that we have it, too little for others to copy it: «… 4002», «a…@example.org»."""
    if person.phone:
        return f"…\N{NO-BREAK SPACE}{person.phone.as_e164[-4:]}"
    return f"{person.email[0]}…@{person.email.partition('@')[2]}" if person.email else ""


# The list of the door


def door_words(city_session):
    """Everybody by name, in the present language: ticket number, how they take part, and what to mind.

    Of needs only that there are some (UX 59); who may not know yet what has changed is to be told at the door.
    """
    not_told = Message.objects.not_told().filter(registration=OuterRef("pk"))
    contact_not_told = Message.objects.not_told().filter(registration=OuterRef("group"))
    own_contact = ~Q(phone="") | ~Q(email="")
    people = (
        city_session.registrations.identified()
        .live()
        .in_alphabetical_order()
        .annotate(
            has_needs=Exists(Need.objects.filter(registration=OuterRef("pk"))),
            is_not_told=Exists(not_told) | (~own_contact & Exists(contact_not_told)),
        )
    )
    nobody_knows = bool(city_session.untold_changes)
    rows = [
        {
            "letter": _first_letter(person.full_name),
            "name": person.full_name,
            "organisation": person.organisation,
            "number": person.pass_number_spaced,
            "how": _how(person),
            "needs": person.has_needs,
            "not-told": nobody_knows or person.is_not_told,
            "came": person.checked_in_at is not None,
        }
        for person in people
    ]
    return {
        "title": _("Door list"),
        "consultation": city_session.consultation.short_title,
        "facts": facts_line(city_session),
        "headers": [_("Came"), _("Full name"), _("Ticket number"), _("Form"), _("Mind")],
        "needs": _("needs"),
        "not-told": _("not told yet"),
        "legend": [
            [_("needs"), _("this person has asked for something: ask the organiser what was arranged")],
            [_("not told yet"), _("the last change has not reached this person: say it at the door")],
        ],
        "personal": _("Personal data: do not leave it lying about; destroy it after the session."),
        "rows": rows,
        "people": len(rows),
        "in-all": _("In the hall: %(hall)s, in the queue: %(queue)s, online: %(online)s") % _counts(people),
    }


def _first_letter(name):
    return next((letter.upper() for letter in name if letter.isalpha()), "")


def _how(person):
    if person.is_waiting or person.wants_the_hall:
        return _("in the queue")
    return _("in the hall") if person.in_hall else _("online")


def _counts(people):
    queue = [person for person in people if person.is_waiting or person.wants_the_hall]
    hall = [person for person in people if person.in_hall and not person.is_waiting]
    return {"hall": len(hall), "queue": len(queue), "online": len(people) - len(queue) - len(hall)}
