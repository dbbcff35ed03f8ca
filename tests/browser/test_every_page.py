"""What must hold on every page in every state: no fault that axe-core finds, nothing lost on a narrow screen.

One visit a state; everything is asked there, and all faults of a language are shown at once.
"""

from pathlib import Path

import axe_playwright_python
import pytest

from tests.browser.announced import announce
from tests.browser.states import States

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = """
    async () => {
        const found = await axe.run({resultTypes: ["violations"], rules: {"target-size": {enabled: true}}});
        return found.violations.flatMap(fault => fault.nodes.map(node => `${fault.id}: ${node.target} ${node.html}`));
    }
"""

# Texts that stick out of the screen, or out of what cuts them off; a table may scroll in its own frame (UX 22).
# Asked at 320 px, the width of a page at 400 %.
LOST = """
    () => {
        const lost = [];
        const wide = document.documentElement.scrollWidth;
        if (wide > innerWidth) lost.push(`the page is ${wide} px wide`);
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            const kept = ".hidden, .skip, svg, option, .table-scroll";
            if (!texts.currentNode.data.trim() || element.closest(kept)) continue;
            if (!element.checkVisibility()) continue;
            const range = document.createRange();
            range.selectNodeContents(texts.currentNode);
            for (const box of range.getClientRects()) {
                if (box.left < -1 || box.right > innerWidth + 1) {
                    lost.push(texts.currentNode.data.trim());
                    break;
                }
                for (let cut = element; cut !== document.body; cut = cut.parentElement) {
                    const edge = cut.getBoundingClientRect();
                    const hides = getComputedStyle(cut).overflow !== "visible";
                    if (hides && (box.bottom > edge.bottom + 1 || box.right > edge.right + 1)) {
                        lost.push(`cut off: ${texts.currentNode.data.trim()}`);
                    }
                }
            }
        }
        return lost;
    }
"""
# WCAG 1.4.12, as a reader's own style sheet would do it.
SPACED = """
    () => {
        const sheet = document.styleSheets[0];
        const spaces = "line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important";
        sheet.insertRule(`* { ${spaces} }`, sheet.cssRules.length);
        sheet.insertRule("p { margin-bottom: 2em !important }", sheet.cssRules.length);
    }
"""
# Buttons, rows of a list and fields are as high as a finger; a link within a sentence is as high as the sentence.
SMALL = """
    () => [...document.querySelectorAll(
        ".btn, .form-check, .form-control, .form-select, summary, .actions a, .links li, .site-head a, .site-foot li a"
    )].filter(element => element.checkVisibility() && element.getBoundingClientRect().height < 44)
        .map(element => `${element.getBoundingClientRect().height} px: ${element.outerHTML}`)
"""
OUTLINE = """
    () => ({
        language: document.documentElement.lang,
        headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(h => h.checkVisibility())
            .map(h => Number(h.tagName[1])),
        doubled: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, n, all) => all.indexOf(id) !== n),
        title: document.title,
    })
"""

ADDRESS_OF_NO_LANGUAGE = {"server error": "ky", "database away": "ky"}  # these two are in both at once


def faults(visitor, name):
    """What is wrong with the page that the visitor is on."""
    page = visitor.page
    outline = page.evaluate(OUTLINE)
    if outline["language"] != ADDRESS_OF_NO_LANGUAGE.get(name, visitor.language):
        yield f"lang is {outline['language']}"
    if outline["headings"].count(1) != 1:
        yield f"levels of headings: {outline['headings']}"
    if outline["doubled"]:
        yield f"ids that are there twice: {outline['doubled']}"
    page.evaluate(AXE)
    yield from page.evaluate(RULES)
    yield from (f"small: {fault}" for fault in page.evaluate(SMALL))
    page.set_viewport_size({"width": 320, "height": 740})
    yield from (f"at 320 px: {fault}" for fault in page.evaluate(LOST))
    page.evaluate(SPACED)
    yield from (f"spaced: {fault}" for fault in page.evaluate(LOST))
    page.set_viewport_size({"width": 360, "height": 740})


# Colours are of no language, so each scheme is looked at in one: contrast is what takes axe-core longest.
@pytest.mark.parametrize(("language", "scheme"), [("ky", "light"), ("ru", "dark")])
def test_every_page_in_every_state_is_without_fault(visit, monkeypatch, language, scheme):
    visitor = visit(language, color_scheme=scheme)
    found = []
    for name, come_here in States(visitor, monkeypatch):
        come_here()
        found += [f"{name}: {fault}" for fault in faults(visitor, name)]
    assert found == [], "\n".join(found)


def test_faults_would_be_found(visit):
    visitor = visit()
    announce()
    visitor.goes("/ky/")
    visitor.page.evaluate("""
        document.querySelector("main").insertAdjacentHTML("beforeend", `
            <h1 id="main">Экинчи</h1> <img src="/static/icon.svg"> <p class="muted pale">Кубарган</p>
            <a class="btn flat" href="/ky/">Жапыз</a> <p class="wide">Кенен</p>
        `);
        document.querySelector(".pale").style.color = "#ccc";
        document.querySelector(".flat").style.minHeight = "20px";
        document.querySelector(".flat").style.padding = "0";
        document.querySelector(".wide").style.width = "400px";
    """)
    found = {fault.partition(":")[0] for fault in faults(visitor, "")}
    assert found >= {
        "levels of headings",
        "ids that are there twice",
        "image-alt",
        "color-contrast",
        "small",
        "at 320 px",
        "spaced",
    }
