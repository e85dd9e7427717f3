"""The engine that every method learns with; see ``method.py`` for the seam."""
