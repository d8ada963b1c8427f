"""Circles through points: the rims of filing holes and of seals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def circle_through(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Middle (2,) and radius of the circle that three ``points`` (n, 2) or more lie nearest to, in their unit, by least
    squares of the algebraic distance (Kåsa 1976). Where they do not tell, a circle of no use, and no error."""
    design = np.column_stack([points, np.ones(len(points))])
    (x, y, rest), *_ = np.linalg.lstsq(design, (points**2).sum(axis=1), rcond=None)
    return np.array([x, y]) / 2, float(np.sqrt(max(rest + (x**2 + y**2) / 4, 0.0)))
