"""How the site's own content is shown: its language, dates, times, telephone numbers, addresses."""

from django import template
from django.conf import settings
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import get_language

from ..models import translated

register = template.Library()

LANGUAGES = dict(settings.LANGUAGES)
NO_BREAK_SPACE = "\xa0"


@register.filter
def lang_of(instance, name):
    """` lang="ru"` for a tag that shows `instance.<name>` to a Kyrgyz reader in Russian, else nothing (WCAG 3.1.2)."""
    shown = translated.language_shown(instance, name)
    return "" if shown == get_language() else format_html(' lang="{}"', shown)


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
    start, end = getattr(item, "start_time", None) or getattr(item, "start", None), None
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
