"""The whole way by keyboard alone: what Tab comes to, in which order, and whether one sees where one is.

The walk is kept as text beside the trees (see `reviewed.py`).
"""

import pytest

from consultations.models import Registration
from tests.browser.announced import FIXED_DAY, announce
from tests.browser.reviewed import is_as_reviewed

MORE_THAN_ENOUGH = 80
# Whether what has the focus is outlined, and on the screen, with nothing above it (WCAG 2.4.7, 2.4.11).
SEEN = """
    () => {
        const focused = document.activeElement;
        const outlined = [focused, focused.closest(".form-check")].some(element => {
            const style = element && getComputedStyle(element);
            return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        });
        const box = (focused.closest(".form-check") || focused).getClientRects()[0];
        const uncovered = [box.top + 8, box.top + box.height / 2, box.bottom - 8].some(y => {
            const top = document.elementFromPoint(box.left + box.width / 2, y);
            return top && (focused.contains(top) || top.closest("label")?.control === focused);
        });
        return {outlined, uncovered};
    }
"""


class Walk:
    def __init__(self, visitor):
        self.visitor, self.keyboard = visitor, visitor.page.keyboard
        self.record = []

    def stop(self):
        """The role and name of what has the focus, as a screen reader says it; None beyond the last."""
        focused = self.visitor.page.locator(":focus")
        if not focused.count():
            return None
        line = focused.aria_snapshot().partition("\n")[0].removeprefix("- ").rstrip(":")
        return line[1:-1].replace("''", "'") if line.startswith("'") else line  # YAML quotes a name with a colon

    def all_of(self, title, at=None):
        """Records every stop of the page from the first to the last; `at` says what to press or type at some."""
        self.record.append(f"# {title}")
        at, first = dict(at or {}), None
        for _ in range(MORE_THAN_ENOUGH):
            self.keyboard.press("Tab")
            stop = self.stop()
            if stop is None or stop == first:  # out of the page, or round again
                break
            first = first or stop
            seen = self.visitor.page.evaluate(SEEN)
            assert seen == {"outlined": True, "uncovered": True}, stop
            self.record.append(stop)
            name = next((name for name in at if name in stop), None)
            if name:
                at.pop(name)(self.keyboard)
        assert stop in {None, first}, "Tab never came to an end"
        assert at == {}, "Tab never came there"

    def to(self, role, text, *, key="Enter"):
        """Goes on to a link or button by Tab, and presses it."""
        wanted = f'{role} "{self.visitor.words(text)}'
        for _ in range(MORE_THAN_ENOUGH):
            self.keyboard.press("Tab")
            if (self.stop() or "").startswith(wanted):
                break
        else:
            raise AssertionError(f"Tab never came to {wanted}")
        with self.visitor.page.expect_navigation():
            self.keyboard.press(key)


def press(key):
    return lambda keyboard: keyboard.press(key)


def write(text):
    return lambda keyboard: keyboard.type(text)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_from_home_to_a_ticket_and_out_of_it_again(visit, language):
    announce(FIXED_DAY)
    visitor = visit(language, viewport={"width": 360, "height": 640})
    walk = Walk(visitor)
    words = visitor.words

    visitor.goes(f"/{language}/")
    walk.all_of("Home")
    assert walk.record[1] == f'link "{words("Skip to main content")}"'
    walk.to("link", "Skip to main content")
    assert visitor.focused() == "main"
    walk.to("link", "Register")

    walk.all_of(
        "Form",
        {
            words("I will come to the hall"): press("Space"),
            words("Full name"): write("Турдубеков Нурсултан"),
            words("Phone number"): write("0555123456"),
            words("I agree to the collection and processing of my personal data"): press("Space"),
        },
    )
    walk.to("button", "Register")

    registration = Registration.objects.get()
    assert visitor.path == f"/{language}/r/{registration.code}/"
    walk.all_of("Ticket")
    walk.to("link", "Cancel my registration")
    walk.all_of("Cancelling")
    walk.to("button", "Cancel my registration")
    registration.refresh_from_db()
    assert registration.is_cancelled
    walk.all_of("Cancelled")
    is_as_reviewed({"keyboard": "\n".join(walk.record)}, language)
