"""Beginning a session or a consultation with what another one says already; people, dates and letters stay behind."""

from consultations.models import AgendaItem, CitySession

from .refusals import all_or_nothing

# What another date or another meeting decides anew: a copy that kept it would announce something untrue.
NOT_COPIED = frozenset(
    "id calendar_uid calendar_sequence told_facts alarm_until state is_published date registration_opens_at "
    "registration_closes_at promotion_stops_at zoom_register_url zoom_join_url news_group_url".split()
)
# What is true of one place alone; stays when the same place meets again.
OF_THE_PLACE = frozenset(
    "venue_ky venue_ru address_ky address_ru map_url access_ky access_ru practical_ky practical_ru "
    "moderator_ky moderator_ru hall_capacity hall_reserved".split()
)
OF_A_CONSULTATION = frozenset("id preview_round is_published notice_date closed_on".split())


@all_or_nothing
def copy_city_session(*, city_session, slug, city_ky, city_ru):
    """Another session of the same consultation: no date, not published, no links to Zoom. Returns it.

    In another city venue, access, moderator and places are left empty too. An agenda and questions of its own go
    along, the documents of a session do not.
    """
    same_place = (city_ky, city_ru) == (city_session.city_ky, city_session.city_ru)
    left_out = NOT_COPIED if same_place else NOT_COPIED | OF_THE_PLACE
    copy = _copy(city_session, left_out, slug=slug, city_ky=city_ky, city_ru=city_ru)
    _copy_agenda(city_session.own_agenda_items.all(), city_session=copy)
    _copy_questions(city_session.questions_of_its_own, city_session=copy)
    return copy


@all_or_nothing
def copy_consultation(*, consultation, slug, short_title_ky, short_title_ru, city_sessions=()):
    """A new consultation, not published, with parties, common agenda, own questions, paragraphs of letters and the
    consent in force.

    Of its `city_sessions` those given are copied along, each at the same place and under its present address: the
    short address `/osh` always leads to the consultation that is current. Documents stay behind: they are what the
    other one was about. Returns the consultation.
    """
    titles = {"short_title_ky": short_title_ky, "short_title_ru": short_title_ru}
    copy = _copy(consultation, OF_A_CONSULTATION, slug=slug, **titles)
    for row in [*consultation.parties.all(), *consultation.letter_paragraphs.all()]:
        _copy(row, {"id"}, consultation=copy)
    if consultation.current_consent:
        _copy(consultation.current_consent, {"id"}, consultation=copy)
    _copy_agenda(consultation.agenda_items.filter(city_session=None), consultation=copy)
    _copy_questions(consultation.own_questions, consultation=copy)
    for city_session in city_sessions:
        there = _copy(city_session, NOT_COPIED, consultation=copy)
        _copy_agenda(city_session.own_agenda_items.all(), consultation=copy, city_session=there)
        _copy_questions(city_session.questions_of_its_own, city_session=there)
    return copy


@all_or_nothing
def copy_common_agenda(*, city_session):
    """Begin a session's own agenda with the common one. Returns how many items; 0 where it has its own already, or
    where there is nothing to copy.
    """
    CitySession.objects.select_for_update(no_key=True, of=("self",)).get(pk=city_session.pk)
    if city_session.own_agenda_items.exists():
        return 0
    common = AgendaItem.objects.filter(consultation=city_session.consultation_id, city_session=None)
    return _copy_agenda(common, city_session=city_session)


def _copy(row, left_out, **changed):
    """The row once more, with the columns `left_out` at their defaults and some `changed`; stored."""
    fields = [field for field in row._meta.concrete_fields if field.name not in left_out]
    copy = type(row)(**{field.attname: getattr(row, field.attname) for field in fields if field.name not in changed})
    for name, value in changed.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


def _copy_agenda(items, **changed):
    return len([_copy(item, {"id"}, **changed) for item in items])


def _copy_questions(questions, **changed):
    """What is asked now; not what was, and no answers."""
    for question in questions.asked():
        _copy(question, {"id"}, **changed)
