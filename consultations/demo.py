"""The demo of `make run`: the announcement's facts on dates to come, and invented people registered for them.

Everything is repeatable: what is there already stays as visitors and organisers of the demo have left it.
"""

import datetime
import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from consultations import actions, announcement, database

from . import demo_people
from .models import Registration

HEAD_START = datetime.timedelta(days=8)  # so that everything can still be registered for, and freed seats given out
WEEK = datetime.timedelta(weeks=1)
ORGANISER = "organiser"
PASSWORD_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on a terminal

# Of the sessions in their order, the undated last: nearly full, lots of room, full with a queue, and no limit.
HALL_CAPACITIES = [40, 150, 30]


def prepare():
    """Make the demo, or bring it up to date. Returns the lines that say where it is and who may enter."""
    _prepare_consultation()
    return _welcome(_prepare_organiser())


@transaction.atomic
def _prepare_consultation():
    consultation = announcement.announced()
    if consultation is None:
        consultation = announcement.load()
        _move_into_the_future(consultation)
        _register_people(consultation)
    elif max(_dates(consultation), default=datetime.date.max) < timezone.localdate():
        _move_into_the_future(consultation)
        _begin_again(consultation)


def _dates(consultation):
    return list(consultation.city_sessions.exclude(date=None).values_list("date", flat=True))


def _move_into_the_future(consultation):
    """By whole weeks: weekdays and the days between the sessions stay those of the announcement."""
    soonest = timezone.localdate() + HEAD_START
    weeks = -((min(_dates(consultation)) - soonest) // WEEK)
    ahead = weeks * WEEK
    for city_session in consultation.city_sessions.exclude(date=None):
        knew_the_date = "date" not in city_session.untold_changes
        _move(city_session, ahead, "date", "registration_opens_at", "registration_closes_at", "promotion_stops_at")
        city_session.calendar_sequence += 1
        if city_session.told_facts and knew_the_date:
            # The demo itself moves the dates: there is nothing for its organiser to announce.
            city_session.told_facts["date"] = city_session.facts["date"]
        city_session.save()
    _move(consultation, ahead, "notice_date", "closed_on")
    consultation.save()


def _move(row, ahead, *columns):
    for column in columns:
        moment = getattr(row, column)
        if moment is not None:
            setattr(row, column, moment + ahead)


def _begin_again(consultation):
    """Nobody has been yet to sessions that are still to come; the registrations themselves are kept."""
    Registration.objects.filter(city_session__consultation=consultation, city_session__date__isnull=False).update(
        checked_in_at=None, checked_in_by="", checked_in_how="", joined_online_at=None
    )


def _register_people(consultation):
    """Through the actions, as if each had filled in the form: queue, letters and all."""
    city_sessions = list(consultation.city_sessions.in_order())
    for city_session, capacity in zip(city_sessions, HALL_CAPACITIES, strict=False):
        actions.change_places(city_session=city_session, hall_capacity=capacity, online_capacity=None)
    questions = [
        consultation.own_questions.get_or_create(place=place, defaults=question)[0]
        for place, question in enumerate(demo_people.OWN_QUESTIONS, start=1)
    ]
    for number, form in enumerate(demo_people.forms(), start=1):
        for place, person in enumerate(form.people):
            person["answers"] = demo_people.answers(questions, number + place)
        outcome = actions.register(
            city_session=city_sessions[form.city_session],
            people=form.people,
            mode=form.mode,
            submission_key=f"demo-{number}",
            language=form.language,
            consent_text=consultation.current_consent,
            consent_channel=form.source,
            source=form.source,
            placing=form.placing,
        )
        if form.is_cancelled:
            actions.cancel(registration=outcome.contact)
        if form.has_filled_in_zooms_form:
            actions.mark_zoom_form_done(registration=outcome.contact)


# The demo's organiser


def _prepare_organiser():
    """A superuser with a password of this checkout's own. Returns the password; None once somebody changed it."""
    user, is_new = get_user_model().objects.get_or_create(
        username=ORGANISER, defaults={"is_staff": True, "is_superuser": True}
    )
    path = database.state_directory() / "organiser-password"
    has_password = path.exists()
    if not has_password:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(secrets.choice(PASSWORD_CHARACTERS) for _ in range(12)))
    password = path.read_text()
    if is_new or not has_password:
        user.set_password(password)
        user.save()
    return password if user.check_password(password) else None


def _welcome(password):
    words = f"password: {password}" if password else "with the password you have given yourself"
    return f"""
  The demo: the announcement's sessions on dates to come, with invented participants.

  The site           {settings.SITE_URL}/
  For organisers     {settings.SITE_URL}/admin/
                     user: {ORGANISER}, {words}
  Letters as files   {settings.EMAIL_FILE_PATH}
"""
