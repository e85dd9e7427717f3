"""What the axes of an image mean, and which of its channels are used."""

from typing import Literal

from napari_metastruct.errors import InputError

__all__ = ["LETTERS", "Channels", "check_axes", "choose_channels", "guess_axes"]

Channels = Literal["luminance"] | tuple[int, ...] | None
"""Channels to use: their indices, their luminance, or None for the usual choice."""

LETTERS = "TCZYXS"
"""Time, channel, depth, row, column, and the samples (red, green, blue) of a pixel."""

_RGB = (3, 4)
_SMALLEST_RGB_SIDE = 5


def guess_axes(shape: tuple[int, ...], name: str) -> str:
    """Guess the letters of the axes from the shape.

    A last axis of 3 or 4 after two longer ones holds the samples of a colour image;
    the axes before ``YX`` are a stack: ``Z`` for one, ``TZ`` for two.

    Raises
    ------
    InputError
        Fewer than 2 axes, or so many that a guess would be a gamble.
    """
    colour = len(shape) >= 3 and shape[-1] in _RGB and _larger_before(shape)
    plane = "YXS" if colour else "YX"
    leading = len(shape) - len(plane)
    if leading < 0:
        raise InputError(
            f"'{name}' has the shape {shape}, but an image needs at least 2 axes "
            "(rows and columns)."
        )
    if len(shape) > 4:
        raise InputError(
            f"'{name}' has {len(shape)} axes, shape {shape}, and nothing says which "
            "of them holds the channels: name the axes, for example 'TCZYX', and "
            "choose the channels."
        )
    return "TZ"[2 - leading :] + plane


def _larger_before(shape: tuple[int, ...]) -> bool:
    return min(shape[-3:-1]) >= _SMALLEST_RGB_SIDE


def check_axes(axes: str, shape: tuple[int, ...], name: str) -> str:
    """Return `axes` in capitals if they fit `shape`, else say what is wrong.

    Raises
    ------
    InputError
        Unknown or repeated letters, no Y or X, or another number of axes than the
        image has.
    """
    letters = axes.upper()
    problem = _problem(letters, shape)
    if problem:
        raise InputError(
            f"The axes '{axes}' do not fit '{name}' of shape {shape}: {problem}."
        )
    return letters


def _problem(letters: str, shape: tuple[int, ...]) -> str:
    unknown = sorted(set(letters) - set(LETTERS))
    if unknown:
        return f"{', '.join(unknown)} is not one of {', '.join(LETTERS)}"
    if len(set(letters)) < len(letters):
        return "a letter stands twice"
    if not {"Y", "X"} <= set(letters):
        return "Y (rows) and X (columns) are both needed"
    if len(letters) != len(shape):
        return f"they are {len(letters)}, the image has {len(shape)} axes"
    if "S" in letters and "C" in letters and shape[letters.index("C")] > 1:
        return "several channels C of colour samples S are one too many; take one C"
    return ""


def choose_channels(
    channels: Channels, axes: str, shape: tuple[int, ...], name: str
) -> Channels:
    """Fill in the usual choice of channels and check the user's.

    Parameters
    ----------
    channels
        The user's choice; None for the usual one: luminance of colour samples,
        the only channel where there is just one.

    Returns
    -------
    None where the image has no channel axis, else indices or "luminance".

    Raises
    ------
    InputError
        Several channels and no choice, or a channel that does not exist.
    """
    count = count_channels(axes, shape)
    if channels is None:
        return _usual_channels(axes, count, name)
    if channels == "luminance":
        return "luminance" if channel_axis(axes) else None
    chosen = tuple(int(index) for index in channels)
    _check_indices(chosen, count, name)
    return chosen if channel_axis(axes) else None


def channel_axis(axes: str) -> str:
    """Return the letter of the axis that the channels are taken from, or ""."""
    return "S" if "S" in axes else "C" if "C" in axes else ""


def count_channels(axes: str, shape: tuple[int, ...]) -> int:
    """Return how many channels the image has before any choice."""
    letter = channel_axis(axes)
    return shape[axes.index(letter)] if letter else 1


def _usual_channels(axes: str, count: int, name: str) -> Channels:
    letter = channel_axis(axes)
    if not letter:
        return None
    if count == 1:
        return (0,)
    if letter == "S" and count <= max(_RGB):
        return "luminance"
    raise InputError(
        f"'{name}' has {count} channels and none is chosen: choose one or several by "
        f"their numbers (0 to {count - 1}), or 'luminance' for their mean."
    )


def _check_indices(chosen: tuple[int, ...], count: int, name: str) -> None:
    wrong = sorted({index for index in chosen if not 0 <= index < count})
    if wrong:
        raise InputError(
            f"'{name}' has {count} channel{'s' if count > 1 else ''}, numbered from 0; "
            f"there is no channel {', '.join(map(str, wrong))}."
        )
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError(
            f"The channels {list(chosen)} of '{name}' are not a choice: name at least "
            "one, and each only once."
        )
