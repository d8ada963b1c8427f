"""The wheel stands alone: installed into an empty environment, it works from anywhere without the checkout."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from helpers.records import tree

CHECKOUT = Path(__file__).resolve().parents[2]
DEFINITION = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "PYTEST"))}
    env = {**clean, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "PYTHONIOENCODING": "utf-8"}
    words = [str(c) for c in command]
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tracked sources, so that nothing left in the checkout gets into it."""
    source = tmp_path_factory.mktemp("source") / "ballot-scan"
    for name in sources():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((CHECKOUT / name).read_bytes())
    target = source.parent / "wheels"
    here = () if old_tools() else ("--no-build-isolation",)
    built = run(*PIP, "wheel", "--no-deps", *here, "-w", target, source, cwd=source.parent)
    if old_tools() and "No matching distribution found for setuptools" in built.stdout + built.stderr:
        pytest.skip("this environment's setuptools is too old to build with, and no other can be fetched")
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = target.glob("*.whl")
    return found


def old_tools() -> bool:
    """Whether this environment's own setuptools cannot build the package: pip fetches another for the build then."""
    with (CHECKOUT / "pyproject.toml").open("rb") as file:
        (wanted,) = tomllib.load(file)["build-system"]["requires"]
    try:
        return int(version("setuptools").split(".")[0]) < int(wanted.removeprefix("setuptools>="))
    except PackageNotFoundError:
        return True


def sources() -> list[str]:
    """What the wheel is built from: the package, its data, and what tells how to build it."""
    areas = ("ballot_scan", "forms", "samples", "calibration")
    files = [p for area in areas for p in (CHECKOUT / area).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    files += [
        p for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md") if (p := CHECKOUT / name).exists()
    ]
    return [p.relative_to(CHECKOUT).as_posix() for p in files]


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``scan-tally`` installed into an empty environment that borrows the libraries of this one, not the checkout."""
    home = tmp_path_factory.mktemp("installed") / "env"
    venv.create(home, with_pip=False, symlinks=sys.platform != "win32")
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / Path(sys.executable).name
    found = run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=home)
    packages = Path(found.stdout.strip())
    installed = run(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=home)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    borrowed = [p for p in site.getsitepackages() if Path(p).is_dir()]
    (packages / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")  # .pth files in there do not run
    where = run(python, "-c", "import ballot_scan; print(ballot_scan.__file__)", cwd=home)
    assert Path(where.stdout.strip()).is_relative_to(packages), where.stdout + where.stderr
    assert str(CHECKOUT) not in run(python, "-c", "import sys; print(sys.path)", cwd=home).stdout.replace(
        borrowed[0], ""
    )
    return scripts / ("scan-tally.exe" if sys.platform == "win32" else "scan-tally")


def test_the_wheel_brings_its_data_and_nothing_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"ballot_scan"}
    for name in ("text/vi/cli.toml", "review/static/app.js", "_data/samples/plan-55/event.toml"):
        assert f"ballot_scan/{name}" in names
    assert any(n.startswith("ballot_scan/_data/forms/regulations/") for n in names)
    assert not [n for n in names if n.endswith((".pyc", ".db", ".key"))]


def test_the_installed_program_sets_up_checks_and_prints(program: Path, tmp_path: Path) -> None:
    made = run(program, "new", "x", "--sample", "plan-55", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    checked = run(program, "check", "--event", "x", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    printed = run(program, "print", "--copies", 2, "--event", "x", cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    assert sum(p.endswith("/ballots.pdf") for p in tree(tmp_path / "x")) == 3
    reviewed = run(program, "review", "--event", "x", cwd=tmp_path)
    assert reviewed.returncode == 0, reviewed.stderr


def test_the_installed_program_finds_this_machine_well(program: Path, tmp_path: Path) -> None:
    said = run(program, "doctor", cwd=tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_installed_program_walks_the_demo_and_verifies_its_bundle(program: Path, tmp_path: Path) -> None:
    walked = run(program, "demo", "demo", "--ballots", 4, cwd=tmp_path)
    assert walked.returncode == 0, walked.stderr
    (bundle,) = (tmp_path / "demo" / "export").glob("*.zip")
    assert run(program, "verify", bundle, "--allow-unsigned", cwd=tmp_path).returncode == 0
