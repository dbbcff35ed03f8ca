"""Columns and days as this site means them, for every model."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
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


def is_at_zoom(address):
    """Refuse an address that leads anywhere but to the hosts of `ZOOM_HOSTS` and those below them.

    People go there from our pages by themselves, so a link that only looks like Zoom would be believed.
    """
    host = urlsplit(address).hostname or ""
    if not any(host == allowed or host.endswith(f".{allowed}") for allowed in settings.ZOOM_HOSTS):
        words = _("A link to Zoom leads to one of these hosts and begins with https://: %(hosts)s")
        raise ValidationError(words, code="not-zoom", params={"hosts": ", ".join(settings.ZOOM_HOSTS)})


class ZoomField(HttpsField):
    """A meeting at Zoom, or nothing."""

    default_validators = [is_https, is_at_zoom]


def local_date(moment=None):
    """Today, or the day of an aware `moment`, in the site's time zone (Asia/Bishkek)."""
    return timezone.localdate(moment)
