"""The registration form of a session as visitors will see it, published or not: for whoever writes its questions."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.forms.registering import RegistrationForm
from consultations.models import CitySession

from .calling import for_staff


@never_cache
@for_staff("consultations.change_citysession")
@require_safe
def form_preview(request, city_session):
    """Empty, in the language of the page, with a second person; nothing can be sent from here."""
    found = CitySession.objects.with_places().select_related("consultation")
    city_session = get_object_or_404(found, pk=city_session)
    consultation = city_session.consultation
    form = RegistrationForm(city_session=city_session, consent_text=consultation.current_consent, initial_count=1)
    context = {"form": form, "city_session": city_session, "consultation": consultation}
    return render(request, "staff/form_preview.html", context)
