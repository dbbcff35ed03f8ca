"""Letters: one function a kind, three templates each, written in the language of whoever gets it.

Nothing a stranger typed reaches a header, and nothing in a letter can become a link but ours (P 57): the site would
otherwise send anybody's advertisement to anybody's address.
"""

import re
from email.mime.image import MIMEImage
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from consultations import ics, qr
from consultations.models import Message

QR_CONTENT_ID = "ticket-qr"

# A scheme, a path, an address, or a dot inside a word: what mail programs turn into links by themselves.
LOOKS_LIKE_A_LINK = re.compile(r"[:/\\@]|\.\w")


def letter(message):
    """The letter of a `Message`, ready to send: text, HTML, and what its kind attaches."""
    with translation.override(message.language):
        return LETTERS[message.kind](message)


def registration_confirmed(message):
    """You have a place: what, where, when, the ticket, the calendar entry; of a group, everybody's ticket."""
    return _compose("registration_confirmed", message, calendar=True, ticket=True)


def registration_queued(message):
    """You are in the queue: the place in it, and how to take part online meanwhile."""
    return _compose("registration_queued", message)


def place_became_free(message):
    """The queue came to you: the same as a confirmation, in words of its own."""
    return _compose("place_became_free", message, calendar=True, ticket=True)


def link_again(message):
    """Your link again, because somebody who knows your name or your address asked for it."""
    return _compose("link_again", message)


LETTERS = {
    Message.Kind.CONFIRMED: registration_confirmed,
    Message.Kind.QUEUED: registration_queued,
    Message.Kind.PROMOTED: place_became_free,
    Message.Kind.LINK: link_again,
}


def name_fit_for_a_letter(name):
    """The name as typed; empty, where a mail program would make a link of it."""
    return "" if LOOKS_LIKE_A_LINK.search(name) else name


def absolute(path):
    """An address on this site, for paper and letters; never from a request."""
    return f"{settings.SITE_URL}{path}"


def _compose(name, message, *, calendar=False, ticket=False):
    registration = message.registration
    city_session = registration.city_session
    ticket = ticket and registration.is_confirmed
    context = {
        "registration": registration,
        "city_session": city_session,
        "consultation": city_session.consultation,
        "language": message.language,
        "name": name_fit_for_a_letter(registration.full_name),
        "ticket_url": absolute(registration.get_absolute_url()),
        "join_url": absolute(reverse("join", args=[registration.join_code])),
        "find_url": absolute(reverse("ticket-find")),
        "qr_content_id": QR_CONTENT_ID if ticket else "",
        "people": [
            {
                "name": name_fit_for_a_letter(member.full_name),
                "registration": member,
                "url": absolute(member.get_absolute_url()),
            }
            for member in registration.members.live().order_by("pk")
            if not member.email
        ],
    }
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"emails/{name}.subject.txt", context).split()),
        body=render_to_string(f"emails/{name}.txt", context).strip() + "\n",
        to=[registration.contact.email],
        reply_to=[city_session.consultation.contact_email] if city_session.consultation.contact_email else None,
        headers={
            "Message-ID": f"<{message.email_id}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": message.language,
        },
    )
    mail.attach_alternative(render_to_string(f"emails/{name}.html", context), "text/html")
    if ticket:
        mail.attach(_inline_png(qr.png(absolute(reverse("ticket-number", args=[registration.pass_number])))))
    if calendar and (entry := ics.for_registration(registration)):
        mail.attach("invite.ics", entry, "text/calendar; method=PUBLISH")
    return mail


def _inline_png(content):
    """The QR code as a picture inside the letter: mail programs show no remote images and no SVG."""
    picture = MIMEImage(content, "png")
    picture.add_header("Content-ID", f"<{QR_CONTENT_ID}>")
    picture.add_header("Content-Disposition", "inline", filename="ticket.png")
    return picture
