"""Which packages are there, judged by what this package's own metadata asks for."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from napari_metastruct.doctor.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["base_packages", "extra_packages", "installed"]

_NAME = "napari-metastruct"
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_LEAST = re.compile(r">=\s*([0-9][0-9.]*)")
# Of use to users; the others are for developers.
_OFFERED = {
    "all": "the window, and images in zarr",
    "zoo": "more networks",
    "bioimageio": "export for BioImage.IO",
    "distributed": "images larger than memory",
}


def base_packages() -> list[Finding]:
    """Look at each package that everything needs."""
    found = [_judge(line) for line in _requirements("")]
    return found or [
        Finding(
            "Packages",
            _NAME,
            "is not installed, only its folder is on the path",
            "bad",
            f"python -m pip install {_NAME}",
        )
    ]


def extra_packages() -> list[Finding]:
    """Look at each extra: it is there if all of its packages are."""
    return [_extra(name, use) for name, use in _OFFERED.items() if _requirements(name)]


def installed(name: str) -> str | None:
    """Return the version of a package, None if it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _extra(name: str, use: str) -> Finding:
    lines = _requirements(name)
    lacking = [_name(line) for line in lines if not _fits(line)]
    if not lacking:
        state = ", ".join(f"{_name(line)} {installed(_name(line))}" for line in lines)
        return Finding("Extras", name, state)
    mend = f'python -m pip install "{_NAME}[{name}]"'
    state = f"{', '.join(lacking)} missing or too old (for {use})"
    return Finding("Extras", name, state, "hint", mend)


def _judge(line: str) -> Finding:
    name = _name(line)
    there = installed(name)
    if there is not None and _fits(line):
        return Finding("Packages", name, there)
    state = "missing" if there is None else f"{there}, older than {_least(line)}"
    wanted = f"{name}>={_least(line)}" if _least(line) else name
    mend = f'python -m pip install "{wanted}"'
    return Finding("Packages", name, state, "bad", mend)


def _requirements(extra: str) -> list[str]:
    try:
        lines = requires(_NAME) or []
    except PackageNotFoundError:
        return []
    return [line for line in lines if (_EXTRA.findall(line) or [""])[0] == extra]


def _name(line: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", line)
    return match.group() if match else line


def _least(line: str) -> str:
    found = _LEAST.findall(line.split(";")[0])
    return found[0] if found else ""


def _fits(line: str) -> bool:
    there = installed(_name(line))
    return there is not None and _numbers(there) >= _numbers(_least(line))


def _numbers(text: str) -> list[int]:
    match = re.match(r"[0-9]+(\.[0-9]+)*", text)
    parts: Iterable[str] = match.group().split(".") if match else ()
    return [int(part) for part in parts]
