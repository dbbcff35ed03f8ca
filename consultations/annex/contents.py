"""What the annex says, block by block, in the wanted language."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from consultations import numbers
from consultations.exports.order import clean
from consultations.models import CitySession, ExportRecord, Notice, Registration
from consultations.models.fields import local_date
from consultations.templatetags.content import facts as facts_of_document
from consultations.templatetags.content import times_of, with_weekday

NAMED_BY = ["full_name", "organisation"]  # what people agreed to: "my name and organisation"
WIDTHS_OF_NUMBERS = [25, 20, 12, 17, 11, 15]
TOLD = [Notice.Kind.CHANGED, Notice.Kind.POSTPONED, Notice.Kind.CANCELLED, Notice.Kind.QUIET]


@dataclass(frozen=True)
class Block:
    """A heading (level 1 or 2), a paragraph, facts (pairs of label and words), or a table with a head.

    `columns` are the widths of a table's columns, as shares; `numbers` how many of the last ones are numbers.
    """

    kind: str
    words: str = ""
    level: int = 1
    rows: tuple = ()
    head: tuple = ()
    columns: tuple = ()
    numbers: int = 0


def heading(words, level=1):
    return Block("heading", clean(words), level=level)


def paragraph(words):
    return Block("paragraph", clean(words))


def facts(*rows):
    """Pairs of label and words; those without words are left out."""
    return Block("facts", rows=tuple((clean(label), clean(str(words))) for label, words in rows if words))


def table(head, rows, *, columns, numbers=0):
    rows = tuple(tuple(clean(str(cell)) for cell in row) for row in rows)
    return Block("table", head=tuple(head), rows=rows, columns=tuple(columns), numbers=numbers)


@dataclass(frozen=True)
class Annex:
    """`named` is how many people it names; `city_sessions` those it is about."""

    consultation: Any
    city_session: Any
    city_sessions: list
    language: str
    made_at: datetime.datetime
    title: str
    subject: str
    as_of: str
    blocks: list
    named: int

    def as_data(self):
        """For the layout: words and blocks as plain values."""
        return {
            "language": self.language,
            "title": self.title,
            "subject": self.subject,
            "as-of": self.as_of,
            "blocks": [vars(block) for block in self.blocks],
        }

    def file_name(self, file_format):
        """«osh-2025-06-09-annex-ky.docx»: session and its day, or consultation and today."""
        where = self.city_session or self.consultation
        day = (self.city_session and self.city_session.date) or timezone.localdate(self.made_at)
        return f"{where.slug}-{day:%Y-%m-%d}-annex-{self.language}.{file_format}"

    def record(self, *, made_by, file_format):
        """The record that these people's names left the site, unsaved."""
        return ExportRecord(
            made_at=self.made_at,
            made_by=made_by,
            city_sessions=[one.pk for one in self.city_sessions],
            filters={"came": "any"},
            preset=ExportRecord.Preset.ANNEX,
            columns=NAMED_BY,
            format=file_format,
            language=self.language,
            rows=self.named,
            reason=ExportRecord.Reason.REPORT,
        )


def announced(consultation):
    """Its sessions in order, without those that nobody has ever seen: hidden, and nobody is registered."""
    of_the_session = Registration.objects.filter(city_session=OuterRef("pk"))
    return consultation.city_sessions.filter(Q(is_published=True) | Exists(of_the_session)).in_order()


def annex_of(consultation, city_session=None, *, language):
    """The annex of the whole consultation, or of one of its sessions."""
    with override(language):
        made_at = timezone.now()
        city_sessions = [city_session] if city_session else list(announced(consultation))
        named = people_who_agreed(city_sessions)
        blocks = [
            *promised(consultation, city_sessions),
            *happened(city_sessions),
            *took_part(consultation, city_session, city_sessions),
            *agreed_to_be_listed(named, city_sessions),
        ]
        return Annex(
            consultation=consultation,
            city_session=city_session,
            city_sessions=city_sessions,
            language=language,
            made_at=made_at,
            title=_("Annex to the protocol of the public consultation"),
            subject=clean(consultation.title),
            as_of=_("As of: %(date)s") % {"date": in_words(made_at)},
            blocks=blocks,
            named=len(named),
        )


def in_words(moment):
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def name_of(city_session):
    return f"{city_session.city} ({city_session.locality})" if city_session.locality else city_session.city


# What was promised


def promised(consultation, city_sessions):
    """As people first heard it: before the first change that they were told of."""
    blocks = [
        heading(_("What was announced")),
        facts(
            (_("Date of the notice"), consultation.notice_date and formats.date_format(consultation.notice_date)),
            (_("Where it was announced"), settings.SITE_URL + reverse("consultation-detail", args=[consultation.slug])),
            (_("Working languages"), consultation.working_languages),
            *((capfirst(party.role), party.name) for party in consultation.party_list),
        ),
    ]
    for city_session in city_sessions:
        first = first_announced(city_session)
        blocks += [
            heading(name_of(city_session), level=2),
            facts(
                (_("Date"), day_in_words(first["date"]) or _("To be announced")),
                (_("Time"), times_in_words(first) or _("To be announced")),
                (_("Venue"), venue_in_words(first) or _("To be announced")),
                (_("Form"), _("In the hall and through Zoom")),
                (_("Places in the hall"), city_session.hall_capacity),
            ),
        ]
    agenda = agenda_of(consultation, city_sessions)
    if agenda:
        rows = [(times_of(item), item.title, "\n".join(item.speaker_lines)) for item in agenda]
        blocks += [
            heading(_("Programme"), level=2),
            table([_("Time"), _("Subject"), _("Speakers")], rows, columns=[16, 45, 39]),
        ]
    documents = consultation.document_list
    if documents:
        rows = [(document.title, facts_of_document(document)) for document in documents]
        blocks += [
            heading(_("Documents under discussion"), level=2),
            table([_("Document"), _("Form and version")], rows, columns=[60, 40]),
        ]
    return blocks


def agenda_of(consultation, city_sessions):
    """The session's own where the annex is about one, else the common one."""
    return consultation.agenda_of(city_sessions[0]) if len(city_sessions) == 1 else consultation.agenda_list


def first_announced(city_session):
    """The facts that people had heard before anything changed, as text by column; today's where nothing did."""
    changed = city_session.notices.filter(kind__in=TOLD, told_before__isnull=False)
    first = changed.order_by("created_at", "pk").values_list("told_before", flat=True).first()
    return city_session.facts | (first or city_session.told_facts or {})


def day_in_words(date):
    return with_weekday(datetime.date.fromisoformat(date)) if date else ""


def times_in_words(told):
    return "–".join(told[name][:5] for name in ("start_time", "end_time") if told.get(name))


def venue_in_words(told):
    return ", ".join(filter(None, [in_this_language(told, "venue"), in_this_language(told, "address")]))


def in_this_language(told, name):
    languages = [get_language(), *(code for code, _name in settings.LANGUAGES)]
    return next((told[f"{name}_{code}"] for code in languages if told.get(f"{name}_{code}")), "")


# What happened


def happened(city_sessions):
    blocks = [heading(_("What happened"))]
    for city_session in city_sessions:
        blocks.append(heading(name_of(city_session), level=2))
        blocks.append(
            facts(
                (_("State"), state_in_words(city_session)),
                (_("Date"), with_weekday(city_session.date)),
                (_("Time"), times_of(city_session)),
                (_("Venue"), ", ".join(filter(None, [city_session.venue, city_session.address]))),
                (_("Moderator"), city_session.moderator),
            )
        )
        changes = changes_of(city_session)
        if changes:
            blocks.append(table([_("When told"), _("What"), _("What changed")], changes, columns=[24, 30, 46]))
        else:
            blocks.append(paragraph(_("Nothing of what was announced has been changed.")))
    return blocks


def state_in_words(city_session):
    if city_session.state == CitySession.State.CANCELLED:
        return _("The session did not take place: it was cancelled.")
    if city_session.state == CitySession.State.POSTPONED:
        return _("The session is postponed.")
    if city_session.is_over:
        return _("The session has taken place.")
    return _("The session is still to come.")


def changes_of(city_session):
    """When people were told, or a correction made without telling; what of; in the order in which it was."""
    rows = []
    for notice in city_session.notices.filter(kind__in=TOLD, stopped_at=None).order_by("created_at", "pk"):
        changed = [name for name in notice.changes if name in CitySession.FACTS]
        labels = dict.fromkeys(str(CitySession._meta.get_field(name).verbose_name) for name in changed)
        rows.append((in_words(notice.created_at), capfirst(notice.get_kind_display()), ", ".join(labels)))
    return rows


# How many took part


def took_part(consultation, city_session, city_sessions):
    found = numbers.numbers_of(consultation, city_session)
    keys = ["registered", "came", "joined", "both", "took_part"]
    terms = [one for one in found.sessions.columns if one.key in keys]
    lines = found.sessions.rows if city_session else [*found.sessions.rows, found.sessions.total]
    rows = [(row.label, *(row[one.key] for one in terms)) for row in lines]
    head = [_("Session"), *(str(one.title) for one in terms)]
    blocks = [
        heading(_("How many took part")),
        table(head, rows, columns=WIDTHS_OF_NUMBERS, numbers=len(terms)),
    ]
    is_whole = city_session is None or len(consultation.city_sessions.all()) == 1
    if not is_whole:
        words = _(
            "By type of organisation, gender and age group the numbers stand in the annex of the whole consultation: "
            "of a single session they could show a small group of people."
        )
        return [*blocks, paragraph(words)]
    held = [one for one in city_sessions if one.stage == CitySession.Stage.HELD]
    public = numbers.public_numbers(held, is_final=is_final(consultation, city_sessions))
    for one in public.tables:
        if one.key not in {"sessions", "mode"}:
            blocks += [
                heading(one.title, level=2),
                table([_("Answer"), str(numbers.MEASURE["took_part"].title)], one.rows, columns=[80, 20], numbers=1),
            ]
    if public.tables:
        blocks.append(
            paragraph(
                _("Groups of fewer than five people are not shown by themselves, so that nobody can be recognised.")
            )
        )
    return blocks


def is_final(consultation, city_sessions):
    """No session is still to come, or the organisers have closed the consultation."""
    if consultation.closed_on is not None and consultation.closed_on < local_date():
        return True
    over = {CitySession.Stage.HELD, CitySession.Stage.CANCELLED}
    return all(one.stage in over for one in city_sessions if one.is_published)


# Who agreed to be listed


def people_who_agreed(city_sessions):
    """Those who took part, agreed to stand in the public list, and are not erased: session, name, organisation."""
    took_part = numbers.MEASURE["took_part"].condition
    found = Registration.objects.identified().filter(took_part, city_session__in=city_sessions)
    agreed = found.filter(listed_publicly=True).in_alphabetical_order()
    return list(agreed.values_list("city_session", *NAMED_BY))


def agreed_to_be_listed(named, city_sessions):
    blocks = [heading(_("Participants who agreed to be listed"))]
    if not named:
        return [*blocks, paragraph(_("Nobody who took part has agreed to be listed, or the names are erased already."))]
    words = _("Named are only those who took part and agreed to stand in the public list: %(n)d.") % {"n": len(named)}
    blocks.append(paragraph(words))
    for city_session in city_sessions:
        people = [person for where, *person in named if where == city_session.pk]
        if not people:
            continue
        if len(city_sessions) > 1:
            blocks.append(heading(name_of(city_session), level=2))
        rows = [(number, *person) for number, person in enumerate(people, start=1)]
        blocks.append(table(["№", _("Full name"), _("Organisation")], rows, columns=[8, 46, 46]))
    return blocks
