"""What a first view costs on a bad network (design, section 7), counted on the wire, headers included.

With the true announcement, compressed as in production, in both languages.
"""

import http.client
from urllib.parse import urlsplit

import pytest

from consultations.models import CitySession
from tests.browser.announced import announce
from tests.factories import make_registration

MOST_REQUESTS = 5
MOST_BYTES = 50_000
MOST_BYTES_BEFORE_THE_FIRST_WAIT = 14_000  # page and style sheet: ten segments of 1,460 bytes, less for TLS
RANDOM_PADDING = 100  # GZipMiddleware's, against guessing a secret by the length of the page
PRODUCTIONS_OWN_HEADERS = 200  # Strict-Transport-Security, longer names of cookies

PUBLIC = """
    | nbsap-2040/ | nbsap-2040/balykchy/ | nbsap-2040/naryn/ | nbsap-2040/osh/ | nbsap-2040/jalal-abad/
    | nbsap-2040/bishkek/ | nbsap-2040/osh/register/ | nbsap-2040/bishkek/register/ | nbsap-2040/osh/register/known/
    | nbsap-2040/numbers/ | my/ | find/ | privacy/ | access/ | questions/ | no/such/page/
"""
# Not public, and allowed the same.
OWN = ["", "change/", "city/", "replace/", "cancel/", "new-link/", "group/", "group/add/"]


def weight(address):
    """The bytes of an answer as a browser of today asks for it."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", parts.path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.headers["Content-Encoding"], address
    return len(body) + len(bytes(answer.headers)) + len(f"HTTP/1.1 {answer.status} {answer.reason}\r\n")


def asked_for(visitor, path):
    """Everything of a first view: the page, its style sheet, what the browser asks for besides, the icon."""
    visitor.asked.clear()
    visitor.goes(path)
    linked = visitor.page.locator("link[rel=stylesheet], link[rel=icon]")
    links = [visitor.site + link.get_attribute("href") for link in linked.all()]
    return list(dict.fromkeys([visitor.site + path, *links, *(request.url for request in visitor.asked)]))


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_first_view_of_every_page_is_light(visit, language):
    announce()
    ticket = make_registration(CitySession.objects.get(slug="osh"), language=language)
    visitor = visit(language)
    pages = [f"/{language}/{path.strip()}" for path in PUBLIC.split("|")]
    pages += [f"/{language}/r/{ticket.code}/{path}" for path in OWN]
    heavy, known = {}, {}
    for path in pages:
        page, style_sheet, *others = asked_for(visitor, path)
        for address in [style_sheet, *others]:
            known[address] = known.get(address) or weight(address)
        first = weight(page) + known[style_sheet] + RANDOM_PADDING + PRODUCTIONS_OWN_HEADERS
        total = first + sum(known[address] for address in others)
        if first > MOST_BYTES_BEFORE_THE_FIRST_WAIT or total > MOST_BYTES or len(others) + 2 > MOST_REQUESTS:
            heavy[path] = {"first": first, "total": total, "others": others}
    assert heavy == {}
