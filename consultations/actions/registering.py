"""A new registration, of one person or of a group: all or nothing, and once however often it is sent."""

from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import Max
from django.utils import timezone

from consultations.models import Need, OwnAnswer, Registration
from consultations.models.reading import sent_before_or_known

from .finding import send_links
from .places import has_hall_seat, lock_city_session, lock_with_session, take_place
from .refusals import BY_CONSTRAINT, RegistrationRefused, all_or_nothing, constraint_name
from .telling import tell_registered

MOST_PEOPLE = 20  # in one form


@dataclass
class Outcome:
    """The registrations of one form, the contact's first; `repeated` when the form had been sent before."""

    registrations: list
    repeated: bool = False

    @property
    def contact(self):
        return self.registrations[0]


def register(
    *,
    city_session,
    people,
    mode,
    submission_key,
    language,
    consent_text,
    consent_channel=Registration.Channel.WEB,
    source=Registration.Source.WEB,
    placing=None,
):
    """Register `people` (dicts of the model's fields, `needs` and own `answers`; the first is the contact).

    `placing` says what to do when places are short. One person in a full hall queues, or with "online-meanwhile"
    takes part online and queues. For a group nothing is taken ("too-few", with the number of free places) until it is
    "queue" (the rest wait) or "online" (the rest take part online). The same `submission_key` gives the first answer
    again (P 7). The same person with the same contact is "known" (P 8): nothing is stored, and whoever has an e-mail
    there gets their link by letter.
    """
    try:
        return _register(
            city_session=city_session,
            people=people,
            mode=mode,
            submission_key=submission_key,
            language=language,
            consent_text=consent_text,
            consent_channel=consent_channel,
            source=source,
            placing=placing,
        )
    except RegistrationRefused as refusal:
        if refusal.code == "known":
            _send_link_to_known(city_session=city_session, people=people)
        raise


@all_or_nothing
def _register(*, city_session, people, mode, submission_key, language, consent_text, consent_channel, source, placing):
    locked = lock_city_session(city_session.pk)
    earlier, known = _earlier_and_known(locked, people, submission_key)
    if earlier:
        return Outcome(earlier, repeated=True)
    refuse_if_closed(locked, mode, source)
    if known:
        raise RegistrationRefused("known")
    common = {
        "city_session": locked,
        "language": language,
        "consent_text": consent_text,
        "consented_at": timezone.now() if consent_text else None,
        "consent_channel": consent_channel if consent_text else "",
        "submission_key": submission_key,
    }
    contact, *others = [
        Registration(**common, source=source, submission_index=index, **columns_of(person))
        for index, person in enumerate(people)
    ]
    give_places([contact, *others], locked, mode=mode, placing=placing)
    contact.version += version_cancelled(locked, contact.email)
    contact.save(force_insert=True)
    _add_members(contact, others, source)
    registrations = [contact, *others]
    add_needs(registrations, people)
    add_answers(registrations, people)
    remember_what_people_heard(locked)
    if source != Registration.Source.DESK:  # whoever stands there needs no letter about where to come
        tell_registered(registrations)
    return Outcome(registrations)


def remember_what_people_heard(city_session):
    """The first to register read the facts on the page; from here on a change of them is something to tell."""
    if city_session.told_facts is None:
        city_session.told_facts = city_session.facts
        city_session.save(update_fields=["told_facts"])


@all_or_nothing
def add_to_group(
    *, contact, people, mode, submission_key, consent_text, consent_channel=Registration.Channel.WEB, placing=None
):
    """Register more people under a contact who is registered already, by the same rules as `register`.

    Who has cancelled is refused ("contact-cancelled"): the others would be told through somebody who has just said
    that the session no longer concerns them.
    """
    asking, locked = lock_with_session(contact)
    contact = asking.contact  # a member without phone and e-mail can answer for nobody
    earlier, known = _earlier_and_known(locked, people, submission_key)
    if earlier:
        return Outcome([contact, *earlier], repeated=True)
    if contact.is_cancelled:
        raise RegistrationRefused("contact-cancelled")
    refuse_if_closed(locked, mode, Registration.Source.GROUP)
    if known:
        raise RegistrationRefused("known")
    members = [
        Registration(
            city_session=locked,
            language=contact.language,
            consent_text=consent_text,
            consented_at=timezone.now() if consent_text else None,
            consent_channel=consent_channel if consent_text else "",
            submission_key=submission_key,
            submission_index=index,
            **columns_of(person),
        )
        for index, person in enumerate(people)
    ]
    give_places(members, locked, mode=mode, placing=placing)
    _add_members(contact, members, Registration.Source.GROUP)
    add_needs(members, people)
    add_answers(members, people)
    tell_registered(members)
    return Outcome([contact, *members])


def columns_of(person):
    return {name: value for name, value in person.items() if name not in {"needs", "answers"}}


def _earlier_and_known(city_session, people, submission_key):
    """What this very form gave before, and whether somebody in it is registered already; one query under the lock."""
    found = sent_before_or_known(city_session, submission_key, people)
    earlier = [
        registration for registration in found if submission_key and registration.submission_key == submission_key
    ]
    if earlier and earlier[0].submission_index > 0:
        # Whoever was first in the form has moved since, or somebody else came instead: to no page of theirs.
        earlier = []
    return earlier, [registration for registration in found if registration not in earlier]


def version_cancelled(city_session, address):
    """The highest version of a registration for this session that was cancelled under that address; 0 without one.

    Whoever cancels and registers anew gets the calendar entry of before again: a SEQUENCE that does not rise above the
    one that took it out would be ignored (RFC 5546).
    """
    if not address:
        return 0
    cancelled = Registration.objects.filter(city_session=city_session, status=Registration.Status.CANCELLED)
    return cancelled.filter(email__iexact=address).aggregate(highest=Max("version"))["highest"] or 0


def refuse_if_closed(city_session, mode, source):
    """Everything is re-read under the lock (P 6). The desk and paper record who was there, however closed it is."""
    if source in Registration.SOURCES_OUTSIDE_THE_COUNT:
        return
    if not city_session.is_public or not city_session.registration_is_open:
        raise RegistrationRefused("over" if city_session.is_over else "closed")
    if mode == Registration.Mode.HALL and not city_session.hall_registration_is_open:
        raise RegistrationRefused("hall-closed")


def give_places(registrations, city_session, *, mode, placing):
    """Give each a place or a turn in the queue; a group that does not fit is refused until `placing` says how."""
    if registrations[0].source in Registration.SOURCES_OUTSIDE_THE_COUNT:
        for registration in registrations:
            registration.mode, registration.status = mode, Registration.Status.CONFIRMED
        return
    free = free_places(city_session, mode)
    if free is not None and free < len(registrations) and len(registrations) > 1 and placing is None:
        raise RegistrationRefused("too-few", free=free)
    for place, registration in enumerate(registrations):
        if free is None or place < free:
            registration.mode, registration.status = mode, Registration.Status.CONFIRMED
        elif mode == Registration.Mode.HALL and placing in {"online", "online-meanwhile"}:
            if city_session.online_free is not None and city_session.online_free <= place - free:
                raise RegistrationRefused("online-full", free=city_session.online_free)
            registration.mode, registration.status = Registration.Mode.ONLINE, Registration.Status.CONFIRMED
            if placing == "online-meanwhile":
                registration.hall_wanted_at = timezone.now()
        else:
            take_place(registration, _without_places(city_session), mode=mode)


def free_places(city_session, mode):
    """Places that registration may still promise in `mode`; None without a limit."""
    if mode == Registration.Mode.HALL:
        return city_session.hall_free if has_hall_seat(city_session) else 0
    return city_session.online_free


def _without_places(city_session):
    """The session as the later ones of a form find it: the earlier ones took what was free."""
    city_session.hall_held, city_session.online_held = city_session.hall_capacity, city_session.online_capacity
    return city_session


def _add_members(contact, members, source):
    for member in members:
        member.group = contact
        member.source = source if source != Registration.Source.WEB else Registration.Source.GROUP
    try:
        Registration.objects.bulk_create(members)
    except IntegrityError as error:
        # Whoever had registered before was found under the lock: these two stand in one form.
        if BY_CONSTRAINT.get(constraint_name(error)) == "known":
            raise RegistrationRefused("same-name") from error
        raise
    if contact.is_live and contact.name_key in {member.name_key for member in members}:
        raise RegistrationRefused("same-name")


def add_needs(registrations, people):
    Need.objects.bulk_create(
        Need(registration=registration, **need)
        for registration, person in zip(registrations, people, strict=True)
        for need in person.get("needs", [])
    )


def add_answers(registrations, people):
    """What was answered to own questions; without any no statement at all."""
    answers = [
        OwnAnswer(registration=registration, **answer)
        for registration, person in zip(registrations, people, strict=True)
        for answer in person.get("answers", [])
    ]
    if answers:
        OwnAnswer.objects.bulk_create(answers)


def _send_link_to_known(*, city_session, people):
    """To the address that is stored, never to the one typed, and once a day (P 65). One transaction an address."""
    known = sent_before_or_known(city_session, "", people)
    for address in sorted({registration.email.lower() for registration in known if registration.email}):
        send_links(address=address)
