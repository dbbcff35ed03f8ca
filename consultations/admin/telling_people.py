"""Pages of a city session from which many people are told something: previewed, and stopped while there is time."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consultations import actions, previews
from consultations.models import Notice, Registration

from .attention import warnings_of
from .base import PRIMARY_KEY
from .changes import changes_in_words
from .telling_forms import AskForm, MessageForm, MoveForm, WordsForm

Kind, Mode, Status = Notice.Kind, Registration.Mode, Registration.Status

MOST_SHOWN = 200  # names in a list to look through


class TellsPeople:
    """For the ModelAdmin of sessions: the bar above the form, and the pages it leads to."""

    def get_urls(self):
        pages = {
            "announce": self.announce_page,
            "write": self.write_page,
            "hall": self.hall_page,
            "thank": self.thank_page,
            "stop": self.stop_page,
        }
        own = [
            path(
                f"<path:object_id>/{name}/", self.admin_site.admin_view(page), name=f"consultations_citysession_{name}"
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        city_session = self.get_object(request, object_id)
        bar = told_and_untold(city_session) if city_session and self.has_change_permission(request) else {}
        return super().change_view(request, object_id, form_url, bar | (extra_context or {}))

    # Announcing a change

    def announce_page(self, request, object_id):
        """What changed, whom it concerns, how the letters read; then announced, or corrected without a word."""
        city_session = self.session_to_tell(request, object_id)
        form = WordsForm(request.POST or None)
        if request.method == "POST" and "quiet" in request.POST:
            return self.do(request, city_session, actions.correct_quietly)
        if "announce" in request.POST and form.is_valid():
            return self.do(request, city_session, actions.announce, **form.words())
        form.is_valid()
        notice = actions.announcement_of(city_session, **form.words())
        people = actions.people_concerned(city_session)
        audience = actions.audience(people)
        context = {
            "title": _("What has changed"),
            "form": form,
            "notice": notice,
            "changes": changes_in_words(city_session.told_facts or {}, city_session.facts, notice.changes),
            "audience": audience,
            "previews": previews.of_notice(notice, actions.letter_kind(notice), mode=usual_mode(audience)),
        }
        return self.page(request, "announce", city_session, context)

    # The organisers' own words

    def write_page(self, request, object_id):
        """A free message to everybody of the session, or to those of one mode or status."""
        city_session = self.session_to_tell(request, object_id)
        form = MessageForm(request.POST or None)
        is_valid = form.is_valid()
        people = actions.people_of(city_session, **form.filters())
        audience = actions.audience(people, kind=Kind.MESSAGE)
        if is_valid and "send" in request.POST:
            if audience.letters or audience.calls:
                details = form.words() | form.filters() | {"submission_key": form.key}
                return self.do(request, city_session, actions.write_to_people, **details)
            form.add_error(None, _("Nobody would get this message."))
        notice = Notice(city_session=city_session, kind=Kind.MESSAGE, **form.words())
        context = {
            "title": _("Write to people"),
            "form": form,
            "audience": audience,
            "previews": previews.of_notice(notice, actions.letter_kind(notice), mode=usual_mode(audience)),
        }
        return self.page(request, "write", city_session, context)

    # The hall is too small

    def hall_page(self, request, object_id):
        """Numbers; asking everybody, with the answers so far; moving the last to register to the head of the queue."""
        city_session = self.session_to_tell(request, object_id)
        movable = actions.may_be_moved(city_session)
        most = movable.count()
        places = None if city_session.hall_capacity is None else city_session.hall_capacity - city_session.hall_reserved
        confirmed, waiting = city_session.hall_confirmed, city_session.queue_for_hall
        over = 0 if places is None else max(0, confirmed - places)
        has_room = places is not None and confirmed + waiting <= places
        chosen = request.POST.get("what")
        asked = request.POST if chosen == "ask" else None
        ask = AskForm(asked, prefix="ask", city_session=city_session, has_room=has_room)
        move = MoveForm(
            request.POST if chosen == "move" else None,
            prefix="move",
            most=most,
            initial={"count": min(over, most) or None},
        )
        do_it = "do" in request.POST
        if ask.is_valid() and do_it:
            details = ask.words() | {"answer_by": ask.cleaned_data["answer_by"], "submission_key": ask.key}
            return self.do(request, city_session, actions.ask_hall_or_online, **details)
        if move.is_valid() and do_it and request.POST.get("seen") == str(move.cleaned_data["count"]):
            details = move.words() | {"count": move.cleaned_data["count"], "submission_key": move.key}
            return self.do(request, city_session, actions.move_latest_to_queue, **details)
        in_hall = actions.people_of(city_session, mode=Mode.HALL, status=Status.CONFIRMED)
        last_question = city_session.notices.filter(kind=Kind.CHOICE, stopped_at=None).first()
        context = {
            "title": _("The hall is too small"),
            "places": places,
            "confirmed": confirmed,
            "waiting": waiting,
            "over": over,
            "has_room": has_room,
            "most": most,
            "last_question": last_question,
            "answers": actions.hall_answers(last_question) if last_question else None,
            "ask": ask,
            "ask_audience": actions.audience(in_hall, kind=Kind.CHOICE),
            "move": move,
            "ask_previews": self.preview_of_question(city_session, ask),
        } | self.preview_of_move(city_session, move)
        return self.page(request, "hall", city_session, context)

    def preview_of_question(self, city_session, form):
        answer_by = getattr(form, "cleaned_data", {}).get("answer_by") or form["answer_by"].initial
        notice = Notice(city_session=city_session, kind=Kind.CHOICE, answer_by=answer_by, **form.words())
        return previews.of_notice(notice, actions.letter_kind(notice))

    def preview_of_move(self, city_session, form):
        """Whom it would move, by name, once a number is given."""
        notice = Notice(city_session=city_session, kind=Kind.REQUEUED, **form.words())
        found = {"move_previews": previews.of_notice(notice, actions.letter_kind(notice))}
        if form.is_bound and form.is_valid():
            moved = actions.last_to_register(city_session, form.cleaned_data["count"])
            found["move_audience"] = actions.audience(moved, kind=Kind.REQUEUED)
            found["moved"], found["more_moved"] = moved[:MOST_SHOWN], max(0, len(moved) - MOST_SHOWN)
        return found

    # After the session

    def thank_page(self, request, object_id):
        """One press: to those who came and to those who did not, once."""
        city_session = self.session_to_tell(request, object_id)
        form = WordsForm(request.POST or None)
        if "send" in request.POST and form.is_valid():
            return self.do(request, city_session, actions.thank, **form.words())
        form.is_valid()
        notice = Notice(city_session=city_session, kind=Kind.AFTER, **form.words())
        people = actions.people_to_thank(city_session)
        context = {
            "title": _("After the session"),
            "form": form,
            "thanked": city_session.notices.filter(kind=Kind.AFTER, stopped_at=None).first(),
            "audience": actions.audience(people, kind=Kind.AFTER),
            "came": people.exclude(checked_in_at=None, joined_online_at=None).count(),
            "missed": people.filter(checked_in_at=None, joined_online_at=None).count(),
            "came_previews": previews.of_notice(notice, actions.letter_kind(notice, came=True)),
            "missed_previews": previews.of_notice(notice, actions.letter_kind(notice, came=False)),
        }
        return self.page(request, "thank", city_session, context)

    # Taking it back

    def stop_page(self, request, object_id):
        """The button of the two minutes."""
        city_session = self.session_to_tell(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        chosen = request.POST.get("notice", "")
        if not PRIMARY_KEY.fullmatch(chosen):
            raise Http404
        notice = get_object_or_404(Notice, pk=chosen, city_session=city_session)
        try:
            actions.stop(notice=notice)
        except actions.RegistrationRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, _("Stopped: nobody is told."), messages.SUCCESS)
        return back_to_session(city_session)

    # What they have in common

    def session_to_tell(self, request, object_id):
        city_session = self.get_object(request, object_id)
        if city_session is None:
            raise Http404
        if not self.has_change_permission(request, city_session):
            raise PermissionDenied
        return city_session

    def do(self, request, city_session, action, **details):
        """Do it once and go back to the session, saying what came of it."""
        try:
            notice = action(city_session=city_session, by=request.user.get_username(), **details)
        except actions.RegistrationRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.path)
        if notice is None:
            self.message_user(request, _("This was done already. Nothing was sent twice."), messages.WARNING)
        elif notice.kind == Kind.QUIET:
            self.message_user(request, _("Corrected without telling anybody."), messages.SUCCESS)
        else:
            words = _("Letters: %(letters)d, calls: %(calls)d. They leave at %(time)s; until then you can stop them.")
            numbers = {"letters": notice.letters, "calls": notice.calls, "time": in_seconds(notice.send_after)}
            self.message_user(request, words % numbers, messages.SUCCESS)
        return back_to_session(city_session)

    def page(self, request, name, city_session, context):
        template = f"admin/consultations/citysession/{name}.html"
        common = self.admin_site.each_context(request) | {"opts": self.opts, "city_session": city_session}
        shown = [context[name] for name in ("form", "ask", "move") if name in context]
        status = 422 if any(form.is_bound and form.errors for form in shown) else 200
        return TemplateResponse(request, template, common | context, status=status)


def told_and_untold(city_session):
    """What the bar of a session says: who does not know yet, and what can still be stopped."""
    stoppable = [notice for notice in city_session.notices.filter(stopped_at=None)[:5] if notice.can_be_stopped]
    return {
        "notices_to_stop": [{"notice": notice, "leaves_at": in_seconds(notice.send_after)} for notice in stoppable],
        "untold": who_does_not_know(city_session),
        "warnings": warnings_of(city_session),
    }


def who_does_not_know(city_session):
    """The audience of the announcement to make; None where there is nothing to tell, or nobody to tell it to."""
    if not city_session.untold_changes:
        return None
    audience = actions.audience(actions.people_concerned(city_session))
    return audience if audience.people else None


def usual_mode(audience):
    """How most of those who are told take part."""
    return Mode.ONLINE if audience.online > audience.hall + audience.queue else Mode.HALL


def in_seconds(moment):
    return f"{localtime(moment):%H:%M:%S}"


def back_to_session(city_session):
    return HttpResponseRedirect(reverse("admin:consultations_citysession_change", args=[city_session.pk]))
