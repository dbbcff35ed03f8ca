"""The second step of logging in, setting up an app, and the recovery codes."""

from base64 import b32encode
from binascii import unhexlify

import django_otp
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultations import qr, second_factor
from consultations.forms.accounts import CodeForm, SetUpForm

from .lookup import current_consultation
from .posting import see_other

GET_AND_POST = ["GET", "HEAD", "POST"]


def for_logged_in(view):
    """Whoever has given a password, with or without a code."""

    def guarded(request):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request)

    return never_cache(require_http_methods(GET_AND_POST)(guarded))


@for_logged_in
def second_factor_check(request):
    """After the password the code. Whoever has no app yet is led to set one up."""
    user, after = request.user, wanted_page(request)
    if user.is_verified():
        return redirect(after)
    if second_factor.phone_of(user) is None:
        return redirect(with_next("second-factor-set-up", after))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        device, wait_until = second_factor.verify(user, form.cleaned_data["code"])
        if device:
            let_in(request, device)
            if device == second_factor.recovery_of(user):
                left = second_factor.recovery_codes_left(user)
                messages.warning(request, _("Recovery codes left: %(left)d. Each works once.") % {"left": left})
            return see_other(after)
        form.add_error("code", too_early(wait_until) if wait_until else wrong())
    context = {"form": form, "after": after, "consultation": current_consultation()}
    return render(request, "staff/second_factor.html", context, status=422 if form.errors else 200)


@for_logged_in
def second_factor_set_up(request):
    """A key for the app, as a QR code and as text; stored once the app has answered with a right code.

    A password alone replaces no app that is there already.
    """
    user, after = request.user, wanted_page(request)
    if not user.is_verified() and second_factor.phone_of(user):
        return redirect(with_next("second-factor", after))
    form = SetUpForm(request.POST if request.method == "POST" else None)
    key = None
    if request.method == "POST":
        key = second_factor.read_key(user, request.POST.get("key", ""))
        if key and form.is_valid():
            if found := second_factor.set_up(user, key, form.cleaned_data["code"]):
                device, codes = found
                let_in(request, device)
                return codes_page(request, codes, after)
            form.add_error("code", wrong())
        elif not key:
            form = SetUpForm()
            messages.warning(request, _("The page was open for too long. Scan the new code."))
    signed = request.POST["key"] if key else second_factor.new_key(user)
    key = key or second_factor.read_key(user, signed)
    form.initial["key"] = signed
    device = second_factor.as_device(user, key)
    context = {
        "form": form,
        "after": after,
        "picture": qr.svg(device.config_url, title=_("QR code for the app")),
        "secret": in_fours(b32encode(unhexlify(key)).decode()),
        "app_link": device.config_url,
        "is_first": not second_factor.phone_of(user),
        "consultation": current_consultation(),
    }
    return render(request, "staff/second_factor_set_up.html", context, status=422 if form.errors else 200)


@for_logged_in
def second_factor_own(request):
    """One's own second factor: since when, how many recovery codes are left; fresh ones; another phone."""
    user = request.user
    phone = second_factor.phone_of(user)
    if phone and request.method == "POST" and "codes" in request.POST:
        if not user.is_verified():
            return redirect(with_next("second-factor", request.path))
        return codes_page(request, second_factor.new_recovery_codes(user), reverse("second-factor-own"))
    context = {
        "phone": phone,
        "left": second_factor.recovery_codes_left(user),
        "consultation": current_consultation(),
    }
    return render(request, "staff/second_factor_own.html", context)


def codes_page(request, codes, after):
    """Recovery codes, shown this once."""
    context = {"codes": codes, "after": after, "consultation": current_consultation()}
    return render(request, "staff/second_factor_codes.html", context)


def let_in(request, device):
    """From now on this session counts, under a new key: the one before was good for a password alone."""
    request.session.cycle_key()
    django_otp.login(request, device)


def wanted_page(request):
    """Where somebody was going when they were asked for a code; the organisers' front page by default."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def with_next(name, after):
    return f"{reverse(name)}?{urlencode({'next': after})}"


def wrong():
    return _("This code is not right. Wait for the next one and check that the phone’s clock is right.")


def too_early(moment):
    return _("There were several wrong codes. Try again at %(time)s.") % {"time": f"{localtime(moment):%H:%M:%S}"}


def in_fours(text):
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
