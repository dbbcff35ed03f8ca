"""The organisers' site: Django's admin with our name, both languages and a front page.

Beside the package `admin`, not in it: that one registers with this site while it is imported.
"""

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from consultations import __version__, staff_sessions
from consultations.middleware import LANGUAGES, remember_language

# What is worked with most stands first.
ORDER = "CitySession Registration Need Message Notice DataRequest ExportRecord Consultation FormerSlug".split()


class OrganisersSite(admin.AdminSite):
    site_header = _("Public consultations: for organisers")
    site_title = _("For organisers")
    index_title = _("Today")
    enable_nav_sidebar = False  # the lists need its room, and the front page leads everywhere

    def get_urls(self):
        return [
            path("language/", require_POST(self.choose_language), name="language"),
            # Before Django's own, which asks no permission.
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"),
            *super().get_urls(),
        ]

    def each_context(self, request):
        return super().each_context(request) | {"version": __version__}

    def login(self, request, extra_context=None):
        """A new session begins; whoever did not ask for a page lands where their work is."""
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            from consultations import roles  # which imports models

            staff_sessions.begin(request.session)
            if response.url == reverse("admin:index"):
                response["Location"] = reverse(roles.first_page(request.user))
        return response

    def choose_language(self, request):
        """Remember the language and lead back to the page it was chosen on, the page for logging in included."""
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = reverse("admin:index")
        response = HttpResponseRedirect(back)
        if request.POST.get("language") in LANGUAGES:
            remember_language(response, request.POST["language"])
        return response

    def view_on_site(self, request, content_type_id, object_id):
        """The public page of something public, the preview of what is not yet. The address of a registration's page is
        its secret: not this way.
        """
        try:
            model = ContentType.objects.get(pk=content_type_id).model_class()
        except (ContentType.DoesNotExist, ValueError):
            raise Http404 from None
        if model not in self._registry or not self.get_model_admin(model).view_on_site:
            raise Http404
        model_admin = self.get_model_admin(model)
        if preview := getattr(model_admin, "preview_of_hidden", None):
            row = model_admin.get_object(request, object_id)
            if row and model_admin.has_view_permission(request, row) and (address := preview(row)):
                return HttpResponseRedirect(address)
        return shortcut(request, content_type_id, object_id)

    def index(self, request, extra_context=None):
        from consultations.admin.front_page import front_page

        return super().index(request, front_page(request) | (extra_context or {}))

    def get_app_list(self, request, app_label=None):
        """Ours first, in the order of use; Django sorts by name, in code points."""
        apps = list(self._build_app_dict(request, app_label).values())
        for app in apps:
            app["models"].sort(key=lambda model: [*ORDER, model["object_name"]].index(model["object_name"]))
        return sorted(apps, key=lambda app: app["app_label"] != "consultations")
