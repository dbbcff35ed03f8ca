"""What we keep of staff besides Django's own account."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """The language in which an account's letters are written. An account without a row reads the site's first."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, verbose_name=_("user"))
    language = models.CharField(
        _("language of letters"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset({"user", "language"})

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        default_permissions = ()

    def __str__(self):
        return self.user.get_username()


def language_of(user):
    """The language in which this user's letters are written."""
    account = Account.objects.filter(user=user.pk).first()
    return account.language if account else settings.LANGUAGE_CODE
