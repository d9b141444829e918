"""Lines of sight of infrared satellites, with what is known of their errors and of when satellites look."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from trackfuse.core.errors import SettingsError

_OF_A_LINE = ("t_s", "satellite", "site_m", "direction", "sigma_rad")


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteLines:
    """Lines of sight of one launch by S infrared satellites; n of them.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants, s.
    satellite : ndarray of int, shape (n,)
        Which satellite's each is, 0 to S - 1.
    site_m : ndarray, shape (n, 3)
        Where it was, ECEF, m.
    direction : ndarray, shape (n, 3)
        Unit vectors, ECEF, no unit.
    sigma_rad : ndarray, shape (n,)
        Standard deviation across the line, an axis, of what differs from line to line.
    constant_rad : ndarray, shape (S,)
        The same of what moves all lines of a satellite alike (registration), rad.
    cloud_m : ndarray, shape (S,)
        Height from which on each sees a burning engine, m: the likeliest cloud top.
    detection_probability : ndarray, shape (S,)
        Of one look, no unit.
    revisit_s : ndarray, shape (S,)
        Time between two looks.

    Raises
    ------
    SettingsError
        If there is no line, a shape is another, or a value is out of range.
    """

    t_s: np.ndarray
    satellite: np.ndarray
    site_m: np.ndarray
    direction: np.ndarray
    sigma_rad: np.ndarray
    constant_rad: np.ndarray
    cloud_m: np.ndarray
    detection_probability: np.ndarray
    revisit_s: np.ndarray

    def __post_init__(self) -> None:
        n, count = len(self.t_s), len(self.constant_rad)
        if not n:
            raise SettingsError("launch cue: no line of sight")
        for name in self.__dataclass_fields__:
            shape = (n if name in _OF_A_LINE else count, *((3,) if name in ("site_m", "direction") else ()))
            given = getattr(self, name)
            if given.shape != shape or not np.isfinite(given).all():
                raise SettingsError(f"launch cue {name}: must be finite and of shape {shape}, not {given.shape}")
        _check("satellite", self.satellite, 0, count - 1)
        _check("direction (length)", np.linalg.norm(self.direction, axis=1), 1.0 - 1e-6, 1.0 + 1e-6)
        _check("sigma_rad", self.sigma_rad, 1e-9, 0.1)
        _check("constant_rad", self.constant_rad, 0.0, 0.1)
        _check("cloud_m", self.cloud_m, 0.0, 30e3)
        _check("detection_probability", self.detection_probability, 1e-6, 1.0)
        _check("revisit_s", self.revisit_s, 0.1, 600.0)

    def in_order(self) -> Self:
        """The same lines in order of time."""
        order = np.lexsort((*self.direction.T, self.satellite, self.t_s))
        return replace(self, **{name: getattr(self, name)[order] for name in _OF_A_LINE})


def _check(name: str, given: np.ndarray, low: float, high: float) -> None:
    wrong = np.flatnonzero(~((given >= low) & (given <= high)))
    if wrong.size:
        raise SettingsError(f"launch cue {name}[{wrong[0]}]: {given[wrong[0]]!r} is not between {low:g} and {high:g}")
