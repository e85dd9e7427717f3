"""Whether the marks are enough to learn from, said before any work."""

from collections import Counter

from napari_metastruct.errors import InputError
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.labelled.pairs import check_pairs
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.mark_layers import IS, IS_NOT, KINDS, Kind
from napari_metastruct.widgets.mark_table import MarkTable

__all__ = ["largest_mark", "marks_problem", "marks_sentence"]


def marks_problem(
    table: MarkTable,
    sources: tuple[MarkInput, ...],
    names: tuple[str, ...],
    settings: LabelledSettings,
) -> str:
    """Return why nothing can be learned from these marks, "" if something can.

    Parameters
    ----------
    sources
        As the table holds them now.
    names
        Of the classes, by their numbers.
    """
    try:
        check_pairs([source.opened() for source in sources], settings)
    except InputError as error:
        return str(error)
    if any(row.is_trusted() for row in table.rows):
        return ""
    return _too_few({kind: table.counts(kind) for kind in KINDS}, names)


def marks_sentence(table: MarkTable, sources: tuple[MarkInput, ...]) -> str:
    """Say what is marked: "2 images, 1 of them marked"."""
    planes = sum(len(source.image.stack) for source in sources)
    right = sum(row.is_trusted() for row in table.rows)
    marked = sum(row.marked_planes() for row in table.rows if not row.is_trusted())
    text = f"{planes} {'image' if planes == 1 else 'images'}, {marked} with marks"
    return text + (f", {right} with a right mask" if right else "")


def largest_mark(table: MarkTable) -> int:
    """Return the largest number that is painted, 0 if there are no marks."""
    return max((n for kind in KINDS for n in table.counts(kind)), default=0)


def _too_few(counts: dict[Kind, Counter[int]], names: tuple[str, ...]) -> str:
    is_, is_not = (
        {number - 1 for number in counts[kind] if number > 0} for kind in (IS, IS_NOT)
    )
    if not is_ and not is_not:
        return (
            "Nothing is marked yet: take up a brush above, and paint a few strokes on "
            "the image."
        )
    for number, name in enumerate(names):
        # This class everywhere would explain all marks.
        if is_ <= {number} and number not in is_not:
            return (
                f"So far everything could be '{name}': mark another class, too, or "
                f"something that is not '{name}'."
            )
    return ""
