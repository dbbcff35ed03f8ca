"""The one application, and Django's admin with our site as its default."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = _("Consultations")

    def ready(self):
        from consultations import checks  # noqa: F401 -- registers them


class OrganisersAdminConfig(admin_apps.AdminConfig):
    default = False  # of two configurations in this module the first is ours
    default_site = "consultations.admin_site.OrganisersSite"
