"""Detections: the one form in which measurements go from sensors to networks, trackers, studies and files."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from trackfuse.core.errors import DataError
from trackfuse.sensing.arrays import frames_of, sensor_arrays
from trackfuse.sensing.lines_of_sight import lines_of_sight
from trackfuse.sensing.sensor import Sensor

NOTHING = -1
"""`truth` of a false detection, and `look` of what is no look's."""

_DEFAULT: Any = None
"""An array that `Detections` makes itself where it is not given."""
_ROW_SHAPES = {"z": (4,), "sigma": (4,), "site_m": (3,), "enu_from_ecef": (3, 3), "site_velocity_mps": (3,)}
"""Shape of one detection's entry; of all other arrays it is a single number."""
_KINDS = {"sensor": "iu", "is_infrared": "b", "number": "iu", "cued": "b", "truth": "iu", "look": "iu"}
"""Kinds of numpy's types that an array may have; all others are of real numbers."""
_KIND_NAMES = {"iu": "integers", "b": "booleans", "fiu": "real numbers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """Measurements by any number of sensors of any number of objects, m of them, in any order.

    Parameters
    ----------
    t_s : ndarray, shape (m,)
        Time of measurement, seconds after the first lift-off.
    sensor : ndarray of int, shape (m,)
        Number of the sensor. Detections of one sensor at one instant are of different objects.
    z : ndarray, shape (m, 4)
        Range (m), azimuth clockwise from north and elevation (rad) in the sensor's frame, and range rate (m/s, positive
        outward, relative to where the sensor itself moves); NaN for what is not measured.
    sigma : ndarray, shape (m, 4)
        Their standard deviations; infinite for what is not measured.
    site_m : ndarray, shape (m, 3)
        Where the sensor was, ECEF, m.
    enu_from_ecef : ndarray, shape (m, 3, 3)
        Its local frame then: rows east, north, up. No unit.
    is_infrared : ndarray of bool, shape (m,)
        Whether an infrared sensor's, which sees burning engines alone: its range and range rate are not read.
    site_velocity_mps : ndarray, shape (m, 3)
        How fast the sensor moved, ECEF, m/s; default: it stood still.
    number : ndarray of int, shape (m,)
        Count of the look on the sensor's own clock, which addresses the delays of its messages; default: 0, 1, ... for
        each sensor.
    snr_db : ndarray, shape (m,)
        Mean signal-to-noise ratio; NaN where there is none, which is the default.
    cued : ndarray of bool, shape (m,)
        Whether the sensor was cued; default: not.
    truth : ndarray of int, shape (m,)
        The object that each is of, -1 of none; default: object 0. Only scores read it, and association "known".
    look : ndarray of int, shape (m,)
        Row in the looks at that object (`Looks`); default: -1, no look's.

    Raises
    ------
    DataError
        If an array has the wrong shape or kind of numbers, or something measured (a time, two angles, a range that is
        not NaN, a range rate that has a standard deviation) is not finite or has a standard deviation that is not
        positive.
    """

    t_s: np.ndarray
    sensor: np.ndarray
    z: np.ndarray
    sigma: np.ndarray
    site_m: np.ndarray
    enu_from_ecef: np.ndarray
    is_infrared: np.ndarray
    site_velocity_mps: np.ndarray = _DEFAULT
    number: np.ndarray = _DEFAULT
    snr_db: np.ndarray = _DEFAULT
    cued: np.ndarray = _DEFAULT
    truth: np.ndarray = _DEFAULT
    look: np.ndarray = _DEFAULT

    def __post_init__(self) -> None:
        m = len(self)
        for name in _NAMES:
            given = getattr(self, name)
            if given is _DEFAULT:
                given = _default(name, m, self.sensor)
                object.__setattr__(self, name, given)
            _check_form(name, given, m)
        _check_values(self)

    def __len__(self) -> int:
        return len(self.t_s)

    @property
    def angles_only(self) -> np.ndarray:
        """Which of them hold two angles and no range, ndarray of bool, shape (m,)."""
        return self.is_infrared | np.isinf(self.sigma[:, 0])

    @property
    def sights(self) -> np.ndarray:
        """Unit vectors, ECEF, from infrared sensors along what they saw, shape (m, 3); nan of others."""
        out, rows = np.full((len(self), 3), np.nan), np.flatnonzero(self.is_infrared)
        out[rows] = lines_of_sight(self.z[rows, 1], self.z[rows, 2], self.enu_from_ecef[rows])
        return out

    def __repr__(self) -> str:
        return f"<Detections: {len(self)} by {len(np.unique(self.sensor))} sensors>"

    def select(self, rows: np.ndarray | slice) -> Self:
        """Some of the detections, in the order asked for.

        Parameters
        ----------
        rows : ndarray of int or bool, shape (k,) or (m,), or slice

        Returns
        -------
        Detections
            Each with its own `number`, as all the rest: nothing is counted anew.
        """
        return type(self)(**{name: getattr(self, name)[rows] for name in _NAMES})


_NAMES = tuple(each.name for each in fields(Detections))


def measured(sensors: Sequence[Sensor], t_s: np.ndarray, sensor: np.ndarray, z: np.ndarray, sigma: np.ndarray,
             **known: np.ndarray) -> Detections:  # fmt: skip
    """Detections by given sensors, each with where its sensor is and how it moves at that instant.

    Parameters
    ----------
    sensors : sequence of Radar, Infrared or SensorModel
        S sensors.
    t_s : ndarray, shape (m,)
        Seconds after lift-off.
    sensor : ndarray of int, shape (m,)
        Index into them.
    z, sigma : ndarray, shape (m, 4)
        As in `Detections`: m, rad, rad, m/s.
    **known : ndarray, shape (m,)
        Of `number`, `snr_db`, `cued`, `truth` and `look` what is known. In the units of `Detections`.

    Returns
    -------
    Detections

    Raises
    ------
    DataError
        As `Detections` does, or if there is no sensor of that number.
    """
    for name, given in (("t_s", t_s), ("sensor", sensor)):
        _check_form(name, given, len(t_s))
    strange = (sensor < 0) | (sensor >= len(sensors))
    if strange.any():
        k = int(np.flatnonzero(strange)[0])
        raise DataError(f"detections: detection {k} is by sensor {sensor[k]}, but there are {len(sensors)} sensors")
    arrays = sensor_arrays(tuple(sensors))
    site_m, enu_from_ecef = frames_of(arrays, sensor, t_s)
    course = np.stack([arrays.parameters["east_mps"], arrays.parameters["north_mps"]], axis=1)
    velocity = _DEFAULT
    if course.any():
        moves = course[sensor]
        velocity = moves[:, :1] * enu_from_ecef[:, 0] + moves[:, 1:] * enu_from_ecef[:, 1]
    return Detections(
        t_s=t_s, sensor=sensor, z=z, sigma=sigma, site_m=site_m, enu_from_ecef=enu_from_ecef,
        is_infrared=arrays.is_infrared[sensor], site_velocity_mps=velocity, **known,
    )  # fmt: skip


def joined(parts: Sequence[Detections]) -> Detections:
    """Detections together, in order of time, then of sensor, then of object.

    Parameters
    ----------
    parts : sequence of Detections
        One or more. Those of one sensor, instant and object stay in the order in which they are given.

    Returns
    -------
    Detections
    """
    together = parts[0]
    if len(parts) > 1:
        together = Detections(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES})
    order = np.lexsort((together.truth, together.sensor, together.t_s))
    return together if np.array_equal(order, np.arange(len(order))) else together.select(order)


def _default(name: str, m: int, sensor: np.ndarray) -> np.ndarray:
    """Array of m entries for what is not given."""
    if name == "number":
        return _counted(sensor)
    value = {"site_velocity_mps": 0.0, "snr_db": np.nan, "cued": False, "truth": 0, "look": NOTHING}[name]
    return np.full((m, *_ROW_SHAPES.get(name, ())), value)


def _counted(sensor: np.ndarray) -> np.ndarray:
    """Number of each among those of its own sensor."""
    order = np.argsort(sensor, kind="stable")
    first = np.searchsorted(sensor[order], sensor[order])
    number = np.empty(len(sensor), dtype=np.int32)
    number[order] = np.arange(len(sensor)) - first
    return number


def _check_form(name: str, given: np.ndarray, m: int) -> None:
    """Raise DataError unless an array has m entries of its shape and kind."""
    wanted, kind = (m, *_ROW_SHAPES.get(name, ())), _KINDS.get(name, "fiu")
    if given.shape != wanted:
        raise DataError(f"detections: {name} has shape {given.shape}, not {wanted}")
    if given.dtype.kind not in kind:
        raise DataError(f"detections: {name} holds {given.dtype}, not {_KIND_NAMES[kind]}")


def _check_values(given: Detections) -> None:
    """Raise DataError unless all that is measured is finite and has a positive standard deviation."""
    sound = np.isfinite(given.z) & np.isfinite(given.sigma) & (given.sigma > 0.0)
    sound[:, 0] |= given.is_infrared | (np.isnan(given.z[:, 0]) & np.isinf(given.sigma[:, 0]))
    sound[:, 3] |= given.angles_only | ~np.isfinite(given.sigma[:, 3])
    good = sound.all(axis=1) & np.isfinite(given.t_s)
    if not good.all():
        k = int(np.flatnonzero(~good)[0])
        what = "an infrared sensor's" if given.is_infrared[k] else "a radar's"
        raise DataError(
            f"detections: {what} detection {k} at {given.t_s[k]} s measures {given.z[k]} with standard deviations "
            f"{given.sigma[k]}; all that is measured must be finite and have a positive standard deviation"
        )
