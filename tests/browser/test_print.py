"""Printing a page gives a page worth printing."""

import pytest

from tests.browser.announced import announce
from tests.factories import make_group

SHEET_IN_HAND = 25 / 25.4 * 96  # 25 mm as CSS pixels: the least at which a code on paper is read (UX 48)


@pytest.fixture
def visitor(visit):
    return visit("ru")


def is_without_buttons(page):
    return page.locator(".btn:visible, .language:visible, form:visible").count() == 0


def test_session_page_on_paper_carries_its_codes(visitor):
    announce()
    visitor.goes("/ru/nbsap-2040/osh/")
    page = visitor.page
    assert page.locator(".codes").is_hidden()
    page.emulate_media(media="print")
    codes = page.locator(".codes li")
    assert codes.count() == 5
    for code in codes.all():
        assert code.locator("svg").bounding_box()["width"] >= SHEET_IN_HAND
        assert code.locator("a").is_visible()
    assert is_without_buttons(page)


def test_tickets_on_paper_are_the_tickets_alone(visitor, site):
    contact, *others = make_group(announce()["osh"], language="ru")
    visitor.goes(f"/ru/r/{contact.code}/group/")
    page = visitor.page
    page.emulate_media(media="print")
    assert is_without_buttons(page)
    assert page.locator(".ticket-number:visible").all_inner_texts() == [
        one.pass_number_spaced for one in [contact, *others]
    ]
    for place in range(3):
        assert page.locator(".ticket-qr").nth(place).bounding_box()["width"] >= SHEET_IN_HAND
    visitor.goes(f"/ru/r/{contact.code}/")
    page.emulate_media(media="print")
    assert visitor.code_in_qr() == f"{site}/p/{contact.pass_number}"
    assert is_without_buttons(page)
