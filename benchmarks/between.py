"""Tables in the documentation, between two marks that a script finds again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["put_between"]


def put_between(page: Path, name: str, text: str) -> None:
    """Put a text between ``<!-- NAME -->`` and ``<!-- end NAME -->`` of a page."""
    first, last = f"<!-- {name} -->", f"<!-- end {name} -->"
    before, rest = page.read_text(encoding="utf-8").split(first)
    _, after = rest.split(last)
    page.write_text(f"{before}{first}\n\n{text}\n\n{last}{after}", encoding="utf-8")
