"""Puts the data folders of the checkout into the wheel, as ``ballot_scan/_data/<area>``.

Everything else about the package is in pyproject.toml.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
AREAS = ("forms", "samples", "calibration")  # the same as ballot_scan.data.AREAS
LEFT_OUT = {"__pycache__", ".DS_Store"}


class BuildWithData(build_py):
    """``build_py`` that also copies the data folders; an editable install reads them where they stand."""

    def _data_files(self) -> list[tuple[Path, Path]]:
        target = Path(self.build_lib) / "ballot_scan" / "_data"
        return [
            (path, target / path.relative_to(HERE))
            for area in AREAS
            for path in sorted((HERE / area).rglob("*"))
            if path.is_file() and LEFT_OUT.isdisjoint(path.parts)
        ]

    def run(self) -> None:
        super().run()
        if getattr(self, "editable_mode", False):
            return
        for source, target in self._data_files():
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target), preserve_mode=False)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs = list(super().get_outputs(include_bytecode))
        if not getattr(self, "editable_mode", False):
            outputs += [str(target) for _, target in self._data_files()]
        return outputs


setup(cmdclass={"build_py": BuildWithData})
