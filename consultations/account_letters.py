"""Letters to staff about their accounts: text only, in the account's language, composed when they are sent.

The link holds Django's token, which opens nothing once it was used, the password was changed or three days are over.
It is made while the letter is, so that no queue keeps it.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from consultations.models.account import language_of


def invitation(user):
    """You have an account: choose a password."""
    return _compose("account_invitation", user, link=password_link(user))


def password_reset(user):
    """Somebody, probably you, asked for a new password."""
    return _compose("account_password_reset", user, link=password_link(user))


def second_factor_reset(user):
    """Your second factor was reset; if you did not ask for it, speak up."""
    return _compose("account_second_factor_reset", user)


LETTERS = {
    "invitation": invitation,
    "password-reset": password_reset,
    "second-factor-reset": second_factor_reset,
}


def password_link(user):
    """Where this user chooses a password, within three days."""
    segments = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    return settings.SITE_URL + reverse("password-set", args=segments)


def _compose(name, user, **context):
    with translation.override(language_of(user)):
        context |= {
            "username": user.get_username(),
            "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
            "site": urlsplit(settings.SITE_URL).netloc,
            "login_url": settings.SITE_URL + reverse("admin:login"),
        }
        subject = " ".join(render_to_string(f"emails/{name}.subject.txt", context).split())
        body = render_to_string(f"emails/{name}.txt", context).strip() + "\n"
        return EmailMessage(subject, body, to=[user.email], headers={"Auto-Submitted": "auto-generated"})
