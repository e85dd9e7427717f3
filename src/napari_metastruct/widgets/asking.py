"""Asking the user for a file, and giving him text."""

from pathlib import Path

from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

__all__ = ["ask_open", "ask_save", "copy_text"]


def ask_save(parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Ask where to save; None if the user thinks better of it.

    Parameters
    ----------
    name
        Offered at first.
    kinds
        As Qt writes it: ``"Job file (*.yaml)"``.
    """
    path, _ = QFileDialog.getSaveFileName(parent, title, name, kinds)
    return Path(path) if path else None


def ask_open(parent: QWidget, title: str, kinds: str) -> Path | None:
    """Ask for a file that is there; None if the user thinks better of it."""
    path, _ = QFileDialog.getOpenFileName(parent, title, "", kinds)
    return Path(path) if path else None


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    clipboard = QApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
