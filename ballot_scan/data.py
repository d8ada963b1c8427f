"""Where the data folders that come with the programme stand: ``forms``, ``samples``, ``calibration``.

In a checkout they are folders at the top of the repository; an installed wheel carries them inside the
package, as ``ballot_scan/_data/<area>`` (put there by ``setup.py``).
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

AREAS = ("forms", "samples", "calibration")


def files(area: str) -> Traversable:
    """The data folder ``area``, installed or in the checkout.

    Raises ValueError for a name that is no area, FileNotFoundError where the installation lacks the folder.
    """
    if area not in AREAS:
        raise ValueError(f"no data area {area!r}: {', '.join(AREAS)}")
    installed = resources.files("ballot_scan").joinpath("_data", area)
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parent.parent / area
    if not checkout.is_dir():
        raise FileNotFoundError(f"data folder {area!r} is in neither the package nor {checkout.parent}")
    return checkout
