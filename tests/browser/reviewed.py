"""Accessibility trees and keyboard walks, kept as texts that somebody has read and found good in both languages.

When a page was changed on purpose: `WRITE_TREES=1 make test TESTS="tests/browser/test_trees.py
tests/browser/test_keyboard.py"` writes `trees/` anew; read the difference before you commit it.
"""

import os
import re
from pathlib import Path

TREES = Path(__file__).parent / "trees"


def is_as_reviewed(name, language, tree):
    path = TREES / f"{name}-{language}.yaml"
    tree = re.sub(r"(/url: https:[^?\n]+)\?.+", r"\1?…", tree)  # words for a messenger or a calendar, percent-encoded
    if os.environ.get("WRITE_TREES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(tree + "\n")
    assert tree == path.read_text().rstrip("\n")
