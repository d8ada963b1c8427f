"""Chance, in a fixed order: one generator for each ballot and each of its pages, and the draws used throughout."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (height, width), 0 = black, 255 = white
Points = NDArray[np.float64]  # (n, 2), x right, y down
Range = tuple[float, float]  # least and greatest value


def generator(seed: int, ballot: str, page: int, what: str) -> np.random.Generator:
    """The generator of one thing of one page (page 0: of the whole ballot); depends on its arguments only."""
    digest = hashlib.sha256(f"{ballot}\0{page}\0{what}".encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([abs(seed), int(seed < 0), *words])))


def between(rng: np.random.Generator, span: Range) -> float:
    """Uniform in ``span``."""
    return span[0] if span[0] == span[1] else float(rng.uniform(*span))


def around(rng: np.random.Generator, low: float, median: float, high: float) -> float:
    """From ``low`` to ``high``, half of the draws on either side of ``median``, most of them near it."""
    z = float(np.clip(rng.standard_normal() / 2.2, -1.0, 1.0))
    return median + z * (high - median if z > 0 else median - low)


def pick(rng: np.random.Generator, weights: tuple[tuple[str, float], ...]) -> str:
    """One of the names, by weight."""
    shares = np.cumsum([weight for _, weight in weights])
    if not len(shares) or shares[-1] <= 0:
        raise ValueError("nothing to pick: all weights are zero")
    return weights[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))][0]
