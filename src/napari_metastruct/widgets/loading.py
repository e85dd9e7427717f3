"""Loading PyTorch in a thread without freezing the window.

Two things hold Python's one lock for a quarter of a second and more while PyTorch
and MONAI are imported: the loader of the operating system, which Python calls with
the lock held, and full garbage collections, which the many new objects trigger.
Both are avoided here; what is left stays below 50 ms on 2 cores.
"""

import contextlib
import ctypes
import gc
import importlib.util
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

__all__ = ["is_loaded", "load_torch"]

# MONAI's networks pull in half of its package, far more than PyTorch itself.
_TORCH = ("torch", "monai.networks.nets", "monai.inferers")
_LABELS_LAYER = ("pandas", "skimage.color", "scipy.linalg")


def is_loaded() -> bool:
    """Say whether PyTorch and what comes with it have been imported already."""
    return all(name in sys.modules for name in _TORCH)


def load_torch() -> None:
    """Import PyTorch and what the methods need of MONAI, in small pieces."""
    if "torch" not in sys.modules:
        _open_libraries()
    _load(_TORCH)


def load_for_layers() -> None:
    """Import what napari imports with its first Labels layer, which takes a second.

    napari does it on the main thread; in a worker it freezes nothing.
    """
    _load(_LABELS_LAYER)


def _load(names: tuple[str, ...]) -> None:
    if all(name in sys.modules for name in names):
        return
    with _without_collections():
        for name in names:
            # It may be missing in another version, and is only a head start.
            with contextlib.suppress(ImportError):
                import_module(name)


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # All that was loaded stays: hand it to the oldest generation unvisited, or to
        # what a preview leaves out of collections as long as it is there.
        left_out = gc.get_freeze_count()
        gc.freeze()
        if not left_out:
            gc.unfreeze()
        if was_enabled:
            gc.enable()


def _open_libraries() -> None:
    """Open PyTorch's shared libraries through a foreign call, which frees the lock.

    Only a head start: where it is not possible, the import does it by itself.
    """
    found = importlib.util.find_spec("torch")
    if sys.platform == "win32" or found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "lib"
    suffix = "dylib" if sys.platform == "darwin" else "so"
    # `ctypes.CDLL(path)` would hold the lock; calling the C function does not.
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    for name, mode in (
        # In the order and the modes of PyTorch's own import.
        ("libtorch_global_deps", os.RTLD_GLOBAL | os.RTLD_LAZY),
        ("libtorch_python", os.RTLD_LOCAL | os.RTLD_NOW),
    ):
        dlopen(bytes(folder / f"{name}.{suffix}"), mode)
