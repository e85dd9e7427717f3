"""The doctor: right about what is there, and calm about what is not."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata

import pytest

from napari_metastruct import doctor
from napari_metastruct.cli import main
from napari_metastruct.doctor import Finding, Report, examination, examine, packages
from napari_metastruct.doctor.trials import TrialError, try_out
from napari_metastruct.networks.zoo import MEND_ZOO

TORCH = json.dumps({"threads": 2, "cuda": "", "memory": 0, "built": "", "mps": False})


def by_name(report: Report) -> dict[str, Finding]:
    return {finding.name: finding for finding in report.findings}


@pytest.fixture(autouse=True)
def quick_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer as a healthy torch and Qt would."""

    def answer(code: str, **_: str) -> str:
        return TORCH if "torch" in code else "PyQt6 6.11"

    monkeypatch.setattr(examination, "try_out", answer)


def lacking(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let some packages not be installed."""
    there = metadata.version

    def version(name: str) -> str:
        if name in names:
            raise metadata.PackageNotFoundError(name)
        return there(name)

    monkeypatch.setattr(packages, "version", version)


def test_everything_that_is_needed_is_there() -> None:
    report = examine()
    found = by_name(report)
    assert report.is_healthy
    assert found["torch"].state == metadata.version("torch")
    assert found["cpu"].state == "2 threads"
    assert {"numpy", "pydantic", "typer", "python", "napari", "Qt"} <= set(found)


def test_a_missing_package_is_named_with_the_line_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacking(monkeypatch, "monai", "napari", "PyQt6", "PySide6", "zarr")
    report = examine()
    found = by_name(report)
    assert not report.is_healthy
    assert found["monai"].verdict == "bad"
    assert found["monai"].mend.startswith('python -m pip install "monai>=')
    assert found["napari"].verdict == found["Qt"].verdict == "hint"
    assert found["napari"].mend == 'python -m pip install "napari-metastruct[all]"'
    assert "napari, zarr missing" in found["all"].state
    assert "Not ready: monai." in report.to_text()


def test_an_old_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there = metadata.version
    monkeypatch.setattr(
        packages, "version", lambda name: "1.9.2" if name == "torch" else there(name)
    )
    torch = by_name(examine())["torch"]
    assert torch.verdict == "bad"
    assert torch.state.startswith("1.9.2, older than ")


def test_an_installation_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", nothing)
    monkeypatch.setattr(packages, "requires", nothing)
    report = examine()
    assert not report.is_healthy
    assert "only its folder is on the path" in report.to_text()


def failing(message: str) -> Callable[..., str]:
    def fail(code: str, **_: str) -> str:
        raise TrialError(message)

    return fail


def test_libraries_that_do_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = "ImportError: libEGL.so.1: cannot open shared object file"
    monkeypatch.setattr(examination, "try_out", failing(missing))
    report = examine()
    devices = [f for f in report.findings if f.topic == "Devices"]
    assert [f.verdict for f in devices] == ["bad"]
    assert missing in devices[0].state
    assert "apt-get install libegl1" in by_name(report)["Qt"].mend


def test_networks_that_do_not_import(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Finding("Extras", "zoo", "torchvision 0.28.0")
    monkeypatch.setattr(examination, "extra_packages", lambda: [there])
    assert by_name(examine())["zoo"] == there
    why = "RuntimeError: operator torchvision::nms does not exist"
    monkeypatch.setattr(examination, "try_out", failing(why))
    zoo = by_name(examine())["zoo"]
    assert zoo.state == f"torchvision 0.28.0; does not import: {why}"
    assert (zoo.verdict, zoo.mend) == ("hint", MEND_ZOO)


def test_graphics_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, dict[str, object]] = {
        "cuda": {"cuda": "NVIDIA H200", "memory": 139.8},
        "mps": {"mps": True},
    }
    for name, answer in answers.items():
        text = json.dumps({**json.loads(TORCH), **answer})
        monkeypatch.setattr(examination, "try_out", lambda *_, text=text, **__: text)
        assert name in by_name(examine())
    monkeypatch.setattr(examination, "try_out", lambda *_, **__: TORCH)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    cuda = by_name(examine())["cuda"]
    assert (cuda.verdict, "built for the CPU" in cuda.state) == ("hint", True)


def test_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "Ready" in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["healthy"] is True
    assert {"topic", "name", "state", "verdict", "mend"} == set(document["findings"][0])


def test_trials_survive_what_they_try() -> None:
    assert try_out("print('good')") == "good"
    with pytest.raises(TrialError, match="ValueError: so"):
        try_out("raise ValueError('so')")
    with pytest.raises(TrialError, match=r"crashed with signal|ended with"):
        try_out("import os; os.abort()")


def test_the_doctor_is_there_when_packages_are_not() -> None:
    code = (
        "import sys\n"
        "for name in ('numpy', 'pydantic', 'typer', 'tqdm', 'yaml', 'torch'):\n"
        "    sys.modules[name] = None\n"
        "from napari_metastruct.cli import main\n"
        "from napari_metastruct.doctor import examination\n"
        f"examination.try_out = lambda *_, **__: {TORCH!r}\n"
        "assert main(['doctor']) == 0\n"
        "sys.exit(main(['segment', 'a.tif', '-o', 'out']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "Ready" in done.stdout
    assert done.stderr.startswith("The package '")
    assert len(done.stderr.splitlines()) == 1


def test_the_doctor_loads_nothing_heavy() -> None:
    code = (
        "import sys, napari_metastruct.doctor as doctor\n"
        "doctor.examination.try_out = lambda *a, **k: '{}'\n"
        "doctor.packages.base_packages()\n"
        "heavy = {'torch', 'numpy', 'napari', 'qtpy', 'scipy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert doctor.examine is examine
