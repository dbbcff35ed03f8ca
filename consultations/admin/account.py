"""Accounts of staff, for superusers: who may what, who was here last, invited, recovered, left."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import admin as django_admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_static import admin as recovery_admin
from django_otp.plugins.otp_totp import admin as totp_admin
from django_otp.plugins.otp_totp.models import TOTPDevice

from consultations import roles
from consultations.actions import accounts
from consultations.forms.cleaning import EmailField
from consultations.models.account import language_of

from .base import OrganisersAdmin, OrganisersForm, in_short

User = get_user_model()

# Django's own pages set other people's passwords and give permissions one by one; the roles are a table in the
# source; and the pages of django-otp show secrets. The imports above made them register before these lines.
admin.site.unregister([django_admin.User, django_admin.Group, totp_admin.TOTPDevice, recovery_admin.StaticDevice])

# What actions.accounts writes into the history: translated when it is read.
HISTORY = [
    gettext_noop("second factor was reset"),
    gettext_noop("second factor was reset on the server"),
    gettext_noop("the person has left"),
    gettext_noop("the person has come back"),
    gettext_noop("roles"),
    gettext_noop("language of letters"),
]


class RolesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, group):
        role = roles.ROLES[group.name]
        return f"{role.name}: {role.words}"


class AccountForm(OrganisersForm):
    """An account. What it may is said by roles alone."""

    email = EmailField(label=_("E-mail"), help_text=_("The invitation goes there, and letters for a new password."))
    language = forms.ChoiceField(label=_("Language of letters"), choices=settings.LANGUAGES)
    roles = RolesField(
        label=_("Roles"), queryset=Group.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "is_superuser"]
        labels = {"is_superuser": _("May everything, accounts included")}
        help_texts = {"is_superuser": ""}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["roles"].queryset = Group.objects.filter(name__in=roles.ROLES)
        self.fields["language"].initial = language_of(self.instance)
        self.fields["roles"].initial = list(self.instance.groups.all()) if self.instance.pk else []

    def clean_email(self):
        email = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another account has this e-mail."), code="taken")
        return email

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("roles") and not cleaned.get("is_superuser") and self.instance.is_active:
            self.add_error("roles", forms.ValidationError(_("Choose at least one role."), code="required"))
        return cleaned


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return [(key, role.name) for key, role in roles.ROLES.items()]

    def queryset(self, request, queryset):
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class AccountAdmin(OrganisersAdmin):
    form = AccountForm
    list_display = ["username", "person", "role_names", "login", "second_factor", "is_active"]
    list_filter = ["is_active", RoleFilter]
    ordering = ["-is_active", "username"]
    search_fields = ["username", "first_name", "last_name", "email"]

    # Whoever shapes accounts can make themselves anything: so nobody less than a superuser does.

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        """Who has left comes back first."""
        return request.user.is_superuser and (obj is None or obj.is_active)

    def has_delete_permission(self, request, obj=None):
        """The history says who did what: leaving is the way."""
        return False

    def get_queryset(self, request):
        has_phone = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return super().get_queryset(request).prefetch_related("groups").annotate(has_factor=Exists(has_phone))

    # The form

    def get_fieldsets(self, request, obj=None):
        person = ["username", ("first_name", "last_name"), "email", "language"]
        if obj is not None and not obj.is_active:
            return [(None, {"fields": ["username", ("first_name", "last_name"), "email", "state", "login"]})]
        groups = [(None, {"fields": person}), (_("What this person may"), {"fields": ["roles", "is_superuser"]})]
        now = [(_("Now"), {"fields": ["state", "login", "second_factor"]})]
        return groups + now if obj else groups

    def get_readonly_fields(self, request, obj=None):
        shown = ["state", "login", "second_factor"] if obj else []
        # Nobody locks themselves out; another superuser does.
        return [*shown, "is_superuser"] if obj == request.user else shown

    def change_view(self, request, object_id, form_url="", extra_context=None):
        user = self.get_object(request, object_id)
        context = {"deeds": self.deeds_for(request, user) if user else []}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def save_model(self, request, obj, form, change):
        obj.is_staff = True
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        user, language = form.instance, form.cleaned_data["language"]
        user.groups.set(form.cleaned_data["roles"])
        if change:
            accounts.remember_language(user=user, language=language)
        else:
            accounts.invite(user=user, language=language)
            said = _("The invitation is on its way to %(email)s.") % {"email": user.email}
            self.message_user(request, said, messages.SUCCESS)

    # What is done to an account by a button

    DEEDS = {
        "invite": (_("Send the invitation again"), ""),
        "reset-second-factor": (
            _("Reset the second factor"),
            _("At the next login a new phone is set up. The owner of the account is told by letter."),
        ),
        "leave": (
            _("This person has left"),
            _("All sessions of this account end, and its roles and second factor are taken away."),
        ),
        "come-back": (_("This person has come back"), ""),
    }

    def deeds_for(self, request, user):
        """Names and labels of the buttons. To oneself nobody does any of it."""
        if user == request.user:
            return []
        if not user.is_active:
            names = ["come-back"]
        else:
            invited = [] if user.has_usable_password() else ["invite"]
            names = [*invited, *(["reset-second-factor"] if user.has_factor else []), "leave"]
        return [(name, self.DEEDS[name][0]) for name in names]

    def get_urls(self):
        deed = path("<path:object_id>/do/", self.admin_site.admin_view(require_POST(self.do)), name="auth_user_do")
        return [deed, *super().get_urls()]

    def do(self, request, object_id):
        """One of the buttons; what cannot simply be taken back is asked once more."""
        if not request.user.is_superuser:
            raise PermissionDenied
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404
        deed = request.POST.get("deed")
        back = HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]), status=303)
        if deed not in dict(self.deeds_for(request, user)):
            return back
        label, consequence = self.DEEDS[deed]
        if consequence and "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": label,
                "opts": self.opts,
                "original": user,
                "consequence": consequence,
                "deed": deed,
            }
            return TemplateResponse(request, "admin/auth/user/confirm.html", context)
        self.perform(request, user, deed)
        return back

    def perform(self, request, user, deed):
        if deed == "invite":
            accounts.invite(user=user)
        elif deed == "reset-second-factor":
            accounts.reset_second_factor(user=user, by=request.user)
        elif deed == "leave":
            accounts.leave(user=user, by=request.user)
        else:
            accounts.come_back(user=user, by=request.user)
        self.message_user(request, f"{user.get_username()}: {self.DEEDS[deed][0]}", messages.SUCCESS)

    # Columns

    @admin.display(description=_("full name"), ordering="last_name")
    def person(self, user):
        return user.get_full_name() or user.email

    @admin.display(description=_("roles"))
    def role_names(self, user):
        names = [str(_("everything"))] if user.is_superuser else roles.names_of(user)
        return ", ".join(names)

    @admin.display(description=_("last login"), ordering="last_login")
    def login(self, user):
        return in_short(user.last_login) or _("never")

    @admin.display(description=_("second factor"), boolean=True, ordering="has_factor")
    def second_factor(self, user):
        return user.has_factor

    @admin.display(description=_("state"))
    def state(self, user):
        if not user.is_active:
            return _("has left")
        return _("has a password") if user.has_usable_password() else _("invited, has chosen no password yet")
