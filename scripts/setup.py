#!/usr/bin/env python3
"""Make an environment of its own and install the package with the tested set.

Usage: python scripts/setup.py FOLDER [EXTRA,EXTRA...]

Qt needs system libraries that pip cannot bring. On Debian and Ubuntu, as root, the
missing ones are installed; elsewhere the line that installs them is printed.
"""

from __future__ import annotations  # an old Python must come as far as the message

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
# xvfb with its xauth is the screen of the tests; the others are what the Qt wheels
# and software OpenGL load.
QT_PACKAGES = [
    "xvfb",
    "xauth",
    "libegl1",
    "libgl1",
    "libopengl0",
    "libdbus-1-3",
    "libfontconfig1",
    "libglib2.0-0",
    "libgssapi-krb5-2",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
]


def main(folder: str, extras: str = "") -> None:
    """Make the environment in ``folder`` with these extras."""
    use_new_python()
    system_packages(needed_packages(extras))
    python = make_environment(ROOT / folder)
    install(python, extras)


def use_new_python() -> None:
    """Start again with a newer Python when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in (11, 12, 13):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    sys.exit("Python 3.11 or newer is needed, and none was found on the path.")


def needed_packages(extras: str) -> list[str]:
    """List the Debian packages that this environment stands on."""
    if not sys.platform.startswith("linux"):
        return []
    needed = QT_PACKAGES if "all" in extras.split(",") else []
    return needed + ([] if has_ensurepip() else ["python3-venv"])


def has_ensurepip() -> bool:
    """Tell whether ``venv`` works; Debian ships it apart."""
    try:
        import ensurepip  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def system_packages(names: list[str]) -> None:
    """Install what is missing where that is possible, else say how."""
    missing = [name for name in names if not is_installed(name)]
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(f"These system packages may be missing: {' '.join(missing)}")
        print(f"On Debian or Ubuntu: sudo apt-get install {' '.join(missing)}")
        return
    print(f"Installing system packages: {' '.join(missing)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    install_line = [*apt, "install", "-y", "--no-install-recommends", *missing]
    for line in ([*apt, "update"], install_line):
        subprocess.run(line, check=True, env=quiet, stdout=subprocess.DEVNULL)


def is_installed(name: str) -> bool:
    """Ask dpkg; some packages are called ``...t64`` on newer systems."""
    if shutil.which("dpkg-query") is None:
        return False
    ask = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ", name]
    return any(
        subprocess.run(line, capture_output=True, text=True, check=False).stdout
        == "installed "
        for line in (ask, [*ask[:-1], f"{name}t64"])
    )


def make_environment(folder: Path) -> Path:
    """Make the environment, or keep one that works; return its Python."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    check = [str(python), "-m", "pip", "--version"]
    if not python.exists() or subprocess.run(check, capture_output=True).returncode:
        print(f"Making {folder.name}", flush=True)
        venv.create(folder, clear=True, with_pip=True, symlinks=os.name != "nt")
    return python


def install(python: Path, extras: str) -> None:
    """Install the package in place, pinned to the tested set."""
    what = f"{ROOT}[{extras}]" if extras else str(ROOT)
    print(f"Installing {what} (a few minutes the first time)", flush=True)
    options = ["-qq", "--no-input", "--disable-pip-version-check"]
    pins = ["--constraint", str(ROOT / "constraints.txt")]
    line = [str(python), "-m", "pip", "install", *options, *pins, "--editable", what]
    subprocess.run(line, check=True)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
