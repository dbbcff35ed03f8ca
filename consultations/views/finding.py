"""Ways back: tickets this phone remembers, the number with the phone, a letter. A stranger learns nothing (P 61)."""

from django.contrib import messages
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from consultations import actions
from consultations.client import address_of
from consultations.forms.finding import LetterForm, NumberForm
from consultations.models import Registration

from .lookup import current_consultation
from .posting import EXPIRED, asks_again, has_expired, see_other, typed
from .remembered import forget, remember, remembered_codes

# An eight-digit number is guessed by nobody who may try this often; a hall behind one address still gets in.
MOST_TRIES_FROM_ONE_ADDRESS = 60
MOST_TRIES_FOR_ONE_PHONE = 10
MOST_LETTERS_FROM_ONE_ADDRESS = 30
WINDOW = 10  # minutes

NOT_FOUND = _("There is no ticket with this number and this phone. Check both, or call the organisers.")
TOO_MANY = _("Too many attempts. Please try again in a while, or call the organisers.")
LETTER_SENT = _(
    "If there are registrations with this address, a letter with their links is on its way. "
    "It is sent once a day; look into the spam folder too."
)


@require_safe
def my_tickets(request):
    """What the cookie holds, the newest first; codes that no longer open anything are passed over."""
    codes = remembered_codes(request)
    found = Registration.objects.filter(code__in=codes, anonymised_at=None).select_related("city_session__consultation")
    by_code = {registration.code: registration for registration in found}
    registrations = [by_code[code] for code in codes if code in by_code]
    consultation = registrations[0].city_session.consultation if registrations else current_consultation()
    return render(request, "tickets/mine.html", {"registrations": registrations, "consultation": consultation})


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def my_tickets_forget(request):
    """Not my phone: the cookie goes; the registrations stay."""
    response = see_other("my-tickets")
    if request.method == "POST":
        forget(response)
    return response


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_find(request):
    """Two small forms; which one was sent is told by its field."""
    sent = typed(request)
    by_letter = sent is not None and "email" in sent
    number_form = NumberForm(None if by_letter else sent)
    letter_form = LetterForm(sent if by_letter else None)
    form = letter_form if by_letter else number_form
    if has_expired(request):
        form.without_errors().add_error(None, EXPIRED)
    elif sent is not None and form.is_valid():
        answer = send_links(request, form) if by_letter else open_ticket(request, form)
        if answer:
            return answer
    context = {
        "number_form": number_form,
        "letter_form": letter_form,
        "form": form,
        "consultation": current_consultation(),
    }
    return render(request, "tickets/find.html", context, status=422 if sent is not None and form.errors else 200)


def open_ticket(request, form):
    """The own page for who knows both; else one and the same sentence."""
    details = form.cleaned_data
    if not (
        within(f"find-number:{address_of(request)}", MOST_TRIES_FROM_ONE_ADDRESS)
        and within(f"find-number:{details['phone']}", MOST_TRIES_FOR_ONE_PHONE)
    ):
        form.add_error(None, TOO_MANY)
        return None
    registration = actions.find_by_number(**details)
    if registration is None:
        form.add_error(None, NOT_FOUND)
        return None
    response = see_other(registration)
    remember(request, response, registration)
    return response


def send_links(request, form):
    """The letter goes to the address that is stored; the answer is the same for a stranger."""
    if not within(f"find-letter:{address_of(request)}", MOST_LETTERS_FROM_ONE_ADDRESS):
        form.add_error(None, TOO_MANY)
        return None
    actions.send_links(address=form.cleaned_data["email"])
    messages.success(request, LETTER_SENT)
    return see_other("ticket-find")


def within(key, limit):
    return actions.within_limit(key=key, limit=limit, minutes=WINDOW)
