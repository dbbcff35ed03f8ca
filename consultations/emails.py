"""Letters: one function a kind, in the language of whoever gets it.

Each kind has two templates, `emails/<name>.subject.txt` and `emails/<name>.txt`: what this letter says and no other.
Greeting, facts, ticket, links and foot are the same in all and stand in `emails/frame.txt` and `emails/frame.html`;
both show those same words, so that text and HTML can never say different things.

Nothing a stranger typed reaches a header, and nothing in a letter can become a link but ours (P 57): the site would
otherwise send anybody's advertisement to anybody's address.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from consultations import ics, qr
from consultations.models import LetterParagraph, Message, Need, Registration

UNSUBSCRIBING = signing.Signer(salt="consultations.unsubscribe")

# A scheme, a path, an address, or a dot inside a word: what mail programs turn into links by themselves.
LOOKS_LIKE_A_LINK = re.compile(r"[:/\\@]|\.\w")


def letter(message):
    """The letter of a `Message`, ready to send: text, HTML, and what its kind attaches."""
    with translation.override(message.language):
        return LETTERS[message.kind](message)


# To one person, about their own registration


def registration_confirmed(message):
    """You have a place: what, where, when, the ticket, the calendar entry; of a group, everybody's ticket."""
    return _compose("registration_confirmed", message, calendar="PUBLISH")


def registration_queued(message):
    """You are in the queue: the place in it, and how to take part online meanwhile."""
    return _compose("registration_queued", message)


def place_became_free(message):
    """The queue came to you: the same as a confirmation, in words of its own."""
    return _compose("place_became_free", message, calendar="PUBLISH")


def link_again(message):
    """Your link again, because somebody who knows your name or your address asked for it; and the links of everybody
    else who gave this address, since no second letter follows today.
    """
    return _compose("link_again", message)


def new_link(message):
    """Your page has another address from now on; the calendar entry, which holds it, follows."""
    return _compose("new_link", message, calendar="PUBLISH" if message.registration.is_confirmed else None)


def details_changed(message):
    """What you changed is stored."""
    return _compose("details_changed", message)


def address_changed(message):
    """To the old address: letters go elsewhere now. Without the link, which is no longer that reader's (P 28)."""
    return _compose("address_changed", message, personal=False)


def switched(message):
    """Hall or online, and where you stand now."""
    return _compose("switched", message, calendar="PUBLISH")


def left(message):
    """You have cancelled, and may come back."""
    return _compose("left", message, calendar=_entry_to_cancel(message))


def cancelled_by_organiser(message):
    """The organiser has cancelled your registration."""
    return _compose("cancelled_by_organiser", message, calendar=_entry_to_cancel(message))


def comes_instead(message):
    """You come instead of somebody who gave you their place."""
    return _compose("comes_instead", message, calendar="PUBLISH")


def place_given_away(message):
    """To whoever had the place before: somebody else comes instead, and out of your calendar it goes. Without the
    ticket, which is the other person's, and without either name.

    Who shares the address and still comes may have the same entry in the same calendar: then it stays.
    """
    mail = _compose("place_given_away", message, personal=False)
    registration, city_session = message.registration, _city_session_of(message)
    has_own_entry = not _shares_entry(registration, city_session, message.address)
    if has_own_entry and (entry := ics.of_place_given_away(registration, city_session, language=message.language)):
        mail.attach("invite.ics", entry, "text/calendar; method=CANCEL")
    return mail


def reminder(message):
    """The session is near: the ticket for the hall, the join page for Zoom."""
    return _compose("reminder", message, calendar="PUBLISH", may_unsubscribe=True)


# To everybody of a session


def session_changed(message):
    """What is new against what you last heard; the calendar entry follows."""
    return _compose("session_changed", message, calendar="PUBLISH", may_unsubscribe=True, links=_ways_out(message))


def session_postponed(message):
    """Not on that day; your registration stays."""
    return _compose("session_postponed", message, calendar="CANCEL", may_unsubscribe=True, links=_ways_out(message))


def session_cancelled(message):
    """It will not take place; another city, or online there."""
    return _compose("session_cancelled", message, calendar="CANCEL", may_unsubscribe=True, links=_ways_out(message))


def announcement(message):
    """The organisers' own words."""
    return _compose("announcement", message, may_unsubscribe=True)


def hall_choice(message):
    """The hall is too small: hall, online, or not coming?"""
    registration = message.registration
    answer = [(_("Answer: hall, online, or not coming"), reverse("ticket-answer", args=[registration.code]))]
    return _compose("hall_choice", message, may_unsubscribe=True, links=answer)


def requeued(message):
    """The hall is too small: you are first in the queue, and may take part online."""
    return _compose("requeued", message, may_unsubscribe=True, links=_ways_out(message))


def needs_answered(message):
    """What came of each need; never in the person's own words, which a stranger may have typed (P 57)."""
    return _compose("needs_answered", message)


def question_answered(message):
    """The organisers' answer, without the question."""
    return _compose("question_answered", message)


def after_came(message):
    """Thanks, the materials, and how to comment."""
    return _compose("after_came", message, may_unsubscribe=True, links=_materials(message))


def after_missed(message):
    """What was shown, and how to comment without having been there."""
    return _compose("after_missed", message, may_unsubscribe=True, links=_materials(message))


LETTERS = {
    Message.Kind.CONFIRMED: registration_confirmed,
    Message.Kind.QUEUED: registration_queued,
    Message.Kind.PROMOTED: place_became_free,
    Message.Kind.LINK: link_again,
    Message.Kind.NEW_LINK: new_link,
    Message.Kind.DETAILS_CHANGED: details_changed,
    Message.Kind.ADDRESS_CHANGED: address_changed,
    Message.Kind.SWITCHED: switched,
    Message.Kind.LEFT: left,
    Message.Kind.CANCELLED: cancelled_by_organiser,
    Message.Kind.INSTEAD: comes_instead,
    Message.Kind.GIVEN_AWAY: place_given_away,
    Message.Kind.REMINDER_THREE_DAYS: reminder,
    Message.Kind.REMINDER_EVENING: reminder,
    Message.Kind.REMINDER_HOUR: reminder,
    Message.Kind.SESSION_CHANGED: session_changed,
    Message.Kind.SESSION_POSTPONED: session_postponed,
    Message.Kind.SESSION_CANCELLED: session_cancelled,
    Message.Kind.ANNOUNCEMENT: announcement,
    Message.Kind.HALL_CHOICE: hall_choice,
    Message.Kind.REQUEUED: requeued,
    Message.Kind.NEEDS_ANSWERED: needs_answered,
    Message.Kind.QUESTION_ANSWERED: question_answered,
    Message.Kind.AFTER_CAME: after_came,
    Message.Kind.AFTER_MISSED: after_missed,
}


# What they are made of


def name_fit_for_a_letter(name):
    """The name as typed; empty, where a mail program would make a link of it."""
    return "" if LOOKS_LIKE_A_LINK.search(name) else name


def absolute(path):
    """An address on this site, for paper and letters; never from a request."""
    return f"{settings.SITE_URL}{path}"


def unsubscribe_token(registration):
    """Names the registration in the link that ends reminders, and opens nothing else."""
    return UNSUBSCRIBING.sign(str(registration.pk))


def said(message):
    """The words of this message alone, in the present language: the letter's middle, and what a caller reads out."""
    return render_to_string(f"emails/{LETTERS[message.kind].__name__}.txt", _context(message)).strip()


def _ways_out(message):
    """Another city, online, or leave: each one tap away from a page that asks once."""
    code = message.registration.code
    city_session = message.registration.city_session
    links = [(_("Go to another city"), reverse("ticket-move", args=[code]))]
    if city_session.is_standing and message.registration.in_hall:
        links.append((_("Take part online"), reverse("ticket-switch", args=[code])))
    return [*links, (_("Cancel my registration"), reverse("ticket-cancel", args=[code]))]


def _materials(message):
    city_session = message.registration.city_session
    consultation = city_session.consultation
    links = [
        (document.title, reverse("document-detail", args=[consultation.slug, document.slug]))
        for document in consultation.documents.all()
        if document.city_session_id in {None, city_session.pk}
    ]
    if consultation.comment_form_url:
        links.append((_("Leave a comment"), f"/{consultation.slug}/comment"))
    return links


def people_told_through(registration, *, of_session=None):
    """Of a group, those who have neither phone nor e-mail: whoever is the contact hears of them and for them. Where
    it is about one session, `of_session` (a pk), those who have gone to another city are not meant.
    """
    members = registration.members.all() if registration.pk else []
    known = [member for member in members if member.is_live and member.anonymised_at is None]
    if of_session:
        known = [member for member in known if member.city_session_id == of_session]
    reached = [member for member in known if not (member.email or member.phone)]
    return sorted(reached, key=lambda member: member.pk)


def same_address(message):
    """Others who gave the same e-mail and get no letter of their own beside this one: of a lost link, everybody; of a
    reminder, those who take part in the same session in the same way.
    """
    registration = message.registration
    if message.kind not in {Message.Kind.LINK, *Message.REMINDERS}:
        return []
    others = Registration.objects.written_to_at(registration.email).exclude(pk=registration.pk)
    if message.kind in Message.REMINDERS:
        others = others.reminded().filter(city_session=registration.city_session_id, mode=registration.mode)
    found = others.select_related("city_session").order_by("pk")
    return [other for other in found if not other.city_session.is_over]


def _tickets(message):
    """Pairs of a heading and the tickets that a letter lists below its own."""
    registration = message.registration
    lists = [
        (
            _("Tickets of the people you registered:"),
            people_told_through(registration, of_session=message.notice and message.notice.city_session_id),
        ),
        (_("Other tickets for this address:"), same_address(message)),
    ]
    return [(heading, [_ticket(other, registration) for other in people]) for heading, people in lists if people]


def _ticket(other, registration):
    return {
        "name": name_fit_for_a_letter(other.full_name),
        "city": "" if other.city_session_id == registration.city_session_id else other.city_session.city,
        "registration": other,
        "url": absolute(other.get_absolute_url()),
    }


def _city_session_of(message):
    """What a letter is about: where the person is now, or whose place it was that they gave away."""
    if message.kind in Message.NOT_KEPT and message.moved_from:
        return message.moved_from
    return message.registration.city_session


def _sharing(registration, city_session, address):
    """The others of the session who have given this address."""
    same = Registration.objects.live().identified().filter(city_session=city_session)
    return same.filter(email__iexact=address).exclude(pk=registration.pk)


def _shares_entry(registration, city_session, address):
    """Whether somebody who still comes has the same entry of the session in the same calendar, as a couple with one
    address has: then it must stay when one of them goes. The members of a group have entries of their own.
    """
    return registration.group_id is None and _sharing(registration, city_session, address).filter(group=None).exists()


def _entry_to_cancel(message):
    """CANCEL for whoever has gone, or nothing where the entry is somebody else's too."""
    registration = message.registration
    address = message.address or registration.contact.email
    return None if _shares_entry(registration, registration.city_session, address) else "CANCEL"


def _context(message):
    registration = message.registration
    city_session = _city_session_of(message)
    is_told_of_another = message.kind in Message.NOT_KEPT
    return {
        "message": message,
        "notice": message.notice,
        "registration": registration,
        "city_session": city_session,
        "consultation": city_session.consultation,
        "language": message.language,
        "name": "" if is_told_of_another else name_fit_for_a_letter(registration.full_name),
        "is_told_of_another": is_told_of_another,
        "is_shared": is_told_of_another and _sharing(registration, city_session, message.address).exists(),
        "tickets": _tickets(message),
        "changed": _changed(message),
        "answered_needs": _answered_needs(message),
    }


# Columns of facts that say the same thing to a reader.
CHANGED = {
    "state": "state",
    "date": "date",
    "start_time": "time",
    "end_time": "time",
    "venue": "venue",
    "address": "venue",
    "zoom_join_url": "zoom",
    "zoom_register_url": "zoom",
}


def _answered_needs(message):
    if message.kind != Message.Kind.NEEDS_ANSWERED:
        return []
    return message.registration.needs.exclude(state=Need.State.ASKED)


def _changed(message):
    """What a notice tells of, as a set of «date», «time», «venue», «zoom», «state»."""
    columns = message.notice.changes if message.notice else []
    return {CHANGED[column.removesuffix("_ky").removesuffix("_ru")] for column in columns}


def _compose(name, message, *, calendar=None, personal=True, may_unsubscribe=False, links=()):
    """One letter. `calendar` is the method of the attached entry; `personal` adds own page, ticket and join page."""
    context = _context(message)
    registration = message.registration
    has_ticket = personal and registration.is_confirmed and registration.in_hall and calendar == "PUBLISH"
    paragraph = LetterParagraph.objects.filter(consultation=context["consultation"], kind=message.kind).first()
    context |= {
        "paragraphs": render_to_string(f"emails/{name}.txt", context).strip(),
        "own_words": paragraph.text if paragraph else "",
        "notice_words": message.notice.words if message.notice else "",
        "personal": personal,
        "links": [(label, absolute(path)) for label, path in links],
        "ticket_url": absolute(registration.get_absolute_url()),
        "join_url": absolute(reverse("join", args=[registration.join_code])),
        "has_ticket": has_ticket,
        "unsubscribe_url": absolute(reverse("unsubscribe", args=[unsubscribe_token(registration)]))
        if may_unsubscribe
        else "",
    }
    consultation = context["consultation"]
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"emails/{name}.subject.txt", context).split()),
        body=re.sub(r"\n{3,}", "\n\n", render_to_string("emails/frame.txt", context)).strip() + "\n",
        to=[message.address or registration.contact.email],
        reply_to=[consultation.contact_email] if consultation.contact_email else None,
        headers=_headers(message, context["unsubscribe_url"], consultation.contact_email),
    )
    mail.attach_alternative(render_to_string("emails/frame.html", context), "text/html")
    if has_ticket:
        # Attached and not shown in the HTML: a picture in a short letter is what spam filters look for.
        code = qr.png(absolute(reverse("ticket-number", args=[registration.pass_number])))
        mail.attach(f"ticket-{registration.pass_number}.png", code, "image/png")
    told = (message.notice and message.notice.told_before) or {}
    if calendar and personal and registration.city_session.date is None and told.get("date"):
        mail.attach("invite.ics", ics.of_date_taken_back(registration, told), "text/calendar; method=CANCEL")
    elif calendar and personal and (entry := ics.for_registration(registration, method=calendar)):
        mail.attach("invite.ics", entry, f"text/calendar; method={calendar}")
    if personal and message.moved_from and not _shares_entry(registration, message.moved_from, mail.to[0]):
        entry = ics.of_session_left(registration, message.moved_from)
        if entry:
            mail.attach("former.ics", entry, "text/calendar; method=CANCEL")
    return mail


def _headers(message, unsubscribe_url, mailbox):
    headers = {
        "Message-ID": f"<{message.email_id}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": message.language,
    }
    if unsubscribe_url:
        addresses = [f"<{unsubscribe_url}>"] + ([f"<mailto:{mailbox}?subject=unsubscribe>"] if mailbox else [])
        headers |= {
            "List-Unsubscribe": ", ".join(addresses),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        }
    return headers
