"""How much a body reflects by aspect: nose-on little, broadside much, relative to the mean over all aspects."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from trackfuse.core.errors import ScenarioError
from trackfuse.core.fields import Between, check_fields
from trackfuse.kernels.looks import aspect_gain_db

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_DECIBELS = Between(-60.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Cross-section of a slender body of revolution by aspect: the angle from its nose to the line of sight.

    Parameters
    ----------
    name : str
    nose_db, broadside_db, tail_db : float
        Cross-section nose-on, at the specular flash of its side, and tail-on, dB; only the differences count.
    broadside_deg : float
        Aspect of the flash: 90 of a cylinder, 90 less the half angle of a cone.
    tumbling : bool
        Whether it turns over so fast or so unpredictably that every look has the mean over all aspects.

    Raises
    ------
    ScenarioError
        If a value is out of range.

    Notes
    -----
    In decibels the pattern rises and falls with sin^4 between the three values: smooth, without the lobes in between,
    which fading (Swerling) stands for. It is scaled so that the mean over all directions is 1: a class's cross-section
    is that mean. Sources: Knott, Shaeffer & Tuley 2004, chapters 5 and 6; Skolnik 2001, chapter 2.
    """

    name: str
    nose_db: Annotated[float, _DECIBELS] = 0.0
    broadside_db: Annotated[float, _DECIBELS] = 0.0
    tail_db: Annotated[float, _DECIBELS] = 0.0
    broadside_deg: Annotated[float, Between(10.0, 170.0)] = 90.0
    tumbling: bool = False

    def __post_init__(self) -> None:
        check_fields(ScenarioError, f"shape {self.name!r}", self)


TUMBLING = Shape(name="tumbling", tumbling=True)
"""The same from everywhere: the mean over all aspects."""


def aspect_db(shape: Shape, aspect_rad: np.ndarray) -> np.ndarray:
    """Cross-section by aspect over the mean over all directions.

    Parameters
    ----------
    shape : Shape
    aspect_rad : ndarray, shape (m,)
        Angle from the nose to the line of sight, 0 to pi.

    Returns
    -------
    ndarray, shape (m,)
        dB; 0 throughout if it tumbles.

    Notes
    -----
    Pattern and sources as in `Shape`.
    """
    pattern = pattern_row(shape)
    return np.array([aspect_gain_db(pattern, float(angle)) for angle in aspect_rad])


@lru_cache(maxsize=256)
def pattern_row(shape: Shape) -> np.ndarray:
    """Pattern of a shape as the look kernel reads it: scaled nose, broadside and tail (dB), broadside (rad), (4,).

    Derived here: the mean over all directions by Gauss and Legendre's rule becomes 0 dB. Values: data/shapes.csv.
    """
    flash = math.radians(shape.broadside_deg)
    if shape.tumbling:
        return np.array([0.0, 0.0, 0.0, flash])
    row = np.array([shape.nose_db, shape.broadside_db, shape.tail_db, flash])
    mean = 0.0
    for low, high in ((0.0, flash), (flash, math.pi)):
        angle = low + 0.5 * (high - low) * (1.0 + _NODES)
        gain = np.array([10.0 ** (0.1 * aspect_gain_db(row, float(each))) for each in angle])
        mean += 0.25 * (high - low) * float(np.sum(_WEIGHTS * gain * np.sin(angle)))
    row[:3] -= 10.0 * math.log10(mean)
    return row
