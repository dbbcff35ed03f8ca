"""What somebody asks about their own data by telephone or letter: the law gives a week to answer (P 78)."""

from django.utils import timezone

from consultations.models import DataRequest, Registration

from .erasing import empty_requests
from .refusals import all_or_nothing


def registrations_meant(data_request):
    """Whose registrations the request may be about, in any consultation: by name, phone or e-mail, the newest first.

    More than may be meant, since families share a phone and people a name: who asks must say which is theirs.
    """
    found = Registration.objects.identified().of_person(
        full_name=data_request.full_name, phone=data_request.phone, email=data_request.email
    )
    return found.select_related("city_session__consultation").order_by("-created_at", "-pk")


@all_or_nothing
def answer_request(*, data_request, by, remark=""):
    """Note that it was answered, by whom and how. Of who wanted everything deleted, the request keeps nothing either.

    The first answer counts; later ones only add to the remark.
    """
    current = DataRequest.objects.select_for_update(no_key=True).get(pk=data_request.pk)
    if current.anonymised_at is not None:
        return current
    if current.handled_at is None:
        current.handled_at, current.handled_by = timezone.now(), by
    current.remark = remark
    current.save(update_fields=["handled_at", "handled_by", "remark"])
    if current.kind == DataRequest.Kind.DELETE:
        empty_requests(DataRequest.objects.filter(pk=current.pk))
        current.refresh_from_db()
    return current
