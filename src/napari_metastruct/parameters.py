"""Frozen, checked base of all settings, and the ranges they use.

A setting is declared once: its type carries its range, the docstring under it
its help. The form in the dock, the command-line options, the job file and the
tables of the documentation are all made from that one declaration.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_metastruct.errors import InputError

__all__ = [
    "Count",
    "Parameters",
    "Positive",
    "PositiveCount",
    "Radius",
    "Rate",
    "Seed",
]

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share or a probability, from 0 to 1."""
Count = Annotated[int, Field(ge=0)]
"""How many; 0 is allowed."""
PositiveCount = Annotated[int, Field(ge=1)]
"""How many; at least 1."""
Positive = Annotated[float, Field(gt=0.0)]
"""A number above 0."""
Radius = Annotated[int, Field(ge=0)]
"""A distance in pixels."""
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""The seed of everything random in a run."""


class Parameters(BaseModel):
    """Base of all settings: frozen, unknown names refused, values checked.

    Raises
    ------
    InputError
        A value is out of its range, of the wrong type, or its name is unknown;
        the sentence names the setting, what came and what was due.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        allow_inf_nan=False,
    )

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - checked by pydantic
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InputError(_sentences(type(self), error)) from None

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 - checked by pydantic
        """Return a copy with some settings changed, checked again."""
        return type(self)(**{**self._values(), **changes})

    def changes(self) -> dict[str, Any]:
        """Return the settings that differ from their defaults, JSON-ready."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}


def _sentences(model: type[BaseModel], error: ValidationError) -> str:
    return " ".join(_sentence(model, detail) for detail in error.errors())


def _sentence(model: type[BaseModel], detail: Any) -> str:  # noqa: ANN401
    name = ".".join(str(part) for part in detail["loc"]) or model.__name__
    if detail["type"] == "extra_forbidden":
        known = ", ".join(sorted(model.model_fields))
        return f"'{name}' is not a setting of {model.__name__}; known are: {known}."
    if detail["type"] == "missing":
        return f"{model.__name__} needs the setting '{name}'."
    if detail["type"] == "union_tag_invalid":
        known, came = detail["ctx"]["expected_tags"], detail["ctx"]["tag"]
        return f"{model.__name__}.{name} is '{came}'; known are: {known}."
    if detail["type"] == "union_tag_not_found":
        tag = detail["ctx"]["discriminator"]
        return f"{model.__name__}.{name} needs a {tag}."
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    wish = detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{model.__name__}.{name} is {detail['input']!r}, but {wish}."
