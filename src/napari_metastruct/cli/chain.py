"""A chain of noises on the command line: what follows a --kind belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand

from napari_metastruct.cli.values import to_setting
from napari_metastruct.noise import NOISES, noise_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_metastruct.noise import Chain

__all__ = ["ChainCommand", "split_chain", "to_chain"]

_CHAIN = "napari_metastruct.chain"


@dataclass(slots=True)
class Link:
    """One --kind with the settings that follow it, ``name=value`` each."""

    kind: str
    settings: list[str] = field(default_factory=list)


class ChainCommand(TyperCommand):
    """A command whose --kind options keep their order and their own settings."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Take the chain out of the words and leave the others to the usual way."""
        own = {
            name: not getattr(parameter, "is_flag", False)
            for parameter in self.get_params(ctx)
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        ctx.meta[_CHAIN], rest = split_chain(args, own)
        return super().parse_args(ctx, rest)


def to_chain(ctx: typer.Context) -> Chain:
    """Return the noises that the words of a `ChainCommand` name.

    Raises
    ------
    InputError
        There is no such noise, or a setting is unknown or out of its range.
    """
    links: list[Link] = ctx.meta[_CHAIN]
    return tuple(
        noise_named(link.kind).replace(**dict(map(to_setting, link.settings)))
        for link in links
    )


def split_chain(
    words: Sequence[str], own: Mapping[str, bool]
) -> tuple[list[Link], list[str]]:
    """Take the kinds and their settings out of the words of a command line.

    Parameters
    ----------
    words
        Behind the name of the command.
    own
        Options of the command itself, and whether they take a value. Any other one
        behind a ``--kind`` is a setting of it, ``--name value`` or ``--name=value``.

    Returns
    -------
    The chain, and the words that are left.
    """
    links: list[Link] = []
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return links, [*rest, word, *left]
        setting = name.startswith("--") and name not in own
        if setting and not links:
            _check_foreign(name)
            setting = False
        if name not in {"--kind", "--set"} and not setting:
            rest.append(word)
            if own.get(word) and left:
                rest.append(left.pop(0))
            continue
        value = value if equals else _value_of(name, left)
        if name == "--kind":
            links.append(Link(value))
        elif not links:
            raise typer.BadParameter("--set belongs to a --kind, which comes first.")
        else:
            links[-1].settings.append(
                value if name == "--set" else f"{name[2:]}={value}"
            )
    return links, rest


def _check_foreign(option: str) -> None:
    """Help one who has forgotten the --kind before its setting."""
    setting = option[2:].replace("-", "_")
    fields = {name: type(noise_named(name)).model_fields for name in NOISES}
    kinds = [name for name in NOISES if setting in fields[name]]
    if kinds:
        raise typer.BadParameter(
            f"{option} is a setting of a noise and follows its --kind: one of "
            f"{', '.join(kinds)}."
        )


def _value_of(name: str, left: list[str]) -> str:
    if not left:
        raise typer.BadParameter(f"{name} needs a value.")
    return left.pop(0)
