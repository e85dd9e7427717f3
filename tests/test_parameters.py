"""Settings: frozen, checked, and refused with a sentence that helps."""

import json
from typing import Annotated, Literal

import hypothesis
import pytest
from hypothesis import strategies
from pydantic import Field, ValidationError, field_validator

from napari_metastruct.errors import InputError
from napari_metastruct.parameters import (
    Count,
    Parameters,
    Positive,
    PositiveCount,
    Radius,
    Rate,
    Seed,
)


class Inner(Parameters):
    radius: Radius = 3
    """Distance in pixels."""


class Disc(Parameters):
    name: Literal["disc"] = "disc"


class Ring(Parameters):
    name: Literal["ring"] = "ring"


class Settings(Parameters):
    rate: Rate = 0.5
    """Share of the pixels."""
    count: Count = 0
    tiles: PositiveCount = 1
    size: Positive = 1.0
    seed: Seed = 0
    mode: Literal["a", "b"] = "a"
    inner: Inner = Inner()
    shape: Annotated[Disc | Ring, Field(discriminator="name")] = Disc()
    name: str = "x"

    @field_validator("name")
    @classmethod
    def _no_spaces(cls, name: str) -> str:
        if " " in name:
            raise ValueError(f"The name '{name}' has a space; leave it out.")
        return name


class Needy(Parameters):
    path: str


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rate": 1.5}, ["Settings.rate", "1.5", "less than or equal to 1"]),
        ({"rate": float("nan")}, ["Settings.rate", "nan"]),
        ({"count": -1}, ["Settings.count", "-1", "greater than or equal to 0"]),
        ({"tiles": 0}, ["Settings.tiles", "greater than or equal to 1"]),
        ({"size": 0.0}, ["Settings.size", "greater than 0"]),
        ({"seed": 2**32}, ["Settings.seed", "less than 4294967296"]),
        ({"count": "many"}, ["Settings.count", "'many'", "integer"]),
        ({"mode": "c"}, ["Settings.mode", "'c'", "'a' or 'b'"]),
        ({"inner": {"radius": -2}}, ["Inner.radius", "-2"]),
        ({"inner": 3}, ["Settings.inner is 3", "instance of Inner"]),
        ({"shape": {"name": "cube"}}, ["Settings.shape is 'cube'", "'disc', 'ring'"]),
        ({"shape": {"size": 1}}, ["Settings.shape needs a 'name'"]),
        ({"shape": {"name": "ring", "size": 1}}, ["'size' is not a setting of Ring"]),
        ({"inner": {"raduis": 2}}, ["'raduis' is not a setting of Inner", "radius"]),
        ({"rat": 0.1}, ["'rat' is not a setting of Settings", "rate"]),
        ({"name": "a b"}, ["The name 'a b' has a space; leave it out."]),
        ({"count": -1, "rate": 2.0}, ["Settings.count", "Settings.rate"]),
    ],
)
def test_bad_value_is_refused_with_a_sentence(
    values: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        Settings(**values)
    for word in words:
        assert word in str(caught.value)
    assert str(caught.value).endswith(".")


def test_missing_setting_is_named() -> None:
    with pytest.raises(InputError, match=r"^Needy needs the setting 'path'\.$"):
        Needy()  # type: ignore[call-arg] # what a job file can do


def test_unknown_setting_of_an_inner_one_names_the_inner_ones() -> None:
    with pytest.raises(InputError, match=r"of Inner; known are: radius\."):
        Settings(inner={"raduis": 2})


def test_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.rate = 0.1  # type: ignore[misc] # the refusal is the test


def test_replace_checks_again_and_keeps_the_first() -> None:
    first = Settings(rate=0.2, inner=Inner(radius=5))
    second = first.replace(count=4)
    assert (second.rate, second.count, second.inner.radius) == (0.2, 4, 5)
    assert first.count == 0
    with pytest.raises(InputError, match=r"Settings\.rate"):
        first.replace(rate=7)


def test_changes_are_what_differs() -> None:
    assert Settings().changes() == {}
    assert Settings(rate=0.2, inner=Inner(radius=5)).changes() == {
        "rate": 0.2,
        "inner": {"radius": 5},
    }


def test_help_is_the_docstring() -> None:
    assert Settings.model_fields["rate"].description == "Share of the pixels."


@hypothesis.given(
    rate=strategies.floats(0, 1),
    count=strategies.integers(0, 2**40),
    size=strategies.floats(1e-300, 1e300),
    radius=strategies.integers(0, 10**6),
)
def test_json_round_trip(rate: float, count: int, size: float, radius: int) -> None:
    settings = Settings(rate=rate, count=count, size=size, inner=Inner(radius=radius))
    assert Settings(**json.loads(settings.model_dump_json())) == settings
    assert Settings(**settings.changes()) == settings
