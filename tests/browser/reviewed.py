"""Accessibility trees and keyboard walks, kept as texts that somebody has read and found good in both languages.

When a page was changed on purpose: `WRITE_TREES=1 make test TESTS="tests/browser/test_trees.py
tests/browser/test_keyboard.py"` writes `trees/` anew; read the difference before you commit it.
"""

import os
import re
from pathlib import Path

TREES = Path(__file__).parent / "trees"


def is_as_reviewed(trees, language):
    """Whether each of these texts is what its file holds."""
    # Words for a messenger or a calendar, percent-encoded, are no text for a reader.
    trees = {name: re.sub(r"(/url: https:[^?\n]+)\?.+", r"\1?…", tree) + "\n" for name, tree in trees.items()}
    paths = {name: TREES / f"{name}-{language}.yaml" for name in trees}
    if os.environ.get("WRITE_TREES"):
        TREES.mkdir(exist_ok=True)
        for name, tree in trees.items():
            paths[name].write_text(tree)
    assert trees == {name: path.read_text() for name, path in paths.items()}
