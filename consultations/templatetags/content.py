"""How the site's own content is shown: its language, dates, times, telephone numbers, addresses."""

from functools import lru_cache
from urllib.parse import quote, urlsplit

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consultations import qr
from consultations.models import CitySession, Document, translated

register = template.Library()

LANGUAGES = dict(settings.LANGUAGES)
NO_BREAK_SPACE = "\xa0"


@register.filter
def lang_of(instance, name):
    """` lang="ru"` for a tag that shows `instance.<name>` to a Kyrgyz reader in Russian, else nothing (WCAG 3.1.2)."""
    shown = translated.language_shown(instance, name)
    return "" if shown == get_language() else format_html(' lang="{}"', shown)


@register.filter
def follows(instance, name):
    """A word behind `instance.<name>` where the reader sees the other language's half: the translation follows."""
    if not lang_of(instance, name):
        return ""
    return format_html(' <small lang="{}">({})</small>', get_language(), _("translation follows"))


@register.filter
def with_weekday(date):
    """«2025-жылдын 9-июну, дүйшөмбү», «9 июня 2025 г., понедельник» (glossary §10)."""
    return f"{formats.date_format(date)}, {weekday(date)}" if date else ""


@register.filter
def weekday(date):
    return formats.date_format(date, "l").lower() if date else ""


@register.filter
def day_and_month(date):
    """«9-июнь», «9 июня»: only where the year stands nearby."""
    return formats.date_format(date, "MONTH_DAY_FORMAT") if date else ""


@register.filter
def month_name(date):
    """The month as it stands under a large day: «июнь» in Kyrgyz, «июня» in Russian."""
    return formats.date_format(date, "E" if get_language() == "ru" else "F").lower() if date else ""


@register.filter
def times_of(item):
    """«13:30–16:15» of a session or an agenda item; only the beginning where the end is unknown; else nothing."""
    start = getattr(item, "start_time", None) or getattr(item, "start", None)
    end = getattr(item, "end_time", None) or getattr(item, "end", None)
    return "–".join(f"{moment:%H:%M}" for moment in (start, end) if moment)


@register.filter
def phone(number):
    """«+996 227 024 002», never broken over two lines."""
    return number.as_international.replace(" ", NO_BREAK_SPACE) if number else ""


@register.filter
def phone_link(number):
    """The number as a link that dials it."""
    return format_html('<a href="tel:{}">{}</a>', number.as_e164, phone(number)) if number else ""


@register.filter
def cities(city_sessions):
    """«Балыкчы, Нарын, Ош»: each place once, without those that are cancelled."""
    standing = [one.city for one in city_sessions if one.state != one.State.CANCELLED]
    return ", ".join(dict.fromkeys(standing))


@register.filter
def host(url):
    """«drive.google.com»: where a link leads, said beside it."""
    return urlsplit(url).netloc.removeprefix("www.")


@register.filter
def breakable(url):
    """An address as people read and type it, which may go on in a new line after a slash."""
    return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in url.partition("://")[2].split("/")))


@register.filter
def headline(city_session):
    """«Коомдук талкуу — Ош»: the session in a few words, for a preview in a messenger."""
    return _("Public consultation — %(city)s") % {"city": city_session.city}


@register.filter
def summary(city_session):
    """Date, time, venue and subject of a session in one line; what is not known yet is said."""
    known = [
        with_weekday(city_session.date) or _("Date to be announced"),
        times_of(city_session),
        city_session.venue or _("Venue to be announced"),
        city_session.consultation.short_title,
    ]
    return " · ".join(fact for fact in known if fact)


@register.filter
def facts(document):
    """«PDF, 1,2 MB, in Kyrgyz, version 2, 09.06.2025»: what one wants to know before opening it (UX 44)."""
    known = [
        document.format_name or host(document.url),
        size_of(document),
        document.get_language_display(),
        _("version %(version)s") % {"version": document.version} if document.version else "",
        formats.date_format(document.date, "d.m.Y") if document.date else "",
    ]
    return ", ".join(fact for fact in known if fact)


def size_of(document):
    """«1,2 MB», «340 kB»; nothing for a link elsewhere, or while the file cannot be found."""
    if not document.file:
        return ""
    try:
        size = document.file.size
    except OSError:
        return ""
    if size < 1_000_000:
        return _("%(size)s kB") % {"size": max(1, round(size / 1000))}
    return _("%(size)s MB") % {"size": formats.number_format(size / 1_000_000, decimal_pos=1)}


@register.filter
@lru_cache(maxsize=1000)
def qr_code(address):
    """The address as a drawing to stand in the page; the words beside it say what it is for."""
    return mark_safe(qr.svg(address))  # noqa: S308 -- drawn by us, the address is not in it as text


@register.simple_tag
def share_links(city_session):
    """Where one sends the session's page on to: plain links to it, in the reader's language (UX 58)."""
    page = settings.SITE_URL + city_session.get_absolute_url()
    words = city_session.consultation.short_title + ": " + city_session.city
    if city_session.date:
        words += ", " + formats.date_format(city_session.date)
    return {
        "page": page,
        "whatsapp": "https://wa.me/?text=" + quote(f"{words}\n{page}", safe=""),
        "telegram": f"https://t.me/share/url?url={quote(page, safe='')}&text={quote(words, safe='')}",
    }


@register.simple_tag(takes_context=True)
def page_of(context, shown):
    """The address of a session's, a document's or a consultation's page; inside a preview, of its page there."""
    preview = context.get("preview")
    if not preview:
        return shown.get_absolute_url()
    if isinstance(shown, CitySession):
        return reverse("preview-session", args=[preview, shown.slug])
    if isinstance(shown, Document):
        return reverse("preview-document", args=[preview, shown.slug])
    return reverse("preview-consultation", args=[preview])


@register.simple_tag
def is_demo():
    return settings.DEMO


@register.simple_tag
def site_url():
    """The address posters and links carry, without a slash at the end; never taken from a request."""
    return settings.SITE_URL


@register.simple_tag
def bare_site():
    """The host as people read and type it: «talkuu.example.kg»."""
    return settings.SITE_URL.partition("://")[2]


@register.simple_tag(takes_context=True)
def this_page_in(context, language):
    """The path of this page in another language: only the first segment differs. Of a page without one: that home."""
    request = context.get("request")
    _, first, rest = request.path.split("/", 2) if request and request.path.count("/") > 1 else ("", "", "")
    return f"/{language}/{rest}" if first in LANGUAGES else f"/{language}/"


@register.simple_tag
def languages():
    """Pairs of code and own name: `ky`, «Кыргызча»."""
    return settings.LANGUAGES
