"""The telephone page: whoever calls is found by digits or name, and what they ask for is done in three taps.

The actions and the forms are those of the pages; consent is given by telephone.
"""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import F, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import actions
from consultations.forms.own import ChangeForm, MoveForm
from consultations.forms.telephone import TelephoneAddForm, TelephoneForm, TelephoneReplaceForm
from consultations.models import CitySession, Registration
from consultations.models.fields import local_date

from .calling import for_staff
from .lookup import current_consultation
from .own import GET_AND_POST, SWITCHES, members_of, offers, owed_answers
from .posting import EXPIRED, asks_again, has_expired, see_other, typed
from .registering import FIELD_OF_REFUSAL, SOMEBODY_IS_KNOWN, other_open_sessions
from .tickets import about, get_registration, in_their_sessions, share_text

MAY_CHANGE = "consultations.change_registration"
MAY_REGISTER = "consultations.add_registration"

MOST_FOUND = 20  # people; more on one page would be a list of them, which is on record
KNOWN = _("This person is registered for this session already.")

DOINGS = {name: (action, details, _("Saved")) for name, (action, details) in SWITCHES.items()} | {
    "cancel": (actions.cancel, {}, _("The registration is cancelled")),
    "return": (actions.come_back, {}, _("Registered again")),
    "promote": (actions.promote, {}, _("Saved")),
    "tell-again": (actions.tell_again, {}, _("The letter is on its way")),
}


# Who calls


@never_cache
@for_staff(MAY_CHANGE)
@require_safe
def telephone(request):
    """One field for everything; below it who may be meant, and the sessions one can be registered for."""
    asked = request.GET.get("q", "").strip()
    found = list(in_order(Registration.objects.identified().found_by(asked))[: MOST_FOUND + 1])
    context = {
        "asked": asked,
        "found": found[:MOST_FOUND],
        "more": len(found) > MOST_FOUND,
        "open_sessions": open_sessions() if request.user.has_perm(MAY_REGISTER) else [],
        "prefill": urlencode(prefill(asked)),
        "consultation": current_consultation(),
    }
    return render(request, "staff/telephone.html", context)


def in_order(people):
    """Of the latest session first, by name."""
    found = people.select_related("city_session", "group")
    return found.order_by(F("city_session__date").desc(nulls_first=True), "city_session", "sort_key", "pk")


def open_sessions():
    """All sessions that take registrations now, the nearest first."""
    ahead = CitySession.objects.published().filter(Q(date=None) | Q(date__gte=local_date()))
    found = ahead.with_places().select_related("consultation").in_order()
    return [city_session for city_session in found if city_session.registration_is_open]


def prefill(asked):
    """What was searched for begins the form of somebody new: a name, or a whole number of a phone."""
    if "@" in asked:
        return {"email": asked}
    if any(character.isalpha() for character in asked):
        return {"full_name": asked}
    return {"phone": asked} if sum(character.isdigit() for character in asked) > 8 else {}


@never_cache
@for_staff(MAY_CHANGE)
@require_http_methods(GET_AND_POST)
def telephone_person(request, registration):
    """Everything about one caller, with buttons for what can be done now."""
    registration = get_registration(pk=registration)
    if request.method == "POST":
        return do(request, registration)
    city_session = registration.city_session
    contact = registration.group or registration
    members = members_of(contact)
    group = [one for one in [contact, *members] if one.anonymised_at is None]
    context = about(registration) | {
        "offers": offers(registration, other_open_sessions(city_session)),
        "queue_place": registration.queue_place() if registration.is_live else None,
        "group": group if len(group) > 1 else [],
        "elsewhere": elsewhere(registration),
        "needs": registration.needs.all(),
        "own_answers": registration.own_answers.select_related("question").exclude(choice=None, text=""),
        "owed_answers": owed_answers(registration),
        "letter": actions.letter_status(registration),
        "whatsapp_url": whatsapp_url(registration, [registration]),
        "whatsapp_group_url": whatsapp_url(contact, [one for one in group if one.is_live]),
        "may_register": request.user.has_perm(MAY_REGISTER),
    }
    return render(request, "staff/telephone_person.html", context)


def elsewhere(registration):
    """Other registrations by the same phone or e-mail, of this person or of the family."""
    same = Registration.objects.identified().of_person(phone=registration.phone, email=registration.email)
    others = same.exclude(pk=registration.pk).exclude(group=registration.pk)
    return in_order(others)[:MOST_FOUND]


def whatsapp_url(person, registrations):
    """Opens WhatsApp at the person's number with the words of the tickets, in their language; "" without a number."""
    number = person.contact.phone
    if not number or not registrations:
        return ""
    in_their_sessions(registrations)
    with translation.override(person.language):
        text = share_text(registrations)
    return f"https://wa.me/{number.as_e164.removeprefix('+')}?{urlencode({'text': text})}"


def do(request, registration):
    """One button: done, or why not."""
    name = request.POST.get("do")
    if name not in DOINGS:
        return see_other("telephone-person", registration.pk)
    action, details, done = DOINGS[name]
    return acted(request, registration, action, done=done, **details)


def acted(request, registration, action, *, done, **details):
    try:
        action(registration=registration, **details)
    except actions.RegistrationRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return see_other("telephone-person", registration.pk)


# Somebody new


@asks_again
@never_cache
@for_staff(MAY_CHANGE, MAY_REGISTER)
@require_http_methods(GET_AND_POST)
def telephone_register(request, city_session):
    """The form of the public page, with the consent read out; the source is the telephone."""
    found = CitySession.objects.published().with_places().select_related("consultation")
    city_session = get_object_or_404(found, pk=city_session)
    if not city_session.registration_is_open:
        messages.error(request, actions.RegistrationRefused("closed").message)
        return redirect("telephone")
    sent = typed(request)
    form_for = {"city_session": city_session, "consent_text": city_session.consultation.current_consent}
    if sent is None:
        begun = {name: request.GET[name] for name in ("full_name", "phone", "email") if name in request.GET}
        return register_page(request, TelephoneForm(initial=begun | {"language": "ky"}, **form_for))
    form = TelephoneForm(sent, **form_for)
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif "add_person" in sent:
        form.without_errors().others.add()
    elif form.is_valid():
        return register(request, form)
    return register_page(request, form)


def register(request, form):
    how = {"consent_channel": Registration.Channel.TELEPHONE, "source": Registration.Source.TELEPHONE}
    try:
        outcome = actions.register(**form.asked(), **how)
    except actions.RegistrationRefused as refusal:
        refuse(form, refusal)
        return register_page(request, form)
    messages.success(request, _("Registered"))
    return see_other("telephone-person", outcome.contact.pk)


def refuse(form, refusal):
    """Say in the form why not."""
    if refusal.code == "too-few":
        form.offer_places(free=refusal.free)
    elif refusal.code == "known":
        is_a_list = hasattr(form, "people") and len(form.people()) > 1
        form.add_error(None, SOMEBODY_IS_KNOWN if is_a_list else KNOWN)
    else:
        field = FIELD_OF_REFUSAL.get(refusal.code)
        form.add_error(field if field in form.fields else None, refusal.message)


def register_page(request, form):
    context = {
        "form": form,
        "city_session": form.city_session,
        "consultation": form.city_session.consultation,
        "title": _("Register by telephone"),
        "button": _("Register the person"),
        "before": 1,
        "back": None,
    }
    return form_page(request, form, context)


def form_page(request, form, context):
    status = 422 if form.is_bound and (form.errors or form.summary()) else 200
    return render(request, "staff/telephone_form.html", context | {"form": form}, status=status)


# Changes of mind: the forms of the own page


def person_page(request, registration, form, *, title, button, note=""):
    context = about(registration) | {"title": title, "button": button, "note": note, "before": 0, "back": registration}
    return form_page(request, form, context)


@asks_again
@never_cache
@for_staff(MAY_CHANGE)
@require_http_methods(GET_AND_POST)
def telephone_change(request, registration):
    """Details, needs and answers."""
    registration = get_registration(pk=registration)
    form = ChangeForm(typed(request), registration=registration)
    answer = sent_well(request, form, lambda: actions.change(registration=registration, **form.details()))
    return answer or person_page(request, registration, form, title=_("Details and needs"), button=_("Save"))


@asks_again
@never_cache
@for_staff(MAY_CHANGE)
@require_http_methods(GET_AND_POST)
def telephone_replace(request, registration):
    """Somebody else comes instead, on the same seat."""
    registration = get_registration(pk=registration)
    consent_text = registration.city_session.consultation.current_consent
    form = TelephoneReplaceForm(typed(request), registration=registration, consent_text=consent_text)
    by_telephone = {"consent_channel": Registration.Channel.TELEPHONE}
    answer = sent_well(
        request, form, lambda: actions.replace_person(registration=registration, **form.details() | by_telephone)
    )
    note = _("The place passes to the new person, who gets a new ticket; the details of the first one are erased.")
    words = {"title": _("Somebody else comes instead of this person"), "button": _("Pass the place on"), "note": note}
    return answer or person_page(request, registration, form, **words)


@asks_again
@never_cache
@for_staff(MAY_CHANGE)
@require_http_methods(GET_AND_POST)
def telephone_move(request, registration):
    """Another city instead."""
    registration = get_registration(pk=registration)
    form = MoveForm(
        typed(request), registration=registration, city_sessions=other_open_sessions(registration.city_session)
    )
    answer = sent_well(request, form, lambda: actions.move(registration=registration, **form.target()))
    return answer or person_page(request, registration, form, title=_("Choose another city"), button=_("Save"))


@asks_again
@never_cache
@for_staff(MAY_CHANGE, MAY_REGISTER)
@require_http_methods(GET_AND_POST)
def telephone_add(request, registration):
    """One more person, or several, in the caller's group."""
    contact = get_registration(pk=registration)
    if "add" not in offers(contact, []):
        return redirect("telephone-person", contact.pk)
    sent, consent_text = typed(request), contact.city_session.consultation.current_consent
    form = TelephoneAddForm(sent, city_session=contact.city_session, consent_text=consent_text)

    def add():
        actions.add_to_group(contact=contact, **form.asked(), consent_channel=Registration.Channel.TELEPHONE)
        return contact

    if sent is not None and "add_person" in sent:
        form.without_errors().others.add()
        answer = None
    else:
        answer = sent_well(request, form, add)
    return answer or person_page(request, contact, form, title=_("Register one more person"), button=_("Register"))


def sent_well(request, form, action):
    """Do it when the form was sent and is right, and go back to the person; None where the form is to be shown."""
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif form.is_bound and form.is_valid():
        try:
            changed = action()
        except actions.RegistrationRefused as refusal:
            refuse(form, refusal)
            return None
        messages.success(request, _("Saved"))
        return see_other("telephone-person", changed.pk)
    return None
