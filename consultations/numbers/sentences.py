"""The numbers as a sentence for a report or a letter, in Kyrgyz and in Russian."""

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override


def sentences(numbers):
    """Pairs of language and sentence, ready to be copied."""
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append((language, sentence(numbers)))
    return found


def sentence(numbers):
    """In the present language. Labels with colons: no word has to bend after a number."""
    total = numbers.total
    given = {one: total[one] for one in total.numbers} | {
        "what": without_full_stop(what(numbers)),
        "date": without_full_stop(formats.date_format(timezone.localtime(numbers.as_of), "DATETIME_FORMAT")),
    }
    words = _(
        "%(what)s. Registered: %(registered)d (different people: %(people)d), of them confirmed: %(confirmed)d, in the "
        "queue: %(waiting)d, cancelled: %(cancelled)d. Took part: %(took_part)d (different people: "
        "%(people_took_part)d), of them in the hall: %(came)d, online: %(joined)d, both: %(both)d. As of: %(date)s."
    )
    return words % given


def without_full_stop(words):
    """«9 июня 2025 г»: the sentence sets its own, and one is enough."""
    return words.removesuffix(".")


def what(numbers):
    """The consultation, or one session of it."""
    title = numbers.consultation.short_title
    if numbers.city_session is None:
        return title
    date = numbers.city_session.date
    when = formats.date_format(date) if date else _("Date to be announced")
    return f"{title}: {numbers.city_session.city}, {when}"
