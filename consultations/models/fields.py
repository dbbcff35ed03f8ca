"""Columns and days as this site means them, for every model."""

from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

is_https = URLValidator(schemes=["https"], message=_("Enter an address that begins with https://"))


class HttpsField(models.URLField):
    """An optional outside link; plain http and scripts are refused, and a bare host is taken as https."""

    default_validators = [is_https]

    def __init__(self, verbose_name=None, name=None, **options):
        super().__init__(verbose_name, name, **({"max_length": 500, "blank": True} | options))

    def formfield(self, **options):
        return super().formfield(**({"assume_scheme": "https"} | options))


def local_date(moment=None):
    """Today, or the day of an aware `moment`, in the site's time zone (Asia/Bishkek)."""
    return timezone.localdate(moment)
