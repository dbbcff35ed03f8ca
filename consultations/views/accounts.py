"""Passwords of staff: the way to a new one by letter, and the page that the letter leads to."""

from axes.utils import reset as forget_failures
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.shortcuts import render
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultations import actions
from consultations.actions import accounts
from consultations.client import address_of
from consultations.forms.accounts import EmailForm, NewPasswordForm
from consultations.middleware import remember_language
from consultations.models.account import language_of

from .lookup import current_consultation
from .posting import EXPIRED, asks_again, has_expired, see_other, typed

GET_AND_POST = ["GET", "HEAD", "POST"]
LETTERS_TO_ONE_ADDRESS, LETTERS_ASKED_BY_ONE, MINUTES = 3, 20, 60
ON_ITS_WAY = _("If there is an account with this e-mail, a letter with a link is on its way.")


@asks_again
@never_cache
@require_http_methods(GET_AND_POST)
def password_forgotten(request):
    """Ask for the letter. The answer, and the work, is the same for an e-mail that nobody has (P 61)."""
    form = EmailForm(typed(request))
    if request.method == "POST" and form.is_valid():
        ask_for_letter(request, form.cleaned_data["email"])
        messages.success(request, ON_ITS_WAY)
        return see_other(request.path)
    context = {"form": form, "expired": EXPIRED if has_expired(request) else "", "consultation": current_consultation()}
    return render(request, "staff/password_forgotten.html", context, status=422 if form.errors else 200)


def ask_for_letter(request, email):
    """Three letters an hour to one e-mail, twenty asked for from one address; more is silently not sent."""
    by_one = actions.within_limit(
        key=f"password-letters-by:{address_of(request)}", limit=LETTERS_ASKED_BY_ONE, minutes=MINUTES
    )
    to_one = actions.within_limit(
        key=f"password-letters-to:{email.lower()}", limit=LETTERS_TO_ONE_ADDRESS, minutes=MINUTES
    )
    if by_one and to_one:
        accounts.ask_for_password_letter(email=email)


@never_cache
@require_http_methods(GET_AND_POST)
def password_set(request, user, key):
    """Where a letter's link leads: GET asks for the password, POST sets it. In the language of the letter."""
    owner = owner_of(user, key)
    if owner is None:
        context = {"consultation": current_consultation()}
        return render(request, "staff/password_link_over.html", context, status=404)
    language = language_of(owner)
    with translation.override(language):
        request.LANGUAGE_CODE = language
        response = password_page(request, owner)
        response.headers["Content-Language"] = language
    remember_language(response, language)
    return response


def password_page(request, owner):
    form = NewPasswordForm(owner, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            forget_failures(username=owner.get_username())
        messages.success(request, _("Your password is set. Log in with it."))
        return see_other("admin:login")
    context = {"form": form, "username": owner.get_username(), "consultation": current_consultation()}
    return render(request, "staff/password_set.html", context, status=422 if form.errors else 200)


def owner_of(user, key):
    """The active account that this link was made for; None where it is forged, used or too old."""
    try:
        pk = int(force_str(urlsafe_base64_decode(user)))
    except ValueError:
        return None
    owner = get_user_model().objects.filter(pk=pk, is_active=True).first() if 0 < pk < 2**31 else None
    return owner if owner and default_token_generator.check_token(owner, key) else None
