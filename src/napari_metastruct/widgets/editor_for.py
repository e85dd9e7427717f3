"""Which editor a setting gets, and with which range."""

import math
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from napari_metastruct.widgets.editors import (
    ChoiceEditor,
    EitherEditor,
    FlagEditor,
    FloatEditor,
    IntEditor,
    NumbersEditor,
)

__all__ = ["editor_for", "range_of"]


def editor_for(annotation: Any, metadata: list[Any]) -> Any:  # noqa: ANN401 - an Editor
    """Make the editor for a type and what stands beside it (range, help)."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return editor_for(inner, [*more, *metadata])
    if annotation is bool:
        return FlagEditor()
    if annotation is int:
        return IntEditor(*range_of(metadata))
    if annotation is float:
        return FloatEditor(*range_of(metadata))
    origin = get_origin(annotation)
    if origin is Literal:
        return ChoiceEditor({str(word): word for word in get_args(annotation)})
    if origin is tuple:
        return NumbersEditor(_plain(get_args(annotation)[0]))
    if origin in (Union, types.UnionType):
        return _editor_for_union(get_args(annotation), metadata)
    raise TypeError(f"There is no editor for {annotation}.")


def _editor_for_union(parts: tuple[Any, ...], metadata: list[Any]) -> EitherEditor:
    words: dict[str, Any] = {}
    numbers = []
    for part in parts:
        if part is type(None):
            words["auto"] = None
        elif get_origin(part) is Literal:
            words.update({str(word): word for word in get_args(part)})
        else:
            numbers.append(part)
    return EitherEditor(words, editor_for(numbers[0], metadata))


def _plain(annotation: Any) -> type:  # noqa: ANN401
    plain: type = get_args(annotation)[0] if get_args(annotation) else annotation
    return plain


def range_of(metadata: list[Any]) -> tuple[float, float]:
    """Return the ends of a number's range, infinite where it has none."""
    low, high = -math.inf, math.inf
    for item in metadata:
        if isinstance(item, FieldInfo):
            low, high = _narrow((low, high), range_of(item.metadata))
        elif isinstance(item, Ge | Gt):
            low = max(low, float(item.ge if isinstance(item, Ge) else item.gt))  # type: ignore[arg-type]
        elif isinstance(item, Le | Lt):
            high = min(high, float(item.le if isinstance(item, Le) else item.lt))  # type: ignore[arg-type]
    return low, high


def _narrow(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return max(a[0], b[0]), min(a[1], b[1])
