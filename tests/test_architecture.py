"""The page that tells how it is built tells of every part, and of no other."""

import re
from pathlib import Path

import napari_metastruct

PAGE = Path(__file__).parent.parent / "docs" / "architecture.md"
PACKAGE = Path(napari_metastruct.__path__[0])


def test_page_matches_the_tree() -> None:
    tree = PAGE.read_text(encoding="utf-8").split("```")[1]
    named = set(re.findall(r"^[ \d]{4}(\w+)(?:\.py|/) ", tree, flags=re.MULTILINE))
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert named == (modules | folders) - {"__main__"}
