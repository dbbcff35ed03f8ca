"""One's own data: to read, to take away, to have deleted. Whoever knows the code may do all of it."""

from django.http import JsonResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from consultations import actions, own_data

from .lookup import current_consultation
from .posting import EXPIRED, asks_again, has_expired, see_other
from .remembered import forget_these
from .tickets import about, get_registration


@require_safe
def ticket_data(request, code):
    """Everything that is kept of this person, in words."""
    registration = get_registration(code=code)
    context = about(registration) | {
        "sections": own_data.as_sections(registration),
        "erased_on": actions.erasure_day(registration),
    }
    return render(request, "tickets/data.html", context)


@require_safe
def ticket_data_file(request, code):
    """The same as a file for other programs."""
    registration = get_registration(code=code)
    name = f"{registration.city_session.slug}-{registration.pass_number}.json"
    return JsonResponse(
        own_data.as_data(registration),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)},
    )


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_delete(request, code):
    """GET says what will happen and asks, POST does it at once; this address then opens nothing any more."""
    registration = get_registration(code=code)
    members = actions.reached_through(registration)
    refusal, status = EXPIRED if has_expired(request) else None, 200
    if request.method == "POST":
        with_group = request.POST.get("group") == "1"
        try:
            if with_group:
                actions.anonymise_group(contact=registration)
            else:
                actions.anonymise(registration=registration)
        except actions.RegistrationRefused as refused:
            refusal, status = refused.message, 503
        else:
            response = see_other("data-deleted")
            gone = [registration, *members] if with_group else [registration]
            forget_these(request, response, {one.code for one in gone})
            return response
    some_have_places = any(member.is_live for member in members)
    context = about(registration) | {"members": members, "some_have_places": some_have_places, "refusal": refusal}
    return render(request, "tickets/delete.html", context, status=status)


@require_safe
def data_deleted(request):
    """What was done, for whoever has just had it done; of nobody in particular."""
    return render(request, "tickets/deleted.html", {"consultation": current_consultation()})
