"""Every address of the site, with something to show at each: for tests that must hold everywhere.

An address added to `urls.py` or to the admin is here by itself. One with a segment of a new name is a KeyError until
`make_world` says what stands for it.
"""

import datetime
import re

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver

from consultations import account_letters, emails, preview_links
from consultations.models import CitySession, Notice
from tests.answers import make_open_session
from tests.factories import (
    in_days,
    make_agenda_item,
    make_consultation,
    make_data_request,
    make_details,
    make_document,
    make_door_entry,
    make_door_pass,
    make_export_record,
    make_need,
    make_own_question,
    make_party,
    sign_up,
)

SEGMENT = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")


class World:
    """One consultation with everything, one group registered, one organiser; `segments` stand in the addresses."""

    def __init__(self):
        self.organiser = get_user_model().objects.create_superuser("organiser", email="organiser@example.org")
        self.consultation = make_consultation(comment_form_url="https://forms.example.org/comment")
        make_party(self.consultation)
        make_agenda_item(self.consultation)
        self.document = make_document(self.consultation)
        zoom = {"zoom_register_url": "https://zoom.example.org/register", "zoom_link_public": True}
        self.city_session = make_open_session(self.consultation, hall_capacity=10, **zoom)
        CitySession.objects.filter(pk=self.city_session.pk).update(slug="renamed")  # a trigger keeps the former one
        self.city_session.refresh_from_db()
        at_the_door = {"date": in_days(0), "start_time": datetime.time(0), "end_time": datetime.time(23, 59, 59)}
        self.door_session = make_open_session(self.consultation, **at_the_door)
        make_own_question(self.consultation)
        people = [make_details(email="guest@example.org"), make_details()]
        self.registration = sign_up(self.city_session, *people).contact
        make_need(self.registration)
        make_data_request(self.consultation)
        make_export_record(self.city_session)
        self.door_pass = make_door_pass(self.door_session)
        make_door_entry(self.registration)
        Notice.objects.create(city_session=self.city_session, kind=Notice.Kind.CHANGED, created_by="organiser")
        user, key = account_letters.password_link(self.organiser).rstrip("/").split("/")[-2:]
        self.segments = {
            "user": user,
            "key": key,
            "consultation": self.consultation.slug,
            "slug": self.city_session.slug,
            "city": self.city_session.slug,
            "city_session": self.door_session.pk,
            "secret": self.door_pass.secret,
            "paper": "sign-in",
            "document": self.document.slug,
            "registration": self.registration.pk,
            "code": self.registration.code,
            "join_code": self.registration.join_code,
            "pass_number": self.registration.pass_number,
            "preview": preview_links.new_token(self.consultation),
            "token": emails.unsubscribe_token(self.registration),
            "content_type_id": ContentType.objects.get_for_model(self.city_session).pk,
            "object_id": self.city_session.pk,
            "id": self.organiser.pk,
            "app_label": "consultations",
            "url": "admin-page-that-is-not-there",
        }

    def addresses(self):
        """Path by path, each once, in every language it has."""
        languages = [code for code, _name in settings.LANGUAGES]
        return list(
            dict.fromkeys(
                self.filled(language + route.removeprefix(languages[0]) if in_language else route)
                for route, in_language in routes(get_resolver().url_patterns)
                for language in (languages if in_language else languages[:1])
            )
        )

    def filled(self, route):
        segments = self.segments
        if belongs_to_model := re.match(r"admin/(\w+)/(\w+)/<path:object_id>", route):
            row = apps.get_model(*belongs_to_model.groups())._default_manager.first()
            assert row, f"There is nothing to show at {route}"
            segments = segments | {"object_id": row.pk}
        path = SEGMENT.sub(lambda found: str(segments[found[1] or found[2]]), route)
        return "/" + path.replace("^", "").replace("$", "")


def routes(patterns, prefix="", *, in_language=False):
    """Pairs of a whole route and whether it begins with a language, of everything the site answers."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        translated = in_language or type(pattern.pattern).__name__ == "LocalePrefixPattern"
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route, in_language=translated)
        else:
            yield route, translated
