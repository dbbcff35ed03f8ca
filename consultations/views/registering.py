"""Registering: one page for one person or a group, and what it answers when the rules say no."""

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from consultations import actions
from consultations.client import address_of
from consultations.forms.registering import RegistrationForm
from consultations.forms.sending import new_token
from consultations.models import Registration

from .kept import CSRF_TOKEN, FORM_TOKEN, kept_form
from .lookup import follows_former_addresses, get_city_session, get_city_sessions
from .posting import EXPIRED, asks_again, has_expired, see_other, typed
from .remembered import remember

# A hall of two hundred behind one address gets in, a script's five hundred do not (P 62).
MOST_FROM_ONE_ADDRESS, WINDOW = 300, 10  # registrations, minutes
TOO_MANY = _("Too many registrations from this network. Please try again in ten minutes; what you typed is kept.")

PREFILL = signing.TimestampSigner(salt="consultations.views.registering.prefill")
PREFILL_LIFETIME = 3600
PREFILLED = (
    "full_name phone email organisation organisation_type position home_place gender age_group language mode".split()
)

STATUS_OF_REFUSAL = {"busy": 503}


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
@follows_former_addresses
def registration_create(request, consultation, slug):
    """The form; sent, the own page (303), or the form again with what was typed and what is the matter."""
    city_session = get_city_session(consultation, slug)
    if not city_session.registration_is_open:
        return closed(request, city_session)
    sent = typed(request)
    form_for = {"city_session": city_session, "consent_text": city_session.consultation.current_consent}
    if sent is None:
        return empty_form(request, **form_for)
    if "again" in sent:
        return page(request, RegistrationForm(initial=details_behind(sent["again"]), **form_for))
    if sent.get("carry") == "language":
        sent = sent.copy()
        sent["language"] = get_language()  # whoever goes on in the other language wants to be written to in it
    form = RegistrationForm(sent, **form_for)
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
        return page(request, form)
    if "carry" in sent or "add_person" in sent:
        form.without_errors()
        if "add_person" in sent:
            form.others.add()
        return page(request, form)
    return register(request, form)


def empty_form(request, *, city_session, consent_text):
    """The form as everybody finds it: kept ready, with the places of this moment and the tokens of its visitor."""
    mode = request.GET.get("mode")  # `?mode=online` of our own links
    mode = mode if mode in Registration.Mode.values else None

    def render():
        form = RegistrationForm(
            initial={"mode": mode} if mode else {}, city_session=city_session, consent_text=consent_text
        )
        form.token.shown_again = FORM_TOKEN
        return render_to_string("registrations/create.html", context_of(form) | {"csrf_token": CSRF_TOKEN}, request)

    shown = (request.path, mode, city_session.hall_free, city_session.hall_is_full, city_session.online_free)
    response = HttpResponse(kept_form(request, shown=shown, new_token=new_token, render=render))
    # It may be kept for the way back, so that reading about privacy costs nobody what was typed.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def register(request, form):
    """Check, act, answer."""
    if not form.is_valid():
        return page(request, form, status=422)
    if not actions.within_limit(key=f"register:{address_of(request)}", limit=MOST_FROM_ONE_ADDRESS, minutes=WINDOW):
        form.add_error(None, TOO_MANY)
        return page(request, form, status=429)
    try:
        outcome = actions.register(**form.asked())
    except actions.RegistrationRefused as refusal:
        return refused(request, form, refusal)
    if outcome.repeated and outcome.contact.full_name != form.cleaned_data["full_name"]:
        messages.warning(
            request,
            _("This form was sent before: this is the ticket it gave. Another person needs a form of their own."),
        )
    if not outcome.repeated:
        messages.success(request, done_in_words(outcome.registrations))
    response = see_other(outcome.contact)
    remember(request, response, outcome.contact)
    return response


def done_in_words(registrations):
    """What came of the form, in a line above the ticket; that somebody waits is said below it."""
    if len(registrations) == 1:
        confirmed, waiting = _("Your registration is confirmed."), _("You are registered.")
        return confirmed if registrations[0].is_confirmed else waiting
    words = ngettext("%(count)d person is registered.", "%(count)d people are registered.", len(registrations))
    return words % {"count": len(registrations)}


def refused(request, form, refusal):
    """The page for a refusal: another page where the form is of no use any more, else the form with the reason."""
    city_session = form.city_session
    if refusal.code in {"closed", "over"}:
        return closed(request, get_city_session(city_session.consultation.slug, city_session.slug))
    if refusal.code == "known":
        if len(form.others) == 0:
            return known(request, city_session)
        form.add_error(None, SOMEBODY_IS_KNOWN)
    elif refusal.code == "too-few":
        form.offer_places(free=refusal.free)
    else:
        form.add_error(FIELD_OF_REFUSAL.get(refusal.code), refusal.message)
    return page(request, form, status=STATUS_OF_REFUSAL.get(refusal.code, 422), others=True)


SENT_BEFORE = _("This form was sent before, and this is the ticket it gave. Register another person with a new form.")
FIELD_OF_REFUSAL = {"hall-closed": "mode", "online-full": "mode", "hall-full": "mode", "no-contact": "phone"}
SOMEBODY_IS_KNOWN = _(
    "Somebody in this list may be registered already, by the same name with the same phone or e-mail; "
    "that registration holds. Leave that person out and send the rest."
)


def page(request, form, *, status=200, others=False):
    """The form's page; with `others`, the sessions to which everything typed can be carried."""
    context = context_of(form) | {"open_sessions": other_open_sessions(form.city_session) if others else []}
    response = render(request, "registrations/create.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def context_of(form):
    return {"form": form, "city_session": form.city_session, "consultation": form.city_session.consultation}


def closed(request, city_session):
    """Nobody can register here now: why, the nearest other session, the online way. What was typed goes along."""
    return instead(request, "registrations/closed.html", city_session, open_sessions=other_open_sessions(city_session))


def known(request, city_session):
    """The neutral answer to whoever may be registered already: it shows no name, number or link (P 61)."""
    return instead(request, "registrations/known.html", city_session)


def instead(request, template, city_session, **context):
    """A page in place of the form. What was typed goes along: `kept` has it, for a form of hidden fields."""
    sent = typed(request) or {}
    context |= {
        "city_session": city_session,
        "consultation": city_session.consultation,
        "kept": [(name, value) for name in sent if name not in NOT_CARRIED for value in sent.getlist(name)],
    }
    response = render(request, template, context, status=422 if sent else 200)
    if sent:
        response.headers["Cache-Control"] = "no-store"
    return response


NOT_CARRIED = {"csrfmiddlewaretoken", "again", "add_person", "carry", "placing"}


def other_open_sessions(city_session):
    """Where one can register instead, the nearest first."""
    return [
        other
        for other in get_city_sessions(city_session.consultation)
        if other.pk != city_session.pk and other.registration_is_open
    ]


@require_safe
@follows_former_addresses
def registration_known(request, consultation, slug):
    """The same answer at an address of its own: whoever asks for it again by mistake finds words, not a form."""
    return known(request, get_city_session(consultation, slug))


def prefill_for(registration):
    """A short-lived token by which another session's form comes filled in, without the secret in any address."""
    return PREFILL.sign(str(registration.pk))


def details_behind(token):
    """What the form is filled with; nothing when the token is forged or an hour old."""
    try:
        pk = PREFILL.unsign(token, max_age=PREFILL_LIFETIME)
    except signing.BadSignature:
        return {"language": get_language()}
    registration = Registration.objects.filter(pk=pk, anonymised_at=None).first()
    return {name: getattr(registration, name) for name in PREFILLED} if registration else {}
